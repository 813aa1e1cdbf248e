"""The retry storm that stays after its trigger has gone, and what cures it (Bronson et al., HotOS 2021).

One server of 100/s, first come first served, clients that give up after 1 s and try three times more at once. The
server stands still for 10 s. Afterwards it comes back if λ(1+r) < μ, and never otherwise.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.laws.case import Summary, run
from tests.worker.laws.designs import BIG_QUEUE, client, design, link, node

IMMEDIATE = {"max": 3, "backoff": "none", "on": ["timeout", "error", "rejected"]}
CAPACITY = 100.0


def storm(rate: float, queue: int = BIG_QUEUE, capacity: float = CAPACITY, **options: Any) -> dict[str, Any]:
    web = node("web", "service", workers=1, service_time_ms=1000 / capacity, queue_cap=queue)
    options = {"retry": IMMEDIATE} | options
    stop = {"at_s": 30, "command": "inject", "id": "stop", "fault": "pause", "target": "web", "for_s": 10}
    return design([client(rate), web], [link("l1", "users", "web", timeout_ms=1000, **options)], [stop])


def long_after(setup: dict[str, Any], seed: int = 1) -> Summary:
    """60 s that begin 200 s after the stop is over."""
    return run(setup, seed, 60, 240)


@pytest.mark.parametrize("rate", [35, 60, 80, 90])
def test_it_stays_when_retries_alone_fill_the_server(rate: float) -> None:
    summary = long_after(storm(rate))
    assert summary["client"]["goodput_rps"] < 0.02 * rate
    assert summary["links"]["l1"]["tries"] / summary["duration_s"] == pytest.approx(4 * rate, rel=0.05)
    assert summary["nodes"]["web"]["utilisation"] > 0.99
    assert summary["nodes"]["web"]["counters"]["late"] > 0


@pytest.mark.parametrize(("rate", "capacity"), [(20, 100), (10, 50), (45, 200)])
def test_it_goes_when_the_server_could_do_all_the_retries(rate: float, capacity: float) -> None:
    summary = long_after(storm(rate, capacity=capacity))
    assert summary["client"]["goodput_rps"] == pytest.approx(rate, rel=0.08)


@pytest.mark.parametrize(("rate", "capacity"), [(70, 200), (30, 100)])
def test_the_threshold_moves_with_the_capacity(rate: float, capacity: float) -> None:
    assert long_after(storm(rate, capacity=capacity))["client"]["goodput_rps"] < 0.02 * rate


def test_without_the_trigger_there_is_no_storm() -> None:
    setup = storm(80) | {"script": []}
    assert long_after(setup)["client"]["goodput_rps"] == pytest.approx(80, rel=0.05)


def test_a_budget_of_a_tenth_cures_it_below_its_own_threshold() -> None:
    budget = IMMEDIATE | {"budget_ratio": 0.1}
    assert long_after(storm(80, retry=budget))["client"]["goodput_rps"] == pytest.approx(80, rel=0.05)


def test_a_short_queue_cures_it() -> None:
    summary = long_after(storm(80, queue=50))
    assert summary["client"]["goodput_rps"] == pytest.approx(80, rel=0.05)


def test_a_circuit_breaker_cures_it() -> None:
    summary = long_after(storm(80, circuit_breaker={"window_s": 5, "open_s": 5, "half_open_probes": 5}))
    assert summary["client"]["goodput_rps"] == pytest.approx(80, rel=0.1)
    assert summary["links"]["l1"]["opened"] == 0, "closed again long before"


def test_thirty_virtual_days_in_one_run() -> None:
    days = 30 * 86_400
    web = node("web", "service", workers=2, service_time_ms=50)
    setup = design([client(0.5), web], [link("l1", "users", "web")])
    setup["script"] = [{"at_s": days - 10, "command": "inject", "id": "c", "fault": "crash", "target": "web"}]
    summary = run(setup, 1, days, 0)
    expected = 0.5 * days
    assert summary["virtual_s"] == days
    assert abs(summary["client"]["offered"] - expected) < 5 * expected**0.5
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(50, rel=0.01)
    assert summary["events"][0]["t_s"] == days - 10
