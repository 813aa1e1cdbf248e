"""Traces as data: a tree, with what happened to each call."""

from __future__ import annotations

from typing import Any

from components.design import parse
from tests.worker.laws.designs import client, design, link, node
from worker.engine.simulation import Simulation

SECOND = 1_000_000_000


def traced(document: dict[str, Any], every: int = 1, until_s: int = 5) -> list[dict[str, Any]]:
    parsed, problems = parse(document)
    assert parsed is not None and not problems, [problem.line() for problem in problems]
    simulation = Simulation(parsed, 1)
    simulation.trace(every)
    simulation.advance(until_s * SECOND)
    return simulation.traces()


def test_every_nth_request_is_traced() -> None:
    document = design([client(100), node("web", "service")], [link("l1", "users", "web")])
    parsed, _ = parse(document)
    assert parsed is not None
    simulation = Simulation(parsed, 1)
    simulation.trace(10)
    simulation.advance(4 * SECOND)
    simulation.traces()
    offered = simulation.summary()["client"]["offered"]
    assert 0 <= -(-offered // 10) - simulation.traced.count <= 1  # the last one may be under way
    simulation.trace(0)
    count = simulation.traced.count
    simulation.advance(6 * SECOND)
    simulation.traces()
    assert simulation.traced.count == count


def test_a_timed_out_call_and_its_retries() -> None:
    """A server that needs 50 ms, a caller that waits 10: three tries, all given up, and their work is late."""
    slow = node("web", "service", service_time_ms=50, service_dist="const", workers=100)
    retry = {"max": 2, "backoff": "const", "base_ms": 5, "jitter": "none"}
    one = traced(design([client(5), slow], [link("l1", "users", "web", timeout_ms=10, retry=retry)]))[0]
    assert one["status"] == "timeout" and one["took_ns"] == 40_000_000
    tries = [span for span in one["spans"] if span["link"] == "l1"]
    assert [span["try"] for span in tries] == [1, 2, 3]
    assert [span["given_up_ns"] - span["called_ns"] for span in tries] == [10_000_000] * 3
    assert all(span["late"] and span["replied_ns"] - span["arrived_ns"] == 50_000_000 for span in tries)
    assert [part for part in one["spans"][0]["parts"] if part[0] == "sleep"]
    back_off = sum(to - start for _, part, start, to in one["path"] if part == "back_off")
    assert back_off == 10_000_000


def test_waiting_for_a_slot_is_a_part_of_its_own() -> None:
    web = node("web", "service", workers=1, service_time_ms=8, service_dist="const")
    traces = traced(design([client(100), web], [link("l1", "users", "web")]))
    waited = [span for one in traces for span in one["spans"] if any(part[0] == "queue" for part in span["parts"])]
    assert waited
    for span in waited:
        (what, start, end), (work, begun, done) = span["parts"]
        assert (what, work) == ("queue", "service")
        assert start == span["arrived_ns"] and end == begun == span["slot_ns"] and done == span["replied_ns"]


def test_a_lost_message_is_marked() -> None:
    web = node("web", "service", service_time_ms=1)
    traces = traced(design([client(100), web], [link("l1", "users", "web", loss_p=0.3, timeout_ms=20)]))
    lost = [span for one in traces for span in one["spans"] if span["lost"]]
    assert lost and all(span["status"] == "lost" and span["given_up_ns"] for span in lost)


def test_a_killed_request_says_so() -> None:
    script = [{"at_s": 2, "command": "inject", "id": "f", "fault": "crash", "target": "web"}]
    web = node("web", "service", service_time_ms=400)
    traces = traced(design([client(50), web], [link("l1", "users", "web")], script))
    killed = [one for one in traces if one["status"] == "node_down"]
    assert any(one["spans"][1]["arrived_ns"] < 2 * SECOND == one["spans"][1]["replied_ns"] for one in killed)
