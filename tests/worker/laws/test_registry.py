"""How long balancers believe in a replica that is dead, and how often in the death of one that is well."""

from __future__ import annotations

from typing import Any

import pytest

from components.coordination import registry
from tests.worker.engine.build import NS, Simulation, failed, inject, link, node, simulation

RATE = 400


def built(
    rate_rps: float = RATE, replicas: int = 4, discovered: bool = True, retry: Any = None, **params: Any
) -> Simulation:
    nodes = [
        node("users", "client", rate_rps=rate_rps),
        node("lb", "load_balancer", registry="list" if discovered else None),
        node("web", "service", replicas=replicas, service_time_ms=1),
        node("list", "registry", **params),
    ]
    return simulation(nodes, [link("in", "users", "lb"), link("out", "lb", "web", retry=retry)])


def errors(simulated: Simulation, crash_s: float, until_s: float) -> int:
    simulated.advance(round(crash_s * NS))
    inject(simulated, "crash", "web", selector="one")
    simulated.start_counting()
    simulated.advance(round(until_s * NS))
    return failed(simulated.summary())


@pytest.mark.parametrize(
    ("lease_s", "cache_s", "crash_s", "window_s"),
    [
        (30, 5, 63, 27),  # the last heartbeat at 60, the lease over at 90, asked at 90
        (30, 7, 68, 23),  # asked at 91
        (25, 0, 61, 24),  # told at once
        (15, 4, 79.5, 8.5),  # the lease of 70 is over at 85, asked at 88
    ],
)
def test_a_dead_replica_is_used_until_its_lease_is_over_and_balancers_have_asked(
    lease_s: float, cache_s: float, crash_s: float, window_s: float
) -> None:
    """A quarter of the requests fails for so long: at most lease + cache."""
    simulated = built(lease_s=lease_s, client_cache_s=cache_s)
    assert errors(simulated, crash_s, crash_s + 60) == pytest.approx(RATE / 4 * window_s, rel=0.05)


def test_without_a_registry_it_is_used_for_ever() -> None:
    assert errors(built(discovered=False), 63, 123) == pytest.approx(RATE / 4 * 60, rel=0.05)


def test_a_registry_that_asks_is_sooner() -> None:
    """The question at 70, the balancer at 70."""
    assert errors(built(protocol="health_check"), 63, 123) == pytest.approx(RATE / 4 * 7, rel=0.06)


def test_retries_hide_the_dead_replica() -> None:
    simulated = built(retry={"max": 2, "on": ["error"]})
    offered = RATE * 60
    assert errors(simulated, 63, 123) <= 0.01 * offered


def test_self_preservation_keeps_the_dead_among_few() -> None:
    """One of four is more than 15 %, one of ten is not."""
    assert errors(built(self_preservation=True), 63, 123) == pytest.approx(RATE / 4 * 60, rel=0.05)
    assert errors(built(replicas=10, self_preservation=True), 63, 123) == pytest.approx(RATE / 10 * 27, rel=0.08)


@pytest.mark.parametrize(("p", "misses", "run_s"), [(0.1, 3, 20_000), (0.2, 3, 4_000), (0.3, 2, 2_000)])
def test_well_replicas_are_evicted_when_heartbeats_are_lost_in_a_row(p: float, misses: int, run_s: int) -> None:
    """A row of lost ones starts after one that arrived: (1 - p) p^k of 10 replicas a second."""
    simulated = built(rate_rps=0.1, replicas=10, heartbeat_s=1, lease_s=misses, client_cache_s=60, heartbeat_loss_p=p)
    simulated.advance(run_s * NS)
    wanted = (1 - p) * p**misses * 10 * run_s
    found = simulated.summary()["nodes"]["list"]["counters"]["false_evictions"]
    assert abs(found - wanted) < 4.5 * wanted**0.5


def test_one_that_forgets_the_lease_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.Registry, "evict", lambda self, view, seen, ended: None)
    assert errors(built(), 63, 123) > 1.5 * RATE / 4 * 27


def test_slices_and_snapshots_change_nothing() -> None:
    whole, sliced = (built(lease_s=3, heartbeat_s=1, client_cache_s=0.7, heartbeat_loss_p=0.3) for _ in range(2))
    whole.advance(30 * NS)
    for at in (0.5, 3.3, 7, 19.99):
        sliced.advance(round(at * NS))
        sliced = Simulation.restore(sliced.design, sliced.snapshot())
    sliced.advance(30 * NS)
    assert whole.machine.digest() == sliced.machine.digest()
    assert whole.log == sliced.log
