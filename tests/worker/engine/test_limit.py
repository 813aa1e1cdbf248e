"""Limits of requests inside a service, fixed and adaptive, and pauses of its collector."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.engine.build import Simulation, Summary, inject, link, node, over, simulation
from tests.worker.laws.theory import erlang_b, mm1k_loss


def server(rate: float, **web: Any) -> Simulation:
    users = node("users", "client", rate_rps=rate)
    return simulation(
        [users, node("web", "service", **{"queue_cap": 10**6} | web)],
        [link("l", "users", "web", rtt_ms=0, timeout_ms=None)],
    )


def lost(summary: Summary) -> float:
    assert summary["client"]["failed"].keys() <= {"limited"}
    return float(summary["client"]["failed"].get("limited", 0) / summary["client"]["offered"])


@pytest.mark.parametrize(("rate", "workers", "most"), [(90, 1, 10), (120, 1, 5), (800, 100, 8)])
def test_a_fixed_limit_loses_as_many_as_theory_says(rate: float, workers: int, most: int) -> None:
    """One server: M/M/1/K; more workers than the limit: Erlang B."""
    simulated = server(rate, workers=workers, service_time_ms=10, concurrency_limit={"max": most})
    over(simulated, 10)
    theory = mm1k_loss(most, rate / 100) if workers == 1 else erlang_b(most, rate / 100)
    assert lost(over(simulated, 100_000 / rate)) == pytest.approx(theory, rel=0.06)


def test_an_adaptive_limit_trades_a_little_goodput_for_most_of_the_wait() -> None:
    """1.3 times what 8 workers can do: a queue of 1000 makes everybody wait a second, the limit nobody."""
    found = {}
    for limit in (None, {"max": 1000, "adaptive": "aimd", "target_ms": 30}):
        simulated = server(1040, workers=8, service_time_ms=10, queue_cap=1000, concurrency_limit=limit)
        over(simulated, 60)
        found[limit is not None] = over(simulated, 60)["client"]
    assert found[True]["latency_ms"]["p50"] < 40 < 1000 < found[False]["latency_ms"]["p50"]
    assert found[True]["goodput_rps"] > 0.94 * found[False]["goodput_rps"]


@pytest.mark.parametrize("target_ms", [15, 40, 120])
def test_the_limit_follows_its_target(target_ms: float) -> None:
    simulated = server(
        2000, workers=8, service_time_ms=10, concurrency_limit={"max": 1000, "adaptive": "aimd", "target_ms": target_ms}
    )
    over(simulated, 60)
    p50 = over(simulated, 60)["client"]["latency_ms"]["p50"]
    assert 0.4 * target_ms < p50 < 1.3 * target_ms


def test_it_comes_back_when_the_trouble_is_over() -> None:
    simulated = server(400, workers=8, service_time_ms=10, concurrency_limit={"max": 50, "adaptive": "aimd"})
    inject(simulated, "slow", "web", factor=20, for_s=30)
    assert lost(over(simulated, 30)) > 0.5
    over(simulated, 10)
    assert lost(over(simulated, 30)) < 0.01


# -- pauses of the collector ---------------------------------------------------------------------------
def paused(every_s: float, ms: float, **web: Any) -> Summary:
    """Requests that never wait for each other: 0.1 ms of constant work."""
    work = {
        "workers": 10_000,
        "service_time_ms": 0.1,
        "service_dist": "const",
        "gc_pause": {"every_s": every_s, "ms": ms},
    }
    simulated = server(200, **work | web)
    over(simulated, 2 * every_s)
    return over(simulated, 300 * every_s)


@pytest.mark.parametrize(("every_s", "ms"), [(1, 100), (2, 50), (0.5, 200)])
def test_who_comes_in_a_pause_waits_for_its_end(every_s: float, ms: float) -> None:
    """A share ms/every of the requests waits half a pause in the mean, and nobody longer than a pause."""
    latency = paused(every_s, ms)["client"]["latency_ms"]
    share = ms / 1000 / every_s
    assert latency["mean"] == pytest.approx(0.1 + share * ms / 2, rel=0.06)
    assert latency["max"] == pytest.approx(ms + 0.1, rel=0.03)
    assert latency["p50"] == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize("work_ms", [300, 1700])
def test_work_in_progress_gets_longer_by_every_pause(work_ms: float) -> None:
    """A pause of 0.2 s every second: of 1.2 s, one is work."""
    latency = paused(1.2, 200, service_time_ms=work_ms)["client"]["latency_ms"]
    assert latency["mean"] == pytest.approx(work_ms * 1.2 + 0.2 / 1.2 * 100, rel=0.03)
    assert latency["max"] > work_ms * 1.2


def test_replicas_pause_at_moments_of_their_own() -> None:
    latency = paused(1, 100, replicas=10)["client"]["latency_ms"]
    assert latency["mean"] == pytest.approx(0.1 + 0.1 * 50, rel=0.1)
