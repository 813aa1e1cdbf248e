"""Log-linear histograms of ns, 64 buckets an octave, with exact count, sum and maximum beside them."""

from __future__ import annotations

import numpy as np
from numba import njit

from worker.engine.layout import HIST_BUCKETS, HIST_STATS

BUCKETS, STATS = np.int64(HIST_BUCKETS), np.int64(HIST_STATS)
FIRST = np.int64((1023 + 10) << 6)  # 1024 ns


@njit(forceinline=True, cache=True, _nrt=False)
def bucket_of(ns):  # type: ignore[no-untyped-def]
    """Number of the bucket that holds `ns`."""
    at = (np.float64(ns).view(np.int64) >> np.int64(46)) - FIRST
    return min(max(at, np.int64(0)), BUCKETS - 1)


@njit(forceinline=True, _nrt=False)
def record(hist, stats, which, ns, weight):  # type: ignore[no-untyped-def]
    hist[np.uint64(which * BUCKETS + bucket_of(ns))] += np.int32(weight)
    at = which * STATS
    stats[np.uint64(at)] += weight
    stats[np.uint64(at + 1)] += ns * weight
    if ns > stats[np.uint64(at + 2)]:
        stats[np.uint64(at + 2)] = ns


@njit(forceinline=True, _nrt=False)
def low_edge(bucket):  # type: ignore[no-untyped-def]
    """Smallest ns of a bucket; 0 for the first, which also holds everything below 1024 ns."""
    if bucket <= 0:
        return 0.0
    return np.int64((bucket + FIRST) << np.int64(46)).view(np.float64)


@njit(cache=True, nogil=True, _nrt=False)
def quantiles_of(counts, qs, out):  # type: ignore[no-untyped-def]
    """out[i] = quantile qs[i] in ns, linear inside its bucket; -1 for an empty histogram. `qs` rises."""
    total = np.int64(0)
    for i in range(counts.shape[0]):
        total += counts[i]
    if total == 0:
        for k in range(qs.shape[0]):
            out[k] = -1
        return
    k, before = 0, np.int64(0)
    for i in range(counts.shape[0]):
        if counts[i] == 0:
            continue
        upto = before + counts[i]
        while k < qs.shape[0] and qs[k] * total <= upto:
            share = (qs[k] * total - before) / counts[i]
            low = low_edge(np.int64(i))
            out[k] = np.int64(low + (low_edge(np.int64(i + 1)) - low) * share)
            k += 1
        before = upto
    while k < qs.shape[0]:
        out[k] = np.int64(low_edge(BUCKETS))
        k += 1


@njit(cache=True, nogil=True)
def percentiles_of(hist, base, which, qs, out):  # type: ignore[no-untyped-def]
    """Quantiles of several histograms, counted since `base`."""
    counts = np.zeros(BUCKETS, np.int64)
    for row in range(which.shape[0]):
        at = which[row] * BUCKETS
        for i in range(BUCKETS):
            counts[i] = hist[at + i] - base[at + i]
        quantiles_of(counts, qs, out[row])
