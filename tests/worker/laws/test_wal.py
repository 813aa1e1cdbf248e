"""The write-ahead log: one flush for all who wait, and what a crash takes with it."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from components.program.wal import Log
from tests.worker.laws.case import Law, Summary, holds, run
from tests.worker.laws.designs import client, design, link, node


def writes(rate: float, script: Any = (), **wal: Any) -> dict[str, Any]:
    db = node("db", "sql_primary", service_time_ms=0, write_time_ms=0, max_conns=100_000, wal=wal, queue_cap=0)
    return design([client(rate, read_share=0), db], [link("l", "users", "db")], script)


def mean_ms(summary: Summary) -> float:
    return float(summary["client"]["latency_ms"]["mean"])


def batch(summary: Summary) -> float:
    counters = summary["nodes"]["db"]["counters"]
    return float(counters["writes"] / counters["flushes"])


def laws() -> list[Law]:
    """A flush of f takes all who wait. Mean f (1 + ...) by simulation of the curriculum; 1.5 f when it never rests."""
    found = []
    for rate, fsync_ms, mean in (
        (50, 5, 5.61),
        (200, 5, 6.83),
        (1000, 5, 7.50),
        (5000, 5, 7.50),
        (2000, 10, 15.0),
        (3000, 2, 3.0),
    ):
        run_of = {"duration": 30_000 / rate, "warmup": 1, "seeds": 4, "slack": 0.006}
        setting = f"λ={rate}/s, f={fsync_ms} ms"
        found.append(
            Law("V20", "group commit", setting, writes(rate, fsync_ms=fsync_ms), mean, mean_ms, "ms", **run_of)
        )
        if rate * fsync_ms >= 5000:
            # the last flush of a busy period is full too, so a flush takes what came in one flush
            found.append(
                Law(
                    "V20",
                    "commits a flush",
                    setting,
                    writes(rate, fsync_ms=fsync_ms),
                    rate * fsync_ms / 1000,
                    batch,
                    **run_of,
                )
            )
    return found


@pytest.mark.parametrize("law", laws(), ids=lambda law: law.id)
def test_the_law_holds(law: Law) -> None:
    ok, found = holds(law)
    assert ok, f"{law.id}: theory {law.theory:.6g}, measured {found.mean:.6g} ± {found.half:.2g}"


@pytest.mark.parametrize(("fsync_ms", "most"), [(5, 200), (10, 100), (2, 500)])
def test_without_grouping_one_flush_a_commit_is_the_limit(fsync_ms: float, most: float) -> None:
    setup = writes(3 * most, fsync_ms=fsync_ms, group_commit=False)
    assert run(setup, 1, 10, 1)["client"]["goodput_rps"] == pytest.approx(most, rel=0.01)


def lost(seed: int, at_s: float, rate: float = 400, delay_ms: float = 200, mode: str = "off") -> int:
    crash = {"at_s": at_s, "command": "inject", "id": "c", "fault": "crash", "target": "db", "for_s": 0.5}
    setup = writes(rate, [crash], sync_commit=mode, wal_writer_delay_ms=delay_ms)
    return int(run(setup, seed, 3, 0)["nodes"]["db"]["counters"]["lost_acks"])


@pytest.mark.parametrize(("rate", "delay_ms"), [(400, 200), (1000, 100), (300, 500)])
def test_a_crash_takes_the_commits_of_the_last_delay(rate: float, delay_ms: float) -> None:
    """At a random moment half a delay on the average, and never more than three (PostgreSQL documentation, 2024)."""
    found = [lost(seed, 1 + seed * 0.0377, rate, delay_ms) for seed in range(1, 17)]
    assert statistics.fmean(found) == pytest.approx(rate * delay_ms / 2000, rel=0.35)
    assert max(found) <= 3 * rate * delay_ms / 1000
    assert min(found) < max(found)


def test_who_waits_for_the_flush_loses_nothing() -> None:
    assert [lost(seed, 1 + seed * 0.1, mode=mode) for seed in (1, 2, 3) for mode in ("local", "on")] == [0] * 6


def test_the_oracle_sees_a_log_that_answers_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: nobody waits for the flush, so what it takes goes missing from the mean."""
    monkeypatch.setattr(Log, "settle", lambda *_: None)
    assert mean_ms(run(writes(200, fsync_ms=5), 1, 20, 1)) < 1


def test_a_restart_reads_the_log_since_the_checkpoint() -> None:
    def refused(checkpoint_s: float) -> int:
        crash = {"at_s": 20, "command": "inject", "id": "c", "fault": "crash", "target": "db", "for_s": 0.1}
        setup = writes(2000, [crash])
        setup["nodes"][1]["params"]["checkpoint_s"] = checkpoint_s
        return int(run(setup, 1, 25, 0)["client"]["failed"]["node_down"])

    # 40,000 records at 50,000 a second against 4,000
    assert refused(1000) == pytest.approx(2000 * (0.1 + 0.8), rel=0.05)
    assert refused(6) == pytest.approx(2000 * (0.1 + 0.08), rel=0.1)
