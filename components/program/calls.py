"""Calling over a link: picking a replica, retries with back-off and budget, the circuit breaker.

Policies are emitted code round a bare CALL. They leave the outcome in STATUS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from components.program.assembler import (
    NOWHERE,
    STATUS,
    Assembler,
    Item,
    Knob,
    Label,
    OutLink,
    Own,
    Reg,
    Shared,
)
from components.program.breaker import Breaker
from components.program.lanes import call_lane, declare_lanes
from components.program.op import REASON, RETRY_CLASS, Op
from components.program.units import Convert, identity, ms, thousandths

BUDGET_CAP = 100_000  # thousandths of a retry: at most 100 saved up
MOST_DOUBLINGS = 20


class Way:
    """One outgoing link in the hands of an assembler: its lanes and the words of its policies."""

    def __init__(self, asm: Assembler, link: OutLink, lanes: Own | None = None) -> None:
        self.asm, self.link = asm, link
        self.retry: Mapping[str, Any] | None = link.params["retry"]
        self.breaker: Mapping[str, Any] | None = link.params["circuit_breaker"]
        self.lanes = lanes or declare_lanes(asm, f"lanes:{link.id}", [link])
        if self.retry or self.breaker:
            self.calls = asm.total(f"calls:{link.id}")
            self.retries = asm.total(f"retries:{link.id}")

    def option(self, path: str, convert: Convert = identity) -> Shared:
        """A live word for an option of this link, such as retry.max."""
        group, key = path.split(".")
        name = f"link:{self.link.id}:{path}"
        item = Item(name, "word", 1, {"": convert(self.link.params[group][key])}, shared=True, link=self.link.id)
        self.asm.items[name] = item
        self.asm.knobs.append(Knob(f"{self.link.id}:{path}", "word", name, convert))
        return Shared(name)


def call(asm: Assembler, way: Way) -> None:
    """Call the link with all its options; STATUS says how it went."""
    guarded(asm, way, lambda: round_robin(asm, way))


def round_robin(asm: Assembler, way: Way) -> None:
    """One try at the replica whose turn it is."""
    if way.link.lanes == 1:
        asm.emit(Op.CALL, way.lanes, NOWHERE)
        return
    turn = asm.word(f"turn:{way.link.id}")
    with asm.local() as lane:
        asm.bump(turn)
        asm.emit(Op.MOD, lane, turn, way.link.lanes)
        call_lane(asm, way.lanes, lane)


def guarded(asm: Assembler, way: Way, one_try: Callable[[], None], again: Callable[[], None] | None = None) -> None:
    """`one_try` under the link's retry and circuit breaker; `again` runs before each further try."""
    if not (way.retry or way.breaker):
        one_try()
        return
    asm.bump(way.calls)
    done = asm.label()
    breaker = Breaker(way) if way.breaker else None

    def watched_try() -> None:
        if breaker:
            breaker.guard(done)
        one_try()
        if breaker:
            breaker.record()

    if way.retry:
        retry_loop(asm, way, watched_try, again, done)
    else:
        watched_try()
    asm.place(done)


def retry_loop(
    asm: Assembler, way: Way, one_try: Callable[[], None], again: Callable[[], None] | None, done: Label
) -> None:
    """Try, and try again while the failure is of a kind to retry, tries are left and the budget pays."""
    assert way.retry is not None
    ratio, most = way.option("retry.budget_ratio", thousandths), way.option("retry.max")
    credit = asm.word(f"credit:{way.link.id}")
    with asm.when(ratio, ">=", 0):
        asm.add(credit, credit, ratio)
        asm.emit(Op.MIN, credit, credit, BUDGET_CAP)
    back_off = BackOff(asm, way)
    with asm.local() as attempt, back_off.memory():
        asm.move(attempt, 0)
        top = asm.here()
        one_try()
        asm.branch(done, STATUS, "==", 0)
        with asm.local() as chosen:
            asm.emit(Op.SHR, chosen, retried_mask(way.retry), STATUS)
            asm.emit(Op.AND, chosen, chosen, 1)
            asm.branch(done, chosen, "==", 0)
        asm.branch(done, attempt, ">=", most)
        paid = asm.label()
        asm.branch(paid, ratio, "<", 0)
        asm.branch(done, credit, "<", 1000)
        asm.emit(Op.SUB, credit, credit, 1000)
        asm.place(paid)
        asm.bump(way.retries)
        back_off.wait(attempt)
        asm.bump(attempt)
        if again:
            again()
        asm.jump(top)


def retried_mask(retry: Mapping[str, Any]) -> int:
    """Bit n is set if outcome n is tried again."""
    return sum(1 << REASON[reason] for word in retry["on"] for reason in RETRY_CLASS[word])


class BackOff:
    """The wait before the next try: base, doubled each time up to the cap, then spread by the jitter.

    Full, equal and decorrelated jitter as in the AWS Architecture Blog (Brooker 2015).
    """

    def __init__(self, asm: Assembler, way: Way) -> None:
        assert way.retry is not None
        self.asm, self.kind, self.jitter = asm, way.retry["backoff"], way.retry["jitter"]
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
