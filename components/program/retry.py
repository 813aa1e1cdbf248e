"""Retries: try again while the failure is of a kind to retry, tries are left and the budget pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from components.program.assembler import STATUS, Reg
from components.program.op import REASON, RETRY_CLASS, Op
from components.program.units import ms, thousandths

if TYPE_CHECKING:
    from components.program.calls import Emit, Way

BUDGET_CAP = 100_000  # thousandths of a retry: at most 100 saved up
MOST_DOUBLINGS = 20


class Retry:
    """The caller keeps its slot while it waits. Each try picks a replica again."""

    def __init__(self, way: Way, inner: Emit) -> None:
        self.way, self.asm, self.inner = way, way.asm, inner
        self.ratio, self.most = way.option("retry.budget_ratio", thousandths), way.option("retry.max")
        self.credit, self.retries = way.word("credit"), way.total("retries")
        self.back_off = BackOff(way)

    def __call__(self) -> None:
        asm, done, paid = self.asm, self.asm.label(), self.asm.label()
        with asm.when(self.ratio, ">=", 0):
            asm.add(self.credit, self.credit, self.ratio)
            asm.emit(Op.MIN, self.credit, self.credit, BUDGET_CAP)
        with asm.local() as attempt, self.back_off.memory():
            asm.move(attempt, 0)
            top = asm.here()
            self.inner()
            asm.branch(done, STATUS, "==", 0)
            with asm.local() as chosen:
                asm.emit(Op.SHR, chosen, retried_mask(self.way.given("retry")), STATUS)
                asm.emit(Op.AND, chosen, chosen, 1)
                asm.branch(done, chosen, "==", 0)
            asm.branch(done, attempt, ">=", self.most)
            asm.branch(paid, self.ratio, "<", 0)
            asm.branch(done, self.credit, "<", 1000)
            asm.emit(Op.SUB, self.credit, self.credit, 1000)
            asm.place(paid)
            asm.bump(self.retries)
            self.back_off.wait(attempt)
            asm.bump(attempt)
            self.way.pick()
            asm.jump(top)
        asm.place(done)


def retried_mask(retry: Mapping[str, Any]) -> int:
    """Bit n is set if outcome n is tried again."""
    return sum(1 << REASON[reason] for word in retry["on"] for reason in RETRY_CLASS[word])


class BackOff:
    """The wait before the next try: base, doubled each time up to the cap, then spread by the jitter.

    Full, equal and decorrelated jitter as in the AWS Architecture Blog (Brooker 2015).
    """

    def __init__(self, way: Way) -> None:
        self.asm = asm = way.asm
        self.kind, self.jitter = way.given("retry.backoff"), way.given("retry.jitter")
        self.last: Reg | None = None
        if self.kind != "none":
            self.base, self.cap = way.option("retry.base_ms", ms), way.option("retry.cap_ms", ms)
            self.chance = asm.stream(f"backoff:{way.link.id}")

    @contextmanager
    def memory(self) -> Iterator[None]:
        """Decorrelated jitter remembers its last wait over the tries."""
        if self.kind == "none" or self.jitter != "decorrelated":
            yield
            return
        with self.asm.local() as self.last:
            self.asm.move(self.last, 0)
            yield

    def wait(self, attempt: Reg) -> None:
        if self.kind == "none":
            return
        asm = self.asm
        with asm.local() as wait:
            if self.last is not None:
                self.decorrelated(wait, self.last)
            else:
                self.grown(wait, attempt)
            asm.emit(Op.SLEEP, wait)

    def decorrelated(self, wait: Reg, last: Reg) -> None:
        asm = self.asm
        asm.emit(Op.MAX, wait, last, self.base)
        asm.emit(Op.MUL, wait, wait, 3)
        asm.emit(Op.SUB, wait, wait, self.base)
        asm.emit(Op.RAND, wait, wait, self.chance)
        asm.add(wait, wait, self.base)
        asm.emit(Op.MIN, wait, wait, self.cap)
        asm.move(last, wait)

    def grown(self, wait: Reg, attempt: Reg) -> None:
        asm = self.asm
        asm.move(wait, self.base)
        if self.kind == "exp":
            asm.emit(Op.MIN, wait, attempt, MOST_DOUBLINGS)
            asm.emit(Op.SHL, wait, self.base, wait)
        asm.emit(Op.MIN, wait, wait, self.cap)
        if self.jitter == "full":
            asm.emit(Op.RAND, wait, wait, self.chance)
        elif self.jitter == "equal":
            with asm.local() as half:
                asm.emit(Op.SHR, half, wait, 1)
                asm.emit(Op.RAND, wait, half, self.chance)
                asm.add(wait, wait, half)
