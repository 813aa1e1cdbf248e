"""Alias tables: a draw from any discrete law with one random word (Walker 1977; Vose 1991).

An entry is threshold << 32 | alias: the slot itself if 32 random bits are below the threshold, else the alias.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit

from worker.engine.kernel.random import exp, ln


@lru_cache(maxsize=16)
def alias_table(keys: int, alpha: float) -> np.ndarray:
    """int64[keys] for a Zipf law: key k (from 0) is asked for in proportion to 1 / (k + 1)^alpha. Shared, read only."""
    table = np.empty(keys, np.int64)
    fill(table, alpha)
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def fill(table, alpha):  # type: ignore[no-untyped-def]
    n = table.shape[0]
    share = np.empty(n, np.float64)
    total = 0.0
    for k in range(n):
        share[k] = exp(-alpha * ln(np.float64(k + 1)))
        total += share[k]
    small, large = np.empty(n, np.int64), np.empty(n, np.int64)
    smalls = larges = 0
    for k in range(n):
        share[k] *= n / total
        if share[k] < 1.0:
            small[smalls] = k
            smalls += 1
        else:
            large[larges] = k
            larges += 1
    while smalls > 0 and larges > 0:
        smalls -= 1
        low, high = small[smalls], large[larges - 1]
        put(table, low, share[low], high)
        share[high] -= 1.0 - share[low]
        if share[high] < 1.0:
            larges -= 1
            small[smalls] = high
            smalls += 1
    for i in range(larges):
        put(table, large[i], 1.0, large[i])
    for i in range(smalls):
        put(table, small[i], 1.0, small[i])


@njit
def put(table, slot, share, alias):  # type: ignore[no-untyped-def]
    threshold = min(np.uint64(share * 4294967296.0), np.uint64(0xFFFFFFFF))
    table[slot] = np.int64((threshold << np.uint64(32)) | np.uint64(alias))
