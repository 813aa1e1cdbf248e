"""The numbers of a frame: gathered, measured and written as text without leaving machine code.

A frame is taken ten times a second for each of hundreds of runs, mostly from memory that no cache holds any more. These
calls are so short that they keep the interpreter's lock: to let it go means to wait for it again behind every other thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from worker.engine.kernel.histogram import BUCKETS, low_edge
from worker.engine.layout import Station

CHUNK = 64
CHUNKS = int(BUCKETS) // CHUNK
UNLIMITED = 1 << 29  # slots of a station that never makes anybody wait
DIGITS = 21  # characters of a number at most, with its comma
_BUSY, _LAST, _BUSY_AREA, _CAP = int(Station.BUSY), int(Station.LAST), int(Station.BUSY_AREA), int(Station.CAP)
_COMMA, _MINUS, _ZERO, _OPEN, _CLOSE = (ord(char) for char in ",-0[]")


@njit(cache=True, _nrt=False)
def add_up(arena, starts, addresses, signs, values):  # type: ignore[no-untyped-def]
    """values[i] = sum of the words at addresses[starts[i]:starts[i + 1]], each with its sign."""
    for i in range(values.shape[0]):
        total = np.int64(0)
        for k in range(starts[i], starts[i + 1]):
            total += arena[addresses[k]] * signs[k]
        values[i] = total


@njit(cache=True, _nrt=False)
def highest(arena, starts, addresses, cells, values):  # type: ignore[no-untyped-def]
    """values[cells[i]] = greatest of the words at addresses[starts[i]:starts[i + 1]]; -1 of none."""
    for i in range(cells.shape[0]):
        most = np.int64(-1)
        for k in range(starts[i], starts[i + 1]):
            most = max(most, arena[addresses[k]])
        values[cells[i]] = most


@njit(cache=True, _nrt=False)
def busy_permille(arena, stations, owners, areas, took, now, sums, cells, values):  # type: ignore[no-untyped-def]
    """values[cells[n]] = busy slot-time of node n over its slot-time of the last `took` ns; -1 if it has no limit.

    `areas`: busy slot-ns of each station when that time began. `sums`: two rows of room, a column per node.
    """
    sums[:] = 0.0
    for i in range(owners.shape[0]):
        at = stations[i]
        cap = arena[at + _CAP]
        if cap < UNLIMITED:
            area = arena[at + _BUSY_AREA] + arena[at + _BUSY] * (now - arena[at + _LAST]) - areas[i]
            sums[0, owners[i]] += np.float64(area)
            sums[1, owners[i]] += np.float64(cap * took)
    for n in range(cells.shape[0]):
        if took <= 0:
            values[cells[n]] = 0
        elif sums[1, n] > 0.0:
            values[cells[n]] = min(np.int64(sums[0, n] * 1000.0 / sums[1, n]), 1000)
        else:
            values[cells[n]] = -1


@njit(cache=True, _nrt=False)
def quantiles_us(hist, base, which, qs, chunks, cells, values):  # type: ignore[no-untyped-def]
    """values[cells[row, k]] = quantile qs[k] in us of a histogram since `base`, as quantiles_of has it; -1 of nothing.

    `chunks` is room for the sums of CHUNK buckets each: only those that hold a quantile are walked through.
    """
    for row in range(which.shape[0]):
        at = which[row] * BUCKETS
        total = np.int64(0)
        for c in range(CHUNKS):
            inside = np.int64(0)
            for i in range(CHUNK):
                bucket = np.uint64(at + c * CHUNK + i)
                inside += np.int64(hist[bucket] - base[bucket])
            chunks[c] = inside
            total += inside
        k, before = 0, np.int64(0)
        for c in range(CHUNKS):
            if chunks[c] == 0 or k == qs.shape[0] or qs[k] * total > before + chunks[c]:
                before += chunks[c]
                continue
            for i in range(c * CHUNK, (c + 1) * CHUNK):
                count = np.int64(hist[at + i] - base[at + i])
                if count == 0:
                    continue
                upto = before + count
                while k < qs.shape[0] and qs[k] * total <= upto:
                    share = (qs[k] * total - before) / count
                    low = low_edge(np.int64(i))
                    ns = np.int64(low + (low_edge(np.int64(i + 1)) - low) * share)
                    values[cells[row, k]] = ns // 1000
                    k += 1
                before = upto
        while k < qs.shape[0]:
            values[cells[row, k]] = np.int64(-1) if total == 0 else np.int64(low_edge(BUCKETS)) // 1000
            k += 1


@njit(cache=True, _nrt=False)
def write(values, shapes, text, ends):  # type: ignore[no-untyped-def]
    """Writes matrices as JSON into `text`, ends[i] = where matrix i ends. shapes[i] = rows, columns; rows < 0: one flat list."""
    at, value = 0, 0
    for m in range(shapes.shape[0]):
        flat = shapes[m, 0] < 0
        rows = 1 if flat else shapes[m, 0]
        if not flat:
            text[at] = _OPEN
            at += 1
        for row in range(rows):
            if row:
                text[at] = _COMMA
                at += 1
            text[at] = _OPEN
            at += 1
            for column in range(shapes[m, 1]):
                if column:
                    text[at] = _COMMA
                    at += 1
                at = _number(values[value], text, at)
                value += 1
            text[at] = _CLOSE
            at += 1
        if not flat:
            text[at] = _CLOSE
            at += 1
        ends[m] = at


@njit(cache=True, _nrt=False)
def _number(value, text, at):  # type: ignore[no-untyped-def]
    """Returns where it ends."""
    if value < 0:
        text[at] = _MINUS
        at += 1
        value = -value
    end, rest = at + 1, value // 10
    while rest:
        end += 1
        rest //= 10
    for place in range(end - 1, at - 1, -1):
        text[place] = _ZERO + value % 10
        value //= 10
    return end
