"""The score: each part by itself, what is left out, and the report."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from playground.accounts.models import Person
from playground.live.goals import Goals, goals_of
from playground.live.health import run_health
from playground.live.models import Participant, Session
from playground.live.report import COLUMNS, as_csv, cell
from playground.live.scores import WEIGHTS, score
from playground.live.track import Point
from tests.playground.conftest import browser_of
from tests.playground.world import TWO_SERVICES

GOALS = Goals(p99_ms=100, served=0.99)


def run(seconds: int, bad: range = range(0), share: float = 0.5, p99_ms: float = 50) -> dict[int, Point]:
    """A run of 100 requests a second of which `share` fail in the seconds `bad`."""
    series: dict[int, Point] = {0: (0, 0, 0, -1)}
    ok = failed = 0
    for t in range(1, seconds + 1):
        lost = int(100 * share) if t in bad else 0
        ok, failed = ok + 100 - lost, failed + lost
        series[t] = (ok + failed, ok, failed, int(p99_ms * 1000))
    return series


def test_a_perfect_run_has_a_hundred_points() -> None:
    figures = score(run(60), GOALS, [20.0], 90, 100)
    assert figures["score"] == 100
    assert set(figures["parts"]) == set(WEIGHTS)


def test_goodput_is_the_share_that_was_served() -> None:
    assert score(run(100, range(1, 21)), GOALS, [])["parts"]["goodput"] == pytest.approx(0.9)


def test_speed_is_the_target_over_the_p99() -> None:
    assert score(run(60, p99_ms=200), GOALS, [])["parts"]["speed"] == pytest.approx(0.5)
    assert score(run(60, p99_ms=10), GOALS, [])["parts"]["speed"] == 1


def test_the_budget_is_spent_by_failures() -> None:
    assert score(run(200, range(1, 3)), GOALS, [])["budget_spent"] == pytest.approx(0.5)
    assert score(run(100, range(1, 50)), GOALS, [])["parts"]["budget"] == 0


def test_recovery_is_counted_from_each_broadcast() -> None:
    figures = score(run(100, range(21, 36)), GOALS, [20.0])
    assert figures["recovery_s"] == [{"seconds": 15.0, "over": True}]
    assert figures["parts"]["recovery"] == pytest.approx(1 - 15 / 60)


def test_who_never_recovers_has_none_of_it() -> None:
    figures = score(run(120, range(21, 200)), GOALS, [20.0])
    assert figures["recovery_s"][0]["over"] is False
    assert figures["parts"]["recovery"] == 0


def test_a_broadcast_that_hurts_nobody_costs_nothing() -> None:
    assert score(run(60), GOALS, [20.0])["recovery_s"] == [{"seconds": 0.0, "over": True}]


def test_cost_counts_against_what_was_pushed() -> None:
    for per_month, part in ((50, 1.0), (100, 1.0), (150, 0.5), (300, 0.0)):
        assert score(run(60), GOALS, [], per_month, 100)["parts"]["cost"] == part
    assert "cost" not in score(run(60), GOALS, [], 50, 0)["parts"]


def test_what_cannot_be_said_is_left_out_and_the_rest_counts_for_more() -> None:
    figures = score(run(60), GOALS, [])
    assert "recovery" not in figures["parts"] and figures["score"] == 100
    assert "recovery" not in score(run(10), GOALS, [20.0])["parts"]
    assert score({}, GOALS, []) == score({0: (0, 0, 0, -1)}, GOALS, []) == {}


def test_a_missing_second_changes_little() -> None:
    series = run(100, range(21, 36))
    for gone in (22, 40, 41):
        del series[gone]
    assert score(series, GOALS, [20.0])["recovery_s"][0]["seconds"] == 15


def test_goals_come_from_the_objectives() -> None:
    slos = [
        {"name": "fast", "sli": "latency", "threshold_ms": 150, "target": 0.99},
        {"name": "up", "sli": "availability", "target": 0.999},
    ]
    goals = goals_of({**TWO_SERVICES, "slos": slos})
    assert (goals.p99_ms, goals.served, goals.own) == (150, 0.999, True)
    assert not goals_of(TWO_SERVICES).own


@pytest.mark.parametrize(
    ("letters", "failed", "p99_ms", "wanted"),
    [
        ("ooo", 0, 50, "ok"), ("ooo", 0.02, 50, "strained"), ("ooo", 0, 150, "strained"), ("oof", 0, 50, "strained"),
        ("ood", 0, 50, "strained"), ("ooo", 0.05, 50, "failing"), ("ooo", 0, 201, "failing"), ("ood", 0, None, "failing"),
        ("iii", 0, None, "ok"),
    ],
)  # fmt: skip
def test_the_border_of_a_card(letters: str, failed: float, p99_ms: float | None, wanted: str) -> None:
    assert run_health(letters, failed, p99_ms, 100) == wanted


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert str(cell(text)).startswith("'")


def test_the_report_tells_each_learner(session: Session, learner: Callable[[str], Participant], owner: Person) -> None:
    amira = learner("=HYPERLINK(1)")
    Participant.objects.filter(pk=amira.pk).update(score=score(run(60, range(21, 30)), GOALS, [20.0]))
    answer = browser_of(owner).get(f"/live/report/{session.pk}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert float(rows[0]["mean_recovery_s"]) == 9
    data = browser_of(owner).get(f"/live/report/{session.pk}.json").json()
    assert data["learners"][0]["name"] == "=HYPERLINK(1)"
    assert data["class"]["code"] == session.code
    assert as_csv([]).strip() == ",".join(COLUMNS)
