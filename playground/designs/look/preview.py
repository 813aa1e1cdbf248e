"""A small still picture of a design: a tile for each node, a line for each link."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 264, 104
TILE_W, TILE_H = 30, 18
MARGIN_X, MARGIN_Y = 12, 14
CORNER = 6

Point = tuple[float, float]


@dataclass(frozen=True)
class Tile:
    x: float
    y: float
    icon: str
    health: str  # the class that colours it: "strained" or nothing


@dataclass(frozen=True)
class Line:
    path: str
    health: str


@dataclass(frozen=True)
class Preview:
    tiles: list[Tile]
    lines: list[Line]


def preview(document: Mapping[str, Any], catalogue: Mapping[str, Any], weak: Collection[str] = ()) -> Preview:
    """Fits the design into 264 × 104, keeping its order of rows and columns; `weak` nodes are drawn strained."""
    nodes = document["nodes"]
    xs = _spread([node["x"] for node in nodes], MARGIN_X + TILE_W / 2, WIDTH - MARGIN_X - TILE_W / 2, most=62)
    ys = _spread([node["y"] for node in nodes], MARGIN_Y + TILE_H / 2, HEIGHT - MARGIN_Y - TILE_H / 2, most=30)
    at = {node["id"]: (xs[node["x"]], ys[node["y"]]) for node in nodes}
    health = {node["id"]: "strained" if node["id"] in weak else "" for node in nodes}
    tiles = [
        Tile(
            at[node["id"]][0] - TILE_W / 2,
            at[node["id"]][1] - TILE_H / 2,
            catalogue["kinds"][node["kind"]]["icon"],
            health[node["id"]],
        )
        for node in nodes
    ]
    lines = [Line(_path(at[link["source"]], at[link["target"]]), health[link["target"]]) for link in document["links"]]
    return Preview(tiles, sorted(lines, key=lambda line: line.health))


def _spread(values: list[float], first: float, last: float, most: float) -> dict[float, float]:
    """Where each value lands between first and last: a small design stays in the middle instead of being stretched."""
    least, span = min(values, default=0), max(values, default=0) - min(values, default=0)
    steps = max(len(set(values)) - 1, 1)
    room = min(last - first, steps * most)
    start = (first + last - room) / 2
    if span == 0:
        return dict.fromkeys(values, (first + last) / 2)
    return {value: round(start + room * (value - least) / span, 1) for value in values}


def _path(source: Point, target: Point) -> str:
    """From the right side of one tile to the left of the other, with one step; straight down within a column."""
    (x1, y1), (x2, y2) = source, target
    if abs(x2 - x1) < TILE_W:
        sign = 1 if y2 > y1 else -1
        return f"M{x1} {y1 + sign * TILE_H / 2}V{y2 - sign * TILE_H / 2}"
    sign = 1 if x2 > x1 else -1
    start, end = x1 + sign * TILE_W / 2, x2 - sign * TILE_W / 2
    if abs(y2 - y1) < 1:
        return f"M{start} {y1}H{end}"
    r = min(CORNER, abs(y2 - y1) / 2, abs(end - start) / 2)
    middle, down = round((start + end) / 2, 1), r if y2 > y1 else -r
    return f"M{start} {y1}H{middle - sign * r}Q{middle} {y1} {middle} {y1 + down}V{y2 - down}Q{middle} {y2} {middle + sign * r} {y2}H{end}"
