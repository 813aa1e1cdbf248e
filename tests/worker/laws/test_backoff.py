"""The simulation of contended writes of the AWS Architecture Blog (Brooker 2015), run on the product's retries.

A hundred clients write one row at once, under optimistic locking: each reads its version, and the write succeeds if nobody
wrote in between. Each message takes N(10, 2) ms. A client that lost backs off and starts again with a read. The references
are means of 60 runs of a port of the blog's simulator, base 5 ms, cap 2000 ms.
"""

from __future__ import annotations

from statistics import fmean
from typing import ClassVar

import pytest

from components.base import Component
from components.catalog import KINDS
from components.model import Design, Link, Node
from components.program import NOWHERE, STATUS, VERSION, WRITE, Assembler, Law, Op, Way, guarded
from tests.worker.engine.build import NS
from worker.engine.compiler import compile_design
from worker.engine.machine import Machine

RUNS = 12
REFERENCE = {
    "none": (2426, 2023),
    "exp": (1850, 62_902),
    "equal": (812, 6622),
    "full": (796, 4833),
    "decorrelated": (1000, 4659),
}
"""Calls, and ms until the last client is done. `none` does not wait at all, `exp` has no jitter."""


class Row(Component):
    """One row with a version."""

    kind = "row"

    def program(self, asm: Assembler) -> None:
        version, lost = asm.word("version"), asm.later(lambda: asm.fail("aborted"))
        with asm.entry():
            with asm.when(WRITE, "==", 0):
                asm.move(VERSION, version)
                asm.reply()
            asm.branch(lost, VERSION, "!=", version)
            asm.bump(version)
            asm.reply()


class Writers(Component):
    """Clients that all begin at once; each ends when its write is done."""

    kind = "writers"
    clients: ClassVar[int] = 100

    def program(self, asm: Assembler) -> None:
        way, self.twelfth = Way(asm, asm.links[0]), asm.law(Law("twelfth", lambda _: ("UNIFORM", 0.0, 2e6, 0.0), ()))
        calls, last, done, lost = asm.word("calls_made"), asm.word("last"), asm.word("done"), asm.word("lost")

        def read_and_write() -> None:
            asm.bump(calls)
            for write in (0, 1):
                asm.move(WRITE, write)
                self.travel(asm)
                asm.emit(Op.CALL, way.lanes, NOWHERE)
                self.travel(asm)

        with asm.daemon(self.clients):
            guarded(asm, way, read_and_write)
            with asm.when(STATUS, "!=", 0):
                asm.bump(lost)
            asm.bump(done)
            asm.now(last)
            asm.emit(Op.END)

    def travel(self, asm: Assembler) -> None:
        """Twelve uniform draws are nearly normal: mean 12 and deviation 2, less 2."""
        with asm.local() as ns, asm.local() as part:
            asm.move(ns, -2_000_000)
            for _ in range(12):
                asm.emit(Op.SAMP, part, self.twelfth)
                asm.add(ns, ns, part)
            asm.emit(Op.SLEEP, ns)


def contended(monkeypatch: pytest.MonkeyPatch, jitter: str, seed: int, clients: int = 100) -> tuple[int, float]:
    """Calls, and ms until the last is done."""
    monkeypatch.setitem(KINDS, "row", Row)
    monkeypatch.setitem(KINDS, "writers", Writers)
    monkeypatch.setattr(Writers, "clients", clients)
    how = {"none": {"backoff": "none"}, "exp": {"jitter": "none"}}.get(jitter, {"jitter": jitter})
    first = 5 if jitter == "decorrelated" else 10  # the blog's first wait is doubled once already
    retry = {"max": 100, "on": ["error"], "base_ms": first, "cap_ms": 2000} | how
    link = Link("l", "users", "row", {"rtt_ms": 0, "timeout_ms": None, "retry": retry})
    plan = compile_design(Design(nodes=(Node("users", "writers", "w"), Node("row", "row", "r")), links=(link,)), seed)
    machine = Machine(plan.tables)
    machine.advance(600 * NS)
    placed = plan.nodes["users"]
    made, done, lost, last = (
        int(machine.arena[placed.address(0, name)]) for name in ("calls_made", "done", "lost", "last")
    )
    assert done == clients and lost == 0, f"{done} done, {lost} gave up"
    return made, last / 1e6


def means(monkeypatch: pytest.MonkeyPatch, jitter: str) -> tuple[float, float]:
    runs = [contended(monkeypatch, jitter, seed) for seed in range(1, RUNS + 1)]
    return fmean(calls for calls, _ in runs), fmean(ms for _, ms in runs)


@pytest.mark.parametrize("jitter", REFERENCE)
def test_contended_writes_cost_as_many_calls_as_in_the_reference(monkeypatch: pytest.MonkeyPatch, jitter: str) -> None:
    calls, ms = means(monkeypatch, jitter)
    assert calls == pytest.approx(REFERENCE[jitter][0], rel=0.06)
    assert ms == pytest.approx(REFERENCE[jitter][1], rel=0.12)


def test_full_jitter_does_less_than_half_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for clients in (100, 70, 150):
        none, full = (contended(monkeypatch, jitter, 1, clients)[0] for jitter in ("none", "full"))
        assert full < 0.5 * none
