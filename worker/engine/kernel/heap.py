"""The agenda: packed keys (time - epoch) << 21 | activation in a binary heap that refills its hole.

Most events take one key and put one back, so the root is left open (HOLE) until it is known what comes next.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from worker.engine.layout import TOKEN_BITS, Global

LEN, EPOCH, HOLE = int(Global.HEAP_LEN), int(Global.EPOCH), int(Global.HOLE)
BITS = np.int64(TOKEN_BITS)


@njit(forceinline=True)
def sift_down(heap, n, key):  # type: ignore[no-untyped-def]
    """Put `key` at the root of a heap of n keys whose root is free."""
    at = np.int64(0)
    child = np.int64(1)
    while child < n:
        right = child + 1
        if right < n and heap[np.uint64(right)] < heap[np.uint64(child)]:
            child = right
        if heap[np.uint64(child)] >= key:
            break
        heap[np.uint64(at)] = heap[np.uint64(child)]
        at = child
        child = 2 * at + 1
    heap[np.uint64(at)] = key


@njit(forceinline=True)
def push(heap, g, at_ns, token):  # type: ignore[no-untyped-def]
    """Put an activation on the agenda."""
    key = ((at_ns - g[EPOCH]) << BITS) | token
    n = g[LEN]
    if g[HOLE] != 0:
        g[HOLE] = 0
        sift_down(heap, n, key)
        return
    g[LEN] = n + 1
    at = n
    while at > 0:
        parent = (at - 1) >> np.int64(1)
        if heap[np.uint64(parent)] <= key:
            break
        heap[np.uint64(at)] = heap[np.uint64(parent)]
        at = parent
    heap[np.uint64(at)] = key


@njit(forceinline=True)
def close_hole(heap, g):  # type: ignore[no-untyped-def]
    """Fill the open root from the end."""
    if g[HOLE] != 0:
        g[HOLE] = 0
        n = g[LEN] - 1
        g[LEN] = n
        if n > 0:
            sift_down(heap, n, heap[np.uint64(n)])
