"""Sagas: step by step, each in force at once; what is done is taken back by compensations (Garcia-Molina, Salem 1987)."""

from __future__ import annotations

from components.program.assembler import STATUS, Label
from components.program.calls import Way, call
from components.program.inside import sleep
from components.program.laws import constant_law
from components.program.op import Op
from components.program.transaction_books import AGAIN_NS, Books
from components.program.units import probability


class Saga:
    """Reads compensation {cost_ms, p_fail}. Every step is logged; no row is locked."""

    def __init__(self, books: Books) -> None:
        self.books, self.asm, self.ways, self.gate = books, books.asm, books.ways, books.gate
        self.work = self.asm.law(constant_law("compensation", "compensation.cost_ms", 1e6))
        self.p_fail = self.asm.live("compensation.p_fail", probability)

    def run(self, committed: Label, aborted: Label) -> None:
        """Each step is in force as soon as it is done; a step that fails takes back those before it, the last one first."""
        asm, undo = self.asm, [self.asm.label() for _ in self.ways]
        last = len(self.ways) - 1
        for number, way in enumerate(self.ways):
            call(asm, way)
            self.gate.pass_through()
            asm.branch(undo[number], STATUS, "!=", 0)
            self.books.count("effects")
            if number == 0 and last > 0:
                self.books.count("partial")
            self.books.log()
            if number < last:
                self.books.unless_late(undo[number + 1])
        if last > 0:
            self.books.count("partial", -1)
        asm.jump(committed)
        for number in range(last, 0, -1):
            asm.place(undo[number])
            self.compensate(self.ways[number - 1])
        if last > 0:
            self.books.count("partial", -1)
        asm.place(undo[0])
        asm.jump(aborted)

    def compensate(self, way: Way) -> None:
        """Again until it works: a compensation may not fail for good."""
        asm, again, failed, over = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        self.books.count("compensations")
        asm.place(again)
        asm.serve(self.work)
        self.gate.pass_through()
        asm.emit(Op.BRP, failed, self.p_fail, asm.stream("compensation"))
        call(asm, way)
        self.gate.pass_through()
        asm.branch(over, STATUS, "==", 0)
        asm.place(failed)
        self.books.count("compensation_failures")
        sleep(asm, AGAIN_NS)
        asm.jump(again)
        asm.place(over)
        self.books.count("effects", -1)
        self.books.log()
