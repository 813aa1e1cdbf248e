"""A lab is a folder; every mistake in it has a place and a rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.lab import Lab, lab_of
from tests.components.lab.made import TOML, document, folder


def made(path: Path, toml: str = TOML, **documents: Any) -> Lab:
    lab, problems = lab_of(folder(path, toml, **documents))
    assert lab is not None, [problem.line() for problem in problems]
    return lab


def test_a_folder_is_a_lab(tmp_path: Path) -> None:
    lab = made(tmp_path)
    assert (lab.slug, lab.title, lab.minutes, lab.brief) == ("small", "Small", 5, ("Do it.",))
    assert [goal.id for goal in lab.goals_in(lab.scenario("one"))] == ["fast", "cost"]
    assert lab.goals[2].window is not None
    assert lab.goals[2].window.after == "kill"
    assert [scenario.hidden for scenario in lab.scenarios] == [False, True]
    assert lab.antis[0].misses == "fast"
    assert lab.prediction is not None
    assert lab.prediction.answer == "web"
    assert lab.reference_cost == 140.16


def replaced(old: str, new: str) -> str:
    assert old in TOML
    return TOML.replace(old, new, 1)


BROKEN = [
    ('title = "Small"', "", "lab.toml.title"),
    ("minutes = 5", "minutes = 0", "lab.toml.minutes"),
    ("minutes = 5", 'minutes = 5\ncolour = "red"', "lab.toml.colour"),
    ('module = "m1"', 'module = "m9"', "lab.toml.module"),
    ('fails = "fast"', 'fails = "slow"', "lab.toml.fails"),
    ("at_most = 50", "", "goal fast.at_most"),
    ("at_most = 50", "at_most = 50\nat_least = 5", "goal fast.at_most"),
    ('scenarios = ["two"]', 'scenarios = ["six"]', "goal back.scenarios"),
    ('window = { after = "kill" }', "", "goal back.window"),
    ('window = { after = "kill" }', 'window = { after = "nothing" }', "goal back.window.after"),
    ('window = { after = "kill" }', 'window = { before = "kill" }', "goal back.before"),
    ('scenarios = ["two"]', "", "goal back.window.after"),
    ("at_s = 40", "at_s = 99", "scenario two.at_s"),
    ("jitter = 0.2", "jitter = 2", "scenario two.script[0].jitter"),
    ('kind = "service"', 'kind = "service", target = "web"', "scenario two.kind"),
    ('fault = "crash"', 'fault = "flood"', "scenario two on start.script[0].fault"),
    ('id = "two"\ntitle', 'id = "one"\ntitle', "scenarios.id"),
    ('misses = "fast"', 'misses = "slow"', "anti none.misses"),
    ('answer = "web"', 'answer = "db"', "prediction.answer"),
    ('choices = ["users", "web"]', 'choices = ["web", "db"]', "prediction.choices"),
    ('kinds = ["cache"]', 'kind = ["cache"]', "rules = "),
    ('locked = ["users"]', 'locked = ["users", "web"]', "solution.json.web.params"),
    ("cost = 5", 'cost = "much"', "hints[0].cost"),
]


@pytest.mark.parametrize(("old", "new", "place"), BROKEN, ids=[new or f"no {old}" for old, new, _ in BROKEN])
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, place: str) -> None:
    lab, problems = lab_of(folder(tmp_path, replaced(old, new)))
    assert lab is None
    assert [problem.line() for problem in problems if problem.line().startswith(place)], problems


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    lab, problems = lab_of(tmp_path / "nothing")
    assert lab is None
    assert problems[0].where == "lab.toml"


def test_documents_are_designs_and_each_is_named(tmp_path: Path) -> None:
    lab, problems = lab_of(folder(tmp_path, solution={"format": 1, "nodes": [{"id": "a", "kind": "sun"}]}))
    assert lab is None
    assert problems[0].where == "solution.json"
    lab, problems = lab_of(folder(tmp_path / "more", **{"anti/other": document()}))
    assert lab is None
    assert problems[0].line() == "anti/other.json = null: is named nowhere in lab.toml"


def test_a_template_names_its_start_and_solution(tmp_path: Path) -> None:
    toml = 'start = "exam"\nsolution = "reference"\nvariants = ["naive", "reference", "exam"]\n' + TOML
    path = folder(tmp_path, toml, exam=document(), reference=document(2), naive=document())
    (path / "start.json").unlink()
    (path / "solution.json").unlink()
    lab, problems = lab_of(path)
    assert lab is not None, problems
    assert list(lab.variants) == ["naive", "reference", "exam"]
    assert lab.solution == lab.variants["reference"]


def test_the_digest_changes_with_what_decides_a_verdict_alone(tmp_path: Path) -> None:
    first = made(tmp_path / "a").digest
    assert made(tmp_path / "b", replaced('text = "Think."', 'text = "Think harder."')).digest == first
    assert made(tmp_path / "c", replaced("at_most = 50", "at_most = 51")).digest != first
    assert made(tmp_path / "d", replaced("jitter = 0.2", "jitter = 0.1")).digest != first
    assert made(tmp_path / "e", replaced('kinds = ["cache"]', "kinds = []")).digest != first


def test_what_cannot_run_or_broke_a_lock_is_not_graded(tmp_path: Path) -> None:
    lab = made(tmp_path)
    assert lab.refuses(lab.design_of(document(3))) == []
    assert [problem.where for problem in lab.refuses(lab.design_of(document(1, "more")))] == ["more"]
    empty = lab.design_of(document() | {"links": []})
    assert [problem.where for problem in lab.refuses(empty)] == ["users"]
