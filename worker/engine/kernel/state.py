"""Activations and what they stand in: taking and freeing lines, queues, timer lists, the ready ring."""

from __future__ import annotations

import numpy as np
from numba import njit

from worker.engine.kernel.heap import push
from worker.engine.layout import (
    GLOBAL_WORDS,
    LINE,
    REGISTERS,
    TOKEN_BITS,
    TRACE_WIDTH,
    Global,
    Link,
    Node,
    Queue,
    Span,
    Station,
    Timers,
    Token,
)

PC, PARENT, GEN, T0, ARRIVED, WAITED, LINK = (
    int(getattr(Token, name)) for name in "PC PARENT GEN T0 ARRIVED WAITED LINK".split()
)
NEXT, PREV, TAG, DEADLINE, SELF = (int(getattr(Token, name)) for name in "NEXT PREV TAG DEADLINE SELF".split())
TIMER_PREV, TIMER_NEXT, INBOX, PARKED = (
    int(getattr(Token, name)) for name in "TIMER_PREV TIMER_NEXT INBOX PARKED".split()
)
CHILD, STATUS = int(Token.CHILD), int(Token.STATUS)
R0 = LINE - REGISTERS
WIDE = np.int64(LINE)
MASK = np.int64((1 << TOKEN_BITS) - 1)
BITS = np.int64(TOKEN_BITS)

NOW, FREE, LIVE = int(Global.NOW), int(Global.FREE), int(Global.LIVE)
READY_HEAD, READY_LEN, READY_MASK = int(Global.READY_HEAD), int(Global.READY_LEN), int(Global.READY_MASK)
HIGH_WATER = int(Global.HIGH_WATER)
TRACE_MASK, TRACE_LEN = int(Global.TRACE_MASK), int(Global.TRACE_LEN)
TRACED, LIFE = np.int64(1), np.int64(2)  # of GEN: the bit of a trace, and one life
PAUSED, HOLD, QUEUING = int(Node.PAUSED), int(Node.HOLD_HEAD), int(Node.QUEUING)
SPAN_LATE, SPAN_QUEUED = int(Span.LATE), int(Span.QUEUED)
FIRST_ROW, ROW = np.int64(GLOBAL_WORDS), np.int64(TRACE_WIDTH)
Q_HEAD, Q_TAIL, Q_LEN = int(Queue.HEAD), int(Queue.TAIL), int(Queue.LEN)
L_DURATION, L_HEAD, L_TAIL, L_ARMED, L_TOKEN = (int(word) for word in Timers)
LINK_TIMERS, LATE, OUTSTANDING = int(Link.TIMERS), int(Link.LATE), int(Link.OUTSTANDING)
CAP, BUSY, LEN, LAST = int(Station.CAP), int(Station.BUSY), int(Station.LEN), int(Station.LAST)
BUSY_AREA, QUEUE_AREA, ST_HEAD = int(Station.BUSY_AREA), int(Station.QUEUE_AREA), int(Station.HEAD)

REACHED, GROW, SPENT, BROKEN = (np.int64(n) for n in range(4))  # how a call of the loop ends
DELIVER_PC, TIMER_PC, NAP_PC = np.int64(-1), np.int64(-2), np.int64(-3)
NOBODY, LOST_CHILD, AWAITING = np.int64(-1), np.int64(-2), np.int64(-3)
IN_QUEUE = np.int64(-16)  # CHILD of an activation in a wait queue: IN_QUEUE - address of the queue
RUNNING, PARKED_FOREVER = np.int64(-1), np.int64(0)
FARTHEST = np.int64(1 << 40)  # ns ahead of now that a key may lie; what lasts longer is cut into naps


@njit(cache=True, _nrt=False)
def note(g, what, token, a, b, c):  # type: ignore[no-untyped-def]
    """A row of the trace that the activation belongs to. The ring is emptied between two calls of the kernel."""
    at = FIRST_ROW + (g[TRACE_LEN] & g[TRACE_MASK]) * ROW
    g[at], g[at + 1], g[at + 2], g[at + 3], g[at + 4], g[at + 5] = what, g[NOW], token, a, b, c
    g[TRACE_LEN] += 1


@njit(forceinline=True, cache=True, _nrt=False)
def gone(m, caller):  # type: ignore[no-untyped-def]
    """Has the activation that `caller` names ended or stopped waiting? Whether it is traced makes no difference."""
    return (m[np.uint64((caller & MASK) * WIDE + GEN)] ^ (caller >> BITS)) > TRACED


@njit(forceinline=True, _nrt=False)
def spend(m, g, at, word, ns, span):  # type: ignore[no-untyped-def]
    """A request begins to spend `ns` on something: its node counts it in `word`. `span` 0 is no row of a trace."""
    if m[np.uint64(at + LINK)] != 0:
        m[np.uint64(word)] += ns
        if span and m[np.uint64(at + GEN)] & TRACED:
            note(g, span, at // WIDE, ns, 0, 0)


@njit(forceinline=True, cache=True, _nrt=False)
def since(m, at):  # type: ignore[no-untyped-def]
    """When a parked activation began to wait."""
    timers = m[np.uint64(at + PARKED)]
    began = m[np.uint64(at + DEADLINE)]
    return began - m[np.uint64(timers + L_DURATION)] if timers > 0 else began


@njit(forceinline=True, cache=True, _nrt=False)
def take(m, g):  # type: ignore[no-untyped-def]
    """A free line; there is always one, the machine grows in time."""
    token = g[FREE]
    at = token * WIDE
    g[FREE] = m[np.uint64(at + NEXT)]
    live = g[LIVE] + 1
    g[LIVE] = live
    if live > g[HIGH_WATER]:
        g[HIGH_WATER] = live
    m[np.uint64(at + WAITED)] = 0
    m[np.uint64(at + INBOX)] = NOBODY
    m[np.uint64(at + PARKED)] = RUNNING
    m[np.uint64(at + CHILD)] = NOBODY
    m[np.uint64(at + STATUS)] = 0
    return token


@njit(forceinline=True, _nrt=False)
def put_free(m, g, token):  # type: ignore[no-untyped-def]
    at = token * WIDE
    m[np.uint64(at + GEN)] = (m[np.uint64(at + GEN)] | TRACED) + TRACED
    m[np.uint64(at + SELF)] = 0
    m[np.uint64(at + PC)] = TIMER_PC
    m[np.uint64(at + NEXT)] = g[FREE]
    g[FREE] = token
    g[LIVE] -= 1


@njit(cache=True, _nrt=False)
def free_inbox(m, g, at):  # type: ignore[no-untyped-def]
    """Replies that nobody will read."""
    reply = m[at + INBOX]
    while reply >= 0:
        following = m[reply * WIDE + NEXT]
        put_free(m, g, reply)
        reply = following
    m[at + INBOX] = NOBODY


@njit(forceinline=True, cache=True, _nrt=False)
def release_line(m, g, token):  # type: ignore[no-untyped-def]
    """End an activation."""
    at = token * WIDE
    if m[np.uint64(at + INBOX)] >= 0:
        free_inbox(m, g, at)
    put_free(m, g, token)


@njit(forceinline=True, cache=True, _nrt=False)
def make_ready(ready, g, token):  # type: ignore[no-untyped-def]
    """Runs later in this same instant, after those that are ready already."""
    n = g[READY_LEN]
    ready[np.uint64((g[READY_HEAD] + n) & g[READY_MASK])] = token
    g[READY_LEN] = n + 1


@njit(forceinline=True, _nrt=False)
def enqueue(m, queue, token):  # type: ignore[no-untyped-def]
    """Last place of a wait queue."""
    at = token * WIDE
    tail = m[np.uint64(queue + Q_TAIL)]
    m[np.uint64(at + PREV)] = tail
    m[np.uint64(at + NEXT)] = NOBODY
    if tail >= 0:
        m[np.uint64(tail * WIDE + NEXT)] = token
    else:
        m[np.uint64(queue + Q_HEAD)] = token
    m[np.uint64(queue + Q_TAIL)] = token
    m[np.uint64(queue + Q_LEN)] += 1


@njit(forceinline=True, cache=True, _nrt=False)
def unqueue(m, queue, token):  # type: ignore[no-untyped-def]
    """Leave a wait queue, from any place."""
    at = token * WIDE
    before, after = m[np.uint64(at + PREV)], m[np.uint64(at + NEXT)]
    if before >= 0:
        m[np.uint64(before * WIDE + NEXT)] = after
    else:
        m[np.uint64(queue + Q_HEAD)] = after
    if after >= 0:
        m[np.uint64(after * WIDE + PREV)] = before
    else:
        m[np.uint64(queue + Q_TAIL)] = before
    m[np.uint64(queue + Q_LEN)] -= 1


@njit(forceinline=True, _nrt=False)
def arm(m, heap, g, timers, token):  # type: ignore[no-untyped-def]
    """Start the list's time for a parked activation. The list's own activation stands on the agenda for its head."""
    at = token * WIDE
    deadline = g[NOW] + m[np.uint64(timers + L_DURATION)]
    tail = m[np.uint64(timers + L_TAIL)]
    m[np.uint64(at + DEADLINE)] = deadline
    m[np.uint64(at + TIMER_PREV)] = tail
    m[np.uint64(at + TIMER_NEXT)] = NOBODY
    if tail >= 0:
        m[np.uint64(tail * WIDE + TIMER_NEXT)] = token
    else:
        m[np.uint64(timers + L_HEAD)] = token
    m[np.uint64(timers + L_TAIL)] = token
    if m[np.uint64(timers + L_ARMED)] == 0:
        m[np.uint64(timers + L_ARMED)] = 1
        if m[np.uint64(timers + L_TOKEN)] < 0:
            own = take(m, g)
            m[np.uint64(own * WIDE + PC)] = TIMER_PC
            m[np.uint64(own * WIDE + LINK)] = timers
            m[np.uint64(own * WIDE + SELF)] = 0
            m[np.uint64(timers + L_TOKEN)] = own
        push(heap, g, min(deadline, g[NOW] + FARTHEST), m[np.uint64(timers + L_TOKEN)])


@njit(forceinline=True, cache=True, _nrt=False)
def disarm(m, timers, token):  # type: ignore[no-untyped-def]
    """Leave a timer list."""
    at = token * WIDE
    before, after = m[np.uint64(at + TIMER_PREV)], m[np.uint64(at + TIMER_NEXT)]
    if before >= 0:
        m[np.uint64(before * WIDE + TIMER_NEXT)] = after
    else:
        m[np.uint64(timers + L_HEAD)] = after
    if after >= 0:
        m[np.uint64(after * WIDE + TIMER_PREV)] = before
    else:
        m[np.uint64(timers + L_TAIL)] = before


@njit(forceinline=True, _nrt=False)
def unpark(m, token):  # type: ignore[no-untyped-def]
    """The activation waits no longer: leave the timer list if one is running."""
    at = token * WIDE
    timers = m[np.uint64(at + PARKED)]
    if timers > 0:
        disarm(m, timers, token)
    m[np.uint64(at + PARKED)] = RUNNING


@njit(forceinline=True, cache=True, _nrt=False)
def settle(m, station, now):  # type: ignore[no-untyped-def]
    """Bring the integrals of a station up to now."""
    past = now - m[np.uint64(station + LAST)]
    m[np.uint64(station + BUSY_AREA)] += past * m[np.uint64(station + BUSY)]
    m[np.uint64(station + QUEUE_AREA)] += past * m[np.uint64(station + LEN)]
    m[np.uint64(station + LAST)] = now


@njit(forceinline=True, _nrt=False)
def grant(m, ready, g, station):  # type: ignore[no-untyped-def]
    """Somebody waits: the head of the first class that is not empty gets a slot."""
    ends = station + ST_HEAD
    while m[np.uint64(ends)] < 0:
        ends += 2
    token = m[np.uint64(ends)]
    following = m[np.uint64(token * WIDE + NEXT)]
    m[np.uint64(ends)] = following
    if following >= 0:
        m[np.uint64(following * WIDE + PREV)] = NOBODY
    else:
        m[np.uint64(ends + 1)] = NOBODY
    m[np.uint64(station + LEN)] -= 1
    m[np.uint64(station + BUSY)] += 1
    at = token * WIDE
    m[np.uint64(at + PARKED)] = RUNNING
    if m[np.uint64(at + LINK)] != 0:
        m[np.uint64(m[np.uint64(at + SELF)] + QUEUING)] += g[NOW] - m[np.uint64(at + DEADLINE)]
        if m[np.uint64(at + GEN)] & TRACED:
            note(g, SPAN_QUEUED, token, m[np.uint64(at + DEADLINE)], station, 0)
    make_ready(ready, g, token)


@njit(forceinline=True, cache=True, _nrt=False)
def late(m, g, child):  # type: ignore[no-untyped-def]
    """The caller has gone; the work was for nothing."""
    link = m[np.uint64(child * WIDE + LINK)]
    if m[np.uint64(child * WIDE + GEN)] & TRACED:
        note(g, SPAN_LATE, child, 0, 0, 0)
    if link != 0:
        m[np.uint64(link + LATE)] += 1
        if m[np.uint64(child * WIDE + TAG)] >= 0:
            m[np.uint64(link + OUTSTANDING)] -= 1
    release_line(m, g, child)
