from __future__ import annotations

from itertools import combinations

import orjson
import pytest

from components.design import parse, runnable
from playground.designs.blueprints import DEMO, FOLDER, Blueprint, blueprints, gallery

CARD_W, CARD_H = 192, 80


@pytest.fixture(params=blueprints())
def blueprint(request: pytest.FixtureRequest) -> Blueprint:
    return blueprints()[request.param]


def test_the_gallery_has_the_three_and_not_the_example() -> None:
    assert [card.name for card in gallery()] == ["Cache before a database", "Load-balanced web tier", "Retry storm"]
    assert DEMO in blueprints()


def test_it_can_be_run_as_it_is(blueprint: Blueprint) -> None:
    design, problems = parse(blueprint.document)
    assert design is not None, problems
    assert runnable(design) == []


def test_it_says_what_is_to_be_learnt_and_where_it_breaks(blueprint: Blueprint) -> None:
    ids = {node["id"] for node in blueprint.document["nodes"]}
    assert blueprint.weak
    assert set(blueprint.weak) <= ids
    assert blueprint.summary.endswith(".")
    assert blueprint.note.endswith(".")
    assert blueprint.lesson


def test_no_card_lies_on_another(blueprint: Blueprint) -> None:
    for one, two in combinations(blueprint.document["nodes"], 2):
        assert abs(one["x"] - two["x"]) >= CARD_W or abs(one["y"] - two["y"]) >= CARD_H


def test_links_lead_to_the_right(blueprint: Blueprint) -> None:
    x = {node["id"]: node["x"] for node in blueprint.document["nodes"]}
    assert all(x[link["source"]] < x[link["target"]] for link in blueprint.document["links"])


def test_a_file_holds_the_design_and_nothing_unread() -> None:
    for path in FOLDER.glob("*.json"):
        assert set(orjson.loads(path.read_bytes())) == {"summary", "lesson", "note", "weak", "design"}
