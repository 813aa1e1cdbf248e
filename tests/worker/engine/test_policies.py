"""Balancing, group commit and the cache, held against what they must do to the unit or against a model."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import pytest

from components.program import probability
from tests.worker.engine.build import NS, inject, link, node, over, simulation
from worker.engine.simulation import Simulation

ALGOS = ("round_robin", "random", "least_conn", "p2c", "ip_hash")


def balanced(algo: str, backends: int = 4, rate: float = 1000, tenants: int = 10_000) -> Simulation:
    nodes = [
        node("users", "client", rate_rps=rate, tenants_n=tenants),
        node("lb", "load_balancer", algo=algo),
        node("a", "service", replicas=backends // 2, workers=50, service_time_ms=5, queue_cap=100_000),
        node("b", "service", replicas=backends - backends // 2, workers=50, service_time_ms=5, queue_cap=100_000),
    ]
    links = [link("l0", "users", "lb", timeout_ms=None)]
    links += [link(id, "lb", id[-1], timeout_ms=None) for id in ("la", "lb-b")]
    return simulation(nodes, links)


def shares(simulated: Simulation, seconds: float = 20) -> dict[str, float]:
    found: dict[str, float] = over(simulated, seconds)["nodes"]["lb"]["counters"]["share"]
    return found


@pytest.mark.parametrize("algo", ALGOS)
@pytest.mark.parametrize("backends", [2, 5])
def test_equal_backends_get_equal_shares(algo: str, backends: int) -> None:
    found = shares(balanced(algo, backends))
    assert len(found) == backends
    wide = {"round_robin": 1e-4, "random": 0.015, "least_conn": 0.01, "p2c": 0.015, "ip_hash": 0.02}[algo]
    assert all(share == pytest.approx(1 / backends, abs=wide) for share in found.values()), found


def test_who_sees_load_avoids_the_slow_backend() -> None:
    slow = {}
    for algo in ("round_robin", "p2c", "least_conn"):
        simulated = balanced(algo)
        inject(simulated, "slow", "a", selector="one", factor=40)
        slow[algo] = shares(simulated)["a.0"]
    assert slow["round_robin"] == pytest.approx(0.25, abs=1e-3)
    assert slow["least_conn"] < slow["p2c"] < 0.15
    assert slow["least_conn"] < 0.05


def test_least_conn_takes_an_idle_backend() -> None:
    """As many requests at once as backends: nobody ever has two."""
    nodes = [
        node("users", "client", arrival="closed", users=4, think_s=0.05),
        node("lb", "load_balancer", algo="least_conn"),
        node("web", "service", replicas=4, workers=1, service_time_ms=50),
    ]
    simulated = simulation(nodes, [link("l0", "users", "lb"), link("l1", "lb", "web", rtt_ms=0)])
    assert over(simulated, 100)["nodes"]["web"]["queue_max"] == 0


@pytest.mark.parametrize(("tenants", "most"), [(1, 1), (2, 2), (3, 3)])
def test_ip_hash_is_sticky(tenants: int, most: int) -> None:
    found = shares(balanced("ip_hash", 16, tenants=tenants))
    assert 1 <= sum(share > 0 for share in found.values()) <= most


# -- group commit (V20) --------------------------------------------------------------------------------
def log_only(rate: float, **wal: Any) -> Simulation:
    users = node("users", "client", rate_rps=rate, read_share=0)
    db = node("db", "sql_primary", write_time_ms=0, max_conns=100_000, queue_cap=1_000_000, wal={"fsync_ms": 5} | wal)
    return simulation([users, db], [link("l", "users", "db", rtt_ms=0, timeout_ms=None)])


@pytest.mark.parametrize(("rate", "mean"), [(50, 5.61), (200, 6.83), (1000, 7.50), (5000, 7.50)])
def test_group_commit_waits_as_long_as_it_should(rate: float, mean: float) -> None:
    summary = over(log_only(rate), 40_000 / rate)
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(mean, rel=0.03)


def test_a_flush_for_each_write_saturates() -> None:
    assert over(log_only(1000, group_commit=False), 50)["client"]["goodput_rps"] == pytest.approx(200, rel=0.01)
    assert over(log_only(1000, sync_commit="off"), 50)["client"]["latency_ms"]["max"] == 0


# -- the cache against an OrderedDict ------------------------------------------------------------------
def words(state: int) -> Iterator[int]:
    """SplitMix64, written apart from the kernel."""
    mask = (1 << 64) - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield z ^ (z >> 31)


def requests(simulated: Simulation, reads: float) -> Iterator[tuple[int, bool]]:
    """Key of each request, and is it a write."""
    tables, users = simulated.plan.tables, simulated.plan.nodes["users"]
    streams = {name: words(int(tables.streams[users.streams[name]])) for name in ("key", "read")}
    keys = int(users.node.filled["keys_n"])
    for bits in streams["key"]:
        slot = ((bits >> 32) * keys) >> 32
        entry = int(tables.zipf[slot])
        key = slot if bits & 0xFFFFFFFF < (entry >> 32) & 0xFFFFFFFF else entry & 0xFFFFFFFF
        share = probability(reads)
        read = share >= 1 << 32 or (share > 0 and next(streams["read"]) >> 32 < share)
        yield key, not read


def model(arrivals: Iterator[tuple[int, bool]], count: int, capacity: int, ttl: int | None, gap: int) -> dict[str, int]:
    kept: OrderedDict[int, int] = OrderedDict()
    counts = dict.fromkeys(("hits", "misses", "evictions", "expired"), 0)
    for now in range(gap, (count + 1) * gap, gap):
        key, write = next(arrivals)
        if write:
            kept.pop(key, None)
            continue
        if key in kept:
            kept.move_to_end(key)
            if kept[key] > now:
                counts["hits"] += 1
                continue
            counts["expired"] += 1
        counts["misses"] += 1
        if key not in kept and len(kept) == capacity:
            kept.popitem(last=False)
            counts["evictions"] += 1
        kept[key] = now + ttl if ttl is not None else 1 << 60
    return counts


@pytest.mark.parametrize("reads", [1, 0.7])
@pytest.mark.parametrize("ttl", [None, 0.05, 3])
@pytest.mark.parametrize("capacity", [1, 30, 200, 5000])
def test_the_cache_is_an_ordered_dict(capacity: int, ttl: float | None, reads: float) -> None:
    users = node("users", "client", rate_rps=1000, arrival="constant", keys_n=500, zipf_alpha=0.8, read_share=reads)
    cache = node("cache", "cache", capacity_items=capacity, ttl_s=ttl, service_time_ms=0)
    db = node("db", "sql_primary", service_time_ms=0, write_time_ms=0, wal=None)
    links = [link("l1", "users", "cache", rtt_ms=0), link("l2", "cache", "db", rtt_ms=0)]
    simulated = simulation([users, cache, db], links)
    gap = NS // 1000
    simulated.advance(8000 * gap)
    counters = simulated.summary()["nodes"]["cache"]["counters"]
    wanted = model(requests(simulated, reads), 8000, capacity, None if ttl is None else round(ttl * NS), gap)
    assert {name: counters[name] for name in wanted} == wanted
    assert wanted["misses"] > 100
