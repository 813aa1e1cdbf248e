"""Every fault on every kind that can suffer it bites in the direction it should, and heals without a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.catalog import KINDS
from components.faults import FAULTS, fitting
from tests.worker.engine.books import audit
from tests.worker.engine.build import NS, Summary, failed, heal, inject, link, node, order, over, simulation
from worker.engine.simulation import Simulation

IDS = {"client": "users", "load_balancer": "lb", "service": "web", "cache": "cache", "sql_primary": "db"}
assert set(IDS) <= set(KINDS)
RATE = 200


def chain(seed: int = 1) -> Simulation:
    """users -> lb -> web -> cache -> db, half the requests reach the database."""
    nodes = [
        node("users", "client", rate_rps=RATE, keys_n=200, read_share=1, zipf_alpha=0),
        node("lb", "load_balancer"),
        node("web", "service", workers=64, replicas=2, service_time_ms=2, startup_s=0),
        node("cache", "cache", capacity_items=100, ttl_s=None),
        node("db", "sql_primary", service_time_ms=4),
    ]
    pairs = zip(list(IDS.values()), list(IDS.values())[1:], strict=False)
    links = [link(f"l{i}", a, b, timeout_ms=400) for i, (a, b) in enumerate(pairs)]
    return simulation(nodes, links, seed=seed)


def mean(summary: Summary) -> float:
    return float(summary["client"]["latency_ms"]["mean"])


def hit_ratio(summary: Summary) -> float:
    counters = summary["nodes"]["cache"]["counters"]
    return float(counters["hits"] / (counters["hits"] + counters["misses"]))


def everything_fails(reason: str) -> Callable[[Summary, Summary], bool]:
    def bites(before: Summary, during: Summary) -> bool:
        return failed(before) == 0 and during["client"]["failed"].get(reason, 0) > 0.3 * during["client"]["offered"]

    return bites


def slower(before: Summary, during: Summary) -> bool:
    return mean(during) > 1.3 * mean(before) and failed(before) == 0


BITES: dict[tuple[str, str], tuple[dict[str, Any], Callable[[Summary, Summary], bool]]] = {
    ("client", "spike"): (
        {"factor": 3},
        lambda before, during: during["client"]["offered"] > 2.5 * before["client"]["offered"],
    ),
    ("cache", "cache_flush"): ({}, lambda before, during: hit_ratio(during) < hit_ratio(before) - 0.02),
    ("client", "latency"): ({"add_ms": 50}, lambda before, during: 99 < mean(during) - mean(before) < 101),
    ("client", "loss"): ({"p": 0.5}, everything_fails("timeout")),
    ("client", "partition"): ({}, everything_fails("timeout")),
    ("client", "hot_key"): ({"share": 0.9}, lambda before, during: hit_ratio(during) > hit_ratio(before) + 0.2),
    ("service", "leak"): ({"per_min": 60_000}, everything_fails("timeout")),
    ("sql_primary", "leak"): ({"per_min": 60_000}, everything_fails("timeout")),
}
for kind in ("load_balancer", "service", "cache", "sql_primary"):
    rare = 0.6 if kind == "sql_primary" else 1.0  # not every request comes there
    BITES |= {
        (kind, "crash"): ({}, everything_fails("node_down")),
        (kind, "pause"): ({}, everything_fails("timeout")),
        (kind, "slow"): ({"factor": 1000 if kind in ("load_balancer", "cache") else 5}, slower),
        (kind, "error"): ({"p": 1}, everything_fails("error")),
        (kind, "latency"): ({"add_ms": 50}, slower),
        (kind, "loss"): ({"p": 0.9}, everything_fails("timeout")),
        (kind, "partition"): ({}, everything_fails("timeout")),
        (kind, "bad_deploy"): ({"error_p": 1}, everything_fails("error")),
    }
LINK_BITES: dict[str, tuple[dict[str, Any], Callable[[Summary, Summary], bool]]] = {
    "latency": ({"add_ms": 50}, slower),
    "loss": ({"p": 0.5}, everything_fails("timeout")),
    "partition": ({"direction": "from"}, everything_fails("timeout")),
}


def test_no_fault_is_forgotten() -> None:
    declared = {(kind, fault) for kind in IDS for fault in fitting(KINDS[kind].faults)}
    declared |= {(kind, id) for id, fault in FAULTS.items() if {"link", "node"} <= set(fault.on) for kind in IDS}
    assert set(BITES) == declared
    assert set(LINK_BITES) == {id for id, fault in FAULTS.items() if "link" in fault.on}


def bites_and_heals(target: str, fault: str, params: dict[str, Any], bites: Callable[[Summary, Summary], bool]) -> None:
    simulated = chain()
    over(simulated, 4)
    before = over(simulated, 4)
    inject(simulated, fault, target, **params)
    during = over(simulated, 0.3 if FAULTS[fault].instant else 4)
    assert bites(before, during), f"before {before['client']}, during {during['client']}"
    heal(simulated)
    over(simulated, 6)
    after = over(simulated, 10)
    audit(simulated)
    assert not simulated.faults.active
    assert not simulated.faults.down
    assert after["client"]["failed"] == before["client"]["failed"] == {}
    assert after["client"]["offered"] == pytest.approx(2.5 * before["client"]["offered"], rel=0.15)
    assert mean(after) == pytest.approx(mean(before), rel=0.15)
    assert after["client"]["in_flight_end"] < 20


@pytest.mark.parametrize(("kind", "fault"), BITES, ids=lambda value: str(value))
def test_it_bites_and_heals(kind: str, fault: str) -> None:
    bites_and_heals(IDS[kind], fault, *BITES[kind, fault])


@pytest.mark.parametrize("fault", LINK_BITES)
def test_it_bites_a_link_and_heals(fault: str) -> None:
    bites_and_heals("l2", fault, *LINK_BITES[fault])


@pytest.mark.parametrize(("kind", "fault"), [row for row in BITES if not FAULTS[row[1]].instant], ids=str)
def test_it_ends_by_itself(kind: str, fault: str) -> None:
    simulated = chain()
    inject(simulated, fault, IDS[kind], for_s=1.5, **BITES[kind, fault][0])
    simulated.advance(round(1.4 * NS))
    assert set(simulated.faults.active) == {"f"}
    simulated.advance(round(1.6 * NS))
    assert not simulated.faults.active
    assert [event["t_s"] for event in simulated.log] == [0.0, 1.5]


# -- which replicas ------------------------------------------------------------------------------------
def farm(replicas: int, **params: Any) -> Simulation:
    nodes = [
        node("users", "client", rate_rps=1000),
        node("web", "service", replicas=replicas, workers=100, service_time_ms=1, startup_s=0, **params),
    ]
    return simulation(nodes, [link("l", "users", "web", timeout_ms=300)])


@pytest.mark.parametrize(
    ("selector", "hit"), [("one", 1), ({"n": 3}, 3), ({"percent": 40}, 4), ({"percent": 1}, 1), ("all", 10), (None, 10)]
)
def test_the_selector_says_how_many_replicas(selector: Any, hit: int) -> None:
    simulated = farm(10)
    inject(simulated, "crash", "web", **({"selector": selector} if selector else {}))
    summary = over(simulated, 5)
    assert summary["client"]["failed"].get("node_down", 0) == pytest.approx(
        summary["client"]["offered"] * hit / 10, abs=2
    )
    assert simulated.faults.down_count() == {"web": hit}


def test_one_after_another_hits_those_that_are_left() -> None:
    simulated = farm(4)
    for id in ("a", "b", "c"):
        inject(simulated, "crash", "web", id, selector="one")
    assert simulated.faults.down_count() == {"web": 3}
    heal(simulated, "b")
    assert simulated.faults.down_count() == {"web": 2}
    for id in ("a", "c"):
        heal(simulated, id)
    assert failed(over(simulated, 2)) == 0
    audit(simulated)


# -- faults together -----------------------------------------------------------------------------------
ORDERS = [
    (a, b, first)
    for a in ("crash", "pause", "slow", "error")
    for b in ("crash", "pause", "slow", "error")
    for first in "ab"
]


@pytest.mark.parametrize(("a", "b", "first"), ORDERS)
def test_two_faults_on_a_node_heal_in_any_order(a: str, b: str, first: str) -> None:
    simulated = chain()
    over(simulated, 2)
    inject(simulated, a, "web", "a")
    over(simulated, 0.5)
    inject(simulated, b, "web", "b")
    over(simulated, 0.5)
    heal(simulated, first)
    audit(simulated)
    between = over(simulated, 1)
    last = b if first == "a" else a
    if last == "crash":
        assert set(between["client"]["failed"]) <= {"node_down", "timeout"}
        assert between["client"]["ok"] <= 2
    if last == "pause":
        assert between["client"]["ok"] <= 2
    heal(simulated, "b" if first == "a" else "a")
    over(simulated, 2)
    after = over(simulated, 4)
    audit(simulated)
    assert failed(after) == 0
    assert mean(after) == pytest.approx(mean(over(chain(), 6)), rel=0.2)


def test_factors_multiply_and_delays_add() -> None:
    simulated = farm(1)
    inject(simulated, "slow", "web", "a", factor=3)
    inject(simulated, "slow", "web", "b", factor=4)
    inject(simulated, "latency", "l", "c", add_ms=10)
    inject(simulated, "latency", "web", "d", add_ms=5)
    assert mean(over(simulated, 10)) == pytest.approx(12 + 2 * 15 + 0.5, rel=0.03)
    for id in "abcd":
        heal(simulated, id)
    over(simulated, 1)
    assert mean(over(simulated, 10)) == pytest.approx(1.5, rel=0.03)


def test_losses_are_independent() -> None:
    simulated = farm(1)
    inject(simulated, "loss", "l", "a", p=0.2)
    inject(simulated, "loss", "web", "b", p=0.3)
    summary = over(simulated, 20)
    assert summary["client"]["ok"] / summary["client"]["offered"] == pytest.approx((0.8 * 0.7) ** 2, abs=0.02)
    heal(simulated, "a")
    over(simulated, 1)
    summary = over(simulated, 20)
    assert summary["client"]["ok"] / summary["client"]["offered"] == pytest.approx(0.7**2, abs=0.02)


def test_the_same_id_again_replaces_the_fault() -> None:
    simulated = farm(1)
    inject(simulated, "slow", "web", factor=50)
    inject(simulated, "slow", "web", factor=2)
    assert mean(over(simulated, 10)) == pytest.approx(2.5, rel=0.05)
    assert len(simulated.faults.active) == 1


def test_a_fault_that_was_replaced_does_not_end_its_successor() -> None:
    simulated = farm(1)
    inject(simulated, "slow", "web", factor=2, for_s=1)
    inject(simulated, "slow", "web", factor=2, for_s=3)
    simulated.advance(2 * NS)
    assert set(simulated.faults.active) == {"f"}
    simulated.advance(4 * NS)
    assert not simulated.faults.active


# -- partitions and ramps ------------------------------------------------------------------------------
def test_a_partition_of_some_replicas_cuts_those_alone() -> None:
    simulated = farm(4)
    before = over(simulated, 2)
    inject(simulated, "partition", "web", selector={"n": 1})
    during = over(simulated, 4)
    assert failed(before) == 0
    share = during["client"]["failed"]["timeout"] / during["client"]["offered"]
    assert share == pytest.approx(0.25, abs=0.03)
    assert not set(during["client"]["failed"]) - {"timeout"}


@pytest.mark.parametrize(("direction", "arrives"), [("to", False), ("from", True), ("both", False)])
def test_a_one_way_partition_lets_the_other_way_through(direction: str, arrives: bool) -> None:
    simulated = farm(2)
    over(simulated, 1)
    inject(simulated, "partition", "web", direction=direction)
    over(simulated, 1)
    during = over(simulated, 2)
    assert during["client"]["ok"] == 0
    assert (during["nodes"]["web"]["completions"] > 1000) == arrives


def test_a_fault_ramps_up_in_ten_steps() -> None:
    simulated = farm(1)
    inject(simulated, "error", "web", p=1, ramp_s=10)
    shares = []
    for _ in range(11):
        simulated.advance(simulated.now_ns + NS // 1000)
        row = over(simulated, 0.999)
        shares.append(failed(row) / row["client"]["offered"])
    assert shares == pytest.approx([step / 10 for step in range(11)], abs=0.06)
    heal(simulated)
    over(simulated, 1)
    assert failed(over(simulated, 1)) == 0


def test_slots_that_leaked_come_back_and_a_new_number_of_workers_counts_them_as_lost() -> None:
    simulated = farm(1)
    inject(simulated, "leak", "web", per_min=600)
    simulated.advance(2 * NS)
    station = simulated.plan.nodes["web"].address(0, "slots")
    assert int(simulated.machine.arena[station]) == 100 - 20
    order(simulated, command="set", target="web", param="workers", value=50)
    assert int(simulated.machine.arena[station]) == 50 - 20
    heal(simulated)
    assert int(simulated.machine.arena[station]) == 50
