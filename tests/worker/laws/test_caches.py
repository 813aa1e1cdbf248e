"""Caches: what a lease saves, what a write-back loses, who is pushed out; and a wrong cache that the laws must catch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.catalog import KINDS
from components.design import parse
from components.program import KEY, Assembler, Way, call
from tests.worker.laws import theory
from tests.worker.laws.case import Law, interval, run
from tests.worker.laws.designs import cached, client, design, link, node
from tests.worker.laws.laws import LAWS, hit_ratio
from worker.engine.simulation import Simulation

NS = 1_000_000_000


def counters(summary: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = summary["nodes"]["cache"]["counters"]
    return found


# -- eviction -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("keys", "alpha", "capacity"), [(20_000, 0.8, 1000), (10_000, 1.0, 500), (5_000, 0.6, 1000)])
def test_lfu_closes_much_of_the_gap_between_lru_and_the_best_fixed_keys(keys: int, alpha: float, capacity: int) -> None:
    setup = cached(20_000, keys, alpha, capacity, None, eviction="lfu")
    found = hit_ratio(run(setup, 1, 10, 10))
    lru, best = theory.lru_hit_ratio(keys, alpha, capacity), theory.best_hit_ratio(keys, alpha, capacity)
    assert lru + 0.35 * (best - lru) < found < best


def test_without_eviction_nobody_goes_before_its_time() -> None:
    setup = cached(2000, 5000, 0.8, 500, 3, eviction="ttl_only")
    found = run(setup, 1, 20, 5)
    assert counters(found)["evictions"] == 0
    assert 0.05 < hit_ratio(found) < theory.ttl_hit_ratio(5000, 0.8, 2000, 3), "room for fewer keys than come by"
    assert hit_ratio(run(cached(2000, 5000, 0.8, 5000, 3, eviction="ttl_only"), 1, 20, 5)) == pytest.approx(
        theory.ttl_hit_ratio(5000, 0.8, 2000, 3), abs=0.01
    )


class FixedKeys(KINDS["cache"]):  # type: ignore[name-defined,misc]
    """Not a cache: the most popular keys hit."""

    metrics = KINDS["cache"].metrics[:2]

    def program(self, asm: Assembler) -> None:
        hits, misses, way = asm.counter("hits"), asm.counter("misses"), Way(asm, asm.links[0])
        with asm.entry():
            with asm.when(KEY, "<", asm.params["capacity_items"]):
                asm.bump(hits)
                asm.reply()
            asm.bump(misses)
            call(asm, way)
            asm.reply()


@pytest.mark.parametrize("number", [3, 4])
def test_a_fixed_set_of_keys_is_no_lru(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    law: Law = [law for law in LAWS if law.row == "V9"][number]
    monkeypatch.setitem(KINDS, "cache", FixedKeys)
    found = interval(replace(law, duration=2, warmup=0), range(1, 7))
    assert not found.agrees(law) and found.mean > law.theory + 0.05


# -- many misses of one key ---------------------------------------------------------------------------
def herd(rate: float, load_s: float, **params: Any) -> dict[str, Any]:
    """One hot key; its cache is emptied after three loads' time."""
    users = client(rate, keys_n=1, read_share=1)
    cache = node("cache", "cache", ttl_s=None, service_time_ms=0, queue_cap=10**6, **params)
    db = node("db", "sql_primary", service_time_ms=load_s * 1000, service_dist="const", max_conns=100_000)
    flush = {"at_s": 3 * load_s, "command": "inject", "id": "f", "fault": "cache_flush", "target": "cache"}
    return design([users, cache, db], [link("l1", "users", "cache"), link("l2", "cache", "db")], [flush])


@pytest.mark.parametrize(("rate", "load_s"), [(500, 2), (200, 1), (1000, 0.5)])
def test_a_herd_of_misses_without_leases_and_one_load_with(rate: float, load_s: float) -> None:
    """Facebook's leases (Nishtala et al. 2013): while it is loaded, λ T requests of the key miss."""
    without = [run(herd(rate, load_s), seed, 4 * load_s, 2.5 * load_s) for seed in range(1, 6)]
    loads = [summary["nodes"]["db"]["arrivals"] for summary in without]
    assert sum(loads) / len(loads) == pytest.approx(rate * load_s, rel=0.1)
    summary = run(herd(rate, load_s, coalesce=True), 1, 4 * load_s, 2.5 * load_s)
    assert summary["nodes"]["db"]["arrivals"] == counters(summary)["misses"] == 1
    assert counters(summary)["coalesced"] == pytest.approx(rate * load_s, rel=0.15)
    assert summary["client"]["failed"] == {} and summary["client"]["latency_ms"]["max"] == pytest.approx(
        load_s * 1000, rel=0.01
    )


def test_the_lease_of_a_loader_that_does_not_come_back_is_taken_over() -> None:
    """A load of 2 s under leases of 0.5 s: a new one every half second until the first is back."""
    summary = run(herd(500, 2, coalesce=True, lease_s=0.5), 1, 8, 5)
    assert summary["nodes"]["db"]["arrivals"] == counters(summary)["misses"] == 4


def test_a_failed_load_fails_all_who_wait_for_it() -> None:
    setup = herd(500, 1, coalesce=True)
    setup["nodes"][2]["params"]["error_p"] = 1
    summary = run(setup, 1, 10, 0)
    assert set(summary["client"]["failed"]) == {"error"}
    assert 9 <= summary["nodes"]["db"]["arrivals"] <= 11, "one load a second, one after the other"


def test_stale_while_revalidating_nobody_waits_and_one_request_renews() -> None:
    """Keys live 1 s, a load takes 0.2 s. Once warm, no client sees it."""
    users = client(2000, keys_n=50, zipf_alpha=0, read_share=1)
    cache = node("cache", "cache", ttl_s=1, swr_s=10, service_time_ms=0)
    db = node("db", "sql_primary", service_time_ms=200, service_dist="const")
    setup = design([users, cache, db], [link("l1", "users", "cache"), link("l2", "cache", "db")])
    summary = run(setup, 1, 20, 3)
    assert summary["client"]["latency_ms"]["max"] == 0
    assert summary["nodes"]["db"]["arrivals"] == pytest.approx(50 * 20 / (1 + 0.2 + 1 / 40), rel=0.05)


# -- writes -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("keys", "alpha", "rate", "interval_s"), [(2000, 0.8, 500, 1), (500, 1.0, 300, 2), (10_000, 0.5, 2000, 0.5)]
)
def test_a_crash_loses_what_is_dirty(keys: int, alpha: float, rate: float, interval_s: float) -> None:
    """Different keys written since the last round; at 0.9 of a round."""
    setup = cached(rate, keys, alpha, keys, None, 0, mode="write_back", flush_interval_s=interval_s)
    lost = []
    for seed in range(1, 9):
        parsed, problems = parse(setup)
        assert parsed is not None, problems
        simulated = Simulation(parsed, seed)
        simulated.advance(round(5.9 * interval_s * NS))
        placed = simulated.plan.nodes["cache"]
        dirty = int(simulated.machine.arena[placed.address(0, "dirty")])
        crash = simulated.faults.inject("c", "crash", "cache", {"blackhole": False, "restart_after_s": None}, "all")
        assert crash.replicas == [0]
        lost.append(simulated.summary()["nodes"]["cache"]["counters"]["lost_writes"])
        assert lost[-1] == dirty
    expected = theory.distinct_keys(keys, alpha, rate * 0.9 * interval_s)
    assert sum(lost) / len(lost) == pytest.approx(expected, rel=0.03)


def test_every_key_that_was_written_back_reaches_the_database_even_if_it_was_pushed_out() -> None:
    setup = cached(1000, 2000, 0.5, 50, None, 0, mode="write_back", flush_interval_s=5)
    setup["nodes"][0]["params"]["pattern"] = [[0, 1], [20, 1], [20.01, 0]]
    summary = run(setup, 1, 40, 0)
    found = counters(summary)
    assert found["lost_writes"] == 0 and found["evictions"] > 10_000
    assert summary["nodes"]["db"]["counters"]["writes"] == pytest.approx(found["evictions"], rel=0.03)


@pytest.mark.parametrize("mode", ["aside", "read_through", "write_through", "write_back"])
def test_only_what_is_written_around_grows_old(mode: str) -> None:
    stale = {
        name: counters(run(cached(2000, 300, 0.8, 300, 5, 0.9, mode=name), 1, 20, 5))["stale_reads"]
        for name in (mode, "write_around")
    }
    assert stale[mode] == 0 < 5000 < stale["write_around"]


def race(mode: str, **params: Any) -> int:
    """ms of the oldest stale read over a slow network, where a load and a write of one key overtake each other."""
    users = client(2000, keys_n=100, zipf_alpha=0.8, read_share=0.95)
    cache = node("cache", "cache", mode=mode, ttl_s=5, service_time_ms=0.01, **params)
    db = node("db", "sql_primary", service_time_ms=1, max_conns=1000, wal=None)
    links = [link("l1", "users", "cache"), link("l2", "cache", "db", rtt_ms=2, jitter_ms=10)]
    return counters(run(design([users, cache, db], links), 1, 40, 5))["stale_most_ms"]


def test_a_caller_may_set_an_old_value_after_a_delete_unless_it_needs_a_lease() -> None:
    """The stale set of look-aside caches; a lease is taken away by the delete (Nishtala et al. 2013)."""
    assert race("aside") > 3000, "the old value stays for its time to live"
    assert max(race("aside", coalesce=True), race("read_through"), race("write_through")) < 300


# -- the engine ---------------------------------------------------------------------------------------
def commands(rate: float, op_us: float, **params: Any) -> dict[str, Any]:
    """Hits alone."""
    users = client(rate, keys_n=1, read_share=1)
    cache = node("cache", "cache", ttl_s=None, service_time_ms=op_us / 1000, queue_cap=10**6, **params)
    return design([users, cache], [link("l1", "users", "cache")])


@pytest.mark.parametrize(("rate", "op_us"), [(80_000, 10), (50_000, 10), (20_000, 40)])
def test_one_thread_is_one_server_of_constant_time(rate: float, op_us: float) -> None:
    """M/D/1: 80,000 operations a second of 10 µs take 30 µs (Pollaczek-Khinchine)."""
    summary = run(commands(rate, op_us), 1, 40_000 / rate * 10, 1)
    expected = theory.pollaczek_khinchine(rate, op_us / 1e6, 0) * 1000
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("ms", [50, 20, 100])
def test_one_slow_command_stops_everybody(ms: float) -> None:
    summary = run(commands(5000, 10, slow_command={"every_s": 5, "ms": ms}), 1, 20, 0)
    assert summary["client"]["latency_ms"]["p999"] >= 0.9 * ms * (1 - 0.001 * 5000 / (ms * 1)) - ms * 0.1
    threads = commands(5000, 10, slow_command={"every_s": 5, "ms": ms}, engine="memcached")
    assert run(threads, 1, 20, 0)["client"]["latency_ms"]["p999"] < 1


def test_threads_share_the_commands() -> None:
    one, four = (run(commands(150_000, 10, engine=engine), 1, 1, 0.2) for engine in ("redis", "memcached"))
    assert one["nodes"]["cache"]["utilisation"] > 0.99 and four["nodes"]["cache"]["utilisation"] == pytest.approx(
        0.375, rel=0.02
    )
