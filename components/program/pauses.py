"""Pauses of a garbage collector: a replica stands still now and then, with all the work that is in progress."""

from __future__ import annotations

from components.program.assembler import Assembler, Index
from components.program.op import Op
from components.program.units import ms, seconds


class Pauses:
    """Every `every_s` from a random moment on, for `ms`: no work gets further. Replicas pause at moments of their own."""

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        self.every, self.length = asm.live("gc_pause.every_s", seconds), asm.live("gc_pause.ms", ms)
        self.until = asm.word("gc_until")
        self.total = asm.word("gc_total")  # ns of all pauses that have begun

    def serve(self, work: Index) -> None:
        """Work of a drawn time, made longer by every pause that begins meanwhile."""
        asm = self.asm
        with asm.local() as left:
            asm.now(left)
            asm.emit(Op.SUB, left, self.until, left)
            with asm.repeat_while(left, ">", 0):
                asm.emit(Op.SLEEP, left)
                asm.now(left)
                asm.emit(Op.SUB, left, self.until, left)
        with asm.local() as before, asm.local() as more:
            asm.move(before, self.total)
            asm.serve(work)
            with asm.repeat_while(before, "!=", self.total):
                asm.emit(Op.SUB, more, self.total, before)
                asm.move(before, self.total)
                asm.emit(Op.SLEEP, more)

    def write_collector(self) -> None:
        asm = self.asm
        with asm.daemon(), asm.local() as nap:
            asm.emit(Op.RAND, nap, self.every, asm.stream("gc"))
            with asm.forever():
                asm.emit(Op.SLEEP, nap)
                asm.now(self.until, self.length)
                asm.add(self.total, self.total, self.length)
                asm.move(nap, self.every)
