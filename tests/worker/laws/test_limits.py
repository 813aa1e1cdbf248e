"""Rate limits: what each algorithm lets through, alone and by several gateways; what happens without the shared store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.engine.build import NS, Simulation, Summary, heal, inject, link, node, over, simulation


def gateway(rate: float, limit: dict[str, Any], seed: int = 1, client: Any = (), **params: Any) -> Simulation:
    nodes = [
        node("users", "client", **{"rate_rps": rate, "tenants_n": 1} | dict(client)),
        node("gw", "api_gateway", **{"cpu_cores": 64, "service_time_ms": 0.001, "rate_limit": limit} | params),
        node("s", "service", workers=10_000, service_time_ms=0.01, queue_cap=100_000),
        node("redis", "cache"),
    ]
    ways = [link("in", "users", "gw", rtt_ms=0, timeout_ms=None), link("out", "gw", "s", rtt_ms=0)]
    return simulation(nodes, ways, seed=seed)


def admitted(rate: float, limit: dict[str, Any], seconds: float = 400, **params: Any) -> float:
    """A second."""
    simulated = gateway(rate, limit, **params)
    over(simulated, 5)
    return float(over(simulated, seconds)["client"]["ok"] / seconds)


@pytest.mark.parametrize(("rate", "limit"), [(50, 100), (100, 100), (200, 100), (30, 40), (900, 300)])
def test_a_bucket_of_one_token_lets_through_what_a_dead_time_would(rate: float, limit: float) -> None:
    """lambda r / (lambda + r): each one let through shuts the door for 1/r."""
    found = admitted(rate, {"rate_rps": limit, "burst": 1})
    assert found == pytest.approx(rate * limit / (rate + limit), rel=0.02)


@pytest.mark.parametrize(
    ("rate", "limit", "burst", "wanted"), [(200, 100, 50, 100.0), (100, 100, 50, 98.8), (600, 200, 20, 200.0)]
)
def test_a_deep_bucket_lets_through_the_smaller_of_rate_and_limit(
    rate: float, limit: float, burst: int, wanted: float
) -> None:
    assert admitted(rate, {"rate_rps": limit, "burst": burst}) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(("limit", "burst"), [(100, 50), (40, 10), (300, 1)])
def test_no_window_sees_more_than_burst_and_rate(limit: float, burst: int) -> None:
    simulated = gateway(5 * limit, {"rate_rps": limit, "burst": burst})
    for length in (0.05, 0.2, 1, 3):
        assert over(simulated, length)["nodes"]["s"]["arrivals"] <= burst + limit * length + 1


def boundary_burst(limit: int, algo: str) -> int:
    """2 limit requests around a whole second, and none before: how many pass within that second?"""
    at = [[0, 0], [4.5, 0], [4.501, 1], [5.5, 1], [5.501, 0]]
    simulated = gateway(limit * 4, {"algo": algo, "rate_rps": limit}, client={"arrival": "constant", "pattern": at})
    over(simulated, 4.5)
    return int(over(simulated, 1)["client"]["ok"])


@pytest.mark.parametrize("limit", [100, 40, 250])
def test_a_fixed_window_lets_twice_the_limit_through_at_its_boundary(limit: int) -> None:
    assert boundary_burst(limit, "fixed_window") == pytest.approx(2 * limit, abs=2)
    assert boundary_burst(limit, "sliding_window") <= limit + 1


@pytest.mark.parametrize(("rate", "limit"), [(90, 100), (60, 100), (190, 200)])
def test_a_leaky_bucket_is_a_queue_with_one_constant_server(rate: float, limit: float) -> None:
    """Mean wait of M/D/1: rho / (2 (1 - rho)) / r (Pollaczek, Khinchine)."""
    simulated = gateway(rate, {"algo": "leaky_bucket", "rate_rps": limit, "burst": 100_000})
    over(simulated, 20)
    waited = over(simulated, 1500)["client"]["latency_ms"]["mean"]
    rho = rate / limit
    assert waited == pytest.approx(rho / (2 * (1 - rho)) / limit * 1000, rel=0.06)


@pytest.mark.parametrize(("replicas", "store", "times"), [(3, None, 3), (3, "redis", 1), (5, None, 5), (2, "redis", 1)])
def test_local_counters_let_through_as_many_times_the_limit_as_there_are_gateways(
    replicas: int, store: Any, times: int
) -> None:
    found = admitted(2000, {"rate_rps": 100, "burst": 10, "store": store}, seconds=60, replicas=replicas)
    assert found == pytest.approx(100 * times, rel=0.03)


@pytest.mark.parametrize(("choice", "low", "high"), [("open", 990, 1010), ("closed", 0, 1), ("local", 190, 215)])
def test_without_its_store_a_limit_is_open_closed_or_local(choice: str, low: float, high: float) -> None:
    simulated = gateway(1000, {"rate_rps": 100, "burst": 10, "store": "redis", "on_store_failure": choice}, replicas=2)
    over(simulated, 5)
    inject(simulated, "crash", "redis")
    over(simulated, 1)
    assert low <= over(simulated, 10)["client"]["ok"] / 10 <= high
    heal(simulated)
    over(simulated, 1)
    assert over(simulated, 10)["client"]["ok"] / 10 == pytest.approx(100, rel=0.06)


def test_a_limit_by_user_leaves_the_others_alone() -> None:
    """One tenant floods, twenty are modest: two clients, as a class of traffic has one rate."""
    nodes = [
        node("good", "client", rate_rps=400, tenants_n=20),
        node("flood", "client", rate_rps=2000, tenants_n=1),
        node("gw", "api_gateway", cpu_cores=64, service_time_ms=0.001, rate_limit={"rate_rps": 100, "burst": 50}),
        node("s", "service", workers=1000, service_time_ms=0.1),
    ]
    ways = [link("a", "good", "gw"), link("b", "flood", "gw"), link("c", "gw", "s")]
    summary: Summary = over(simulation(nodes, ways), 30)
    assert summary["clients"]["flood"]["ok"] / 30 < 110
    assert summary["clients"]["good"]["ok"] / summary["clients"]["good"]["offered"] > 0.9


def test_a_concurrency_limit_never_has_more_inside() -> None:
    simulated = gateway(500, {"algo": "concurrency", "burst": 7})
    inject(simulated, "slow", "s", factor=1000)
    for _ in range(40):
        simulated.advance(simulated.now_ns + NS // 20)
        lanes = simulated.plan.links["out"].all_lanes()
        from worker.engine.layout import Link

        assert sum(int(simulated.machine.arena[lane + Link.OUTSTANDING]) for lane in lanes) <= 7
