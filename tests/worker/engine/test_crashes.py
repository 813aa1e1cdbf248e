"""What a crash, a black hole and a pause do to the work that is there and to the work that comes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.engine.books import Books, audit
from tests.worker.engine.build import NS, failed, heal, inject, link, node, order, over, simulation
from worker.engine.simulation import Simulation


def pair(rate: float = 100, **params: Any) -> Simulation:
    """users -> web, one slot, 5 ms."""
    options = {"timeout_ms": 2000} | params.pop("link", {})
    web = node(
        "web", "service", **{"workers": 1, "service_time_ms": 5, "service_dist": "const", "startup_s": 0} | params
    )
    return simulation([node("users", "client", rate_rps=rate), web], [link("l", "users", "web", **options)])


def test_a_crash_fails_what_is_there_at_once_and_refuses_what_comes() -> None:
    simulated = pair(rate=190)
    inject(simulated, "pause", "web", "p")
    simulated.advance(1 * NS)
    inside = simulated.summary()["client"]["in_flight_end"]
    assert inside > 100
    inject(simulated, "crash", "web", "c")
    summary = over(simulated, 0.01)
    assert summary["client"]["failed"]["node_down"] >= inside
    refused = over(simulated, 2)
    assert set(refused["client"]["failed"]) == {"node_down"}
    assert refused["client"]["ok"] == 0
    assert refused["nodes"]["web"]["failed"]["node_down"] == failed(refused)
    audit(simulated)
    heal(simulated, "c")
    assert over(simulated, 1)["client"]["ok"] == 0, "back, and standing still"
    heal(simulated, "p")
    assert over(simulated, 5)["client"]["ok"] > 500
    audit(simulated)


def test_a_black_hole_answers_nobody() -> None:
    simulated = pair(link={"timeout_ms": 200})
    inject(simulated, "crash", "web", blackhole=True)
    over(simulated, 1)
    summary = over(simulated, 5)
    assert set(summary["client"]["failed"]) == {"timeout"}
    assert summary["links"]["l"]["failed"] == summary["client"]["failed"]
    heal(simulated)
    over(simulated, 1)
    assert failed(over(simulated, 5)) == 0
    audit(simulated)


def test_a_black_hole_is_blamed_where_it_is() -> None:
    nodes = [
        node("users", "client", rate_rps=300),
        node("web", "service", workers=1000, service_time_ms=1),
        node("other", "service", workers=1000, service_time_ms=1),
        node("db", "sql_primary", max_conns=1000),
    ]
    links = [
        link("l1", "users", "web", timeout_ms=None),
        link("l2", "web", "db", timeout_ms=50),
        link("l3", "users", "other", timeout_ms=None),
    ]
    simulated = simulation(nodes, links)
    inject(simulated, "crash", "db", blackhole=True)
    summary = over(simulated, 5)
    assert summary["client"]["failed"].keys() == {"timeout"}
    blamed = {id: one["failed"] for id, one in summary["nodes"].items() if one["failed"]}
    assert set(blamed) == {"db"}, blamed
    audit(simulated)


def test_a_black_hole_without_timeout_is_waited_for_until_a_timeout_comes() -> None:
    simulated = pair(link={"timeout_ms": None})
    inject(simulated, "crash", "web", blackhole=True)
    summary = over(simulated, 3)
    assert failed(summary) + summary["client"]["ok"] <= 2
    assert summary["client"]["in_flight_end"] > 200
    order(simulated, command="set", target="l", param="timeout_ms", value=100)
    summary = over(simulated, 1)
    assert summary["client"]["failed"]["timeout"] > 300
    assert summary["client"]["in_flight_end"] < 30
    audit(simulated)


@pytest.mark.parametrize(("lost", "start", "then"), [(0.3, None, 80), (0.3, 80, None), (0.3, 5000, 80), (0, 80, 5000)])
def test_a_new_timeout_loses_nobody(lost: float, start: float | None, then: float | None) -> None:
    simulated = pair(rate=150, link={"loss_p": lost, "timeout_ms": start, "rtt_ms": 100})
    for value in (then, start) * 6:
        simulated.advance(simulated.now_ns + NS // 10)
        order(simulated, command="set", target="l", param="timeout_ms", value=value)
        audit(simulated)
    order(simulated, command="load", target="users", factor=0)
    simulated.advance(simulated.now_ns + 20 * NS)
    audit(simulated)
    assert simulated.summary()["client"]["in_flight_end"] == 0


@pytest.mark.parametrize("startup", [0, 2])
def test_it_restarts_by_itself_after_its_startup(startup: float) -> None:
    simulated = pair(startup_s=startup)
    inject(simulated, "crash", "web", restart_after_s=1)
    down = 1 + startup
    assert over(simulated, down - 0.01)["client"]["ok"] == 0
    assert over(simulated, 2)["client"]["ok"] > 150
    assert [(event["what"], event["t_s"]) for event in simulated.log] == [
        ("fault_injected", 0.0),
        ("fault_healed", down),
    ]


def test_a_crash_forgets_what_memory_held() -> None:
    nodes = [
        node("users", "client", rate_rps=500, keys_n=100, read_share=1),
        node("cache", "cache", ttl_s=None),
        node("db", "sql_primary"),
    ]
    simulated = simulation(nodes, [link("l1", "users", "cache"), link("l2", "cache", "db")])
    over(simulated, 5)
    assert over(simulated, 2)["nodes"]["cache"]["counters"]["misses"] < 5
    inject(simulated, "crash", "cache", restart_after_s=1)
    over(simulated, 1)
    counters = over(simulated, 2)["nodes"]["cache"]["counters"]
    assert counters["misses"] > 60
    assert counters["expired"] == 0, "gone, not too old"
    assert over(simulated, 2)["nodes"]["cache"]["counters"]["misses"] < 10


def test_the_calls_of_a_dead_caller_are_aborted() -> None:
    nodes = [
        node("users", "client", rate_rps=100),
        node("web", "service", workers=100, service_time_ms=0),
        node("db", "sql_primary", service_time_ms=500, service_dist="const", write_time_ms=500),
    ]
    simulated = simulation(
        nodes, [link("l1", "users", "web", timeout_ms=None), link("l2", "web", "db", timeout_ms=None)]
    )
    simulated.advance(2 * NS)
    open_calls = json_row(simulated, "l2", "outstanding")
    assert open_calls > 20
    inject(simulated, "crash", "web")
    assert json_row(simulated, "l2", "outstanding") == 0
    summary = over(simulated, 2)
    assert summary["links"]["l2"]["late"] == open_calls
    assert simulated.log[0]["what"] == "fault_injected"
    audit(simulated)


def json_row(simulated: Simulation, id: str, column: str) -> int:
    import json

    meta, frame = simulated.meta(), json.loads(simulated.frame())
    row = [one["id"] for one in meta["links"]].index(id)
    return int(frame["links"][row][meta["link_columns"].index(column)])


def test_a_pause_keeps_the_queue_and_fails_nothing() -> None:
    simulated = pair(rate=50, link={"timeout_ms": None})
    over(simulated, 1)
    inject(simulated, "pause", "web", for_s=2)
    still = over(simulated, 2)
    assert still["client"]["ok"] <= 1
    assert failed(still) == 0
    assert still["client"]["in_flight_end"] >= 60
    after = over(simulated, 3)
    assert failed(after) == 0
    assert after["client"]["in_flight_end"] <= 5
    assert after["client"]["latency_ms"]["max"] > 1900
    audit(simulated)


def test_work_in_progress_keeps_the_time_it_had_left() -> None:
    simulated = pair(rate=1, link={"timeout_ms": None, "rtt_ms": 0}, service_time_ms=400)
    start = first_arrival(simulated)
    simulated.advance(start + 100_000_000)
    inject(simulated, "pause", "web", for_s=10)
    simulated.advance(start + round(10.5 * NS))
    assert simulated.summary()["client"]["latency_ms"]["max"] == pytest.approx(10_400)


def first_arrival(simulated: Simulation) -> int:
    while simulated.summary()["client"]["offered"] == 0:
        simulated.advance(simulated.now_ns + 1_000_000)
    books = Books(simulated)
    return min(books.word(token, 3) for token in books.used if books.word(token, 6))  # T0 of what has a LINK


def test_everything_drains_and_only_daemons_stay() -> None:
    nodes = [
        node("users", "client", rate_rps=400),
        node("lb", "load_balancer"),
        node("web", "service", replicas=3, workers=8),
        node("db", "sql_primary", replicas=2, service_time_ms=8),
    ]
    retry = {"max": 3, "base_ms": 10}
    links = [
        link("l1", "users", "lb", retry=retry, timeout_ms=100),
        link("l2", "lb", "web", circuit_breaker={"open_s": 0.2}, retry=retry, timeout_ms=50),
        link("l3", "web", "db", retry=retry, timeout_ms=30, loss_p=0.05),
    ]
    simulated = simulation(nodes, links)
    for id, fault, target in (("a", "crash", "web"), ("b", "slow", "db"), ("c", "pause", "web"), ("d", "error", "db")):
        inject(simulated, fault, target, id, for_s=1)
        over(simulated, 0.7)
    order(simulated, command="load", target="users", factor=0)
    simulated.advance(simulated.now_ns + 60 * NS)
    audit(simulated)
    books = Books(simulated)
    daemons = sum(
        len(placed.replicas) * copies for placed in simulated.plan.nodes.values() for _, copies in placed.daemons()
    )
    timers = sum(books.word(token, 0) == -2 for token in books.used)
    assert simulated.machine.live == daemons + timers
    for placed in simulated.plan.nodes.values():
        for name, at in placed.own.items():
            if placed.asm.items.get(name) and placed.asm.items[name].record == "station":
                assert [int(simulated.machine.arena[block + at + 1]) for block in placed.replicas] == [0] * len(
                    placed.replicas
                )
