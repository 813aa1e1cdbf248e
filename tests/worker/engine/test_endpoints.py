"""Endpoints of a service: their shares, calls in turn and at once, bulkheads, fallbacks."""

from __future__ import annotations

from typing import Any

import pytest

from components.design import parse
from tests.worker.engine.build import Summary, inject, link, node, over, simulation
from tests.worker.laws.theory import erlang_b

PLENTY = {"workers": 10_000, "queue_cap": 10**6}


def shop(endpoints: list[dict[str, Any]], rate: float = 100, **options: Any) -> Any:
    """users - web - (a, b, c): exponential callees of 50 ms with room for everybody; the web itself works 2 ms."""
    web = node("web", "service", **PLENTY | {"service_time_ms": 2, "endpoints": endpoints} | options.pop("web", {}))
    others = [node(id, "service", **PLENTY, service_time_ms=50) for id in "abc"]
    none = {"rtt_ms": 0, "timeout_ms": None}
    links = [link("l0", "users", "web", **none)]
    links += [link(f"l{id}", "web", id, **none | options.get(id, {})) for id in "abc"]
    return simulation([node("users", "client", rate_rps=rate), web, *others], links)


def of(summary: Summary, name: str) -> dict[str, Any]:
    found: dict[str, Any] = summary["nodes"]["web"]["endpoints"][name]
    return found


def measured(endpoints: list[dict[str, Any]], seconds: float = 200, **options: Any) -> Summary:
    simulated = shop(endpoints, **options)
    over(simulated, 5)
    return over(simulated, seconds)


def harmonic(n: int) -> float:
    """Mean of the longest of n exponential times of mean 1."""
    return sum(1 / k for k in range(1, n + 1))


CALLS = [
    (["la"], 50),
    ([], 0),
    (None, 150),
    (["la", "la"], 100),
    ([{"parallel": ["la", "lb"]}], 50 * harmonic(2)),
    ([{"parallel": ["la", "lb", "lc"]}], 50 * harmonic(3)),
    (["lc", {"parallel": ["la", "lb", "la", "lb"]}], 50 + 50 * harmonic(4)),
]


@pytest.mark.parametrize(("calls", "waited"), CALLS)
def test_calls_go_in_turn_or_at_once(calls: Any, waited: float) -> None:
    summary = measured([{"name": "one", "calls": calls}])
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(2 + waited, rel=0.03)
    assert summary["nodes"]["web"]["own_ms"]["mean"] == pytest.approx(2, rel=0.05)


def test_each_endpoint_has_its_share_and_its_own_work() -> None:
    rows = [{"name": "a", "weight": 3, "calls": []}, {"name": "b", "calls": [], "service_time_ms": 40}]
    summary = measured(rows)
    assert of(summary, "a")["offered"] / summary["client"]["offered"] == pytest.approx(0.75, abs=0.01)
    assert of(summary, "a")["latency_ms"]["mean"] == pytest.approx(2, rel=0.05)
    assert of(summary, "b")["latency_ms"]["mean"] == pytest.approx(40, rel=0.05)
    assert of(summary, "a")["ok"] + of(summary, "b")["ok"] == summary["nodes"]["web"]["completions"]


def test_a_failed_call_fails_its_endpoint_alone_and_options_of_links_hold_inside_a_parallel_step() -> None:
    rows = [{"name": "both", "calls": [{"parallel": ["la", "lb"]}]}, {"name": "other", "calls": ["lc"]}]
    for retry, kept in ((None, 0.5), ({"max": 3, "backoff": "none"}, 1 - 0.5**4)):
        simulated = shop(rows, a={"retry": retry})
        inject(simulated, "error", "a", p=0.5)
        over(simulated, 5)
        summary = over(simulated, 200)
        both = of(summary, "both")
        assert both["ok"] / both["offered"] == pytest.approx(kept, abs=0.02)
        assert not of(summary, "other")["failed"]


def test_no_answer_of_a_parallel_step_is_waited_for_beyond_its_timeout() -> None:
    simulated = shop([{"name": "both", "calls": [{"parallel": ["la", "lb"]}]}], a={"timeout_ms": 30, "loss_p": 0.3})
    over(simulated, 5)
    summary = over(simulated, 100)
    assert of(summary, "both")["failed"].keys() == {"timeout"}
    assert summary["links"]["la"]["failed"]["timeout"] > 3000
    assert simulated.machine.live < 200


def test_a_bulkhead_loses_as_many_as_erlang_says_and_leaves_the_others_alone() -> None:
    """20/s of 50 ms on 2 slots: an Erlang loss system."""
    rows = [{"name": "a", "calls": ["la"], "bulkhead": 2, "service_time_ms": 0}, {"name": "b", "calls": []}]
    summary = measured(rows, rate=40, seconds=600)
    found = of(summary, "a")
    assert found["failed"].keys() == {"limited"}
    assert found["failed"]["limited"] / found["offered"] == pytest.approx(erlang_b(2, 1.0), abs=0.015)
    assert not of(summary, "b")["failed"]


def test_a_bulkhead_keeps_a_slow_callee_from_taking_all_workers() -> None:
    """The endpoint whose callee hangs holds its own slots alone; without the bulkhead nobody is served."""
    share = {}
    for bulkhead in (None, 8):
        rows = [{"name": "slow", "calls": ["la"], "bulkhead": bulkhead}, {"name": "fast", "calls": []}]
        web = {"workers": 16, "queue_cap": 50}
        simulated = shop(rows, rate=200, web=web, a={"timeout_ms": 5000})
        inject(simulated, "slow", "a", factor=1000)
        over(simulated, 20)
        fast = of(over(simulated, 60), "fast")
        share[bulkhead] = fast["ok"] / fast["offered"]
    assert share[8] > 0.99 and share[None] < 0.2


def test_a_fallback_answers_when_a_call_fails() -> None:
    rows = [{"name": "a", "calls": ["la"], "fallback_ms": 7}, {"name": "b", "calls": ["la"]}]
    simulated = shop(rows)
    inject(simulated, "crash", "a")
    summary = over(simulated, 100)
    assert not of(summary, "a")["failed"] and of(summary, "b")["ok"] == 0
    assert of(summary, "a")["latency_ms"]["mean"] == pytest.approx(2 + 7, rel=0.05)
    assert summary["nodes"]["web"]["counters"]["fallbacks"] == pytest.approx(of(summary, "a")["ok"], abs=3)


@pytest.mark.parametrize("calls", [["nowhere"], [{"parallel": ["la", "l0"]}]])
def test_calls_must_be_links_of_the_service(calls: Any) -> None:
    with pytest.raises(AssertionError, match="row 1: calls must name outgoing links of web"):
        shop([{"name": "one", "calls": calls}])


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ([{"calls": []}], "row 1: name must be given"),
        ([{"name": "a", "calls": [{}]}], 'row 1: calls must hold ids of links, or {"parallel": [ids]}'),
        ([{"name": "a", "calls": [{"parallel": []}]}], 'row 1: calls must hold ids of links, or {"parallel": [ids]}'),
        ([{"name": "a", "calls": "la"}], "row 1: calls must be a list of at most 50 links"),
        ([{"name": "a", "bulkhead": 0}], "row 1: bulkhead must be between 1 and 10000"),
    ],
)
def test_bad_endpoints_are_problems(value: Any, rule: str) -> None:
    document = {"format": 1, "nodes": [{"id": "web", "kind": "service", "params": {"endpoints": value}}], "links": []}
    _, problems = parse(document, draft=True)
    assert [(problem.where, problem.field, problem.rule) for problem in problems] == [("web", "endpoints", rule)]
