"""Isolation levels against closed forms: x = λ d / K, transactions a row and their length (Berenson et al. 1995; dead-time counters)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from components.program.transactions import Transactions
from tests.worker.laws.case import Law, Summary, holds, run
from tests.worker.laws.designs import client, design, link, node


def shop(rate: float, hot_rows: int, txn_ms: float, isolation: str, **params: Any) -> dict[str, Any]:
    """Nothing but transactions, and nothing but their own time."""
    own = {"service_time_ms": 0, "write_time_ms": 0, "max_conns": 100_000, "wal": None}
    rows = {"hot_rows": hot_rows, "txn_ms": txn_ms, "isolation": isolation}
    db = node("db", "sql_primary", **own | rows | params)
    return design([client(rate, read_share=0), db], [link("l", "users", "db")])


def share(name: str) -> Any:
    return lambda summary: summary["nodes"]["db"]["counters"][name] / summary["client"]["offered"]


def laws() -> list[Law]:
    found = []
    for rate, rows, txn_ms in ((200, 10, 10), (100, 4, 20), (500, 20, 6)):
        x, run_of = rate * txn_ms / 1000 / rows, {"duration": 20_000 / rate, "warmup": 1, "seeds": 6}
        where, abort = f"λ={rate}/s, K={rows}, d={txn_ms} ms", x / (1 + x)
        found += [
            Law("V21", "stale read-modify-write at rc", where, shop(rate, rows, txn_ms, "rc"), 1 - math.exp(-x),
                share("lost_updates"), **run_of),
            Law("V21", "the same, exponential length", where, shop(rate, rows, txn_ms, "rc", txn_dist="exp"), abort,
                share("lost_updates"), **run_of),
            Law("V21", "first committer wins", where, shop(rate, rows, txn_ms, "si"), abort, share("aborts"), **run_of),
            Law("V21", "write skew of pairs at si", where, shop(rate, rows, txn_ms, "si", two_row_share=1),
                abort * (1 - abort), share("write_skew"), slack=0.02, **run_of),
        ]  # fmt: skip
    return found


@pytest.mark.parametrize("law", laws(), ids=lambda law: law.id)
def test_the_law_holds(law: Law) -> None:
    ok, found = holds(law)
    assert ok, f"{law.id}: theory {law.theory:.6g}, measured {found.mean:.6g} ± {found.half:.2g}"
    assert found.half < 0.15 * law.theory


def counters(level: str, **params: Any) -> Summary:
    return run(shop(200, 10, 10, level, two_row_share=1, **params), 1, 60, 1)["nodes"]["db"]["counters"]


@pytest.mark.parametrize(
    ("level", "allowed"),
    [
        ("rc", {"lost_updates", "write_skew"}),
        ("rr", {"write_skew", "aborts"}),
        ("si", {"write_skew", "aborts"}),
        ("ssi", {"aborts"}),
        ("2pl", {"lock_waits"}),
    ],
)
def test_a_level_lets_through_its_anomalies_and_no_others(level: str, allowed: set[str]) -> None:
    found = counters(level)
    seen = {name for name in ("lost_updates", "write_skew", "aborts", "deadlocks", "dirty_reads") if found[name]}
    assert seen == allowed - {"lock_waits"}


def test_without_the_check_at_commit_snapshots_lose_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: a level that checks nothing is seen by the oracle."""
    monkeypatch.setattr("components.program.transactions.SNAPSHOTS", ())
    assert counters("si")["lost_updates"] > 1000


def test_without_locks_two_phase_locking_would_not_serialise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Transactions, "lock_both", lambda *_: None)
    monkeypatch.setattr("components.program.locks.Locks.release", lambda *_: None)
    found = counters("2pl")
    assert found["lost_updates"] > 1000
    assert found["write_skew"] > 1000


def test_what_is_rolled_back_is_seen_at_ru_alone() -> None:
    def dirty(level: str) -> int:
        setup = shop(200, 10, 10, level, rollback_p=0.5)
        setup["nodes"][0]["params"]["read_share"] = 0.5
        return int(run(setup, 1, 60, 1)["nodes"]["db"]["counters"]["dirty_reads"])

    # 50 rollbacks a second leave a row dirty for 10 ms each: a read in 20 of one of ten rows, half of 200/s
    assert dirty("ru") == pytest.approx(60 * (100 + 100) * 50 * 0.01 / 10, rel=0.15)
    assert dirty("rc") == 0


def test_deadlocks_need_locks_in_any_order_and_cost_their_victims() -> None:
    assert counters("2pl")["deadlocks"] == 0
    found = counters("2pl", ordered_locks=False)
    assert found["deadlocks"] > 50
    assert found["aborts"] == found["deadlocks"]
    stuck = counters("2pl", ordered_locks=False, deadlock_detection=False, lock_timeout_ms=200)
    assert stuck["deadlocks"] == 0
    assert stuck["aborts"] > 50
