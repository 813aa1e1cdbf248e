"""Every lab and template on the real engine: what must fail fails for its own reason, the solution passes with room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.labs import PAGE, page
from components.lab import Anti, seeds_of, verdict
from components.rules import broken
from tests.worker.labs.measured import FOLDERS, lab_in, measured, weak
from worker.grade import graded

ROOM = 0.1
ANTIS = [(folder, anti) for folder in FOLDERS for anti in lab_in(folder).antis]
each_lab = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
each_anti = pytest.mark.parametrize(("folder", "anti"), ANTIS, ids=[f"{f.name}-{a.id}" for f, a in ANTIS])


def test_there_are_labs() -> None:
    assert {lab_in(folder).number for folder in FOLDERS} >= {"M1.1", "M3.4", "T1"}


@each_lab
def test_the_start_misses_its_named_goal(folder: Path) -> None:
    lab = lab_in(folder)
    found = measured(folder, weak(lab)[0]).verdict
    missed = {goal["id"]: goal for goal in found["goals"]}[lab.fails]
    assert not found["passed"]
    assert not missed["passed"]
    assert missed["margin"] <= -ROOM
    assert found["first_failure"]


@each_lab
def test_the_solution_passes_with_room_on_every_goal_scenario_and_seed(folder: Path) -> None:
    lab, found = lab_in(folder), measured(folder, "solution")
    assert len(found.verdict["seeds"]) == 5
    assert {goal.id: found.worst(goal) for goal in lab.goals if found.worst(goal)[0] < ROOM} == {}
    assert found.verdict["passed"]
    assert found.verdict["score"] >= lab.pass_score + 20
    assert found.verdict["first_failure"] is None


@each_lab
def test_the_solution_can_be_reached_from_the_start(folder: Path) -> None:
    lab = lab_in(folder)
    assert broken(lab.rules, lab.start_design, lab.design_of(lab.solution)) == []
    assert lab.refuses(lab.design_of(lab.solution)) == []


@each_anti
def test_a_wrong_answer_misses_its_own_goal(folder: Path, anti: Anti) -> None:
    found = measured(folder, anti.id).verdict
    missed = {goal["id"]: goal for goal in found["goals"]}[anti.misses]
    assert not found["passed"]
    assert not missed["passed"]
    assert missed["margin"] <= -ROOM
    assert found["score"] < lab_in(folder).pass_score
    assert lab_in(folder).refuses(lab_in(folder).design_of(anti.design)) == [], "the locks alone do not stop it"


@each_anti
def test_a_wrong_answer_is_the_solution_but_for_one_thing(folder: Path, anti: Anti) -> None:
    solution, other = flat(lab_in(folder).solution), flat(anti.design)
    changed = {place for place in {*solution, *other} if solution.get(place) != other.get(place)}
    gone = {place[1] for place in changed if place[0] == "nodes" and place not in other and place[2] == "kind"}
    if gone:  # one node less: only its own links and its place are different
        assert len(gone) == 1
        own = {link for link, ends in ends_of(lab_in(folder).solution).items() if gone & ends}
        assert {place[1] for place in changed} <= gone | own
    else:
        whole = {place[:4] for place in changed} if options_gone(changed, other) else changed
        assert len(whole) == 1, changed


def options_gone(changed: set[tuple[str, ...]], other: dict[tuple[str, ...], Any]) -> bool:
    """All of one option of a link, such as `retry`, is missing."""
    prefixes = {place[:4] for place in changed}
    return len(prefixes) == 1 and not any(place[:4] in prefixes for place in other)


def flat(document: dict[str, Any]) -> dict[tuple[str, ...], Any]:
    """{(nodes or links, id, path…): value}, without what only the drawing sees."""
    found: dict[tuple[str, ...], Any] = {("scale",): document["scale"]}
    for part in ("nodes", "links"):
        for item in document[part]:
            walk(
                found,
                (part, item["id"]),
                {key: item[key] for key in ("kind", "source", "target", "params") if key in item},
            )
    return found


def walk(found: dict[tuple[str, ...], Any], place: tuple[str, ...], value: Any) -> None:
    if not isinstance(value, dict):
        found[place] = value
        return
    for key, part in value.items():
        walk(found, (*place, key), part)


def ends_of(document: dict[str, Any]) -> dict[str, set[str]]:
    return {link["id"]: {link["source"], link["target"]} for link in document["links"]}


def test_another_good_answer_passes_too() -> None:
    """Graded is what happens: a circuit breaker without any budget ends the storm as well."""
    lab = next(lab_in(folder) for folder in FOLDERS if lab_in(folder).number == "M3.4")
    document = json.loads(json.dumps(lab.solution))
    document["links"][0]["params"] |= {"circuit_breaker": {"window_s": 2, "open_s": 2}, "retry": {"max": 2}}
    design = lab.design_of(document)
    assert verdict(lab, design, graded(lab, design, seeds_of(1)))["passed"]


def test_leaving_the_service_out_is_no_answer() -> None:
    """The balancer straight to the cache and the database: fast and cheap, but then nobody renders a page."""
    lab = next(lab_in(folder) for folder in FOLDERS if lab_in(folder).number == "M1.1")
    document = json.loads(json.dumps(lab.solution))
    document["links"] = [link for link in document["links"] if link["id"] in ("l1", "l2", "l4")]
    document["links"][0]["target"] = "lb"
    document["links"].append({"id": "l9", "source": "lb", "target": "cache"})
    design = lab.design_of(document)
    found = verdict(lab, design, graded(lab, design, seeds_of(1)))
    assert [goal["id"] for goal in found["goals"] if not goal["passed"]] == ["through"]


def test_the_page_says_what_is_measured() -> None:
    """When this fails: `python -m bench.labs`."""
    assert PAGE.read_text(encoding="utf-8") == page()
