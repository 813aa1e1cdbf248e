"""Backends: which lanes of a balancer may get requests. A lane is out while anything speaks against it; if all are out, all are in."""

from __future__ import annotations

from components.program.assembler import SELF, Assembler, Offset, Own, Reg, Value
from components.program.inside import beside
from components.program.op import Op

PROBED, EJECTED, DRAINED, UNLISTED = 1, 2, 4, 8
"""What may speak against a lane, as bits of its word."""


class Backends:
    """`changing`: lanes may go out and come back. `weights`: thousandths of each lane, for policies that look at them."""

    def __init__(self, asm: Assembler, count: int, changing: bool, weights: list[int] | None = None) -> None:
        self.asm, self.count, self.changing, self.weights = asm, count, changing, weights
        if changing:
            self.out, self.list = asm.word("out", size=count), asm.word("eligible", size=count)
            self.n: Value = asm.word("eligible_n")
        else:
            self.n = count
        if weights is not None:
            self.weight = asm.constants("weights", weights)
            self.sums, self.total = asm.word("weight_sums", size=count), asm.word("weight_total")
        if changing or weights is not None:
            with asm.daemon():
                self.rebuild()
                asm.emit(Op.END)

    def relist(self) -> None:
        """Whoever writes into `out` from outside notifies the queue `relist`."""
        queue = self.asm.queue("relist")
        with self.asm.daemon(), self.asm.forever():
            self.asm.wait(queue)
            self.rebuild()

    def at(self, to: Reg, slot: Value) -> None:
        """to = the lane at that place among those that are in."""
        if self.changing:
            with self.asm.local() as base:
                self.asm.add(base, SELF, Offset("eligible"))
                self.asm.emit(Op.LDX, to, base, slot)
        elif to != slot:
            self.asm.move(to, slot)

    def is_out(self, to: Reg, lane: Reg) -> None:
        """to = what speaks against the lane."""
        base = self.asm.scratch("base")
        self.asm.add(base, SELF, Offset("out"))
        self.asm.emit(Op.LDX, to, base, lane)

    def change(self, lane: Reg, reason: int, out: bool) -> None:
        """One reason more or less against a lane."""
        asm = self.asm
        base, bits = asm.scratch("base"), asm.scratch("bits")
        asm.add(base, SELF, Offset("out"))
        asm.emit(Op.LDX, bits, base, lane)
        asm.emit(Op.OR, bits, bits, reason)
        if not out:
            asm.emit(Op.SUB, bits, bits, reason)
        asm.emit(Op.STX, bits, base, lane)
        with beside(asm, frozenset()):
            self.rebuild()

    def rebuild(self) -> None:
        """The list of those that are in, and the running sums of their weights."""
        asm = self.asm
        lane, n = asm.scratch("lane"), asm.scratch("n")
        if self.changing:
            asm.move(n, 0)
            asm.move(lane, 0)
            with asm.local() as at, asm.local() as bits, asm.repeat_while(lane, "<", self.count):
                asm.add(at, SELF, Offset("out"))
                asm.emit(Op.LDX, bits, at, lane)
                with asm.when(bits, "==", 0):
                    self.add_lane(at, lane, n)
                asm.bump(lane)
            with asm.when(n, "==", 0), asm.local() as at, asm.repeat_while(n, "<", self.count):
                asm.move(lane, n)
                self.add_lane(at, lane, n)
            asm.move(Own("eligible_n"), n)
        if self.weights is not None:
            self.add_up(n)

    def add_lane(self, spare: Reg, lane: Own, n: Own) -> None:
        asm = self.asm
        asm.add(spare, SELF, Offset("eligible"))
        asm.emit(Op.STX, lane, spare, n)
        asm.bump(n)

    def add_up(self, slot: Own) -> None:
        asm = self.asm
        asm.move(slot, 0)
        asm.move(self.total, 0)
        with asm.local() as at, asm.local() as weight, asm.repeat_while(slot, "<", self.n):
            self.at(at, slot)
            asm.emit(Op.LDX, weight, self.weight, at)
            asm.add(self.total, self.total, weight)
            asm.add(at, SELF, Offset("weight_sums"))
            asm.emit(Op.STX, self.total, at, slot)
            asm.bump(slot)
