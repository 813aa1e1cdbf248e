"""What may be shown of labs and attempts. Everything that leaves the site goes through here: before a verdict nothing
does that tells a hidden scenario's id, title, times or seeds.
"""

from __future__ import annotations

from typing import Any

from components.lab import Goal, Lab, said
from components.lab.scenario import Scenario
from playground.labs.attempts import place_of
from playground.labs.catalogue import labs
from playground.labs.models import Attempt, CellStatus, Status, Work
from playground.labs.scores import hints_cost


def open_scenarios(lab: Lab) -> list[Scenario]:
    return [scenario for scenario in lab.scenarios if not scenario.hidden]


def open_goals(lab: Lab) -> list[Goal]:
    """Those that count somewhere that is no secret."""
    return [goal for goal in lab.goals if any(goal.counts_in(scenario.id) for scenario in open_scenarios(lab))]


def goal_shown(goal: Goal) -> dict[str, Any]:
    return {
        "id": goal.id, "title": goal.title, "measure": goal.measure, "at_most": goal.at_most,
        "at_least": goal.at_least, "unit": goal.unit, "help": goal.help, "limit_said": said(goal.limit, goal.unit),
        "whole": goal.window is None,
    }  # fmt: skip


def lab_shown(lab: Lab) -> dict[str, Any]:
    """The brief, as everybody may read it."""
    shown = open_scenarios(lab)
    return {
        "slug": lab.slug,
        "number": lab.number,
        "title": lab.title,
        "module": lab.module,
        "minutes": lab.minutes,
        "brief": list(lab.brief),
        "topics": list(lab.topics),
        "rules": dict(lab.rules),
        "goals": [goal_shown(goal) for goal in open_goals(lab)],
        "scenarios": [
            {"title": one.title, "summary": one.summary, "duration_s": one.duration_s, "warmup_s": one.warmup_s}
            for one in shown
        ],
        "hidden": len(lab.scenarios) - len(shown),
        "pass_score": lab.pass_score,
    }


def hints_shown(work: Work) -> list[dict[str, Any]]:
    """Every hint with its cost; the words of those that were opened."""
    return [
        {"number": number, "cost": hint.cost, "text": hint.text if number <= work.hints else None}
        for number, hint in enumerate(labs()[work.lab].hints, start=1)
    ]


def work_shown(work: Work) -> dict[str, Any]:
    lab = labs()[work.lab]
    return {
        "lab": work.lab,
        "design": work.design_id,
        "revision": work.design.revision,
        "hints": hints_shown(work),
        "hints_cost": hints_cost(lab, work.hints),
        "prediction": work.prediction or None,
        "attempts": [attempt_shown(attempt) for attempt in work.attempts.order_by("number")],
    }


def attempt_shown(attempt: Attempt) -> dict[str, Any]:
    """How far it is; with its verdict, what it was graded on."""
    cells = attempt.cells.values_list("status", flat=True)
    done = sum(status == CellStatus.DONE for status in cells)
    over = attempt.status == Status.DONE
    return {
        "id": attempt.pk,
        "lab": attempt.work.lab,
        "number": attempt.number,
        "revision": attempt.revision,
        "status": attempt.status,
        "place": place_of(attempt),
        "detail": attempt.detail,
        "done": done,
        "of": len(cells),
        "score": attempt.score if over else None,
        "passed": attempt.passed if over else None,
        "created_at": attempt.created_at.isoformat(),
        "finished_at": attempt.finished_at.isoformat() if attempt.finished_at else None,
        "seed": attempt.seed if over else None,
        "digest": attempt.digest if over else None,
        "verdict": attempt.verdict if over else None,
    }
