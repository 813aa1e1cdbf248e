"""Stations: joining the queue of a class, and waking who fits after the slots have grown."""

from __future__ import annotations

import numpy as np
from numba import njit

from worker.engine.kernel.state import BUSY, CAP, DEADLINE, LEN, NEXT, NOBODY, PARKED, PREV, ST_HEAD, WIDE, grant
from worker.engine.layout import CLASSES, Station

LIFO, QUEUE_MAX = int(Station.LIFO), int(Station.QUEUE_MAX)
LAST_CLASS = np.int64(CLASSES - 1)


@njit(_nrt=False)
def join(m, station, token, level, now):  # type: ignore[no-untyped-def]
    """Wait for a slot: at the end of the class, or in front of it when the last comes first."""
    at = token * WIDE
    ends = station + ST_HEAD + 2 * min(max(level, np.int64(0)), LAST_CLASS)
    head, tail = m[ends], m[ends + 1]
    if m[station + LIFO] != 0 and head >= 0:
        m[at + PREV], m[at + NEXT] = NOBODY, head
        m[head * WIDE + PREV] = token
        m[ends] = token
    else:
        m[at + PREV], m[at + NEXT] = tail, NOBODY
        if tail >= 0:
            m[tail * WIDE + NEXT] = token
        else:
            m[ends] = token
        m[ends + 1] = token
    m[at + PARKED], m[at + DEADLINE] = 0, now
    m[station + LEN] += 1
    m[station + QUEUE_MAX] = max(m[station + QUEUE_MAX], m[station + LEN])


@njit(cache=True, _nrt=False)
def kick(m, ready, g, station):  # type: ignore[no-untyped-def]
    """Wake whoever fits after the slots have grown."""
    while m[station + LEN] > 0 and m[station + BUSY] < m[station + CAP]:
        grant(m, ready, g, station)
