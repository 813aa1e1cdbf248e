"""The inspector shows the whole of a node and of a link, and offers the faults that can hit it."""

from __future__ import annotations

from typing import Any

import pytest

from components.catalog import catalogue
from components.faults import FAULTS
from playground.designs.look.breaks import breaks
from playground.designs.look.inspection import Inspection

CATALOGUE = catalogue()


def node(id: str, kind: str, x: int = 0, **params: Any) -> dict[str, Any]:
    return {"id": id, "kind": kind, "name": id.title(), "x": x, "y": 0, "zone": None, "params": params}


def link(id: str, source: str, target: str, **params: Any) -> dict[str, Any]:
    return {"id": id, "source": source, "target": target, "params": params}


DOCUMENT: dict[str, Any] = {
    "format": 1, "name": "Shop", "description": "", "scale": 1,
    "nodes": [node("users", "client"), node("lb", "load_balancer", 288), node("web", "service", 576, replicas=3),
              node("cache", "cache", 864), node("db", "sql_primary", 1152)],
    "links": [link("l1", "users", "lb"), link("l2", "lb", "web", timeout_ms=None, retry={"max": 5}),
              link("l3", "web", "cache"), link("l4", "cache", "db")],
    "script": [{"at_s": 30, "command": "inject", "id": "f1", "fault": "crash", "target": "web", "for_s": 10},
               {"at_s": 60, "command": "heal", "id": "f1"},
               {"at_s": 90, "command": "set", "target": "web", "param": "workers", "value": 2}],
    "slos": [],
}  # fmt: skip


def inspect(id: str, problems: list[dict[str, Any]] | None = None) -> Inspection:
    return Inspection(DOCUMENT, CATALOGUE, id, problems or [])


@pytest.mark.parametrize("id", [*(entry["id"] for entry in DOCUMENT["nodes"]), "l1"])
def test_every_parameter_is_shown_once(id: str) -> None:
    shown = inspect(id)
    paths = [field.path for field in (*shown.knobs, *shown.groups, *shown.others)]
    assert sorted(paths) == sorted(param["name"] for param in shown.declared["params"])


def test_knobs_come_in_the_order_of_the_kind() -> None:
    assert [field.path for field in inspect("web").knobs] == CATALOGUE["kinds"]["service"]["knobs"]


@pytest.mark.parametrize("id", [entry["id"] for entry in DOCUMENT["nodes"]])
def test_faults_of_the_kind_are_offered(id: str) -> None:
    shown = inspect(id)
    assert set(CATALOGUE["kinds"][shown.node["kind"]]["faults"]) <= {fault.id for fault in shown.faults}  # type: ignore[index]


def test_faults_of_a_link_are_those_that_hit_links() -> None:
    assert {fault.id for fault in inspect("l1").faults} == {id for id, fault in FAULTS.items() if "link" in fault.on}


def test_links_are_listed_from_both_ends() -> None:
    assert {(wire.id, wire.outgoing, wire.other) for wire in inspect("web").wires} == {
        ("l2", False, "Lb"),
        ("l3", True, "Cache"),
    }


def test_links_say_how_long_they_wait_and_how_often_they_try() -> None:
    facts = next(wire.facts for wire in inspect("web").wires if wire.id == "l2")
    assert facts == "waits for ever · 5 retries"


def test_steps_are_those_that_aim_at_it() -> None:
    assert [(step.index, step.at, step.text) for step in inspect("web").steps] == [
        (0, "30", "Crash for 10 s"),
        (2, "90", "workers = 2"),
    ]


def test_link_is_named_by_its_ends() -> None:
    assert inspect("l1").name == "Users → Lb"


def test_unknown_id_is_not_found() -> None:
    assert not inspect("ghost").found


def test_problem_without_a_field_is_not_lost() -> None:
    problem = {"where": "web", "field": "", "value": None, "rule": "needs a link"}
    shown = inspect("web", [problem, problem | {"where": "db"}])
    assert shown.loose_problems == [problem]


def test_example_can_be_broken_in_five_ways_that_exist() -> None:
    found = breaks(DOCUMENT)
    ids = {entry["id"] for entry in (*DOCUMENT["nodes"], *DOCUMENT["links"])}
    assert len(found) == 5
    assert {each.command["fault"] for each in found} <= set(FAULTS) and {
        each.command["target"] for each in found
    } <= ids
