"""Whatever comes in, Problems come out: no exception, short answers, strict JSON."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from components.commands import parse as parse_command
from components.control import parse_control
from components.design import parse
from components.edits import apply
from components.loading import load
from components.problem import Problem
from tests.components.examples import SHOP, parsed
from tests.components.made import junk

KEYS = st.sampled_from(
    ["command", "id", "fault", "target", "selector", "for_s", "at_s", "param", "value", "factor", "op", "node", "link",
     "ids", "to", "name", "edits", "script", "slos", "index", "p", "scale"]
)  # fmt: skip
OBJECTS = st.dictionaries(KEYS, junk(), max_size=6)
VERBS = st.sampled_from(["inject", "heal", "set", "load", "edit", "pause", "speed", "step"])
OPS = st.sampled_from(
    ["add", "connect", "remove", "move", "set", "unset", "rename", "describe", "script", "slos", "batch"]
)


def refused(problems: list[Problem]) -> None:
    assert problems
    for problem in problems:
        assert len(json.dumps(problem.as_dict(), allow_nan=False, ensure_ascii=False).encode()) < 10_000
        assert "\n" not in problem.line()


@given(junk())
def test_junk_is_no_design(data: Any) -> None:
    refused(parse(data)[1])


@given(st.data())
def test_design_with_junk_in_one_place_is_refused_or_parses(data: st.DataObject) -> None:
    document: Any = copy.deepcopy(SHOP)
    place, key = document, data.draw(st.sampled_from(list(document)))
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
    place[key] = data.draw(junk())
    design, problems = parse(document, draft=True)
    if design is None:
        refused(problems)
    else:
        assert parse(json.loads(json.dumps(document, allow_nan=False)), draft=True) == (design, [])


@given(OBJECTS, VERBS)
def test_junk_commands_are_refused_or_parse(data: dict[str, Any], verb: str) -> None:
    design = parsed()
    for scheduled in (False, True):
        command, problems = parse_command(data | {"command": verb}, design, scheduled)
        if command is None:
            refused(problems)
        else:
            assert parse_command(command.as_dict(), design, scheduled) == (command, [])
    control, problems = parse_control(data | {"command": verb})
    if control is None:
        refused(problems)


@given(junk())
def test_junk_is_no_command_and_no_edit(data: Any) -> None:
    refused(parse_command(data, parsed(), scheduled=False)[1])
    refused(parse_control(data)[1])
    refused(apply(parsed(), data)[1])


@given(st.lists(st.tuples(OBJECTS, OPS), max_size=3))
def test_junk_edits_are_refused_or_have_inverses(edits: list[tuple[dict[str, Any], str]]) -> None:
    design = parsed()
    result, problems, inverse = apply(design, {"op": "batch", "edits": [data | {"op": op} for data, op in edits]})
    if result is None:
        refused(problems)
    else:
        assert apply(result, inverse)[0] == design


@given(st.text() | st.binary())
def test_any_text_loads_or_is_refused(text: str | bytes) -> None:
    data, problems = load(text)
    if problems:
        assert data is None
        refused(problems)


def test_deep_values_are_refused_everywhere() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    design = parsed()
    for place in ("name", "nodes", "script", "slos"):
        refused(parse(SHOP | {place: deep})[1])
    node = {"id": "m", "kind": "service", "params": {"workers": deep}}
    refused(apply(design, {"op": "add", "node": node})[1])
    refused(apply(design, {"op": "set", "id": "web", "param": "workers", "value": deep})[1])
    refused(apply(design, {"op": "script", "script": [deep]})[1])
    inject = {"command": "inject", "id": "f9", "fault": "crash", "target": "web"}
    refused(parse_command(inject | {"selector": deep}, design, scheduled=False)[1])
    refused(parse_command({"command": "set", "target": "web", "param": "workers", "value": deep}, design, False)[1])
    refused(parse_control({"command": "speed", "factor": deep})[1])
