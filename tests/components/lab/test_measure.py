"""Numbers are read off a summary and off rows of one second; nothing is averaged that may not be."""

from __future__ import annotations

from typing import Any

import pytest

from components.lab.goal import Goal, Window, evaluate, said
from components.lab.measure import value_of

SUMMARY: dict[str, Any] = {
    "client": {"ok": 99, "failed": {"timeout": 1}, "latency_ms": {"p99": 84.0, "p50": None}},
    "nodes": {
        "a": {"kind": "service", "arrivals": 10, "utilisation": 0.5, "counters": {"late": 2}},
        "b": {"kind": "service", "arrivals": 5, "utilisation": 0.7, "counters": {}},
    },
    "slos": [{"name": "fast reads", "budget_spent": 0.25}],
    "cost": {"per_month": 610.5},
}


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("client.latency_ms.p99", 84.0),
        ("client.failed_share", 0.01),
        ("client.served_share", 0.99),
        ("nodes.a.counters.late", 2),
        ("nodes.a.arrivals / nodes.b.arrivals", 2),
        ("kinds.service.arrivals", 15),
        ("slo.fast reads.budget_spent", 0.25),
        ("cost.per_month", 610.5),
        ("client.latency_ms.p50", None),
        ("nodes.c.arrivals", None),
        ("kinds.cache.arrivals", None),
        ("slo.slow reads.budget_spent", None),
        ("nodes.a.counters.late / nodes.b.counters.late", None),
        ("client", None),
    ],
)
def test_a_measure_is_a_number_of_the_summary(measure: str, value: float | None) -> None:
    assert value_of(measure, SUMMARY) == value


def row(
    t_s: float, offered: int, ok: int, calls: int = 100, tries: int = 100, p99: float | None = 10
) -> dict[str, Any]:
    client = {"offered": offered, "ok": ok, "failed": {"timeout": offered - ok}, "latency_ms": {"p99": p99}}
    return {"t_s": t_s, "client": client, "nodes": {}, "links": {"l1": {"calls": calls, "tries": tries}}}


def recovery_of(served: list[int]) -> tuple[float | None, float | None]:
    goal = Goal("back", "Back", "recovery_s", at_most=30, window=Window(after="f"), share=0.95, over_s=2)
    rows = [row(10 + second, 100, ok) for second, ok in enumerate(served, 1)]
    return evaluate(goal, {}, rows, (10, 10 + len(served)))


def test_recovery_counts_to_the_last_stretch_that_was_bad() -> None:
    assert recovery_of([100] * 6) == (0, None)
    assert recovery_of([0, 0, 100, 100, 100, 100]) == (2, None)
    assert recovery_of([100, 100, 0, 100, 100, 100]) == (3, None), "good in between is not for good"


def test_what_has_not_recovered_by_the_end_has_no_recovery() -> None:
    assert recovery_of([0] * 6) == (None, 16)
    assert recovery_of([100, 100, 100, 100, 100, 0]) == (None, 16)


def test_too_slow_a_recovery_is_amiss_when_the_limit_has_passed() -> None:
    assert recovery_of([0] * 40 + [100] * 5) == (40, 40)


def test_amplification_is_the_worst_stretch_and_amiss_at_the_first() -> None:
    goal = Goal("a", "A", "amplification", at_most=1.3, over_s=2)
    rows = [row(1, 1, 1), row(2, 1, 1, tries=200), row(3, 1, 1, tries=300), row(4, 1, 1, calls=1, tries=50)]
    assert evaluate(goal, {}, rows, (0, 4)) == (pytest.approx(350 / 101), 2)
    quiet = [row(second, 1, 1, calls=5, tries=50) for second in (1, 2)]
    assert evaluate(goal, {}, quiet, (0, 2)) == (None, None), "ten calls say nothing"


def test_a_goal_is_judged_by_the_whole_and_blamed_on_the_first_second_that_breaks_it() -> None:
    goal = Goal("fast", "Fast", "client.latency_ms.p99", at_most=50)
    rows = [row(1, 9, 9, p99=20), row(2, 9, 9, p99=70), row(3, 9, 9, p99=90)]
    assert evaluate(goal, {"client": {"latency_ms": {"p99": 60}}}, rows, (0, 3)) == (60, 2)
    assert evaluate(goal, {"client": {"latency_ms": {"p99": 49}}}, rows, (0, 3)) == (49, None)
    silent = [row(1, 9, 0, p99=None), row(2, 9, 0, p99=None)]
    assert evaluate(goal, {"client": {"latency_ms": {"p99": None}}}, silent, (0, 2)) == (None, 1)


def test_margin_is_a_share_of_the_limit_on_the_good_side() -> None:
    assert Goal("a", "A", "x", at_most=100).margin(80) == pytest.approx(0.2)
    assert Goal("a", "A", "x", at_most=100).margin(150) == pytest.approx(-0.5)
    assert Goal("a", "A", "x", at_least=0.8).margin(1) == pytest.approx(0.25)
    assert Goal("a", "A", "x", at_most=0).margin(0) == 0
    assert Goal("a", "A", "x", at_most=100).margin(None) == -1
    assert not Goal("a", "A", "x", at_most=100).holds(None)


@pytest.mark.parametrize(
    ("window", "bounds"),
    [
        (Window(), (0, 200)),
        (Window(from_s=40, for_s=10), (40, 50)),
        (Window(after="f"), (70, 200)),
        (Window(after="f", from_s=5, for_s=10), (75, 85)),
        (Window(after="f", edge="start", from_s=-30, for_s=30), (30, 60)),
        (Window(after="f", from_s=500), (200, 200)),
    ],
)
def test_a_window_lies_round_an_edge_of_a_fault(window: Window, bounds: tuple[float, float]) -> None:
    assert window.bounds_s((60, 70) if window.after else None, 200) == bounds


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (84.4, "ms", "84 ms"), (2004, "ms", "2.00 s"), (0.004, "%", "0.40 %"), (0.35, "%", "35 %"), (535.2, "$", "$ 535"),
        (None, "s", "never"), (None, "ms", "–"), (38, "s", "38 s"), (1.126, "×", "1.13 ×"), (3, "", "3.00"),
    ],
)  # fmt: skip
def test_values_are_said_with_their_unit(value: float | None, unit: str, text: str) -> None:
    assert said(value, unit) == text
