"""The small still picture of a design."""

from __future__ import annotations

import re
from typing import Any

from components.catalog import catalogue
from playground.designs.look.preview import HEIGHT, TILE_H, TILE_W, WIDTH, preview
from tests.playground.designs.look.test_inspection import DOCUMENT, link, node

CATALOGUE = catalogue()


def document(*nodes: dict[str, Any], links: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return DOCUMENT | {"nodes": list(nodes), "links": list(links)}


def test_every_node_and_link_is_drawn_inside() -> None:
    drawn = preview(DOCUMENT, CATALOGUE)
    assert len(drawn.tiles) == len(DOCUMENT["nodes"]) and len(drawn.lines) == len(DOCUMENT["links"])
    assert all(0 <= tile.x <= WIDTH - TILE_W and 0 <= tile.y <= HEIGHT - TILE_H for tile in drawn.tiles)


def test_order_from_left_to_right_is_kept() -> None:
    xs = [tile.x for tile in preview(DOCUMENT, CATALOGUE).tiles]
    assert xs == sorted(xs) and len(set(xs)) == len(xs)


def test_one_node_stands_in_the_middle() -> None:
    (tile,) = preview(document(node("a", "service", 900)), CATALOGUE).tiles
    assert (tile.x + TILE_W / 2, tile.y + TILE_H / 2) == (WIDTH / 2, HEIGHT / 2)


def test_empty_design_is_an_empty_picture() -> None:
    assert preview(document(), CATALOGUE).tiles == []


def test_weak_nodes_and_the_links_into_them_stand_out() -> None:
    drawn = preview(DOCUMENT, CATALOGUE, weak=("db",))
    assert [tile.health for tile in drawn.tiles] == ["", "", "", "", "strained"]
    assert [line.health for line in drawn.lines].count("strained") == 1


def test_link_within_a_column_goes_straight_down() -> None:
    low = node("b", "cache") | {"y": 200}
    (line,) = preview(document(node("a", "service"), low, links=(link("l", "a", "b"),)), CATALOGUE).lines
    assert re.fullmatch(r"M[\d.]+ [\d.]+V[\d.]+", line.path)
