"""Balancers: weights, the ring and its bound, what a health check finds and when, ejection. Waits under load: test_laws.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.engine.build import Simulation, heal, inject, link, node, over, simulation


def balanced(backends: int, params: dict[str, Any], service: Any = (), links: Any = (), **client: Any) -> Simulation:
    nodes = [node("users", "client", **{"rate_rps": 1000} | client), node("lb", "load_balancer", **params)]
    nodes += [
        node(f"s{n}", "service", **{"workers": 1000, "service_time_ms": 1} | dict(service)) for n in range(backends)
    ]
    ways = [link(f"l{n}", "lb", f"s{n}", **(links[n] if links else {})) for n in range(backends)]
    return simulation(nodes, [link("in", "users", "lb", rtt_ms=0), *ways])


def shares(simulated: Simulation, seconds: float) -> list[float]:
    return list(over(simulated, seconds)["nodes"]["lb"]["counters"]["share"].values())


@pytest.mark.parametrize("weights", [(1, 1, 2), (5, 1), (0.3, 0.3, 0.4, 3)])
def test_weights_are_kept_almost_to_the_request(weights: tuple[float, ...]) -> None:
    simulated = balanced(len(weights), {"algo": "weighted"}, links=[{"weight": weight} for weight in weights])
    for share, weight in zip(shares(simulated, 10), weights, strict=True):
        assert share == pytest.approx(weight / sum(weights), abs=0.002)


def test_a_ring_sends_a_key_to_one_backend_and_moves_few_when_one_fails() -> None:
    """Of 10 backends' keys only the lost one's move; a modulus would move nine tenths."""
    params = {"algo": "consistent_hash", "vnodes": 200, "health": {"interval_s": 0.1, "unhealthy": 1}}
    simulated = balanced(10, params, keys_n=5000, zipf_alpha=0)
    before = shares(simulated, 20)
    assert max(before) / 0.1 < 1.3  # sd about 1/sqrt(200)
    inject(simulated, "crash", "s3")
    over(simulated, 1)
    after = shares(simulated, 20)
    assert after[3] == 0
    for n in range(10):
        if n != 3:
            assert before[n] - 0.012 < after[n] < before[n] + before[3] * 0.6


@pytest.mark.parametrize(("bound", "alpha"), [(0.25, 1.2), (0.1, 0.99), (1.0, 1.5)])
def test_a_bounded_ring_gives_nobody_more_than_its_share(bound: float, alpha: float) -> None:
    """Open requests of a backend <= ceil((1 + bound) (all + 1) / n) whenever it gets one (Mirrokni, Thorup, Zadimoghaddam 2018)."""
    params = {"algo": "consistent_hash", "bound": bound}
    simulated = balanced(8, params, service={"service_time_ms": 100}, keys_n=1000, zipf_alpha=alpha, rate_rps=2000)
    worst = free = 0.0
    loose = balanced(
        8, {"algo": "consistent_hash"}, {"service_time_ms": 100}, keys_n=1000, zipf_alpha=alpha, rate_rps=2000
    )
    for _ in range(60):
        over(simulated, 0.05)
        over(loose, 0.05)
        worst = max(worst, peak_over_mean(simulated))
        free = max(free, peak_over_mean(loose))
    assert worst < (1 + bound) * 1.45 < free  # the mean was larger when the fullest got its last one


def peak_over_mean(simulated: Simulation) -> float:
    from worker.engine.layout import Link

    plan, arena = simulated.plan, simulated.machine.arena
    opened = [int(arena[lane + Link.OUTSTANDING]) for n in range(8) for lane in plan.links[f"l{n}"].all_lanes()]
    mean = sum(opened) / len(opened)
    return max(opened) / mean if mean > 10 else 0.0


@pytest.mark.parametrize(("interval", "unhealthy"), [(1.0, 3), (0.5, 2), (2.0, 1)])
def test_a_dead_backend_is_found_after_its_probes_have_failed(interval: float, unhealthy: int) -> None:
    """Crash to the last failed probe: between (k - 1) and k intervals, uniform; requests fail until then."""
    times = []
    for shift in range(12):
        simulated = balanced(4, {"health": {"interval_s": interval, "unhealthy": unhealthy}})
        over(simulated, 5 + interval * shift / 12)
        inject(simulated, "crash", "s1")
        failed = sum(over(simulated, interval * (unhealthy + 1))["client"]["failed"].values())
        times.append(failed / 250)
    assert min(times) > interval * (unhealthy - 1) * 0.93
    assert max(times) < interval * unhealthy * 1.07
    assert sum(times) / 12 == pytest.approx(interval * (unhealthy - 0.5), rel=0.12)


def test_a_healed_backend_comes_back_after_good_probes() -> None:
    simulated = balanced(4, {"health": {"interval_s": 0.5, "unhealthy": 1, "healthy": 4}})
    over(simulated, 2)
    inject(simulated, "crash", "s1")
    over(simulated, 3)
    heal(simulated)
    assert shares(simulated, 1.4)[1] == 0
    over(simulated, 1.2)
    assert shares(simulated, 5)[1] == pytest.approx(0.25, abs=0.01)


def test_a_paused_backend_fails_probes_by_their_time_out() -> None:
    simulated = balanced(3, {"health": {"interval_s": 0.5, "timeout_s": 0.2, "unhealthy": 2}})
    over(simulated, 2)
    inject(simulated, "pause", "s0")
    over(simulated, 3)
    assert shares(simulated, 2)[0] == 0


def test_ejection_leaves_out_what_fails_and_tries_it_again() -> None:
    eject = {"consecutive_errors": 3, "ejection_s": 2, "max_percent": 50}
    simulated = balanced(4, {"outlier_ejection": eject})
    over(simulated, 2)
    inject(simulated, "error", "s2", p=1)
    during = over(simulated, 1.9)
    assert sum(during["client"]["failed"].values()) <= 4
    again = over(simulated, 1.5)  # back after 2 s, out again for twice as long
    assert 1 <= sum(again["client"]["failed"].values()) <= 6
    assert shares(simulated, 2)[2] == 0


def test_when_all_are_out_all_are_in() -> None:
    simulated = balanced(3, {"health": {"interval_s": 0.2, "unhealthy": 1}})
    over(simulated, 1)
    inject(simulated, "crash", "s0", id="a")
    inject(simulated, "crash", "s1", id="b")
    inject(simulated, "crash", "s2", id="c")
    over(simulated, 2)
    heal(simulated, "b")
    assert over(simulated, 0.15)["client"]["ok"] > 0


@pytest.mark.parametrize(
    "algo", ["round_robin", "random", "least_conn", "p2c", "ip_hash", "consistent_hash", "weighted"]
)
def test_no_policy_sends_to_a_backend_that_is_out(algo: str) -> None:
    simulated = balanced(5, {"algo": algo, "health": {"interval_s": 0.2, "unhealthy": 1}}, keys_n=500)
    over(simulated, 1)
    inject(simulated, "crash", "s4")
    over(simulated, 1)
    after = over(simulated, 3)
    assert not after["client"]["failed"]
    assert sorted(after["nodes"]["lb"]["counters"]["share"].values())[1] > 0.1
