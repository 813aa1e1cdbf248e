"""Retries: how long they wait, what they answer, what the budget lets through; the states of the circuit breaker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.worker.engine.books import audit
from tests.worker.engine.build import NS, heal, inject, link, node, order, over, simulation
from worker.engine.kernel.histogram import low_edge
from worker.engine.layout import HIST_BUCKETS
from worker.engine.simulation import Simulation


def flaky(error_p: float = 0.5, rate: float = 1000, **options: Any) -> Simulation:
    """users -> web without any time but the waits of the link's retries."""
    web = node("web", "service", workers=10_000, service_time_ms=0, error_p=error_p, startup_s=0)
    options = {"rtt_ms": 0, "timeout_ms": None} | options
    return simulation([node("users", "client", rate_rps=rate), web], [link("l", "users", "web", **options)])


def latencies(simulated: Simulation) -> list[tuple[float, float, int]]:
    """(from ms, to ms, how many) of the client's answers."""
    at = simulated.plan.nodes["users"].totals_hist * HIST_BUCKETS
    counts = simulated.machine.hist[at : at + HIST_BUCKETS].tolist()
    return [(low_edge(b) / 1e6, low_edge(b + 1) / 1e6, n) for b, n in enumerate(counts) if n]


def waits(**retry: Any) -> list[tuple[float, float, int]]:
    """Latencies of the answers that took a second or third try."""
    simulated = flaky(retry={"base_ms": 20, "cap_ms": 1000} | retry)
    simulated.advance(20 * NS)
    return [row for row in latencies(simulated) if row[1] > 0.01]


ONE_TRY = [
    ("exp", "none", 20, 20), ("const", "none", 20, 20), ("exp", "full", 0, 20), ("const", "full", 0, 20),
    ("exp", "equal", 10, 20), ("exp", "decorrelated", 20, 60), ("const", "decorrelated", 20, 60),
]  # fmt: skip


@pytest.mark.parametrize(("backoff", "jitter", "least", "most"), ONE_TRY)
def test_the_first_wait_is_spread_as_its_jitter_says(backoff: str, jitter: str, least: float, most: float) -> None:
    rows = waits(max=1, backoff=backoff, jitter=jitter)
    count = sum(n for _, _, n in rows)
    assert count > 4000
    assert all(high >= least and low <= most for low, high, _ in rows), "outside"
    mean = sum((low + high) / 2 * n for low, high, n in rows) / count
    assert mean == pytest.approx((least + most) / 2, rel=0.03)
    if least < most:  # uniform: each quarter of the span has a quarter
        for quarter in range(4):
            low, high = (least + (most - least) * (quarter + step) / 4 for step in (0, 1))
            inside = sum(n for a, b, n in rows if low <= (a + b) / 2 < high)
            assert inside / count == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(
    ("retry", "sums"),
    [
        ({"backoff": "exp"}, {20, 60, 140}),
        ({"backoff": "const"}, {20, 40, 60}),
        ({"backoff": "exp", "cap_ms": 30}, {20, 50, 80}),
        ({"backoff": "exp", "base_ms": 50, "cap_ms": 10}, {10, 20, 30}),
    ],
)
def test_waits_grow(retry: dict[str, Any], sums: set[int]) -> None:
    rows = waits(max=3, jitter="none", **retry)
    assert {round((low + high) / 2, -1) for low, high, _ in rows} == sums
    assert all(low <= total <= high for low, high, _ in rows for total in sums if abs(low - total) < 2)


def test_without_backoff_the_next_try_is_at_once() -> None:
    assert waits(max=3, backoff="none") == []


@pytest.mark.parametrize(("ratio", "share"), [(None, 2), (0, 0), (0.1, 0.1), (0.5, 0.5), (5, 2)])
def test_the_budget_is_a_share_of_the_calls(ratio: float | None, share: float) -> None:
    simulated = flaky(1, retry={"max": 2, "backoff": "none", "budget_ratio": ratio})
    links = over(simulated, 20)["links"]["l"]
    assert links["retries"] == int(share * links["calls"])
    assert links["tries"] == links["calls"] + links["retries"]


CAUSES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "error 500": ("error", "error", {"fault": "error", "p": 1, "status": "500"}),
    "error 503": ("shed", "rejected", {"fault": "error", "p": 1, "status": "503"}),
    "error 429": ("limited", "rejected", {"fault": "error", "p": 1, "status": "429"}),
    "crash": ("node_down", "error", {"fault": "crash"}),
    "black hole": ("timeout", "timeout", {"fault": "crash", "blackhole": True}),
    "pause": ("timeout", "timeout", {"fault": "pause"}),
    "loss": ("timeout", "timeout", {"fault": "loss", "p": 1}),
}


@pytest.mark.parametrize("word", ["timeout", "error", "rejected"])
@pytest.mark.parametrize("cause", CAUSES)
def test_a_failure_has_its_reason_and_its_class_of_retry(cause: str, word: str) -> None:
    reason, answered_by, fault = CAUSES[cause]
    simulated = flaky(0, timeout_ms=50, retry={"max": 2, "backoff": "none", "on": [word]})
    inject(simulated, fault["fault"], "web", **{key: value for key, value in fault.items() if key != "fault"})
    over(simulated, 1)
    summary = over(simulated, 5)
    assert set(summary["client"]["failed"]) == {reason}
    assert set(summary["links"]["l"]["failed"]) == {reason}
    expected = 2 * summary["links"]["l"]["calls"] if word == answered_by else 0
    assert summary["links"]["l"]["retries"] == pytest.approx(expected, rel=0.01, abs=0)


def test_a_full_queue_and_a_lost_message_have_theirs() -> None:
    web = node("web", "service", workers=1, service_time_ms=100, queue_cap=0)
    simulated = simulation([node("users", "client"), web], [link("l", "users", "web", retry={"on": ["rejected"]})])
    summary = over(simulated, 10)
    assert set(summary["client"]["failed"]) == {"queue_full"}
    assert summary["links"]["l"]["retries"] > 100
    lossy = flaky(0, loss_p=0.5, timeout_ms=None)
    assert set(over(lossy, 5)["client"]["failed"]) == {"lost"}
    assert lossy.summary()["nodes"]["web"]["failed"].keys() == {"lost"}


# -- circuit breaker -----------------------------------------------------------------------------------
def state(simulated: Simulation) -> int:
    frame = json.loads(simulated.frame())
    return int(frame["links"][0][simulated.meta()["link_columns"].index("breaker")])


def steady(**breaker: Any) -> Simulation:
    """A call every 10 ms, at 10 ms, 20 ms …"""
    web = node("web", "service", workers=100, service_time_ms=0, startup_s=0)
    users = node("users", "client", rate_rps=100, arrival="constant")
    return simulation([users, web], [link("l", "users", "web", rtt_ms=0, circuit_breaker=breaker)])


def test_it_opens_probes_and_closes() -> None:
    simulated = steady(min_calls=20, open_s=1, window_s=10)
    simulated.advance(NS + 5_000_000)
    assert state(simulated) == 0
    inject(simulated, "error", "web", p=1)
    summary = over(simulated, 1)  # 100 calls before and 100 failures: half are failures at the hundredth
    assert summary["client"]["failed"] == {"error": 100}
    assert state(simulated) == 2
    summary = over(simulated, 0.99)
    assert summary["client"]["failed"] == {"breaker_open": 99}
    assert summary["links"]["l"]["tries"] == 0
    summary = over(simulated, 1)
    assert summary["client"]["failed"] == {"error": 1, "breaker_open": 99}, "one probe, and open again"
    assert summary["links"]["l"]["opened"] == 1
    heal(simulated)
    summary = over(simulated, 2)
    assert summary["client"]["failed"] == {}, "the next call is the probe, and it is good"
    assert state(simulated) == 0
    assert over(simulated, 1)["client"]["ok"] == 100
    events = [event for event in json.loads(simulated.frame())["events"] if event["what"] == "breaker_opened"]
    assert events == [], "told when it happened"


def test_opening_is_an_event() -> None:
    simulated = steady(min_calls=5, open_s=9)
    inject(simulated, "error", "web", p=1)
    simulated.advance(NS)
    events = [event for event in json.loads(simulated.frame())["events"] if event["what"] == "breaker_opened"]
    assert [(event["node"], event["detail"]) for event in events] == [("l", {"times": 1})]


@pytest.mark.parametrize("probes", [1, 4])
def test_it_closes_after_as_many_good_probes(probes: int) -> None:
    simulated = steady(min_calls=5, open_s=1, half_open_probes=probes)
    inject(simulated, "error", "web", p=1)
    simulated.advance(round(0.055 * NS))
    assert state(simulated) == 2
    heal(simulated)
    simulated.advance(round(1.045 * NS))
    assert state(simulated) == 2
    simulated.advance(round((1.055 + 0.01 * (probes - 2)) * NS))
    assert state(simulated) == (1 if probes > 1 else 2)
    simulated.advance(round((1.055 + 0.01 * (probes - 1)) * NS))
    assert state(simulated) == 0


@pytest.mark.parametrize(("error_rate", "opens"), [(0.9, False), (0.3, True)])
def test_the_share_of_failures_decides(error_rate: float, opens: bool) -> None:
    simulated = steady(min_calls=50, error_rate=error_rate, open_s=1)
    inject(simulated, "error", "web", p=0.5)
    assert (over(simulated, 20)["links"]["l"]["opened"] > 0) == opens


def test_failures_that_left_the_window_are_forgotten() -> None:
    for window, opened in ((1, 0), (30, 1)):
        simulated = steady(min_calls=40, window_s=window, open_s=100, error_rate=0.25)
        inject(simulated, "error", "web", p=1, for_s=0.305)  # 30 failures, too few calls to judge
        simulated.advance(round(0.31 * NS))
        order(simulated, command="load", target="users", factor=0.05)  # 5 calls a second
        simulated.advance(10 * NS)
        assert simulated.summary()["links"]["l"]["opened"] == opened, window
        audit(simulated)


def test_a_refusal_is_not_tried_again() -> None:
    web = node("web", "service", error_p=1)
    links = [link("l", "users", "web", circuit_breaker={"open_s": 60}, retry={"max": 3, "backoff": "none"})]
    simulated = simulation([node("users", "client"), web], links)
    over(simulated, 3)
    summary = over(simulated, 5)
    assert set(summary["client"]["failed"]) == {"breaker_open"}
    assert summary["links"]["l"]["retries"] == summary["links"]["l"]["tries"] == 0
