"""The verdict: two of three seeds, partial credit, what failed first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.lab import Lab, lab_of, verdict
from tests.components.lab.made import document, folder


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    found, problems = lab_of(folder(tmp_path))
    assert found is not None, problems
    return found


def cell(lab: Lab, scenario: str, seed: int, **values: float | None) -> dict[str, Any]:
    """Goals not named are met with room to spare."""
    good = {"fast": 25.0, "cost": 140.16, "back": 3.0} | values
    goals = [
        {"id": goal.id, "passed": goal.holds(good[goal.id]), "value": good[goal.id], "t_s": 33.0}
        for goal in lab.goals_in(lab.scenario(scenario))
    ]
    missed = [goal for goal in goals if not goal["passed"]]
    first = {"t_s": 30.0 + seed, "node": "web", "reason": "timeout", "sentence": "So."}
    firsts = [{"goal": goal["id"]} | first for goal in missed]
    return {"scenario": scenario, "seed": seed, "goals": goals, "first": firsts[0] if firsts else None}


def of(lab: Lab, *cells: dict[str, Any], replicas: int = 2) -> dict[str, Any]:
    given = {(one["scenario"], one["seed"]): one for one in cells}
    every = [given.get((s, n), cell(lab, s, n)) for s in ("one", "two") for n in (1, 2, 3)]
    return verdict(lab, lab.design_of(document(replicas)), every)


def test_who_meets_all_goals_passes(lab: Lab) -> None:
    found = of(lab)
    assert found["passed"]
    assert found["first_failure"] is None
    assert found["score"] == 100
    assert found["seeds"] == [1, 2, 3]
    assert found["cost"]["per_month"] == found["reference"]["cost_per_month"] == 140.16
    assert [goal["margin"] for goal in found["goals"]] == [0.5, 0.5328, 0.9]
    assert [row["score"] for row in found["scenarios"]] == [100, 100]


def test_two_of_three_seeds_are_enough(lab: Lab) -> None:
    found = of(lab, cell(lab, "one", 2, fast=400))
    assert found["passed"]
    assert found["first_failure"] is None
    assert [seed["passed"] for seed in found["scenarios"][0]["seeds"]] == [True, False, True]
    assert found["goals"][0]["value"] == 25, "the seed that decides"


def test_one_of_three_seeds_is_not(lab: Lab) -> None:
    found = of(lab, cell(lab, "one", 2, fast=400), cell(lab, "one", 3, fast=60))
    assert not found["passed"]
    assert [row["passed"] for row in found["scenarios"]] == [False, True]
    assert found["goals"][0] == {
        "id": "fast", "title": "Fast", "passed": False, "value": 60, "unit": "ms", "limit": 50.0, "margin": -0.2,
    }  # fmt: skip
    assert found["first_failure"] == {
        "scenario": "one", "seed": 2, "goal": "fast", "t_s": 32.0, "node": "web", "reason": "timeout", "sentence": "So.",
    }  # fmt: skip


def test_goals_are_worth_sixty_in_parts(lab: Lab) -> None:
    """Five pairs of goal and scenario; one of them missed leaves 48."""
    found = of(lab, *(cell(lab, "two", seed, back=None) for seed in (1, 2, 3)))
    assert found["score"] == 48
    assert found["goals"][2]["value"] is None
    assert [row["score"] for row in found["scenarios"]] == [100, 40]
    everything = [cell(lab, s, n, fast=999, cost=999, back=None) for s in ("one", "two") for n in (1, 2, 3)]
    assert of(lab, *everything)["score"] == 0


def test_different_goals_on_different_seeds_fail_a_scenario(lab: Lab) -> None:
    found = of(lab, cell(lab, "two", 1, fast=99), cell(lab, "two", 2, back=99))
    assert [goal["passed"] for goal in found["goals"]] == [True, True, True]
    assert not found["passed"]
    assert found["score"] < lab.pass_score


def test_a_bare_pass_has_sixty_and_price_and_margin_add(lab: Lab) -> None:
    cells = [cell(lab, s, n, fast=50, cost=300) for s in ("one", "two") for n in (1, 2, 3)]
    assert of(lab, *cells, replicas=4)["score"] == 62  # $ 280.32 of a limit of $ 300
    assert of(lab, *cells, replicas=2)["score"] == 80
    assert of(lab, *cells, replicas=1)["score"] == 80, "cheaper than the reference is worth no more"
    half = [cell(lab, s, n, fast=37.5) for s in ("one", "two") for n in (1, 2, 3)]
    assert of(lab, *half, replicas=2)["score"] == 90


def test_cells_that_are_missing_pass_nothing(lab: Lab) -> None:
    found = verdict(lab, lab.design_of(document()), [cell(lab, "one", 1)])
    assert not found["passed"]
    assert [row["passed"] for row in found["scenarios"]] == [True, False]
    assert not found["goals"][0]["passed"]
