"""Queues and workers: fluid backlog (Little), dead letters, what a crash loses and repeats, order, conservation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.engine.build import NS, Simulation, Summary, heal, inject, link, node, over, simulation


def line(
    rate: float, worker: dict[str, Any], queue: dict[str, Any], script: Any = (), seed: int = 1, **client: Any
) -> Simulation:
    """users -> q -> w, and q's dead letters in dead."""
    nodes = [
        node("users", "client", rate_rps=rate, **client),
        node("q", "queue", dlq="dead", **queue),
        node("dead", "queue"),
        node("w", "worker", **worker),
    ]
    return simulation(nodes, [link("put", "users", "q", rtt_ms=0), link("get", "q", "w", rtt_ms=0)], script, seed)


def counters(summary: Summary, node: str = "q") -> dict[str, int]:
    return dict(summary["nodes"][node]["counters"])


def inside(simulated: Simulation) -> int:
    """Messages that were taken and have not come to an end."""
    summary = simulated.summary()
    count = counters(summary)
    return count["enqueued"] - count["acked"] - count["dead"] - count["expired"] - count["lost"]


@pytest.mark.parametrize(
    ("low", "high", "burst_s", "slots"), [(1000, 3000, 60, 15), (400, 900, 40, 6), (200, 1000, 30, 4)]
)
def test_a_burst_fills_the_queue_and_drains_as_a_fluid_does(
    low: float, high: float, burst_s: float, slots: int
) -> None:
    """Peak = (burst - capacity) t; it is gone after peak / (capacity - base). 10 ms a message, const: 100 a second and slot."""
    capacity = slots * 100.0
    work = {"concurrency": slots, "prefetch": slots, "service_time_ms": 10, "service_dist": "const"}
    pattern = [[0, 1], [10, 1], [10.001, high / low], [10 + burst_s, high / low], [10.001 + burst_s, 1]]
    simulated = line(low, work, {"max_len": 1_000_000}, pattern=pattern, arrival="constant")
    over(simulated, 10 + burst_s)
    peak, drain = (high - capacity) * burst_s, (high - capacity) * burst_s / (capacity - low)
    assert counters(simulated.summary())["backlog"] == pytest.approx(peak, rel=0.02)
    over(simulated, drain * 0.97)
    assert counters(simulated.summary())["backlog"] > 0
    over(simulated, drain * 0.06)
    assert counters(simulated.summary())["backlog"] == 0


@pytest.mark.parametrize(("poison", "most"), [(0.01, 5), (0.05, 3), (0.2, 2)])
def test_what_always_fails_is_given_up_after_its_last_receipt(poison: float, most: int) -> None:
    """Messages that fail with p a try: dead = p^m, deliveries a message = (1 - p^m) / (1 - p)."""
    simulated = line(400, {"concurrency": 50, "error_p": poison ** (1 / most)}, {"max_receive": most})
    count = counters(over(simulated, 200))
    p = poison ** (1 / most)
    assert count["dead"] / count["enqueued"] == pytest.approx(poison, rel=0.15)
    assert count["delivered"] / count["enqueued"] == pytest.approx((1 - p**most) / (1 - p), rel=0.02)
    assert counters(simulated.summary(), "dead")["backlog"] == count["dead"]


def crash_of_a_worker(**worker: Any) -> tuple[Simulation, dict[str, int], dict[str, int]]:
    simulated = line(
        150, {"concurrency": 4, "prefetch": 10, "service_time_ms": 40, "service_dist": "const", **worker}, {}
    )
    over(simulated, 10)
    inject(simulated, "crash", "w")
    simulated.advance(simulated.now_ns + NS // 2)
    heal(simulated)
    assert counters(simulated.summary())["backlog"] > 100
    summary = over(simulated, 5)
    return simulated, counters(simulated.summary()) | counters(summary), counters(summary, "w")


def test_acknowledged_before_the_work_a_crash_loses_what_was_fetched() -> None:
    simulated, _, _ = crash_of_a_worker(ack="before")
    count = {
        name: int(simulated.machine.arena[simulated.plan.nodes["q"].address(0, name)])
        for name in ("lost", "redelivered")
    }
    assert count["lost"] >= 10 and count["redelivered"] == 0


def test_acknowledged_after_the_work_a_crash_repeats_it() -> None:
    simulated, _, _ = crash_of_a_worker()
    count = {
        name: int(simulated.machine.arena[simulated.plan.nodes["q"].address(0, name)])
        for name in ("lost", "redelivered")
    }
    assert count["lost"] == 0 and count["redelivered"] >= 10


@pytest.mark.parametrize(("dedupe", "twice"), [(None, True), ({}, False)])
def test_a_message_whose_time_ran_out_is_done_twice_unless_it_is_remembered(dedupe: Any, twice: bool) -> None:
    """15 ms exponential work against 30 ms of visibility: e^-2 of the deliveries come again."""
    work = {"concurrency": 100, "prefetch": 1000, "service_time_ms": 15, "dedupe": dedupe}
    simulated = line(200, work, {"visibility_timeout_s": 0.03, "max_receive": None})
    summary = over(simulated, 60)
    count, done = counters(summary), counters(summary, "w")
    assert count["redelivered"] / count["delivered"] == pytest.approx(0.1353, rel=0.06)
    assert (done["duplicates"] > 0) is twice and (done["deduplicated"] > 0) is not twice


@pytest.mark.parametrize(("type", "ordered"), [("sqs_fifo", True), ("sqs_std", False)])
def test_only_fifo_keeps_the_order_of_a_key(type: str, ordered: bool) -> None:
    simulated = line(
        300, {"concurrency": 20, "prefetch": 40, "error_p": 0.1}, {"type": type, "max_receive": None}, keys_n=50
    )
    violations = counters(over(simulated, 30), "w")["order_violations"]
    assert (violations == 0) is ordered


@pytest.mark.parametrize(("type", "survives"), [("classic", False), ("quorum", True), ("sqs_fifo", True)])
def test_what_a_crash_of_the_queue_leaves(type: str, survives: bool) -> None:
    simulated = line(200, {"concurrency": 1, "prefetch": 1, "service_time_ms": 20}, {"type": type})
    over(simulated, 10)
    waiting = counters(simulated.summary())["backlog"]
    assert waiting > 500
    inject(simulated, "crash", "q")
    down = over(simulated, 2)
    assert down["client"]["ok"] <= 5 and down["client"]["failed"]["node_down"] > 300
    heal(simulated)
    after = counters(over(simulated, 1))
    assert after["backlog"] > waiting if survives else after["backlog"] < 300
    lost = int(simulated.machine.arena[simulated.plan.nodes["q"].address(0, "lost")])
    assert lost == 0 if survives else lost > waiting


@pytest.mark.parametrize("seed", range(6))
def test_every_message_is_somewhere(seed: int) -> None:
    """Taken = acknowledged + dead + expired + lost + still here, to the unit, through crashes and time-outs."""
    queue = {
        "type": ["classic", "quorum", "sqs_std", "sqs_fifo"][seed % 4], "visibility_timeout_s": 0.05, "max_receive": 2 + seed,
        "ttl_s": [None, 0.5][seed % 2], "redeliver_after_s": 0.01 * seed,
    }  # fmt: skip
    work = {
        "concurrency": 3,
        "prefetch": 5,
        "replicas": 3,
        "error_p": 0.2,
        "service_time_ms": 12,
        "ack": ["after", "before"][seed % 2],
    }
    simulated = line(500, work, queue, seed=seed, keys_n=300)
    for at, (fault, target) in enumerate([("crash", "w"), ("pause", "q"), ("crash", "q"), ("slow", "w")]):
        over(simulated, 2)
        inject(simulated, fault, target, id=f"f{at}", **({"selector": "one"} if target == "w" else {}))
        over(simulated, 1)
        heal(simulated, f"f{at}")
    simulated.mark = None
    before = inside(simulated)
    inject(simulated, "spike", "users", id="stop", factor=0)
    over(simulated, 60)
    simulated.mark = None
    assert before >= 0 and inside(simulated) == counters(simulated.summary())["backlog"] == 0


def test_lanes_with_a_queue_in_a_circle_are_legal() -> None:
    nodes = [
        node("users", "client", rate_rps=50),
        node("q", "queue"),
        node("w", "worker", error_p=0.0),
        node("api", "service"),
    ]
    links = [
        link("a", "users", "api"),
        link("b", "api", "q"),
        link("c", "q", "w"),
        link("d", "w", "api", timeout_ms=20),
    ]
    simulated = simulation(nodes, links)
    assert over(simulated, 2)["client"]["ok"] > 0
