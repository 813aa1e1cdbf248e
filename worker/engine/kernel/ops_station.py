"""Stations: joining the queue, and waking who fits after the slots have grown."""

from __future__ import annotations

from numba import njit

from worker.engine.kernel.state import BUSY, CAP, LEN, NEXT, NOBODY, PARKED, PREV, ST_HEAD, WIDE, grant
from worker.engine.layout import Station

LIFO, QUEUE_MAX, ST_TAIL = int(Station.LIFO), int(Station.QUEUE_MAX), int(Station.TAIL)


@njit(_nrt=False)
def join(m, station, token):  # type: ignore[no-untyped-def]
    """Wait for a slot: at the end, or in front when the last comes first."""
    at = token * WIDE
    head, tail = m[station + ST_HEAD], m[station + ST_TAIL]
    if m[station + LIFO] != 0 and head >= 0:
        m[at + PREV], m[at + NEXT] = NOBODY, head
        m[head * WIDE + PREV] = token
        m[station + ST_HEAD] = token
    else:
        m[at + PREV], m[at + NEXT] = tail, NOBODY
        if tail >= 0:
            m[tail * WIDE + NEXT] = token
        else:
            m[station + ST_HEAD] = token
        m[station + ST_TAIL] = token
    m[at + PARKED] = 0
    m[station + LEN] += 1
    m[station + QUEUE_MAX] = max(m[station + QUEUE_MAX], m[station + LEN])


@njit(cache=True, _nrt=False)
def kick(m, ready, g, station):  # type: ignore[no-untyped-def]
    """Wake whoever fits after the slots have grown."""
    while m[station + LEN] > 0 and m[station + BUSY] < m[station + CAP]:
        grant(m, ready, g, station)
