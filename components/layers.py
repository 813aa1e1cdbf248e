"""Auto-layout: an acyclic graph drawn left to right in layers (Sugiyama's method), always the same way.

Longest paths give the layers, barycentre sweeps the order in each, least squares the heights: a card
stands as near to the middle of its neighbours as the order and the pitch allow.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

import networkx as nx

COLUMN = 288
ROW = 128
GRID = 8
BESIDE_PATH = 72
"""Between a card and a link that passes it on the way to a farther layer."""
PATHS = 24
"""Between two such links."""

SWEEPS = 8
BENDS = 4000
"""Points where links pass layers; a graph with more is laid out without regard to them."""


@dataclass(frozen=True)
class Point:
    """A node, or (with an empty `node`) the place where a link passes a layer."""

    number: int
    layer: int
    node: str = ""


class Sketch:
    """The points of one connected part, by layer, and the steps between them."""

    def __init__(self, graph: nx.DiGraph[str], nodes: Sequence[str], layers: dict[str, int]) -> None:
        self.rows: list[list[Point]] = [[] for _ in range(max(layers.values()) + 1)]
        self.left: dict[Point, list[Point]] = {}
        self.right: dict[Point, list[Point]] = {}
        self.points = {node: self._point(layers[node], node) for node in nodes}
        bends = sum(layers[b] - layers[a] - 1 for a, b in graph.edges)
        for a in nodes:
            for b in graph[a]:
                passed = range(layers[a] + 1, layers[b]) if bends <= BENDS else ()
                for before, after in pairwise([self.points[a], *map(self._point, passed), self.points[b]]):
                    self.right[before].append(after)
                    self.left[after].append(before)

    def _point(self, layer: int, node: str = "") -> Point:
        point = Point(len(self.left), layer, node)
        self.left[point], self.right[point] = [], []
        self.rows[layer].append(point)
        return point

    def order(self) -> None:
        """Sort each layer by the mean place of its neighbours, to and fro; the order with fewest crossings stays."""
        best, fewest = [list(row) for row in self.rows], self.crossings()
        for sweep in range(SWEEPS):
            if not fewest:
                break
            near = self.right if sweep % 2 else self.left
            place = {point: float(index) for row in self.rows for index, point in enumerate(row)}
            for row in reversed(self.rows) if sweep % 2 else self.rows:
                row.sort(key=lambda point: fmean([place[other] for other in near[point]] or [place[point]]))
                place |= {point: float(index) for index, point in enumerate(row)}
            if (crossings := self.crossings()) < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
        self.rows = best

    def crossings(self) -> int:
        """Pairs of steps that cross, between neighbouring layers."""
        place = {point: index for row in self.rows for index, point in enumerate(row)}
        count = 0
        for row in self.rows:
            ends: list[int] = []
            for point in row:
                targets = sorted(place[other] for other in self.right[point])
                count += sum(len(ends) - bisect_right(ends, end) for end in targets)
                for end in targets:
                    insort(ends, end)
        return count

    def heights(self) -> dict[str, int]:
        """{node: y} on the grid; no two points of a layer nearer than they may be."""
        height: dict[Point, float] = {}
        for row in self.rows:
            height |= dict(zip(row, _apart(row, [0.0] * len(row)), strict=True))
        for sweep in range(SWEEPS):
            near = self.right if sweep % 2 else self.left
            for row in reversed(self.rows) if sweep % 2 else self.rows:
                wanted = [fmean([height[other] for other in near[point]] or [height[point]]) for point in row]
                height |= dict(zip(row, _apart(row, wanted), strict=True))
        return {node: round(height[point]) for node, point in self.points.items()}


def arrange(graph: nx.DiGraph[str], first: Iterable[str] = ()) -> dict[str, tuple[int, int]]:
    """{node: (x, y)} on the grid, from (0, 0) to the right and down. `first` stay in the first layer.

    Connected parts stand below each other, nodes without any edge in rows at the bottom.
    """
    places: dict[str, tuple[int, int]] = {}
    keep, position = set(first), {node: number for number, node in enumerate(graph)}
    parts = [sorted(part, key=position.__getitem__) for part in nx.weakly_connected_components(graph)]
    parts.sort(key=lambda part: position[part[0]])
    bottom = 0
    for nodes in parts:
        if len(nodes) > 1:
            layers = _layers(graph, nodes, keep)
            sketch = Sketch(graph.subgraph(nodes), nodes, layers)
            sketch.order()
            heights = sketch.heights()
            top = min(heights.values())
            places |= {node: (layers[node] * COLUMN, heights[node] - top + bottom) for node in nodes}
            bottom += max(heights.values()) - top + ROW
    width = max((x // COLUMN + 1 for x, _ in places.values()), default=4)
    for number, (node,) in enumerate(nodes for nodes in parts if len(nodes) == 1):
        places[node] = (number % width * COLUMN, bottom + number // width * ROW)
    return {node: places[node] for node in graph}


def _layers(graph: nx.DiGraph[str], nodes: Sequence[str], keep: set[str]) -> dict[str, int]:
    """Longest way from a start. A start that may move stands just before its nearest target."""
    layers: dict[str, int] = {}
    for node in nx.topological_sort(graph.subgraph(nodes)):
        layers[node] = max((layers[before] + 1 for before in graph.predecessors(node)), default=0)
    for node in nodes:
        if not graph.in_degree(node) and node not in keep:
            layers[node] = min(layers[after] for after in graph[node]) - 1
    return layers


def _apart(row: Sequence[Point], wanted: Sequence[float]) -> list[float]:
    """Heights nearest to the wanted ones in the least squares sense, in this order and far enough apart.

    With the distances taken off it is a monotone regression: neighbours that want to pass each other are
    pooled at their mean. Rounding a monotone sequence to the grid keeps it monotone.
    """
    offsets = [0]
    for a, b in pairwise(row):
        offsets.append(offsets[-1] + (ROW if a.node and b.node else BESIDE_PATH if a.node or b.node else PATHS))
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    means = [GRID * round(mean / GRID) for mean, count in pools for _ in range(count)]
    return [float(mean + offset) for mean, offset in zip(means, offsets, strict=True)]
