"""What a bad version costs: as many failures as its share of the traffic, its share of errors and the time that it ran."""

from __future__ import annotations

from typing import Any

import pytest

from components.coordination import deployer
from tests.worker.engine.build import NS, Simulation, failed, link, node, simulation

START_S = 20


def built(rate_rps: float = 1000, replicas: int = 20, **params: Any) -> Simulation:
    nodes = [
        node("users", "client", rate_rps=rate_rps),
        node("web", "service", replicas=replicas, service_time_ms=1),
        node("ship", "deployer", of="web", start_s=START_S, **params),
    ]
    return simulation(nodes, [link("l", "users", "web")])


def shipped(simulated: Simulation) -> list[tuple[float, int]]:
    """(seconds since the start, replicas) of each step."""
    return [(e["t_s"] - START_S, e["detail"]["replicas"]) for e in simulated.log if e["what"] == "deployed"]


@pytest.mark.parametrize(
    ("params", "share", "error_p", "took_s"),
    [
        ({}, 0.05, 0.2, 5 + 30),
        ({"strategy": "blue_green"}, 1.0, 0.2, 5 + 30),  # twenty times as many
        ({"canary_percent": 25, "error_p": 0.1, "rollback_s": 10, "check_s": 2}, 0.25, 0.1, 2 + 10),
        ({"strategy": "rolling", "max_surge": 2, "rollback_s": 0}, 0.1, 0.2, 5),
    ],
)
def test_failures_are_the_share_times_the_errors_times_the_time(
    params: dict[str, Any], share: float, error_p: float, took_s: float
) -> None:
    simulated = built(**params)
    simulated.advance((START_S + 80) * NS)
    summary = simulated.summary()
    wanted = 1000 * share * error_p * took_s
    assert abs(failed(summary) - wanted) < 4.5 * wanted**0.5
    counters = summary["nodes"]["ship"]["counters"]
    assert counters["rollbacks"] == 1 and counters["new_replicas"] == 0
    assert counters["bad_requests"] == pytest.approx(failed(summary), rel=0.02)


def test_a_canary_of_a_twentieth_burns_ten_times_the_budget() -> None:
    """5 % of the traffic with 20 % errors is 1 %, ten times what 99.9 % allows; the canary alone burns 200."""
    simulated = built(auto_rollback=None)
    simulated.advance(START_S * NS)
    simulated.start_counting()
    simulated.advance((START_S + 100) * NS)
    client = simulated.summary()["client"]
    bad = sum(client["failed"].values()) / client["offered"]
    assert bad / 0.001 == pytest.approx(10, rel=0.12)


@pytest.mark.parametrize(
    ("params", "steps"),
    [
        ({}, [(0, 1), (300, 5), (600, 20)]),
        ({"bake_s": 50, "canary_percent": 10, "canary_growth": 2}, [(0, 2), (50, 4), (100, 8), (150, 16), (200, 20)]),
        ({"strategy": "rolling", "max_surge": 8, "bake_s": 50}, [(0, 8), (50, 16), (100, 20)]),
        ({"strategy": "blue_green"}, [(0, 20)]),
    ],
)
def test_a_good_version_goes_all_the_way(params: dict[str, Any], steps: list[tuple[float, int]]) -> None:
    simulated = built(rate_rps=20, error_p=0, **params)
    simulated.advance((START_S + 700) * NS)
    assert shipped(simulated) == steps
    assert simulated.summary()["nodes"]["ship"]["counters"]["rollbacks"] == 0


def test_a_slow_version_is_slow_on_its_replicas_alone() -> None:
    simulated = built(rate_rps=200, error_p=0, latency_factor=21)
    simulated.advance(START_S * NS)
    simulated.start_counting()
    simulated.advance((START_S + 100) * NS)
    assert simulated.summary()["nodes"]["web"]["own_ms"]["mean"] == pytest.approx(1 + 0.05 * 20, rel=0.1)


def test_one_that_never_judges_ships_the_bad_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployer, "is_worse", lambda memory, rule: False)
    simulated = built(bake_s=10)
    simulated.advance((START_S + 80) * NS)
    assert shipped(simulated)[-1][1] == 20
    assert failed(simulated.summary()) > 20 * 350


def test_slices_and_snapshots_change_nothing() -> None:
    whole, sliced = built(bake_s=3, rollback_s=4), built(bake_s=3, rollback_s=4)
    whole.advance((START_S + 20) * NS)
    for at in (-1, 0.5, 5, 7.7):
        sliced.advance(round((START_S + at) * NS))
        sliced = Simulation.restore(sliced.design, sliced.snapshot())
    sliced.advance((START_S + 20) * NS)
    assert whole.machine.digest() == sliced.machine.digest()
    assert whole.log == sliced.log
