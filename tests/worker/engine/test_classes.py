"""Classes of requests: who is served first, who is shed first, whose answer comes too late, and how each fared."""

from __future__ import annotations

from typing import Any

import pytest

from components.design import parse
from tests.worker.engine.build import Summary, failed, link, node, over, simulation

CRITICAL, REST = {"name": "critical", "weight": 3, "priority": 0}, {"name": "rest", "weight": 7, "priority": 1}


def served(classes: list[dict[str, Any]], rate: float = 300, seconds: float = 60, **web: Any) -> Summary:
    """One server of 100 a second."""
    users = node("users", "client", rate_rps=rate, classes=classes)
    server = node("web", "service", **{"workers": 1, "service_time_ms": 10, "queue_cap": 100} | web)
    simulated = simulation([users, server], [link("l", "users", "web", rtt_ms=0, timeout_ms=None)])
    over(simulated, 20)
    return over(simulated, seconds)


def classes_of(summary: Summary) -> dict[str, Any]:
    found: dict[str, Any] = summary["clients"]["users"]["classes"]
    return found


def share(counts: dict[str, Any]) -> float:
    return float(counts["ok"] / (counts["ok"] + sum(counts["failed"].values())))


def test_the_classes_add_up_to_the_client() -> None:
    summary = served([CRITICAL, REST, {"name": "rare", "weight": 0.001}], seconds=5)
    found, client = classes_of(summary), summary["client"]
    assert sum(counts["offered"] for counts in found.values()) == client["offered"]
    assert sum(counts["ok"] for counts in found.values()) == client["ok"]
    assert sum(sum(counts["failed"].values()) for counts in found.values()) == failed(summary)
    assert found["critical"]["offered"] / client["offered"] == pytest.approx(0.3, abs=0.02)
    assert found["rare"]["offered"] == 0 and found["rare"]["latency_ms"]["mean"] is None


def test_priority_saves_the_critical_ones_in_an_overload_of_three() -> None:
    """CURRICULUM D18: at 3x with 30 % critical at least 99 % of them; without priorities a third of each."""
    first = classes_of(served([CRITICAL, REST], discipline="priority"))
    assert share(first["critical"]) > 0.99 > 0.2 > share(first["rest"])
    assert first["rest"]["failed"].keys() == {"shed"}
    for alike in (served([CRITICAL, REST]), served([CRITICAL, REST | {"priority": 0}], discipline="priority")):
        assert all(share(counts) == pytest.approx(1 / 3, abs=0.05) for counts in classes_of(alike).values())


@pytest.mark.parametrize(("priority", "most"), [(0, 100), (1, 75), (2, 50), (3, 25)])
def test_each_class_may_fill_a_quarter_less_of_the_queue(priority: int, most: int) -> None:
    web = served([{"name": "all", "priority": priority}], discipline="priority")["nodes"]["web"]
    assert web["queue_max"] == most
    assert web["rejects"] == sum(web["failed"].values()) > 1000


def test_an_answer_after_the_deadline_is_no_success() -> None:
    """The sojourn in M/M/1 at 50/s of 100/s is exponential with mean 20 ms."""
    summary = served([{"name": "hurried", "deadline_ms": 20}, {"name": "patient"}], rate=50, seconds=400)
    found = classes_of(summary)
    assert share(found["hurried"]) == pytest.approx(1 - 2.718281828**-1, abs=0.02)
    assert found["hurried"]["failed"].keys() == {"expired"} and share(found["patient"]) == 1
    assert found["hurried"]["latency_ms"]["max"] < 20


def test_the_deadline_of_a_class_rides_over_a_link_that_propagates() -> None:
    users = node("users", "client", rate_rps=130, classes=[{"name": "a", "deadline_ms": 100}, {"name": "b"}])
    web = node("web", "service", workers=1, service_time_ms=10, queue_cap=10**6)
    expired = {}
    for propagates in (True, False):
        params = {"rtt_ms": 0, "timeout_ms": None, "deadline_propagation": propagates}
        simulated = simulation([users, web], [link("l", "users", "web", **params)])
        over(simulated, 10)
        summary = over(simulated, 60)
        expired[propagates] = summary["nodes"]["web"]["failed"].get("expired", 0)
        done = [summary["client"]["latency_ms"]["p50"], summary["nodes"]["web"]["queue_mean"]]
        assert done[1] < 100 if propagates else done[1] > 500
    assert expired[True] > 1000 and expired[False] == 0


def test_closed_users_have_classes_too() -> None:
    users = node(
        "users", "client", arrival="closed", users=20, think_s=0.1, classes=[CRITICAL, REST | {"deadline_ms": 1}]
    )
    simulated = simulation([users, node("web", "service")], [link("l", "users", "web")])
    found = classes_of(over(simulated, 50))
    assert share(found["critical"]) == 1 and 0 < share(found["rest"]) < 0.5


@pytest.mark.parametrize(
    ("classes", "rule"),
    [
        ([{"weight": 1}], "row 1: name must be given"),
        ([{"name": "a", "priority": 4}], "row 1: priority must be between 0 and 3"),
        ([{"name": "a"}, {"name": "a"}], "must not repeat a name"),
        ([{"name": "a", "weight": 0}], "row 1: weight must be between 0.001 and 1000"),
        ([{"name": "a", "deadline_ms": 0}], "row 1: deadline_ms must be between 0.001 and 3600000"),
    ],
)
def test_bad_classes_are_problems(classes: Any, rule: str) -> None:
    document = {"format": 1, "nodes": [{"id": "users", "kind": "client", "params": {"classes": classes}}], "links": []}
    _, problems = parse(document, draft=True)
    assert [(problem.where, problem.field, problem.rule) for problem in problems] == [("users", "classes", rule)]
