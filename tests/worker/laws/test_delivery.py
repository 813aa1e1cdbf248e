"""CDNs: points of presence are caches of their own, a shield stands behind them, and traffic costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.laws import theory
from tests.worker.laws.case import run
from tests.worker.laws.designs import client, delivered, link

NEAR, FAR = {"region": "near", "rtt_ms": 10}, {"region": "far", "rtt_ms": 80}


def counters(summary: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = summary["nodes"]["cache"]["counters"]
    return found


def two_regions(script: Any = (), **params: Any) -> dict[str, Any]:
    setup = delivered(500, 1000, 0.8, 200, 100, 5, replicas=2, pops=[NEAR, FAR], **params)
    setup["nodes"][0]["params"]["region"] = "near"
    others = client(500, keys_n=1000, zipf_alpha=0.8, read_share=1, region="far") | {"id": "others"}
    return setup | {
        "nodes": [*setup["nodes"], others],
        "links": [*setup["links"], link("l3", "others", "cache")],
        "script": list(script),
    }


def test_each_region_has_its_own_distance_and_its_own_cache() -> None:
    summary = run(two_regions(), 1, 30, 10)
    h = theory.lru_hit_ratio(1000, 0.8, 200)
    for name, rtt in (("users", 10), ("others", 80)):
        mean = summary["clients"][name]["latency_ms"]["mean"]
        assert mean == pytest.approx(rtt + (1 - h) * 105, rel=0.03)


def test_a_place_that_is_down_fails_its_own_region_alone() -> None:
    down = {"at_s": 10, "command": "inject", "id": "c", "fault": "crash", "target": "cache", "selector": {"n": 1}}
    summary = run(two_regions([down]), 1, 10, 10)
    assert summary["clients"]["users"]["ok"] == 0 and summary["clients"]["others"]["failed"] == {}


@pytest.mark.parametrize(("places", "capacity"), [(4, 300), (10, 200), (3, 1000)])
def test_a_shield_answers_what_another_place_has_fetched(places: int, capacity: int) -> None:
    """Without it every place asks the origin for itself."""
    load = {}
    for tiered in (False, True):
        setup = delivered(4000, 3000, 0.9, capacity, 100, 5, replicas=places, tiered=tiered, shield_rtt_ms=20)
        summary = run(setup, 1, 15, 5)
        load[tiered] = summary["nodes"]["db"]["arrivals"] / counters(summary)["misses"]
    assert load[False] == pytest.approx(1, abs=0.01)
    assert load[True] < 0.95


def test_a_shield_costs_its_distance_on_every_miss() -> None:
    times = []
    for rtt in (20, 120):
        summary = run(delivered(2000, 3000, 0.9, 300, 100, 5, replicas=4, tiered=True, shield_rtt_ms=rtt), 1, 10, 5)
        misses = counters(summary)["misses"] / summary["client"]["ok"]
        times.append(summary["client"]["latency_ms"]["mean"] / misses)
    assert times[1] - times[0] == pytest.approx(100, rel=0.03)


@pytest.mark.parametrize(("rate", "origin_s"), [(500, 2), (200, 1), (1000, 0.5)])
def test_after_a_purge_collapsed_requests_ask_once(rate: float, origin_s: float) -> None:
    loads = {}
    for collapse in (False, True):
        setup = delivered(rate, 1, 0, 1, 0, 0, collapse=collapse)
        setup["nodes"][2]["params"] |= {"service_time_ms": origin_s * 1000, "service_dist": "const"}
        setup["script"] = [
            {"at_s": 3 * origin_s, "command": "inject", "id": "f", "fault": "cache_flush", "target": "cache"}
        ]
        loads[collapse] = run(setup, 1, 2 * origin_s, 2.5 * origin_s)["nodes"]["db"]["arrivals"]
    assert loads[True] == 1
    assert loads[False] == pytest.approx(rate * origin_s, rel=0.15)


@pytest.mark.parametrize(("object_kb", "price"), [(100, 0.085), (2000, 0.02)])
def test_what_leaves_is_paid_by_the_gigabyte(object_kb: float, price: float) -> None:
    setup = delivered(1000, 1000, 0.8, 200, 10, 1, object_kb=object_kb, price_gb=price)
    summary = run(setup, 1, 10, 5)
    per_month = summary["client"]["goodput_rps"] * object_kb / 1e6 * price * 730 * 3600
    assert summary["cost"]["nodes"]["cache"]["traffic"] == pytest.approx(per_month, rel=0.01)
    assert summary["cost"]["per_month"] >= summary["cost"]["nodes"]["cache"]["per_month"] > 0


def test_room_is_counted_in_bytes() -> None:
    """0.1 GB hold 1,000 objects of 100 kB."""
    setup = delivered(5000, 5000, 0.8, 1, 10, 1)
    setup["nodes"][1]["params"] |= {"capacity_items": None, "cache_gb": 0.1, "object_kb": 100}
    summary = run(setup, 1, 10, 5)
    found = counters(summary)
    assert found["hits"] / (found["hits"] + found["misses"]) == pytest.approx(
        theory.lru_hit_ratio(5000, 0.8, 1000), abs=0.01
    )


def test_a_write_passes_and_leaves_an_old_copy_behind() -> None:
    setup = delivered(1000, 100, 0.8, 100, 10, 1)
    setup["nodes"][0]["params"]["read_share"] = 0.9
    setup["nodes"][1]["params"]["ttl_s"] = 2
    found = counters(run(setup, 1, 10, 5))
    assert found["stale_reads"] > 1000 and found["stale_most_ms"] <= 2020
