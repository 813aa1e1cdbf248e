from __future__ import annotations

from itertools import combinations

import orjson
import pytest
from django.test import Client
from django.utils.html import conditional_escape

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


def test_its_notes_are_sentences(blueprint: Blueprint) -> None:
    notes = blueprint.notes
    assert notes.notice
    assert notes.breaks
    assert notes.tries
    for said in (*notes.notice, *notes.breaks, *(each["says"] for each in notes.tries)):
        assert said.endswith("."), said


def test_notes_and_designs_come_in_pairs() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {path.stem for path in FOLDER.glob("*.json")}


@pytest.mark.usefixtures("transactional_db")
def test_its_page_shows_picture_notes_and_a_way_in(blueprint: Blueprint) -> None:
    page = Client().get(f"/blueprints/{blueprint.slug}").content.decode()
    for said in (
        blueprint.name,
        blueprint.summary,
        *blueprint.weak_names,
        "What breaks first",
        f'value="{blueprint.slug}"',
    ):
        assert conditional_escape(said) in page or said in page
    assert page.count("preview-tile") >= len(blueprint.document["nodes"])


@pytest.mark.usefixtures("transactional_db")
def test_a_page_that_is_not_there(client: Client) -> None:
    assert client.get("/blueprints/nothing").status_code == 404
    assert client.get("/blueprints/").content.count(b">Reading notes<") == len(gallery())


def test_a_file_holds_the_design_and_nothing_unread() -> None:
    for path in FOLDER.glob("*.json"):
        assert set(orjson.loads(path.read_bytes())) == {"summary", "lesson", "note", "weak", "design"}
