"""What can be known of a program by reading it: where its activations may stand, and what their registers hold there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from components.program import NOWHERE, SELF, Assembler, Index, Label, Offset, Op, Own, Reg, Shared
from worker.engine.layout import REGISTERS
from worker.engine.validator import FORMS

NUMBER, ADDRESS, OFFSET = range(3)
ENDS = (Op.JMP, Op.SOURCE, Op.REPLY, Op.END)
STARTS = (Op.SPAWN, Op.SOURCE, Op.FORK)
Kinds = tuple[int, ...]
PLAIN: Kinds = (NUMBER,) * REGISTERS


def same_shape(one: Assembler, other: Assembler) -> bool:
    """Do the two differ in nothing but start values and rows of laws?"""
    return one is other or shape(one) == shape(other)


def shape(asm: Assembler) -> tuple[Any, ...]:
    items = [replace(item, init={}, values=(), each=()) for item in asm.items.values()]
    code = [(op, tuple(plain(operand) for operand in operands)) for op, operands in asm.code]
    starts = [(name, label.at) for name, label in asm.doors.items()], [(at.at, n) for at, n in asm.daemons]
    return code, items, list(asm.laws), asm.streams, asm.hists, starts, [(top.at, jump) for top, jump in asm.loops]


def plain(operand: Any) -> Any:
    return ("label", operand.at) if isinstance(operand, Label) else operand


def following(asm: Assembler, at: int) -> Iterator[tuple[int, bool]]:
    """(instruction, whether a new activation begins there) after one."""
    op, operands = asm.code[at]
    for operand in operands:
        if isinstance(operand, Label) and operand is not NOWHERE:
            yield operand.at, op in STARTS
    if op not in ENDS:
        yield at + 1, False


def reach(asm: Assembler, start: int) -> set[int]:
    """Instructions at which an activation that began at `start` may stand."""
    found, todo = set(), [start]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo += [to for to, born in following(asm, at) if not born]
    return found


def loop_end(asm: Assembler, daemon: int) -> int:
    """The jump that closes the endless loop of a daemon; -1 if it has none."""
    inside = reach(asm, asm.daemons[daemon][0].at)
    loops = [(top.at, jump) for top, jump in asm.loops if jump in inside]
    return min(loops)[1] if loops else -1


def crowd(asm: Assembler, daemon: int) -> tuple[int, ...]:
    """The daemons that run in the same loop as this one, itself included."""
    end = loop_end(asm, daemon)
    return tuple(n for n in range(len(asm.daemons)) if end >= 0 and loop_end(asm, n) == end)


def is_source(asm: Assembler, daemon: int) -> bool:
    return asm.code[asm.daemons[daemon][0].at][0] == Op.SOURCE


def kinds_of(asm: Assembler) -> dict[int, Kinds]:
    """For each instruction that can be reached: does a register hold a number, an address or an offset before it?"""
    known: dict[int, Kinds] = {}
    starts = [*asm.doors.values(), *(label for label, _ in asm.daemons)]
    todo = [(label.at, PLAIN) for label in starts]
    while todo:
        at, kinds = todo.pop()
        before = known.get(at)
        if before is not None:
            kinds = tuple(a or b for a, b in zip(before, kinds, strict=True))
            if kinds == before:
                continue
        known[at] = kinds
        op, operands = asm.code[at]
        after = list(kinds)
        if FORMS[op].startswith("d") and isinstance(operands[0], Reg) and operands[0].number >= 0:
            after[operands[0].number] = result(asm, op, operands, kinds)
        todo += [(to, tuple(after)) for to, _ in following(asm, at)]
    return known


def result(asm: Assembler, op: Op, operands: tuple[Any, ...], kinds: Kinds) -> int:
    """What an instruction writes."""
    if op not in (Op.MOV, Op.ADD, Op.SUB):
        return NUMBER
    given = [kind_of(asm, operand, kinds) for operand in operands[1:]]
    if op == Op.SUB:
        return NUMBER if given[0] == given[1] else given[0]
    return ADDRESS if ADDRESS in given else max(given)


def kind_of(asm: Assembler, operand: Any, kinds: Kinds) -> int:
    match operand:
        case Reg(number):
            return ADDRESS if operand == SELF else kinds[number] if number >= 0 else NUMBER
        case Offset():
            return OFFSET
        case Own(name, field, plus) | Shared(name, field, plus):
            points = name in asm.items and asm.items[name].record == "table" and not field and not plus
            return ADDRESS if points else NUMBER
        case Index("truth", _):
            return ADDRESS
    return NUMBER


def escapes(asm: Assembler) -> Iterator[int]:
    """Instructions that put an address where it outlives an edit of the running design: into a word, or into a message."""
    for at, kinds in kinds_of(asm).items():
        op, operands = asm.code[at]
        if op == Op.STX and kind_of(asm, operands[0], kinds) == ADDRESS:
            yield at
        elif FORMS[op].startswith("d"):
            to = operands[0]
            kept = isinstance(to, Own | Shared) or (isinstance(to, Reg) and 0 <= to.number < 8)
            if kept and result(asm, op, operands, kinds) == ADDRESS:
                yield at


__all__ = [
    "ADDRESS", "OFFSET", "Index", "crowd", "escapes", "is_source", "kinds_of", "loop_end", "reach", "same_shape", "shape",
]  # fmt: skip
