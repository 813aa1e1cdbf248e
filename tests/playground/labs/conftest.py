from __future__ import annotations

import json
from typing import Any

import pytest

from components.catalog import catalogue
from playground.accounts.models import Person
from playground.labs import grading
from playground.labs.attempts import attempt_submit
from playground.labs.models import Attempt, Work
from playground.labs.services import labs, work_open

SLUG = "cache-and-load-balancer"


@pytest.fixture
def work(owner: Person) -> Work:
    made, problems = work_open(person=owner, slug=SLUG)
    assert made is not None, problems
    return made


@pytest.fixture
def attempt(work: Work, owner: Person) -> Attempt:
    return submitted(work, owner)


def submitted(work: Work, person: Person) -> Attempt:
    made, problems = attempt_submit(work=work, person=person)
    assert made is not None, problems
    return made


def result_of(taken: grading.Taken, passed: bool = True) -> dict[str, Any]:
    """A cell as the grader makes it, with values just on the good or the bad side of every limit."""
    goals = []
    for goal in taken.lab.goals_in(taken.lab.scenario(taken.scenario)):
        better = 0.5 if (goal.at_most is not None) == passed else 2.0
        goals.append({"id": goal.id, "passed": passed, "value": goal.limit * better, "t_s": None if passed else 125.0})
    missed = {"goal": goals[0]["id"], "t_s": 125.0, "node": "web", "reason": "timeout", "sentence": "Web gave way."}
    row = {"t_s": 31.0, "offered": 800, "ok": 700, "failed": 10, "p99_ms": 90.0, "queue": 3, "load": 0.6}
    return {
        "scenario": taken.scenario, "seed": taken.seed, "goals": goals,
        "series": [row, row | {"t_s": 32.0, "p99_ms": None}, row | {"t_s": 33.0}],
        "summary": {}, "first": None if passed else missed,
    }  # fmt: skip


def grade(attempt: Attempt, passed: bool = True) -> Attempt:
    """Plays the workers for all cells."""
    for cell in attempt.cells.all():
        taken = grading.cell_take(cell=cell.pk)
        assert taken is not None
        assert grading.cell_finish(cell=cell.pk, turn=taken.turn, result=result_of(taken, passed))
    attempt.refresh_from_db()
    return attempt


def hidden_words(slug: str = SLUG) -> list[str]:
    """What must not be seen before a verdict: ids, titles, summaries and times of the hidden scenarios."""
    found: set[str] = set()
    shown = [scenario for scenario in labs()[slug].scenarios if not scenario.hidden]
    for scenario in labs()[slug].scenarios:
        if scenario.hidden:
            found |= {scenario.id, scenario.title, scenario.summary}
    catalogue_ = json.dumps(catalogue())  # a word of the language, such as "refusal", gives nothing away
    return sorted(word for word in found - {""} - {one.title for one in shown} if word not in catalogue_)
