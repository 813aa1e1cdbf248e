"""The circuit breaker round a call: closed, half-open, open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import STATUS, Label
from components.program.op import REASON, Op
from components.program.units import seconds, thousandths
from components.program.window import Window, bucket_ns

if TYPE_CHECKING:
    from components.program.calls import Emit, Way


class Breaker:
    """Closed, half-open (1) or open (2); failures are counted over a window."""

    def __init__(self, way: Way, inner: Emit) -> None:
        self.asm, self.inner = way.asm, inner
        self.state = way.word("breaker")
        self.until = way.word("breaker_until")
        self.probes, self.good = way.word("breaker_probes"), way.word("breaker_good")
        length = way.option("circuit_breaker.window_s", bucket_ns)
        self.window = Window(way, "breaker", length, ("seen", "bad"))
        self.opened, self.refused = way.total("opened"), way.total("refused")
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
            self.window.roll(slot, spare)
            self.window.tally("seen", slot, spare)
            asm.branch(judge, STATUS, "==", 0)
            self.window.tally("bad", slot, spare)
            asm.place(judge)
            asm.branch(done, self.window["seen"], "<", self.min_calls)
            asm.emit(Op.MUL, slot, self.window["bad"], 1000)
            asm.emit(Op.MUL, spare, self.window["seen"], self.rate)
            asm.branch(trip, slot, ">=", spare)
        asm.place(done)

    def judge_probe(self, done: Label) -> None:
        asm = self.asm
        asm.branch(self._trip, STATUS, "!=", 0)
        asm.bump(self.good)
        asm.branch(done, self.good, "<", self.probes_n)
        asm.move(self.state, 0)
        self.window.clear()
        asm.jump(done)

    def trip(self, done: Label) -> None:
        asm = self.asm
        asm.move(self.state, 2)
        asm.bump(self.opened)
        asm.now(self.until, self.open_ns)
        self.window.clear()
        asm.jump(done)
