"""Real caches of four policies, three words a key. What a word means depends on the policy.

lru, fifo: a list of keys, newest first: previous, next, present. random, lfu: a dense array of the keys that are in:
word 0 of entry i = the key at place i, word 1 of a key = its place; word 2 = present, and for lfu its counter.
lfu is that of Redis 4 (antirez 2017): eight bits that rise ever more seldom and fall by one a minute, and of five keys
drawn at random the one with the lowest goes.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from components.program.op import EVICTION
from worker.engine.kernel.random import below, word
from worker.engine.layout import NS, Cache, Global

HEAD, TAIL, LEN, CAP, BASE, EVICTED, EVICTIONS, POLICY, STREAM = (int(w) for w in Cache)
LRU, FIFO, RANDOM, LFU = (np.int64(EVICTION[name]) for name in ("lru", "fifo", "random", "lfu"))
NOW = int(Global.NOW)
KEY_WORDS = np.int64(3)
NOBODY = np.int64(-1)
MINUTE = np.int64(60 * NS)
FRESH, MOST, FACTOR, SAMPLES = np.int64(5), np.int64(255), np.int64(10), np.int64(5)
COUNT_SHIFT, MINUTE_SHIFT = np.int64(1), np.int64(16)


@njit(_nrt=False)
def unlink(m, cache, key):  # type: ignore[no-untyped-def]
    base = m[cache + BASE]
    at = base + key * KEY_WORDS
    before, after = m[at], m[at + 1]
    if before >= 0:
        m[base + before * KEY_WORDS + 1] = after
    else:
        m[cache + HEAD] = after
    if after >= 0:
        m[base + after * KEY_WORDS] = before
    else:
        m[cache + TAIL] = before


@njit(_nrt=False)
def to_front(m, cache, key):  # type: ignore[no-untyped-def]
    base = m[cache + BASE]
    at, head = base + key * KEY_WORDS, m[cache + HEAD]
    m[at], m[at + 1] = NOBODY, head
    if head >= 0:
        m[base + head * KEY_WORDS] = key
    else:
        m[cache + TAIL] = key
    m[cache + HEAD] = key


@njit(_nrt=False)
def counted(entry, now):  # type: ignore[no-untyped-def]
    """The counter of an lfu entry, less one for each minute since its last use."""
    return max(np.int64(0), ((entry >> COUNT_SHIFT) & MOST) - (now // MINUTE - (entry >> MINUTE_SHIFT)))


@njit(_nrt=False)
def used(m, rng, cache, at, now):  # type: ignore[no-untyped-def]
    """One more use of an lfu key: the counter rises with probability 1 / (1 + 10 (counter - 5))."""
    count = counted(m[at + 2], now)
    if count < MOST and below(word(rng, m[cache + STREAM]), max(np.int64(0), count - FRESH) * FACTOR + 1) == 0:
        count += 1
    m[at + 2] = now // MINUTE << MINUTE_SHIFT | count << COUNT_SHIFT | np.int64(1)


@njit(_nrt=False)
def get(m, rng, g, cache, key):  # type: ignore[no-untyped-def]
    """Touch a key; is it there?"""
    at = m[cache + BASE] + key * KEY_WORDS
    if m[at + 2] == 0:
        return False
    policy = m[cache + POLICY]
    if policy == LRU:
        if m[cache + HEAD] != key:
            unlink(m, cache, key)
            to_front(m, cache, key)
    elif policy == LFU:
        used(m, rng, cache, at, g[NOW])
    return True


@njit(_nrt=False)
def forget(m, cache, key):  # type: ignore[no-untyped-def]
    base = m[cache + BASE]
    at = base + key * KEY_WORDS
    if m[at + 2] == 0:
        return
    m[at + 2] = 0
    m[cache + LEN] -= 1
    if m[cache + POLICY] <= FIFO:
        unlink(m, cache, key)
        return
    place, last = m[at + 1], m[base + m[cache + LEN] * KEY_WORDS]
    m[base + place * KEY_WORDS] = last
    m[base + last * KEY_WORDS + 1] = place


@njit(_nrt=False)
def victim(m, rng, g, cache):  # type: ignore[no-untyped-def]
    """Who goes next: the last of the list; anyone; the least used of a few drawn."""
    policy = m[cache + POLICY]
    if policy <= FIFO:
        return m[cache + TAIL]
    base, stream = m[cache + BASE], m[cache + STREAM]
    found = m[base + below(word(rng, stream), m[cache + LEN]) * KEY_WORDS]
    if policy == LFU:
        least = counted(m[base + found * KEY_WORDS + 2], g[NOW])
        for _ in range(SAMPLES - 1):
            other = m[base + below(word(rng, stream), m[cache + LEN]) * KEY_WORDS]
            uses = counted(m[base + other * KEY_WORDS + 2], g[NOW])
            if uses < least:
                found, least = other, uses
    return found


@njit(_nrt=False)
def shrink(m, rng, g, cache, room):  # type: ignore[no-untyped-def]
    """Push out keys until at most `room` are left."""
    while m[cache + LEN] > room:
        out = victim(m, rng, g, cache)
        forget(m, cache, out)
        m[cache + EVICTED] = out
        m[cache + EVICTIONS] += 1


@njit(_nrt=False)
def put(m, rng, g, cache, key):  # type: ignore[no-untyped-def]
    """Insert a key, or touch the one that is there."""
    m[cache + EVICTED] = NOBODY
    if m[cache + CAP] < 1 or get(m, rng, g, cache, key):
        return
    shrink(m, rng, g, cache, m[cache + CAP] - 1)
    base, policy = m[cache + BASE], m[cache + POLICY]
    at = base + key * KEY_WORDS
    m[at + 2] = 1
    if policy <= FIFO:
        to_front(m, cache, key)
    else:
        m[base + m[cache + LEN] * KEY_WORDS] = key
        m[at + 1] = m[cache + LEN]
        if policy == LFU:
            m[at + 2] = g[NOW] // MINUTE << MINUTE_SHIFT | FRESH << COUNT_SHIFT | np.int64(1)
    m[cache + LEN] += 1


@njit(cache=True, _nrt=False)
def flush(m, cache):  # type: ignore[no-untyped-def]
    """Empty the cache; what is lost is not counted as evicted."""
    while m[cache + LEN] > 0:
        last = m[m[cache + BASE] + (m[cache + LEN] - 1) * KEY_WORDS]
        forget(m, cache, m[cache + TAIL] if m[cache + POLICY] <= FIFO else last)


@njit(cache=True, _nrt=False)
def resize(m, rng, g, cache, cap):  # type: ignore[no-untyped-def]
    m[cache + CAP] = cap
    shrink(m, rng, g, cache, cap)
