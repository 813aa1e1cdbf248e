"""A real LRU: three words a key (previous, next, present), most recent first."""

from __future__ import annotations

import numpy as np
from numba import njit

from worker.engine.layout import Cache

HEAD, TAIL, LEN, CAP, BASE, EVICTED, EVICTIONS = (int(word) for word in Cache)
KEY_WORDS = np.int64(3)
NOBODY = np.int64(-1)


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
def get(m, cache, key):  # type: ignore[no-untyped-def]
    """Touch a key; is it there?"""
    if m[m[cache + BASE] + key * KEY_WORDS + 2] == 0:
        return False
    if m[cache + HEAD] != key:
        unlink(m, cache, key)
        to_front(m, cache, key)
    return True


@njit(_nrt=False)
def forget(m, cache, key):  # type: ignore[no-untyped-def]
    at = m[cache + BASE] + key * KEY_WORDS
    if m[at + 2] != 0:
        unlink(m, cache, key)
        m[at + 2] = 0
        m[cache + LEN] -= 1


@njit(_nrt=False)
def shrink(m, cache, room):  # type: ignore[no-untyped-def]
    """Push out the least recently used until at most `room` are left."""
    while m[cache + LEN] > room:
        out = m[cache + TAIL]
        forget(m, cache, out)
        m[cache + EVICTED] = out
        m[cache + EVICTIONS] += 1


@njit(_nrt=False)
def put(m, cache, key):  # type: ignore[no-untyped-def]
    """Insert or touch a key."""
    m[cache + EVICTED] = NOBODY
    if m[cache + CAP] < 1 or get(m, cache, key):
        return
    shrink(m, cache, m[cache + CAP] - 1)
    m[m[cache + BASE] + key * KEY_WORDS + 2] = 1
    m[cache + LEN] += 1
    to_front(m, cache, key)


@njit(cache=True, _nrt=False)
def flush(m, cache):  # type: ignore[no-untyped-def]
    """Empty the cache; what is lost is not counted as evicted."""
    while m[cache + LEN] > 0:
        forget(m, cache, m[cache + TAIL])


@njit(cache=True, _nrt=False)
def resize(m, cache, cap):  # type: ignore[no-untyped-def]
    m[cache + CAP] = cap
    shrink(m, cache, cap)
