"""Deadlines that ride down with the calls: work that nobody waits for is not begun (V26, drop-expired)."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import pytest

from tests.worker.laws.case import run
from tests.worker.laws.designs import BIG_QUEUE, client, design, link, node
from tests.worker.laws.test_storm import long_after, storm


def after_the_stop(rate: float, seed: int, seconds: float = 30, **options: Any) -> float:
    """Goodput from 5 s after the stop on."""
    return float(run(storm(rate, deadline_propagation=True, **options), seed, seconds, 45)["client"]["goodput_rps"])


@pytest.mark.parametrize(("rate", "capacity"), [(60, 100), (30, 50), (110, 200)])
def test_it_is_over_at_once_when_the_expired_are_dropped(rate: float, capacity: float) -> None:
    found = [after_the_stop(rate, seed, capacity=capacity) for seed in (1, 2, 3)]
    assert min(found) > 0.95 * rate, found


def test_near_the_threshold_it_lasts_a_while() -> None:
    found = [after_the_stop(80, seed) for seed in range(1, 7)]
    assert min(found) == pytest.approx(45, abs=4) and fmean(found) < 75, found
    assert long_after(storm(80, deadline_propagation=True))["client"]["goodput_rps"] == pytest.approx(80, rel=0.05)


@pytest.mark.parametrize(("rate", "capacity"), [(90, 100), (180, 200), (45, 50)])
def test_above_it_stays_with_two_fifths_of_the_capacity(rate: float, capacity: float) -> None:
    """The server works on nobody's request, yet a request that is begun in time may end too late."""
    found = fmean(after_the_stop(rate, seed, 60, capacity=capacity) for seed in (1, 2, 3, 4))
    assert found < 0.6 * capacity
    if capacity == 100:
        assert found == pytest.approx(40, abs=4)


def test_without_propagation_nobody_knows_and_the_work_is_done_for_nothing() -> None:
    summary = run(storm(60), 1, 30, 45)
    assert summary["client"]["goodput_rps"] < 5
    assert "expired" not in summary["nodes"]["web"]["failed"]


# -- over several hops ---------------------------------------------------------------------------------
def hops(first: dict[str, Any], then: dict[str, Any], rate: float = 30) -> dict[str, Any]:
    """users - lb - web - app - db: only the database is slow, only the clients are in a hurry."""
    web, app = (node(id, "service", workers=10_000, service_time_ms=0, queue_cap=BIG_QUEUE) for id in ("web", "app"))
    db = node("db", "sql_primary", max_conns=1, service_time_ms=50, queue_cap=BIG_QUEUE)
    lb = node("lb", "load_balancer", service_time_ms=0)
    names = ["users", "lb", "web", "app", "db"]
    params = [first, *[then] * 3]
    links = [link(f"l{n}", a, b, **params[n]) for n, (a, b) in enumerate(zip(names, names[1:], strict=False))]
    return design([client(rate), lb, web, app, db], links)


ON = {"deadline_propagation": True}


def db_of(first: dict[str, Any], then: dict[str, Any], **options: Any) -> dict[str, Any]:
    summary = run(hops(first, then), 1, 60, 60)
    return summary["nodes"]["db"] | {"goodput": summary["client"]["goodput_rps"]}


def test_the_deadline_reaches_the_last_hop() -> None:
    """30/s for 20/s: without deadlines the queue grows and all comes too late; with them the work done is wanted."""
    told = db_of({"timeout_ms": 500} | ON, ON)
    assert told["failed"]["expired"] > 300 and told["goodput"] > 10
    assert told["latency_ms"]["max"] < 1000
    for first, then in (({"timeout_ms": 500}, ON), ({"timeout_ms": 500} | ON, {}), ({"timeout_ms": None} | ON, ON)):
        silent = db_of(first, then)
        assert "expired" not in silent["failed"]
        assert silent["latency_ms"]["mean"] > 5_000


def test_a_hop_in_a_greater_hurry_shortens_the_deadline_and_none_lengthens_it() -> None:
    waits = [db_of(first | ON, then | ON)["latency_ms"]["max"] for first, then in HURRIES]
    assert waits[0] < waits[1] < waits[2] < 1000
    assert waits[1] == db_of({"timeout_ms": 300} | ON, ON)["latency_ms"]["max"]


HURRIES = (
    ({"timeout_ms": 300}, {"timeout_ms": 100}),
    ({"timeout_ms": 300}, {"timeout_ms": 5000}),
    ({"timeout_ms": 500}, {"timeout_ms": None}),
)


def test_a_new_timeout_is_a_new_deadline() -> None:
    setup = hops({"timeout_ms": 500} | ON, ON)
    setup["script"] = [{"at_s": 60, "command": "set", "target": "l0", "param": "timeout_ms", "value": 200}]
    before, after = (run(setup, 1, 30, at)["nodes"]["db"]["latency_ms"]["mean"] for at in (25, 65))
    assert after < 0.7 * before
