"""The circuit breaker round a call: closed, half-open, open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import STATUS, Label, Own, Reg
from components.program.op import REASON, Op
from components.program.units import seconds, thousandths

if TYPE_CHECKING:
    from components.program.calls import Emit, Way

BUCKETS = 10  # of the window


class Breaker:
    """Closed, half-open (1) or open (2); failures are counted in a ring of ten buckets over the window."""

    def __init__(self, way: Way, inner: Emit) -> None:
        self.asm, self.inner = way.asm, inner
        self.state = way.word("breaker")
        self.until, self.bucket = way.word("breaker_until"), way.word("breaker_bucket")
        self.seen, self.bad = way.word("breaker_seen"), way.word("breaker_bad")
        self.probes, self.good = way.word("breaker_probes"), way.word("breaker_good")
        self.old = way.word("breaker_old")  # for a moment: registers are few
        self.seen_ring = way.table("breaker_seen_ring", BUCKETS)
        self.bad_ring = way.table("breaker_bad_ring", BUCKETS)
        self.opened, self.refused = way.total("opened"), way.total("refused")
        self.window = way.option("circuit_breaker.window_s", lambda value: max(1, seconds(value) // BUCKETS))
        self.open_ns = way.option("circuit_breaker.open_s", seconds)
        self.min_calls = way.option("circuit_breaker.min_calls")
        self.rate = way.option("circuit_breaker.error_rate", thousandths)
        self.probes_n = way.option("circuit_breaker.half_open_probes")

    def __call__(self) -> None:
        refused = self.asm.label()
        self.guard(refused)
        self.inner()
        self.record()
        self.asm.place(refused)

    def guard(self, refused: Label) -> None:
        """Go on if a try is allowed; otherwise STATUS = breaker_open and on to `refused`."""
        asm, closed, half = self.asm, self.asm.label(), self.asm.label()

        def refuse() -> None:
            asm.bump(self.refused)
            asm.blame("breaker_open")
            asm.move(STATUS, REASON["breaker_open"])
            asm.jump(refused)

        short = asm.later(refuse)
        asm.branch(closed, self.state, "==", 0)
        asm.branch(half, self.state, "==", 1)
        with asm.local() as now:
            asm.now(now)
            asm.branch(short, now, "<", self.until)
        for word, value in ((self.state, 1), (self.probes, 0), (self.good, 0)):
            asm.move(word, value)
        asm.place(half)
        asm.branch(short, self.probes, ">=", self.probes_n)
        asm.bump(self.probes)
        asm.place(closed)

    def record(self) -> None:
        """Count the outcome in STATUS and open or close."""
        asm, done, judge = self.asm, self.asm.label(), self.asm.label()
        half, trip = asm.later(lambda: self.judge_probe(done)), asm.later(lambda: self.trip(done))
        self._trip = trip
        asm.branch(half, self.state, "==", 1)
        asm.branch(done, self.state, "==", 2)
        with asm.local() as slot, asm.local() as spare:
            self.roll(slot, spare)
            self.tally(self.seen_ring, self.seen, slot, spare)
            asm.branch(judge, STATUS, "==", 0)
            self.tally(self.bad_ring, self.bad, slot, spare)
            asm.place(judge)
            asm.branch(done, self.seen, "<", self.min_calls)
            asm.emit(Op.MUL, slot, self.bad, 1000)
            asm.emit(Op.MUL, spare, self.seen, self.rate)
            asm.branch(trip, slot, ">=", spare)
        asm.place(done)

    def tally(self, ring: Own, total: Own, slot: Reg, spare: Reg) -> None:
        self.asm.emit(Op.LDX, spare, ring, slot)
        self.asm.bump(spare)
        self.asm.emit(Op.STX, spare, ring, slot)
        self.asm.bump(total)

    def roll(self, slot: Reg, spare: Reg) -> None:
        """Forget the buckets that left the window; `slot` = place of the bucket of now."""
        asm = self.asm
        asm.now(spare)
        asm.emit(Op.DIV, spare, spare, self.window)
        asm.emit(Op.SUB, slot, spare, BUCKETS)
        asm.emit(Op.MAX, self.bucket, self.bucket, slot)
        with asm.repeat_while(self.bucket, "<", spare):
            asm.bump(self.bucket)
            asm.emit(Op.MOD, slot, self.bucket, BUCKETS)
            for ring, total in ((self.seen_ring, self.seen), (self.bad_ring, self.bad)):
                asm.emit(Op.LDX, self.old, ring, slot)
                asm.emit(Op.SUB, total, total, self.old)
                asm.emit(Op.STX, 0, ring, slot)
        asm.emit(Op.MOD, slot, self.bucket, BUCKETS)

    def clear(self) -> None:
        asm = self.asm
        asm.move(self.seen, 0)
        asm.move(self.bad, 0)
        for place in range(BUCKETS):
            asm.emit(Op.STX, 0, self.seen_ring, place)
            asm.emit(Op.STX, 0, self.bad_ring, place)

    def judge_probe(self, done: Label) -> None:
        asm = self.asm
        asm.branch(self._trip, STATUS, "!=", 0)
        asm.bump(self.good)
        asm.branch(done, self.good, "<", self.probes_n)
        asm.move(self.state, 0)
        self.clear()
        asm.jump(done)

    def trip(self, done: Label) -> None:
        asm = self.asm
        asm.move(self.state, 2)
        asm.bump(self.opened)
        asm.now(self.until, self.open_ns)
        self.clear()
        asm.jump(done)
