"""Checks a program before the kernel runs it: the kernel trusts every target, register and address it is given.

A finding is a defect of a component's program, never of a design. The walk over all paths follows what is known without
running it: where a jump leads, and which slots are held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.program import Op
from worker.engine.encode import IMMEDIATE, OWN, REGISTER, WIDTH
from worker.engine.layout import LINE, REGISTERS, Token
from worker.engine.registers import unwritten

FIRST_INTERNAL = Op.DELIVER
CONTROL_WORDS = LINE - REGISTERS
OWN_TO_WRITE = (Token.STATUS - CONTROL_WORDS, Token.T0 - CONTROL_WORDS)
"""The control words that a program may write, as registers: its outcome, and when it started."""
FORMS: Mapping[Op, str] = (
    dict.fromkeys([Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.MOD, Op.MIN, Op.MAX, Op.AND, Op.OR, Op.SHL, Op.SHR], "dvv")
    | dict.fromkeys([Op.BEQ, Op.BNE, Op.BLT, Op.BLE], "tvv")
    | {
        Op.MOV: "dv", Op.HASH: "dvv", Op.LDX: "dvv", Op.STX: "vvv", Op.SEARCH: "dvvv", Op.LEAST: "dvvv", Op.NOW: "dv",
        Op.RAND: "dvs", Op.SAMP: "dl", Op.KEY: "dvvs", Op.JMP: "t", Op.BRP: "tvs", Op.CALL: "oe", Op.ACALL: "ov",
        Op.AWAIT: "deq", Op.FORGET: "", Op.SEND: "o", Op.SPAWN: "t", Op.REPLY: "v", Op.RESPOND: "v", Op.END: "",
        Op.COUNT: "o", Op.SERVE: "l", Op.SLEEP: "r", Op.ACQUIRE: "oev", Op.RELEASE: "o", Op.FORK: "tv", Op.SETCAP: "ov",
        Op.WAIT: "oeq", Op.NOTIFY: "ov", Op.CGET: "ovt", Op.CPUT: "ov", Op.CDEL: "ov", Op.OBS: "hvv", Op.SOURCE: "tl",
        Op.BEGIN: "o",
    }
)  # fmt: skip
"""Operands in order: d written word, v value, o object, q object or -1, r register, t target, e target or -1, s stream,
l law, h histogram."""

FORM = [FORMS[op] for op in list(Op)[:FIRST_INTERNAL]]
TARGET = [next((at for at, letter in enumerate(form) if letter in "te"), -1) for form in FORM]
TABLES = {"s": "streams", "l": "laws", "h": "hists"}
ACQUIRE, RELEASE, JMP, SPAWN, SOURCE, FORK = (
    int(op) for op in (Op.ACQUIRE, Op.RELEASE, Op.JMP, Op.SPAWN, Op.SOURCE, Op.FORK)
)
ENDS = (int(Op.REPLY), int(Op.END))
Held = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Room:
    """How much there is of what an operand may name."""

    words: int  # of the arena's static image
    streams: int
    laws: int
    hists: int


@dataclass(frozen=True)
class Part:
    """The program of one node: instructions `start` to `end`, `block` words of own state, where activations begin."""

    kind: str
    start: int
    end: int
    block: int
    entries: tuple[int, ...]  # doors and daemons
    doors: tuple[int, ...] = ()  # those of the entries that begin with a message and a context and nothing else


class ProgramError(Exception):
    """A program that the kernel must not run. Names the component and the instruction."""


def validate(program: np.ndarray, parts: Sequence[Part], room: Room) -> list[str]:
    """What is wrong, one line each: `service, instruction 12 (ACQUIRE): …`; counted from the part's first one."""
    code = program.reshape(-1, WIDTH).tolist()
    return [f"{part.kind}, {finding}" for part in parts for finding in Check(code, part, room).findings()]


def require_valid(program: np.ndarray, parts: Sequence[Part], room: Room) -> None:
    """Raises ProgramError with all findings. What was found good once is not looked at again."""
    name = hashlib.blake2b(program.tobytes() + repr((parts, room)).encode()).digest()
    if name in _good:
        return
    if findings := validate(program, parts, room):
        raise ProgramError("\n".join(findings))
    if len(_good) >= MOST_KNOWN:
        _good.clear()
    _good.add(name)


MOST_KNOWN = 1000
_good: set[bytes] = set()


class Check:
    """One part. After `findings` is used up, `seen` tells which slots are held at each instruction that can be reached."""

    def __init__(self, code: list[list[int]], part: Part, room: Room) -> None:
        self.code, self.part, self.room = code, part, room
        self.seen: dict[int, Held] = {}
        self.good: set[tuple[str, int]] = set()  # operands that were looked at

    def findings(self) -> Iterator[str]:
        broken = False
        for pc in range(self.part.start, self.part.end):
            for rule in self.instruction(self.code[pc]):
                broken = True
                yield self.named(pc, rule)
        if not broken:
            crossed = list(self.paths())
            yield from crossed or self.registers()

    def named(self, pc: int, rule: str) -> str:
        op = self.code[pc][0]
        name = Op(op).name if 0 <= op < len(Op) else str(op)
        return f"instruction {pc - self.part.start} ({name}): {rule}"

    # -- one instruction ------------------------------------------------------------------------------
    def instruction(self, words: list[int]) -> list[str]:
        op = words[0]
        if not 0 <= op < FIRST_INTERNAL:
            return ["only the kernel makes this" if FIRST_INTERNAL <= op < len(Op) else "is no opcode"]
        found = []
        for operand in zip(FORM[op], words[1:], strict=False):
            if operand not in self.good:
                if rule := self.operand(*operand):
                    found.append(rule)
                else:
                    self.good.add(operand)
        if op == Op.AWAIT and words[3] == -1:
            found.append("waits for ever if a reply is lost: it must name a timer list")
        return found

    def operand(self, letter: str, operand: int) -> str | None:
        if letter in "dvo":
            return self.address(letter, operand & 3, operand >> 2)
        if letter in "te":
            inside = self.part.start <= operand < self.part.end
            return None if inside or (letter == "e" and operand == -1) else f"jumps to {operand}, out of its program"
        if letter in "slh":
            limit, what = getattr(self.room, TABLES[letter]), TABLES[letter]
            return None if 0 <= operand < limit else f"number {operand} of {limit} {what}"
        if letter == "q" and operand == -1:
            return None
        return self.address(letter, operand & 3, operand >> 2)

    def address(self, letter: str, mode: int, offset: int) -> str | None:
        if letter == "r" and mode != REGISTER:
            return "must be a register: a long sleep keeps its rest there"
        if mode == REGISTER:
            if letter == "d" and offset < 0 and offset not in OWN_TO_WRITE:
                return f"must not write control word {offset}"
            lowest = 0 if letter in "oqr" else -CONTROL_WORDS
            return None if lowest <= offset < REGISTERS else f"there is no register {offset}"
        if mode == IMMEDIATE:
            return None if letter == "v" else "must be an address, not a number"
        if mode == OWN:
            return None if 0 <= offset < self.part.block else f"own word {offset} of {self.part.block}"
        return None if LINE <= offset < self.room.words else f"absolute word {offset} of {self.room.words}"

    # -- all paths ------------------------------------------------------------------------------------
    def paths(self) -> Iterator[str]:
        """No path runs off the end, gives back what it does not hold, or ends with a slot in hand."""
        seen = self.seen
        told: set[int] = set()
        todo: list[tuple[int, Held]] = [(entry, frozenset()) for entry in self.part.entries]
        while todo:
            pc, held = todo.pop()
            if not self.part.start <= pc < self.part.end:
                yield self.named(pc - 1, "runs off the end of its program")
                continue
            if pc in seen:
                if seen[pc] != held and pc not in told:
                    told.add(pc)
                    yield self.named(pc, "is reached with different slots in hand")
                continue
            seen[pc] = held
            op, *words = self.code[pc]
            if op in ENDS:
                if held:
                    yield self.named(pc, "ends with a slot in hand")
                continue
            if op == RELEASE and (words[0] & 3, words[0] >> 2) not in held:
                yield self.named(pc, "gives back a slot that it does not hold")
                continue
            if op == ACQUIRE and (words[0] & 3, words[0] >> 2) in held:
                yield self.named(pc, "takes a slot that it holds already")
                continue
            todo += self.following(pc, op, words, held)

    def registers(self) -> Iterator[str]:
        """No path reads a register that it has not written."""
        others = [entry for entry in self.part.entries if entry not in self.part.doors]
        for pc, register in unwritten(self.code, FORM, self.part.doors, others):
            yield self.named(pc, f"reads register {register}, which holds nothing on some path")

    def following(self, pc: int, op: int, words: list[int], held: Held) -> Iterator[tuple[int, Held]]:
        """Where it goes on, and with which slots."""
        slot = (words[0] & 3, words[0] >> 2)
        if op == ACQUIRE:
            yield pc + 1, held | {slot}
            if words[1] >= 0:
                yield words[1], held
        elif op == RELEASE:
            yield pc + 1, held - {slot}
        elif op in (SPAWN, SOURCE, FORK):
            yield words[0], frozenset()
            if op != SOURCE:
                yield pc + 1, held
        else:
            at = TARGET[op]
            if at >= 0 and words[at] >= 0:
                yield words[at], held
            if op != JMP:
                yield pc + 1, held
