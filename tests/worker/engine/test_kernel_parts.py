"""The agenda, the histograms and the cache, each against a simple model."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.engine.kernel import ops_cache
from worker.engine.kernel.heap import NEVER, SPARE, close_hole, push
from worker.engine.kernel.histogram import bucket_of, low_edge, percentiles_of, quantiles_of
from worker.engine.layout import GLOBAL_WORDS, HIST_BUCKETS, TOKEN_BITS, Cache, Global

STEPS = st.lists(st.one_of(st.integers(0, 1 << 41), st.none()), max_size=300)


class Agenda:
    """The heap as the loop uses it: take the root and leave a hole, push, close what is still open."""

    def __init__(self) -> None:
        self.heap, self.state = np.full(512 + SPARE, NEVER), np.zeros(GLOBAL_WORDS, np.int64)
        self.ids = 0

    def push(self, at_ns: int) -> int:
        self.ids += 1
        push(self.heap, self.state, at_ns, self.ids)
        return at_ns << TOKEN_BITS | self.ids

    def take(self) -> int | None:
        close_hole(self.heap, self.state)
        if self.state[Global.HEAP_LEN] == 0:
            return None
        key = int(self.heap[0])
        self.state[Global.HOLE] = 1
        return key


@settings(max_examples=200, deadline=None, derandomize=True)
@given(STEPS)
def test_keys_leave_the_agenda_in_order(steps: list[int | None]) -> None:
    agenda, model = Agenda(), []
    for step in steps:
        if step is None:
            assert agenda.take() == (model.pop(0) if model else None)
        else:
            model.append(agenda.push(step))
            model.sort()
    while model:
        assert agenda.take() == model.pop(0)
    assert agenda.take() is None
    assert (agenda.heap == NEVER).all()


def test_buckets_are_narrow_and_in_order() -> None:
    for ns in [*range(1024, 5000), *(int(1.07**n) for n in range(110, 400))]:
        if ns >= 1 << 40:
            continue
        at = int(bucket_of(np.int64(ns)))
        low, high = low_edge(np.int64(at)), low_edge(np.int64(at + 1))
        assert low <= ns < high and (at == 0 or (high - low) / low <= 1 / 64)
    assert bucket_of(np.int64(0)) == bucket_of(np.int64(1023)) == 0
    assert bucket_of(np.int64(1 << 40)) == bucket_of(np.int64(1 << 60)) == HIST_BUCKETS - 1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(2048, 10**11), min_size=1, max_size=300))
def test_a_quantile_is_off_by_a_bucket_at_most(times: list[int]) -> None:
    counts = np.zeros(HIST_BUCKETS, np.int64)
    for ns in times:
        counts[bucket_of(np.int64(ns))] += 1
    qs = np.array([0.01, 0.5, 0.9, 0.99, 1.0])
    out = np.zeros(len(qs), np.int64)
    quantiles_of(counts, qs, out)
    exact = np.quantile(times, qs, method="inverted_cdf")
    assert (np.abs(out - exact) <= exact / 64 + 1).all()
    assert (np.diff(out) >= 0).all()


def test_percentiles_count_since_a_base() -> None:
    hist = np.zeros(2 * HIST_BUCKETS, np.int32)
    hist[HIST_BUCKETS + 100] = 10
    base = hist.copy()
    hist[HIST_BUCKETS + 700] += 4
    out = np.zeros((2, 2), np.int64)
    percentiles_of(hist, base, np.array([0, 1]), np.array([0.5, 0.99]), out)
    assert (out[0] == -1).all()
    assert all(low_edge(np.int64(700)) <= ns <= low_edge(np.int64(701)) for ns in out[1])


KEYS, ROOM = 12, 4
TOUCHES = st.lists(
    st.tuples(st.sampled_from(["get", "put", "del", "cap", "flush"]), st.integers(0, KEYS - 1)), max_size=200
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(TOUCHES)
def test_the_cache_is_an_ordered_dict(touches: list[tuple[str, int]]) -> None:
    memory = np.zeros(16 + 3 * KEYS, np.int64)
    memory[[Cache.HEAD, Cache.TAIL, Cache.EVICTED]] = -1
    memory[Cache.CAP], memory[Cache.BASE] = ROOM, 16
    model: OrderedDict[int, None] = OrderedDict()
    room, evictions = ROOM, 0
    for what, key in touches:
        if what == "get":
            assert bool(ops_cache.get(memory, 0, key)) == (key in model)
            if key in model:
                model.move_to_end(key)
        elif what == "put":
            ops_cache.put(memory, 0, key)
            out = -1
            if room:
                if key not in model and len(model) == room:
                    out, evictions = model.popitem(last=False)[0], evictions + 1
                model[key] = None
                model.move_to_end(key)
            assert memory[Cache.EVICTED] == out
        elif what == "del":
            ops_cache.forget(memory, 0, key)
            model.pop(key, None)
        elif what == "cap":
            room = key % 7
            ops_cache.resize(memory, 0, room)
            while len(model) > room:
                model.popitem(last=False)
                evictions += 1
        else:
            ops_cache.flush(memory, 0)
            model.clear()
        assert keys_of(memory) == list(reversed(model))
        assert memory[Cache.LEN] == len(model) and memory[Cache.EVICTIONS] == evictions


def keys_of(memory: np.ndarray) -> list[int]:
    """From the most recent; the way back must agree."""
    found, key = [], int(memory[Cache.HEAD])
    while key >= 0:
        found.append(key)
        key = int(memory[16 + 3 * key + 1])
    back, key = [], int(memory[Cache.TAIL])
    while key >= 0:
        back.append(key)
        key = int(memory[16 + 3 * key])
    assert back == found[::-1]
    assert [key for key in range(KEYS) if memory[16 + 3 * key + 2]] == sorted(found)
    return found


@pytest.mark.parametrize("cap", [0, 1])
def test_a_cache_of_no_room_keeps_nothing(cap: int) -> None:
    memory = np.zeros(16 + 3 * KEYS, np.int64)
    memory[[Cache.HEAD, Cache.TAIL, Cache.EVICTED]] = -1
    memory[Cache.CAP], memory[Cache.BASE] = cap, 16
    for key in (3, 5):
        ops_cache.put(memory, 0, key)
    assert keys_of(memory) == [5] * cap
