from __future__ import annotations

import itertools
import random

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.layers import BENDS, COLUMN, GRID, ROW, Sketch, arrange

Edges = list[tuple[int, int]]
CARD = (192, 80)


def graph(count: int, edges: Edges) -> nx.DiGraph[str]:
    made: nx.DiGraph[str] = nx.DiGraph()
    made.add_nodes_from(f"n{number}" for number in range(count))
    made.add_edges_from((f"n{a}", f"n{b}") for a, b in edges)
    return made


def overlaps(places: dict[str, tuple[int, int]]) -> list[tuple[str, str]]:
    return [
        (a, b)
        for (a, (x, y)), (b, (u, v)) in itertools.combinations(places.items(), 2)
        if abs(x - u) < CARD[0] and abs(y - v) < CARD[1]
    ]


@st.composite
def dags(draw: st.DrawFn) -> nx.DiGraph[str]:
    count = draw(st.integers(1, 14))
    pairs = list(itertools.combinations(range(count), 2))
    return graph(count, draw(st.lists(st.sampled_from(pairs), max_size=25)) if pairs else [])


@given(dags())
def test_cards_stand_apart_on_the_grid_from_left_to_right(dag: nx.DiGraph[str]) -> None:
    places = arrange(dag)
    assert list(places) == list(dag)
    assert overlaps(places) == []
    assert all(x % COLUMN == 0 and y % GRID == 0 for x, y in places.values())
    assert min(x for x, _ in places.values()) == 0
    assert min(y for _, y in places.values()) == 0
    assert all(places[a][0] < places[b][0] for a, b in dag.edges)
    assert arrange(dag) == places


@given(dags())
def test_nodes_of_a_column_keep_the_pitch(dag: nx.DiGraph[str]) -> None:
    columns: dict[int, list[int]] = {}
    for x, y in arrange(dag).values():
        columns.setdefault(x, []).append(y)
    assert all(b - a >= ROW for ys in columns.values() for a, b in itertools.pairwise(sorted(ys)))


def test_chain_is_a_straight_line() -> None:
    assert arrange(graph(4, [(0, 1), (1, 2), (2, 3)])) == {"n0": (0, 0), "n1": (288, 0), "n2": (576, 0), "n3": (864, 0)}


def test_fan_is_symmetric() -> None:
    places = arrange(graph(5, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]))
    assert [places[f"n{number}"][1] for number in range(5)] == [128, 0, 128, 256, 128]


def test_twisted_pairs_are_untwisted() -> None:
    places = arrange(graph(7, [(0, 1), (0, 2), (0, 3), (1, 6), (2, 5), (3, 4)]))
    for a, b in itertools.combinations([("n1", "n6"), ("n2", "n5"), ("n3", "n4")], 2):
        assert (places[a[0]][1] < places[b[0]][1]) == (places[a[1]][1] < places[b[1]][1])


def test_sweeps_never_add_crossings_and_take_most_of_them_away() -> None:
    source = random.Random(7)
    before = after = 0
    for _ in range(20):
        edges = [
            (10 * row + source.randrange(10), 10 * row + 10 + source.randrange(10))
            for row in range(3)
            for _ in range(12)
        ]
        dag = graph(40, edges)
        nodes = [node for node in dag if dag.degree(node)]
        sketch = Sketch(dag, nodes, {node: int(node[1:]) // 10 for node in nodes})
        crossings = sketch.crossings()
        sketch.order()
        assert sketch.crossings() <= crossings
        before, after = before + crossings, after + sketch.crossings()
    assert after < before / 3


def test_crossings_are_counted_as_pairs_of_steps() -> None:
    dag = graph(6, [(0, 5), (1, 4), (2, 3)])
    sketch = Sketch(dag, list(dag), dict(zip(dag, (0, 0, 0, 1, 1, 1), strict=True)))
    assert sketch.crossings() == 3
    sketch.order()
    assert sketch.crossings() == 0


def test_link_over_several_layers_runs_past_the_cards_between() -> None:
    places = arrange(graph(3, [(0, 1), (1, 2), (0, 2)]))
    ends = (places["n0"][1], places["n2"][1])
    passes = sum(ends) / 2
    assert abs(places["n1"][1] - passes) >= CARD[1] / 4


def test_parts_stand_below_each_other_and_single_nodes_at_the_bottom() -> None:
    places = arrange(graph(6, [(0, 1), (2, 3)]))
    assert places["n2"] == (0, 128)
    assert [places["n4"], places["n5"]] == [(0, 256), (288, 256)]


def test_single_nodes_fill_rows_of_four() -> None:
    assert arrange(graph(6, [])) == {
        "n0": (0, 0), "n1": (288, 0), "n2": (576, 0), "n3": (864, 0), "n4": (0, 128), "n5": (288, 128),
    }  # fmt: skip


@pytest.mark.parametrize("links", [250, 2000])
def test_largest_designs_are_laid_out_without_overlap(links: int) -> None:
    source = random.Random(links)
    edges = [(number, number + 1) for number in range(100)]
    edges += [tuple(sorted(source.sample(range(500), 2))) for _ in range(links)]  # type: ignore[misc]
    dag = graph(500, edges)
    places = arrange(dag)
    assert overlaps(places) == []
    bends = sum((places[b][0] - places[a][0]) // COLUMN - 1 for a, b in dag.edges)
    assert (bends > BENDS) == (links == 2000)
