"""A limit of requests inside a node, fixed or found by additive increase and multiplicative decrease.

As in TCP (Chiu, Jain 1989) and in Netflix's concurrency-limits (2018): a good answer lets 1/limit more in, a slow one a
tenth less, at most once for all that were inside then.
"""

from __future__ import annotations

from components.program.assembler import ARRIVED, STATUS, Assembler, Own
from components.program.op import Op
from components.program.units import ms, thousandths

FEWEST = 1000  # thousandths of a request


class Limit:
    """Inside is who works and who waits for a slot. Who comes above the limit is answered `limited` at once."""

    def __init__(self, asm: Assembler, station: Own) -> None:
        self.asm, self.station = asm, station
        self.adapts = asm.params["concurrency_limit"]["adaptive"] == "aimd"
        self.most = asm.live("concurrency_limit.max", thousandths)
        if self.adapts:
            self.target = asm.live("concurrency_limit.target_ms", ms)
            self.limit = asm.word("limit", thousandths(asm.params["concurrency_limit"]["max"]))
            self.cut = asm.word("limit_cut")  # when it was last made smaller

    def guard(self) -> None:
        """Go on if there is room."""
        asm, busy, waiting = self.asm, Own(self.station.name, "BUSY"), Own(self.station.name, "LEN")

        def refuse() -> None:
            asm.bump(Own(self.station.name, "ARRIVALS"))
            asm.bump(Own(self.station.name, "REJECTS"))
            asm.fail("limited")

        with asm.local() as inside:
            asm.add(inside, busy, waiting)
            asm.bump(inside)
            asm.emit(Op.MUL, inside, inside, 1000)
            asm.branch(asm.later(refuse), inside, ">", self.limit if self.adapts else self.most)

    def learn(self) -> None:
        """STATUS is how a request that was let in went."""
        if not self.adapts:
            return
        asm, slow, done = self.asm, self.asm.label(), self.asm.label()
        with asm.local() as took:
            asm.branch(slow, STATUS, "!=", 0)
            asm.now(took)
            asm.emit(Op.SUB, took, took, ARRIVED)
            asm.branch(slow, took, ">", self.target)
            asm.emit(Op.DIV, took, 1_000_000, self.limit)
            asm.add(self.limit, self.limit, took)
            asm.emit(Op.MIN, self.limit, self.limit, self.most)
            asm.jump(done)
            asm.place(slow)
            asm.branch(done, ARRIVED, "<", self.cut)
            asm.now(self.cut)
            asm.emit(Op.MUL, self.limit, self.limit, 9)
            asm.emit(Op.DIV, self.limit, self.limit, 10)
            asm.emit(Op.MAX, self.limit, self.limit, FEWEST)
        asm.place(done)
