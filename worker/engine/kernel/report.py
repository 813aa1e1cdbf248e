"""Reading many words of the arena at once, for frames and summaries."""

from __future__ import annotations

import numpy as np
from numba import njit

from worker.engine.layout import Station

_BUSY, _LAST, _BUSY_AREA = int(Station.BUSY), int(Station.LAST), int(Station.BUSY_AREA)
_LEN, _QUEUE_AREA = int(Station.LEN), int(Station.QUEUE_AREA)


@njit(cache=True, nogil=True)
def gather(arena, starts, addresses, out):  # type: ignore[no-untyped-def]
    """out[i] = sum of the words at addresses[starts[i]:starts[i + 1]]."""
    for i in range(out.shape[0]):
        total = np.int64(0)
        for k in range(starts[i], starts[i + 1]):
            total += arena[addresses[k]]
        out[i] = total


@njit(cache=True, nogil=True)
def areas(arena, stations, now, value, area):  # type: ignore[no-untyped-def]
    """The integral up to `now` of one word of each station, from its running area."""
    out = np.zeros(stations.shape[0], np.int64)
    for i in range(stations.shape[0]):
        at = stations[i]
        if at > 0:
            out[i] = arena[at + area] + arena[at + value] * (now - arena[at + _LAST])
    return out


def busy_of(arena: np.ndarray, stations: np.ndarray, now: int) -> np.ndarray:
    """Busy slot-ns of each station since the start."""
    busy: np.ndarray = areas(arena, stations, now, _BUSY, _BUSY_AREA)
    return busy


def queued_of(arena: np.ndarray, stations: np.ndarray, now: int) -> np.ndarray:
    """Waiting request-ns of each station since the start."""
    queued: np.ndarray = areas(arena, stations, now, _LEN, _QUEUE_AREA)
    return queued
