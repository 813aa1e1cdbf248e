"""How many requests come: spikes, the load slider, patterns, and rates of nothing."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.worker.engine.books import audit
from tests.worker.engine.build import NS, heal, inject, link, node, order, over, simulation
from worker.engine.simulation import Simulation


def source(rate: float, **params: Any) -> Simulation:
    web = node("web", "service", workers=10_000, service_time_ms=0)
    return simulation([node("users", "client", rate_rps=rate, **params), web], [link("l", "users", "web", rtt_ms=0)])


def count(simulated: Simulation, seconds: float) -> int:
    return int(over(simulated, seconds)["client"]["offered"])


def agrees(found: int, expected: float) -> bool:
    """Within five standard deviations of a Poisson count."""
    return abs(found - expected) <= 5 * math.sqrt(expected) + 1


@pytest.mark.parametrize("factor", [0, 0.2, 1, 7])
def test_load_and_spike_are_factors_of_the_rate(factor: float) -> None:
    simulated = source(300)
    assert agrees(count(simulated, 20), 6000)
    order(simulated, command="load", target="users", factor=factor)
    assert agrees(count(simulated, 20), 6000 * factor)
    inject(simulated, "spike", "users", factor=3)
    assert agrees(count(simulated, 20), 18_000 * factor)
    inject(simulated, "spike", "users", "g", factor=0.5)
    assert agrees(count(simulated, 20), 9000 * factor)
    for id in "fg":
        heal(simulated, id)
    order(simulated, command="load", target="users", factor=1)
    assert agrees(count(simulated, 20), 6000)
    audit(simulated)


@pytest.mark.parametrize(
    ("pattern", "spans"),
    [
        ([[0, 1], [20, 1]], [(20, 1)]),
        ([[0, 0], [20, 2]], [(10, 0.5), (10, 1.5), (10, 2)]),
        ([[5, 3], [15, 1]], [(5, 3), (10, 2), (5, 1)]),
        ([[0, 1], [5, 1], [5.001, 6], [9.999, 6], [10, 0], [15, 0], [15.001, 1]], [(5, 1), (5, 6), (5, 0), (5, 1)]),
    ],
)
def test_a_pattern_is_followed(pattern: list[list[float]], spans: list[tuple[float, float]]) -> None:
    simulated = source(500, pattern=pattern)
    for seconds, factor in spans:
        found = count(simulated, seconds)
        assert agrees(found, 500 * seconds * factor), (seconds, factor, found)


def test_a_change_of_rate_stretches_the_gap_that_runs() -> None:
    """Arrivals every 10 ms; half a gap is left when the rate falls to a tenth: 50 ms are left."""
    simulated = source(100, arrival="constant")
    simulated.advance(round(1.005 * NS))
    assert simulated.summary()["client"]["offered"] == 100
    order(simulated, command="load", target="users", factor=0.1)
    simulated.advance(round(1.0549 * NS))
    assert simulated.summary()["client"]["offered"] == 100
    simulated.advance(round(1.0551 * NS))
    assert simulated.summary()["client"]["offered"] == 101


@pytest.mark.parametrize("factor", [1, 0.5])
def test_a_stop_keeps_what_is_left_of_the_gap(factor: float) -> None:
    simulated = source(100, arrival="constant")
    simulated.advance(round(1.005 * NS))
    order(simulated, command="load", target="users", factor=0)
    simulated.advance(7 * NS)
    assert simulated.summary()["client"]["offered"] == 100
    order(simulated, command="load", target="users", factor=0)
    order(simulated, command="load", target="users", factor=factor)
    simulated.advance(round((7.0049 if factor == 1 else 7.0099) * NS))
    assert simulated.summary()["client"]["offered"] == 100
    simulated.advance(round((7.0051 if factor == 1 else 7.0101) * NS))
    assert simulated.summary()["client"]["offered"] == 101


@pytest.mark.parametrize("arrival", ["poisson", "constant"])
def test_a_rate_of_nothing_sends_nothing_for_a_month(arrival: str) -> None:
    simulated = source(0, arrival=arrival)
    assert count(simulated, 30 * 86_400) == 0
    order(simulated, command="set", target="users", param="rate_rps", value=100)
    assert count(simulated, 0.0001) == 0
    assert agrees(count(simulated, 50), 5000)


def test_closed_users_think_and_wait() -> None:
    """N = X (R + Z)."""
    nodes = [
        node("users", "client", arrival="closed", users=20, think_s=0.1),
        node("web", "service", workers=1, service_time_ms=10),
    ]
    summary = over(simulation(nodes, [link("l", "users", "web", rtt_ms=0)]), 200)
    inside = summary["client"]["goodput_rps"] * (summary["client"]["latency_ms"]["mean"] / 1000 + 0.1)
    assert inside == pytest.approx(20, rel=0.01)
    assert summary["nodes"]["web"]["utilisation"] > 0.95


def test_the_scale_divides_the_rate() -> None:
    from components.design import parse

    nodes = [node("users", "client", rate_rps=10_000), node("web", "service", workers=100)]
    design, problems = parse(
        {"format": 1, "name": "t", "scale": 50, "nodes": nodes, "links": [link("l", "users", "web")]}
    )
    assert design is not None, problems
    assert agrees(count(Simulation(design, 1), 20), 4000)
