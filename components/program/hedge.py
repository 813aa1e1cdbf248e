"""Hedged calls: when the answer takes long, ask once more; the first good answer counts (Dean and Barroso, CACM 2013)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import STATUS, Own, Reg, Shared
from components.program.inside import alarm, forked, next_fork
from components.program.op import Op
from components.program.units import ms, thousandths

if TYPE_CHECKING:
    from components.program.calls import Emit, Way

TRY, ALARM = 0, 1
STEP_SHIFT, LEAST_STEP = 8, 1000  # of the estimate: 1/256 of itself, and 1 us


class Hedge:
    """A further try after `after_ms`, or after a percentile of how long this link's own tries take.

    The percentile is one word, moved by every answered try: up by p/1000 of a step when the try took longer, down by
    (1000 - p)/1000 when not, so it rests where a share of p is below it (a stochastic quantile step; Robbins and Monro
    1951). A step is 1/256 of the word. The first answer sets it; before that there is no hedge. A try that lost goes on
    to its end: its target does the work, and its time is measured like any other.
    """

    def __init__(self, way: Way, inner: Emit) -> None:
        self.way, self.asm, self.inner = way, way.asm, inner
        self.most, self.sent = way.option("hedge.max"), way.total("hedges")
        self.tag = way.word("hedge_tag")  # read before anything blocks: registers are few
        self.fixed = way.given("hedge.after_ms") is not None
        self.delay: Own | Shared
        if self.fixed:
            self.delay = way.option("hedge.after_ms", ms)
        else:
            self.share = way.option("hedge.after_percentile", lambda value: thousandths(value / 100))
            self.delay = way.word("hedge_after")

    def __call__(self) -> None:
        """STATUS is that of the first good answer, or of the last bad one."""
        asm = self.asm
        wait, answered, over = asm.label(), asm.label(), asm.label()
        with asm.local() as waiting, asm.local() as left:
            asm.move(waiting, 1)
            asm.move(left, self.most)
            self.ask(left, further=False)
            asm.place(wait)
            next_fork(asm, self.tag)
            asm.branch(answered, self.tag, "==", TRY)
            asm.bump(self.sent)
            asm.bump(waiting)
            asm.emit(Op.SUB, left, left, 1)
            self.ask(left, further=True)
            asm.jump(wait)
            asm.place(answered)
            asm.emit(Op.SUB, waiting, waiting, 1)
            asm.branch(over, STATUS, "==", 0)
            asm.branch(wait, waiting, ">", 0)
            asm.place(over)
            asm.emit(Op.FORGET)

    def ask(self, left: Reg, *, further: bool) -> None:
        """A try, and an alarm for the next one if there may be one."""
        asm, last = self.asm, self.asm.label()
        with forked(asm, TRY, self.way.kept):
            if further:
                self.way.pick_another()
            if self.fixed:
                self.inner()
            else:
                self.measured()
        asm.branch(last, left, "<=", 0)
        if not self.fixed:
            asm.branch(last, self.delay, "<=", 0)
        alarm(asm, ALARM, self.delay, self.way.kept)
        asm.place(last)

    def measured(self) -> None:
        asm, known, down, over = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        with asm.local() as took:
            asm.now(took)
            self.inner()
            asm.branch(over, STATUS, "!=", 0)
            asm.emit(Op.MUL, took, took, -1)
            asm.now(took, took)
            asm.branch(known, self.delay, ">", 0)
            asm.move(self.delay, took)
            asm.place(known)
            with asm.local() as step:
                asm.emit(Op.SHR, step, self.delay, STEP_SHIFT)
                asm.add(step, step, LEAST_STEP)
                asm.branch(down, took, "<=", self.delay)
                self.shift(step, 0)
                asm.jump(over)
                asm.place(down)
                self.shift(step, -1000)
        asm.place(over)

    def shift(self, step: Reg, minus: int) -> None:
        """delay += step * (share + minus) / 1000."""
        asm = self.asm
        with asm.local() as part:
            asm.add(part, self.share, minus)
            asm.emit(Op.MUL, step, step, part)
        asm.emit(Op.DIV, step, step, 1000)
        asm.add(self.delay, self.delay, step)
