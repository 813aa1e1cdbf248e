"""The verdict on a design: from the cells (one scenario under one seed each) that were simulated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from components.cost import cost
from components.lab.goal import Goal
from components.lab.model import Lab
from components.lab.scenario import Scenario
from components.model import Design

Cell = Mapping[str, Any]
"""{"scenario", "seed", "goals": [{"id", "passed", "value", "t_s"}], "series", "summary", "first"}."""

COST_POINTS, MARGIN_POINTS = 20, 20
FULL_MARGIN = 0.5
"""A worst margin of half the limit is worth all margin points."""


def verdict(lab: Lab, design: Design, cells: Sequence[Cell]) -> dict[str, Any]:
    """Deterministic bits: the same lab, design and cells give the same object.

    A goal holds in a scenario if it holds on two of three seeds; its value is the one that decides that.
    A scenario is passed if all its goals hold at once on two of three seeds, the lab if every scenario is.
    Score: 60 for the goals, in parts; who passed gets up to 20 for a price below the limit (all of them at
    the price of the reference) and up to 20 for the worst margin of the other goals.
    """
    scenarios = [_scenario(lab, scenario, cells) for scenario in lab.scenarios]
    goals = [_goal(lab, goal, cells) for goal in lab.goals]
    price = cost(design)
    passed = all(scenario["passed"] for scenario in scenarios)
    return {
        "lab": lab.slug,
        "digest": lab.digest,
        "passed": passed,
        "score": _score(lab, list(lab.goals), cells, list(lab.scenarios), passed, price["per_month"]),
        "seeds": sorted({cell["seed"] for cell in cells}),
        "goals": goals,
        "scenarios": [
            row | {"score": _score(lab, list(lab.goals_in(one)), cells, [one], row["passed"], price["per_month"])}
            for row, one in zip(scenarios, lab.scenarios, strict=True)
        ],
        "first_failure": first_failure(lab, cells),
        "cost": price,
        "reference": {"cost_per_month": lab.reference_cost} | dict(lab.reference),
    }


def _scenario(lab: Lab, scenario: Scenario, cells: Sequence[Cell]) -> dict[str, Any]:
    own = sorted((cell for cell in cells if cell["scenario"] == scenario.id), key=lambda cell: int(cell["seed"]))
    seeds = [
        {
            "seed": cell["seed"],
            "passed": all(goal["passed"] for goal in cell["goals"]),
            "goals": [{key: goal[key] for key in ("id", "passed", "value")} for goal in cell["goals"]],
        }
        for cell in own
    ]
    good = sum(seed["passed"] for seed in seeds)
    about = {"id": scenario.id, "title": scenario.title, "hidden": scenario.hidden}
    return about | {"passed": bool(seeds) and good >= needed(len(seeds)), "seeds": seeds}


def needed(seeds: int) -> int:
    """Two of three."""
    return math.ceil(2 * seeds / 3)


def deciding(goal: Goal, scenario: str, cells: Sequence[Cell]) -> tuple[float, float | None] | None:
    """(margin, value) of the seed that decides: the worst of the best two of three. None without a cell."""
    found = [
        (goal.margin(result["value"]), result["value"])
        for cell in cells
        if cell["scenario"] == scenario
        for result in cell["goals"]
        if result["id"] == goal.id
    ]
    found.sort(key=lambda pair: -pair[0])
    return found[needed(len(found)) - 1] if found else None


def _goal(lab: Lab, goal: Goal, cells: Sequence[Cell]) -> dict[str, Any]:
    counted = [deciding(goal, scenario.id, cells) for scenario in lab.scenarios if goal.counts_in(scenario.id)]
    known = [pair for pair in counted if pair is not None]
    margin, value = min(known, key=lambda pair: pair[0]) if known else (-1.0, None)
    return {
        "id": goal.id, "title": goal.title, "passed": len(known) == len(counted) and goal.holds(value),
        "value": value, "unit": goal.unit, "limit": goal.limit, "margin": round(margin, 4),
    }  # fmt: skip


def _score(
    lab: Lab, goals: list[Goal], cells: Sequence[Cell], scenarios: list[Scenario], passed: bool, price: float
) -> int:
    pairs = [(goal, deciding(goal, one.id, cells)) for one in scenarios for goal in goals if goal.counts_in(one.id)]
    held = sum(found is not None and goal.holds(found[1]) for goal, found in pairs)
    must = lab.pass_score * held / len(pairs) if pairs else 0.0
    if not passed:
        return min(math.floor(must), lab.pass_score - 1)
    margins = [found[0] for goal, found in pairs if found is not None and not _priced(goal)]
    margin = MARGIN_POINTS * max(0.0, min(1.0, min(margins, default=0.0) / FULL_MARGIN))
    limit = next((goal.limit for goal in lab.goals if _priced(goal)), None)
    room = 0.0 if limit is None else limit - lab.reference_cost
    saved = COST_POINTS if limit is None or room <= 0 else COST_POINTS * (limit - price) / room
    return min(100, round(must + margin + max(0.0, min(float(COST_POINTS), saved))))


def _priced(goal: Goal) -> bool:
    return goal.measure == "cost.per_month"


def first_failure(lab: Lab, cells: Sequence[Cell]) -> dict[str, Any] | None:
    """Of the first scenario that fails, what fails first on the seed where it fails earliest."""
    for scenario in lab.scenarios:
        own = [cell for cell in cells if cell["scenario"] == scenario.id]
        failed = [cell for cell in own if cell["first"]]
        if failed and len(own) - len(failed) < needed(len(own)):
            cell = min(failed, key=lambda one: (_moment(one["first"]), one["seed"]))
            return {"scenario": scenario.id, "seed": cell["seed"]} | dict(cell["first"])
    return None


def _moment(first: Mapping[str, Any]) -> float:
    return math.inf if first["t_s"] is None else float(first["t_s"])
