"""Fan-out: one request asks many at once and goes on when all, some or the first have answered (Dean and Barroso 2013)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import KEY, STATUS, Label, Own, Reg
from components.program.inside import alarm, forked, next_fork
from components.program.op import Op
from components.program.request import renumber
from components.program.units import ms

if TYPE_CHECKING:
    from components.program.calls import Emit, Way

LEAF, ALARM = 0, 1


class FanOut:
    """n calls at once, each with a key of its own and to the next replica.

    Enough good answers make a good one; after `partial_ok_ms` one is enough. It fails as soon as too few can still come,
    with the reason of the leaf that made it so.
    """

    def __init__(self, way: Way, inner: Emit) -> None:
        self.way, self.asm, self.inner = way, way.asm, inner
        self.n, self.wait = way.option("fan_out.n"), way.given("fan_out.wait")
        self.k = way.option("fan_out.k") if self.wait == "k" else 1
        self.patience = (
            way.option("fan_out.partial_ok_ms", ms) if way.given("fan_out.partial_ok_ms") is not None else None
        )
        self.partial = way.total("partial")
        self.spare = way.word("fan_out")  # read before anything blocks: registers are few

    def __call__(self) -> None:
        asm = self.asm
        with asm.local() as waiting:
            asm.move(waiting, 0)
            with asm.repeat_while(waiting, "<", self.n):
                self.ask(waiting)
                asm.bump(waiting)
            if self.patience is not None:
                alarm(asm, ALARM, self.patience, self.way.kept)
            with asm.local() as own, asm.local() as good, asm.local() as need:
                asm.move(own, KEY)
                asm.move(good, 0)
                self.wanted(need)
                self.gather(waiting, good, need)
                asm.move(KEY, own)
            asm.emit(Op.FORGET)

    def wanted(self, to: Reg | Own) -> None:
        if self.wait == "all":
            self.asm.move(to, self.n)
        else:
            self.asm.emit(Op.MIN, to, self.k, self.n)

    def ask(self, number: Reg) -> None:
        """Leaf 0 asks for the request's own key, the others for keys made of it; the request keeps its own.

        `number` is read before anything else takes that register in the leaf.
        """
        asm, first = self.asm, self.asm.label()
        with forked(asm, LEAF, self.way.kept):
            asm.branch(first, number, "==", 0)
            if asm.around.repeats:
                renumber(asm, number)
            if asm.around.keyed:
                asm.emit(Op.HASH, KEY, KEY, number)
                asm.emit(Op.MOD, KEY, KEY, asm.around.keys_n)
            self.way.pick()
            asm.place(first)
            self.inner()

    def gather(self, waiting: Reg, good: Reg, need: Reg) -> None:
        asm, over, tag = self.asm, self.asm.label(), self.spare
        wait = asm.here()
        next_fork(asm, tag)
        if self.patience is not None:
            with asm.when(tag, "==", ALARM):
                asm.move(need, 1)
                asm.branch(wait, good, "<", need)
                self.count_partial(good, over)
        asm.emit(Op.SUB, waiting, waiting, 1)
        with asm.when(STATUS, "==", 0):
            asm.bump(good)
            asm.branch(wait, good, "<", need)
            if self.patience is None:
                asm.jump(over)
            else:
                self.count_partial(good, over)
        asm.add(tag, good, waiting)
        asm.branch(wait, tag, ">=", 1 if self.patience is not None else need)
        asm.place(over)

    def count_partial(self, good: Reg, over: Label) -> None:
        """The answer is given; was it less than asked for?"""
        self.wanted(self.spare)
        self.asm.branch(over, good, ">=", self.spare)
        self.asm.bump(self.partial)
        self.asm.jump(over)
