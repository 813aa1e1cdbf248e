from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from components.catalog import KINDS
from components.design import as_dict, schema
from components.link import LinkOptions
from tests.components.examples import parsed, shop
from tests.components.made import documents
from tests.components.test_design import BROKEN

VALID = Draft202012Validator(schema())

ONLY_PARSE_SEES = {
    "half a character",  # text that JSON allows and no database takes
    "x is nan",  # no JSON at all
    "twice in nodes", "node and link", "dangling target", "dangling source", "link to a link", "self",
    "into a client", "too many links", "database calls", "cycle",  # what hangs together
    "entry aims at nothing", "objectives of one name",
}  # fmt: skip


def test_schema_is_a_schema_in_strict_json() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema(), allow_nan=False)) == schema()


def test_schema_accepts_the_example() -> None:
    assert list(VALID.iter_errors(shop())) == []


@given(documents())
def test_schema_accepts_what_parse_accepts(document: dict[str, Any]) -> None:
    assert list(VALID.iter_errors(document)) == []
    assert list(VALID.iter_errors(as_dict(parsed(document, draft=True)))) == []


@pytest.mark.parametrize("case", BROKEN)
def test_schema_refuses_every_mistake_that_one_part_shows(case: str) -> None:
    document = shop()
    BROKEN[case][0](document)
    assert VALID.is_valid(document) == (case in ONLY_PARSE_SEES)


@pytest.mark.parametrize("kind", KINDS)
def test_schema_has_every_parameter_of_a_kind(kind: str) -> None:
    properties = schema()["$defs"][kind]["properties"]
    assert list(properties) == list(KINDS[kind].params)
    for name, param in KINDS[kind].params.items():
        assert properties[name]["default"] == param.default
        assert properties[name]["description"] == param.help


def test_schema_has_every_option_of_a_link() -> None:
    assert list(schema()["$defs"]["link"]["properties"]["params"]["properties"]) == list(LinkOptions.params)


@pytest.mark.parametrize(
    ("entry", "valid"),
    [
        ({"at_s": 1, "command": "inject", "id": "f1", "fault": "slow", "target": "web", "factor": 3}, True),
        ({"at_s": 1, "command": "inject", "id": "f1", "fault": "slow", "target": "web", "p": 0.5}, False),
        ({"at_s": 1, "command": "inject", "id": "f1", "fault": "melt", "target": "web"}, False),
        ({"at_s": 1, "command": "inject", "id": "f1", "fault": "crash", "target": "web", "selector": {"n": 0}}, False),
        ({"at_s": 1, "command": "inject", "id": "f1", "fault": "crash", "target": "web", "selector": "one"}, True),
        ({"command": "heal", "id": "f1"}, False),
        ({"at_s": 1, "command": "set", "target": "l1", "param": "timeout_ms", "value": None}, True),
        ({"at_s": 1, "command": "load", "target": "users", "factor": 1001}, False),
        ({"at_s": 1, "command": "edit"}, False),
    ],
)
def test_schema_knows_the_commands(entry: dict[str, Any], valid: bool) -> None:
    assert VALID.is_valid(shop() | {"script": [entry]}) == valid
