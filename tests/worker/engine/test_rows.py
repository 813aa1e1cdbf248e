"""The numbers of a frame against their plain meaning."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.engine.counters import Sums, Table
from worker.engine.kernel.histogram import quantiles_of
from worker.engine.kernel.rows import CHUNKS, add_up, busy_permille, highest, quantiles_us, write
from worker.engine.layout import HIST_BUCKETS, Station

QS = np.array([0.5, 0.95, 0.99])
WORDS = st.integers(-(2**62), 2**62)


def text_of(matrices: list[tuple[int, int, list[int]]]) -> list[str]:
    values = np.array([value for _, _, row in matrices for value in row] or [0], np.int64)
    shapes, ends = np.array([matrix[:2] for matrix in matrices], np.int64), np.zeros(len(matrices), np.int64)
    text = np.zeros(25 * len(values) + 8 * len(matrices), np.uint8)
    write(values, shapes, text, ends)
    written = text[: ends[-1]].tobytes().decode()
    return [written[first:end] for first, end in zip([0, *ends], ends, strict=False)]


@given(st.lists(st.lists(WORDS, min_size=3, max_size=3), max_size=5), st.lists(WORDS, max_size=4))
def test_matrices_are_written_as_json(rows: list[list[int]], flat: list[int]) -> None:
    wanted = [json.dumps(rows, separators=(",", ":")), json.dumps(flat, separators=(",", ":"))]
    assert text_of([(len(rows), 3, [word for row in rows for word in row]), (-1, len(flat), flat)]) == wanted


@pytest.mark.parametrize("value", [0, -1, 9, 10, -10, 99, 100, 2**63 - 1, -(2**63) + 1])
def test_numbers_are_written_whole(value: int) -> None:
    assert text_of([(-1, 1, [value])]) == [f"[{value}]"]


@pytest.mark.parametrize("seed", range(20))
def test_quantiles_are_those_of_the_plain_walk(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hist, base = np.zeros(3 * HIST_BUCKETS, np.int32), np.zeros(3 * HIST_BUCKETS, np.int32)
    for _ in range(rng.integers(0, 200)):
        bucket = int(np.clip(rng.normal(HIST_BUCKETS / 2, 200), 0, HIST_BUCKETS - 1))
        hist[HIST_BUCKETS + bucket] += rng.integers(1, 50)
    hist[2 * HIST_BUCKETS :] = base[2 * HIST_BUCKETS :] = 7  # nothing since the base
    base[HIST_BUCKETS : 2 * HIST_BUCKETS] = hist[HIST_BUCKETS : 2 * HIST_BUCKETS] // rng.integers(2, 9)
    values = np.full(9, -5, np.int64)
    cells = np.arange(9, dtype=np.int64).reshape(3, 3)
    quantiles_us(hist, base, np.arange(3), QS, np.zeros(CHUNKS, np.int64), cells, values)
    for row in range(3):
        counts, out = (
            (hist - base)[row * HIST_BUCKETS : (row + 1) * HIST_BUCKETS].astype(np.int64),
            np.zeros(3, np.int64),
        )
        quantiles_of(counts, QS, out)
        assert values[3 * row : 3 * row + 3].tolist() == [-1 if ns < 0 else ns // 1000 for ns in out.tolist()]


def test_sums_have_signs() -> None:
    arena = np.array([5, 7, 11, 13], np.int64)
    values = np.zeros(3, np.int64)
    add_up(arena, np.array([0, 2, 3, 3]), np.array([0, 1, 3]), np.array([1, -1, 1]), values)
    assert values.tolist() == [-2, 13, 0]
    highest(arena, np.array([0, 2, 2]), np.array([1, 2]), np.array([2, 0]), values)
    assert values.tolist() == [-1, 13, 11]


def test_busy_is_the_share_of_the_slots_of_a_node() -> None:
    arena = np.zeros(3 * 64, np.int64)
    for at, cap, busy, area in ((0, 4, 2, 1000), (64, 4, 4, 0), (128, 1 << 29, 9, 0)):
        arena[at + Station.CAP], arena[at + Station.BUSY], arena[at + Station.BUSY_AREA] = cap, busy, area
    values = np.zeros(2, np.int64)
    stations, owners, areas = np.array([0, 64, 128]), np.array([0, 0, 1]), np.array([200, 0, 0])
    busy_permille(arena, stations, owners, areas, 1000, 1000, np.zeros((2, 2)), np.arange(2), values)
    assert values.tolist() == [(1000 + 2 * 1000 - 200 + 4 * 1000) * 1000 // (8 * 1000), -1]
    busy_permille(arena, stations, owners, areas, 0, 1000, np.zeros((2, 2)), np.arange(2), values)
    assert values.tolist() == [0, 0]


def test_a_table_lays_its_matrices_one_after_another() -> None:
    table = Table()
    table.add(("a", "b"), [{"a": [0, 1]}, {"b": [2, ~0]}])
    table.add(("c",), [{"c": [3]}], flat=True)
    table.seal()
    add_up(np.array([5, 7, 11, 13], np.int64), table.starts, table.addresses, table.signs, table.values)
    assert table.text() == ["[[12,0],[0,6]]", "[13]"]
    assert (table.cells(0, "b").tolist(), table.spare) == ([1, 3], 5)


def test_sums_know_whether_they_add_up_anything() -> None:
    assert Sums([{"a": [1]}, {}], ("a",)).any
    assert not Sums([{"a": []}], ("a", "b")).any
