"""Adaptive throttling: the target sees about k times what it can do, however much is asked (CURRICULUM C4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.engine.build import Simulation, Summary, link, node, order, over, simulation


def overloaded(rate: float, capacity: float = 100, **params: Any) -> Simulation:
    users = node("users", "client", rate_rps=rate)
    web = node("web", "service", workers=1, service_time_ms=1000 / capacity, queue_cap=10)
    return simulation([users, web], [link("l", "users", "web", **params)])


def settled(simulated: Simulation, seconds: float = 60) -> Summary:
    over(simulated, 30)
    return over(simulated, seconds)


@pytest.mark.parametrize(("rate", "capacity", "k"), [(1000, 100, 2), (1000, 100, 1.3), (700, 50, 2), (2000, 200, 4)])
def test_the_target_sees_k_times_what_it_answers(rate: float, capacity: float, k: float) -> None:
    summary = settled(overloaded(rate, capacity, adaptive_throttle={"k": k, "window_s": 10}))
    tried, good = summary["links"]["l"]["tries"], summary["links"]["l"]["ok"]
    assert tried / good == pytest.approx(k, rel=0.03)
    assert summary["client"]["goodput_rps"] == pytest.approx(capacity, rel=0.06)
    assert summary["client"]["failed"]["limited"] == pytest.approx((rate - k * capacity) * 60, rel=0.06)
    free = settled(overloaded(rate, capacity))
    assert free["links"]["l"]["tries"] / free["links"]["l"]["ok"] == pytest.approx(rate / capacity, rel=0.03)


def test_it_keeps_its_hands_off_while_answers_are_good() -> None:
    summary = settled(overloaded(50, adaptive_throttle={}))
    assert "limited" not in summary["client"]["failed"]


def test_it_lets_everything_through_again_after_the_overload() -> None:
    simulated = overloaded(1000, adaptive_throttle={"window_s": 10})
    settled(simulated)

    order(simulated, command="load", target="users", factor=0.05)
    over(simulated, 31)
    assert over(simulated, 20)["client"]["failed"].get("limited", 0) == 0


def test_refused_tries_are_no_tries_of_the_link_and_every_call_ends() -> None:
    summary = settled(overloaded(1000, adaptive_throttle={"window_s": 10}, retry={"max": 1, "backoff": "none"}))
    found = summary["links"]["l"]
    assert found["tries"] < found["calls"] + found["retries"]
    assert found["calls"] == pytest.approx(summary["client"]["offered"], abs=20)
