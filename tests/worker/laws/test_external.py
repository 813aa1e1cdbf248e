"""Services of others: lost answers and repeats, calls at once, their limit, their bill."""

from __future__ import annotations

from typing import Any

import pytest

from components.edge import external_api
from components.program import Op
from tests.worker.engine.build import Summary, inject, link, node, over, simulation
from tests.worker.laws import theory
from worker.engine.simulation import Simulation


def shop(rate: float = 400, seed: int = 1, way: Any = (), **params: Any) -> Simulation:
    """Orders that are paid for over a network that loses nothing; whoever hears nothing asks again."""
    quick: dict[str, Any] = {"service_time_ms": 10, "service_dist": "const"}
    retry = {"max": 3, "backoff": "none"}
    options = {"rtt_ms": 1, "timeout_ms": 50, "retry": retry} | dict(way)
    nodes = [node("users", "client", rate_rps=rate, read_share=0), node("pay", "external_api", **quick | params)]
    return simulation(nodes, [link("l", "users", "pay", **options)], seed=seed)


def done_twice(lost: float, seconds: float = 100, **params: Any) -> float:
    """For each order."""
    summary = over(shop(lost_reply_p=lost, way={"idempotency": {}}, **params), seconds)
    return float(summary["links"]["l"]["duplicates"] / summary["client"]["offered"])


@pytest.mark.parametrize("lost", [0.01, 0.05, 0.3])
def test_a_lost_answer_is_paid_twice_unless_keys_are_heeded(lost: float) -> None:
    """All executions but the first, four tries at most: p + p² + p³."""
    expected = lost + lost**2 + lost**3
    assert done_twice(lost, idempotent=False) == pytest.approx(expected, rel=0.1)
    assert done_twice(lost, seconds=20) == 0


def test_that_law_tells_an_answer_that_is_lost_with_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external_api, "lose_answer", lambda asm: (asm.counter("lost_replies"), asm.emit(Op.END)))
    assert done_twice(0.05, seconds=20, idempotent=False) < 0.025


def test_what_was_done_is_billed_for_each_time() -> None:
    summary = over(shop(lost_reply_p=0.2, idempotent=False, cost_per_call=0.03), 20)
    counters = summary["nodes"]["pay"]["counters"]
    assert counters["billed"] > 1.15 * summary["client"]["ok"]
    assert counters["lost_replies"] == pytest.approx(0.2 * counters["billed"], rel=0.1)
    month = counters["billed"] / 20 * 730 * 3600 * 0.03
    assert summary["cost"]["nodes"]["pay"]["per_month"] == pytest.approx(month, rel=1e-6)


def test_who_would_wait_for_ever_is_told() -> None:
    summary = over(shop(lost_reply_p=0.5, way={"timeout_ms": None, "retry": {"max": 0}}), 10)
    assert summary["client"]["failed"] == {"lost": pytest.approx(2000, rel=0.1)}


@pytest.mark.parametrize(("places", "load"), [(10, 8.0), (4, 6.0), (30, 27.0)])
def test_calls_at_once_are_a_system_with_losses(places: int, load: float) -> None:
    """Erlang B; the law of the times does not matter, only their mean."""
    lognormal: dict[str, Any] = {"service_dist": "lognormal", "service_cv": 1.5, "service_time_ms": 20}
    simulated = shop(load * 50, way={"timeout_ms": None, "retry": {"max": 0}}, concurrency=places, **lognormal)
    over(simulated, 5)
    summary: Summary = over(simulated, 20_000 / load / 50 * 5)
    share = summary["client"]["failed"]["limited"] / summary["client"]["offered"]
    assert share == pytest.approx(theory.erlang_b(places, load), rel=0.06)


@pytest.mark.parametrize(("rate", "limit", "passed"), [(200, 50, 50), (90, 45, 45), (100, 400, 100)])
def test_its_limit_is_one_bucket_for_all(rate: float, limit: float, passed: float) -> None:
    simulated = shop(rate, way={"retry": {"max": 0}}, rate_limit={"rate_rps": limit, "burst": 20})
    over(simulated, 5)
    assert over(simulated, 60)["client"]["ok"] / 60 == pytest.approx(passed, rel=0.05)


def test_a_slow_api_takes_its_callers_with_it() -> None:
    """Any number at once: no queue at the API, patience runs out at the caller."""
    simulated = shop(way={"retry": {"max": 0}})
    inject(simulated, "slow", "pay", factor=10)
    summary = over(simulated, 5)
    assert summary["client"]["failed"] == {"timeout": pytest.approx(2000, rel=0.1)}
