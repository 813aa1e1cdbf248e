"""The agenda, the histograms and the cache, each against a simple model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.program.op import EVICTION
from tests.worker.engine.oracle_cache import HeldKeys
from worker.engine.kernel import ops_cache
from worker.engine.kernel.heap import NEVER, SPARE, close_hole, push
from worker.engine.kernel.histogram import bucket_of, low_edge, percentiles_of, quantiles_of
from worker.engine.kernel.random import word
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
    st.tuples(st.sampled_from(["get", "put", "put", "del", "cap", "flush", "later"]), st.integers(0, KEYS - 1)),
    max_size=200,
)


class Shelf:
    """One cache in an arena of its own, and the oracle's of the same policy with the same draws."""

    def __init__(self, policy: str, room: int = ROOM) -> None:
        self.memory, self.policy, self.room = np.zeros(16 + 3 * KEYS, np.int64), policy, room
        self.memory[[Cache.HEAD, Cache.TAIL, Cache.EVICTED]] = -1
        self.memory[[Cache.CAP, Cache.BASE, Cache.POLICY]] = room, 16, EVICTION[policy]
        self.streams, self.theirs = np.array([99], np.uint64), np.array([99], np.uint64)
        self.state = np.zeros(GLOBAL_WORDS, np.int64)
        self.model = HeldKeys(
            policy, lambda n: (int(word(self.theirs, 0)) >> 32) * n >> 32, lambda: int(self.state[Global.NOW])
        )

    def do(self, what: str, key: int) -> int:
        """The same to both; returns how many were pushed out."""
        args = (self.memory, self.streams, self.state, 0)
        if what == "get":
            assert bool(ops_cache.get(*args, key)) == self.model.touch(key)
        elif what == "put":
            ops_cache.put(*args, key)
            out = self.model.add(key, self.room)
            assert self.memory[Cache.EVICTED] == (out[-1] if out else -1)
            return len(out)
        elif what == "del":
            ops_cache.forget(self.memory, 0, key)
            self.model.remove(key)
        elif what == "cap":
            self.room = key % 7
            ops_cache.resize(*args, self.room)
            return len(self.model.shrink(self.room))
        elif what == "later":
            self.state[Global.NOW] += key * 20_000_000_000
        else:
            ops_cache.flush(self.memory, 0)
            self.model.order.clear()
        return 0

    def keys(self) -> list[int]:
        """What is in, the next to go first; for the dense ones by place. Both ways through must agree."""
        memory = self.memory
        present = [key for key in range(KEYS) if memory[16 + 3 * key + 2]]
        if self.policy in ("random", "lfu"):
            found = [int(memory[16 + 3 * place]) for place in range(memory[Cache.LEN])]
            assert [int(memory[16 + 3 * key + 1]) for key in found] == list(range(len(found)))
        else:
            found = self.walk(Cache.TAIL, 0)
            assert self.walk(Cache.HEAD, 1) == found[::-1]
        assert present == sorted(found)
        return found

    def walk(self, end: Cache, step: int) -> list[int]:
        found, key = [], int(self.memory[end])
        while key >= 0:
            found.append(key)
            key = int(self.memory[16 + 3 * key + step])
        return found


@pytest.mark.parametrize("policy", EVICTION)
@settings(max_examples=100, deadline=None, derandomize=True)
@given(TOUCHES)
def test_a_cache_pushes_out_whom_its_policy_says(policy: str, touches: list[tuple[str, int]]) -> None:
    shelf, evictions = Shelf(policy), 0
    for what, key in touches:
        evictions += shelf.do(what, key)
        assert shelf.keys() == shelf.model.order
        assert shelf.memory[Cache.LEN] == len(shelf.model) and shelf.memory[Cache.EVICTIONS] == evictions
        assert shelf.streams[0] == shelf.theirs[0]


@pytest.mark.parametrize("policy", EVICTION)
@pytest.mark.parametrize("cap", [0, 1])
def test_a_cache_of_no_room_keeps_nothing(cap: int, policy: str) -> None:
    shelf = Shelf(policy, cap)
    for key in (3, 5):
        shelf.do("put", key)
    assert shelf.keys() == [5] * cap


def test_a_use_of_a_key_counts_less_and_less_and_is_forgotten_by_the_minute() -> None:
    """The counter of Redis: about 10 after 100 uses and 18 after 1,000 (its documentation, log factor 10)."""
    shelf = Shelf("lfu")
    shelf.do("put", 3)
    counts = [shelf.do("get", 3) or int(shelf.memory[16 + 9 + 2] >> 1 & 255) for _ in range(1000)]
    assert 8 <= counts[99] <= 14 and 16 <= counts[-1] <= 23 and counts == sorted(counts)
    shelf.state[Global.NOW] += 8 * 60_000_000_000
    shelf.do("get", 3)
    assert counts[-1] - 8 <= int(shelf.memory[16 + 9 + 2] >> 1 & 255) <= counts[-1] - 7
