"""Hinted handoff: writes for a replica that was away wait at the coordinator, in a ring on its disk (Dynamo, 2007)."""

from __future__ import annotations

from components.program.assembler import AUX, KEY, STATUS, VALUE, VERSION, Assembler, Own, Value
from components.program.lanes import ask_lane, next_answer
from components.program.op import Op
from components.program.suspects import Suspects

ROOM = 16_384  # hints at one coordinator; the oldest make room
FIELDS = (KEY, VALUE, AUX, VERSION)
WIDTH = 8


class Hints:
    """`puts` = lanes of the wire that carries writes."""

    def __init__(self, asm: Assembler, suspects: Suspects, puts: Own, patience: Own) -> None:
        self.asm, self.suspects, self.puts, self.patience = asm, suspects, puts, patience
        self.ring = asm.table("hint_ring", ROOM * WIDTH, keep=True)
        self.first, self.past = asm.word("hint_first", keep=True), asm.word("hint_past", keep=True)
        self.stored, self.delivered = asm.counter("hints"), asm.counter("hints_delivered")

    def keep(self, node: Value) -> None:
        """The message waits for that node."""
        asm, at = self.asm, self.asm.scratch("hint_at")
        asm.bump(self.stored)
        self.place(at, self.past)
        asm.emit(Op.STX, node, at, len(FIELDS))
        for offset, register in enumerate(FIELDS):
            asm.emit(Op.STX, register, at, offset)
        asm.bump(self.past)
        with asm.when(self.past, ">", asm_sum(asm, self.first, ROOM)):
            asm.bump(self.first)

    def place(self, to: Value, number: Value) -> None:
        asm = self.asm
        asm.emit(Op.AND, to, number, ROOM - 1)
        asm.emit(Op.MUL, to, to, WIDTH)
        asm.add(to, to, self.ring)

    def deliver(self) -> None:
        """Each hint that is here now: to its node if that is back, else to the end of the ring. In a daemon."""
        asm, at, node, tag = (self.asm, *(self.asm.scratch(name) for name in ("hint_at", "hint_node", "hint_tag")))
        away = asm.scratch("away")
        with asm.local() as last:
            asm.move(last, self.past)
            with asm.repeat_while(self.first, "<", last):
                self.place(at, self.first)
                asm.bump(self.first)
                asm.emit(Op.LDX, node, at, len(FIELDS))
                for offset, register in enumerate(FIELDS):
                    asm.emit(Op.LDX, register, at, offset)
                self.suspects.suspected(away, node)
                again, following = asm.label(), asm.label()
                asm.branch(again, away, "!=", 0)
                with asm.local() as to:
                    asm.move(to, node)
                    ask_lane(asm, self.puts, to, to)
                    silent = asm.label()
                    next_answer(asm, tag, silent, self.patience)
                    asm.move(node, to)
                    asm.branch(silent, STATUS, "!=", 0)
                    asm.bump(self.delivered)
                    asm.jump(following)
                    asm.place(silent)
                    asm.emit(Op.FORGET)
                    asm.move(node, to)
                    self.suspects.suspect(node)
                asm.place(again)
                self.back(node)
                asm.place(following)

    def back(self, node: Value) -> None:
        """To the end of the ring: it was counted when it was stored."""
        self.keep(node)
        self.asm.emit(Op.SUB, self.stored, self.stored, 1)


def asm_sum(asm: Assembler, a: Value, b: Value) -> Own:
    """A scratch word with a + b."""
    word = asm.scratch("sum")
    asm.add(word, a, b)
    return word
