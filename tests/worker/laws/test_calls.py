"""What the laws of calls must catch: mechanisms broken on purpose, and then the law must fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.compute.service import Service
from components.program import REASON, Assembler, Op, main_station, service_law
from components.program.assembler import START, STATUS, Own, Reg
from components.program.hedge import Hedge
from components.program.pool import Pool
from components.program.retry import Retry
from components.program.transfer import Transfer
from tests.worker.laws.case import Law, holds, interval, known_run
from tests.worker.laws.laws import LAWS
from tests.worker.laws.test_storm import long_after, storm


def law(row: str, what: str) -> Law:
    return next(law for law in LAWS if (law.row, law.what) == (row, what))


def breaks(law: Law) -> bool:
    """Broken code is no reason to keep what it measured."""
    known_run.cache_clear()
    found = interval(law, range(1, law.seeds + 1))
    known_run.cache_clear()
    return not found.agrees(law)


def test_hedges_free_of_load_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A further try that is answered out of thin air."""
    ask = Hedge.ask

    def free(self: Hedge, left: Reg, *, further: bool) -> None:
        inner = self.inner
        self.inner = (lambda: self.asm.move(STATUS, 0)) if further else inner
        ask(self, left, further=further)
        self.inner = inner

    assert holds(law("V4", "hedged load"))[0]
    monkeypatch.setattr(Hedge, "ask", free)
    assert breaks(law("V4", "hedged load"))


def test_hedges_that_wait_for_both_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.program.hedge.STATUS", Reg(4))  # never 0: WRITE is 1 where nobody reads
    first = law("V4", "hedged p99")
    users, *others = first.design["nodes"]
    writers = users | {"params": users["params"] | {"read_share": 0}}
    assert breaks(replace(first, design=first.design | {"nodes": [writers, *others]}))


def test_a_pool_that_lets_everybody_in_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pool, "__call__", lambda self: self.inner())
    assert breaks(law("C12", "pool mean (M/M/c)"))


def test_a_wire_without_a_queue_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    line_up = Transfer.line_up

    def alone(self: Transfer, ns: Reg, size: Reg, free: Own) -> None:
        self.asm.move(free, 0)
        line_up(self, ns, size, free)

    monkeypatch.setattr(Transfer, "line_up", alone)
    assert breaks(law("C5", "wire mean (M/G/1)"))


def test_retries_that_are_no_load_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer of a retry is drawn, nobody is asked."""
    start = Retry.__call__

    def drawn(self: Retry) -> None:
        inner, first = self.inner, self.asm.word("first_try")
        asm = self.asm

        def once() -> None:
            asked, over = asm.label(), asm.label()
            asm.branch(asked, first, "==", 0)
            asm.move(STATUS, REASON["error"])
            asm.emit(Op.BRP, over, 1 << 31, asm.stream("drawn"))
            asm.move(STATUS, 0)
            asm.jump(over)
            asm.place(asked)
            asm.move(first, 1)
            inner()
            asm.place(over)

        self.inner = once
        asm.move(first, 0)
        start(self)

    monkeypatch.setattr(Retry, "__call__", drawn)
    assert breaks(law("V25", "tries per call"))


def test_time_outs_that_free_the_server_would_end_the_storm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not work for those who have gone: the state that never ends (V26) ends."""

    def program(self: Service, asm: Assembler) -> None:
        slots, work = main_station(asm, "workers"), asm.law(service_law())
        for metric in self.metrics:
            asm.counter(metric.name)
        with asm.entry():
            asm.acquire(slots)
            gone = asm.label()
            with asm.local() as now:
                asm.now(now, -1_000_000_000)
                asm.branch(gone, now, ">=", START)
            asm.serve(work)
            asm.place(gone)
            asm.release(slots)
            asm.reply()

    assert long_after(storm(60))["client"]["goodput_rps"] < 2
    monkeypatch.setattr(Service, "program", program)
    assert long_after(storm(60))["client"]["goodput_rps"] == pytest.approx(60, rel=0.1)
