"""What failed first is said in one sentence: when, after what, where and why."""

from __future__ import annotations

from typing import Any

from components.design import Design, parse
from components.faults import FAULTS
from components.lab.goal import Goal
from components.lab.story import HAPPENED, WHY, first_of
from components.program import REASONS

SERVED = Goal("served", "Nothing fails", "client.failed_share", at_most=0.01, unit="%")
FAST = Goal("fast", "p99 under 50 ms", "client.latency_ms.p99", at_most=50, unit="ms")
CHEAP = Goal("cost", "At most $ 100 a month", "cost.per_month", at_most=100, unit="$")
CRASH = {"t_s": 60.0, "node": "web", "what": "fault_injected", "detail": {"id": "k", "fault": "crash"}}


def design() -> Design:
    nodes = [
        {"id": "users", "kind": "client", "name": "Users"},
        {"id": "web", "kind": "service", "name": "Web"},
        {"id": "db", "kind": "sql_primary", "name": "Postgres"},
        {"id": "other", "kind": "client", "name": "Other"},
        {"id": "side", "kind": "service", "name": "Side"},
    ]
    links = [("users", "web"), ("web", "db"), ("other", "side")]
    listed = [{"id": f"{a}-{b}", "source": a, "target": b} for a, b in links]
    found, problems = parse({"format": 1, "nodes": nodes, "links": listed})
    assert found, problems
    return found


def row(t_s: float, **nodes: tuple[int, float, dict[str, int]]) -> dict[str, Any]:
    quiet = {name: (0, 0.1, {}) for name in ("web", "db", "side")} | nodes
    seen = {name: {"queue": q, "utilisation": u, "failed": f} for name, (q, u, f) in quiet.items()}
    return {"t_s": t_s, "nodes": seen}


def test_where_most_failures_began_is_named() -> None:
    rows = [row(60), row(61, web=(0, 0.5, {"node_down": 40}), db=(9, 1.0, {"timeout": 5}))]
    found = first_of(design(), [(SERVED, 0.4, 61.0)], rows, [CRASH])
    assert found == {
        "goal": "served", "t_s": 61.0, "node": "web", "reason": "node_down",
        "sentence": "At 1:01, 1 s after Web crashed, Web gave way first: it was down and refused its calls. "
        "Nothing fails: 40 %, where at most 1.0 % is the goal.",
    }  # fmt: skip


def test_a_wait_is_blamed_on_what_the_waiting_wait_for() -> None:
    rows = [row(44, web=(260, 1.0, {}), db=(12, 0.98, {}))]
    found = first_of(design(), [(FAST, 990.0, 44.0)], rows, [])
    assert found is not None
    assert found["node"] == "db"
    assert found["sentence"].startswith(
        "At 0:44, Postgres gave way first: 12 requests waited in its queue and its load was 98 %."
    )
    rows = [row(44, web=(260, 1.0, {}), db=(0, 0.4, {}))]
    found = first_of(design(), [(FAST, 990.0, 44.0)], rows, [])
    assert found is not None
    assert found["node"] == "web"


def test_the_earliest_goal_is_the_first() -> None:
    rows = [row(t) for t in (40, 50)]
    found = first_of(design(), [(CHEAP, 400.0, None), (FAST, 99.0, 50.0), (SERVED, 0.5, 40.0)], rows, [])
    assert found is not None
    assert found["goal"] == "served"


def test_only_nodes_on_the_way_of_the_client_are_blamed() -> None:
    goal = Goal("x", "X", "clients.other.failed_share", at_most=0.01, unit="%")
    rows = [row(61, web=(0, 0.5, {"node_down": 40}), side=(3, 0.5, {"queue_full": 2}))]
    found = first_of(design(), [(goal, 0.4, 61.0)], rows, [])
    assert found is not None
    assert (found["node"], found["reason"]) == ("side", "queue_full")


def test_a_price_has_no_moment() -> None:
    found = first_of(design(), [(CHEAP, 275.0, None)], [], [])
    assert found == {
        "goal": "cost", "t_s": None, "node": "db", "reason": "cost",
        "sentence": "At most $ 100 a month: $ 275, where at most $ 100 is the goal. Postgres costs most: $ 136.",
    }  # fmt: skip


def test_nothing_failed_where_every_goal_holds() -> None:
    assert first_of(design(), [(SERVED, 0.0, None), (FAST, 20.0, None)], [row(1)], []) is None


def test_every_fault_has_words() -> None:
    assert set(HAPPENED) == set(FAULTS)


def test_every_reason_of_the_kinds_there_are_has_words() -> None:
    own = {"waiting", "full", "busy"}
    assert set(WHY) - own <= set(REASONS)
