"""Waiting for others: wait queues, replies of parallel calls, time-outs, paused nodes."""

from __future__ import annotations

import numpy as np
from numba import njit

from components.program.op import REASON
from worker.engine.kernel.heap import push
from worker.engine.kernel.state import (
    AWAITING,
    CHILD,
    DEADLINE,
    FARTHEST,
    GEN,
    GROW,
    HOLD,
    IN_QUEUE,
    INBOX,
    L_ARMED,
    L_DURATION,
    L_HEAD,
    LIFE,
    LINK,
    LINK_TIMERS,
    NEXT,
    NOBODY,
    NOW,
    OUTSTANDING,
    PARKED,
    PC,
    Q_HEAD,
    Q_LEN,
    R0,
    READY_HEAD,
    READY_LEN,
    READY_MASK,
    SELF,
    STATUS,
    TAG,
    TRACED,
    WAITED,
    WIDE,
    arm,
    enqueue,
    make_ready,
    note,
    release_line,
    since,
    unpark,
    unqueue,
)  # fmt: skip
from worker.engine.layout import Link, Node, Span

FAILED, TIMEOUTS, TARGET = int(Link.FAILED), int(Link.TIMEOUTS), int(Link.TARGET_SELF)
L_WAITED = int(Link.WAITED)
ORIGINS, WAITING, AWAITING_NS = int(Node.ORIGINS), int(Node.WAITING), int(Node.AWAITING)
SPAN_EXPIRED, SPAN_WAITED = int(Span.EXPIRED), int(Span.WAITED)
TIMEOUT, LOST = np.int64(REASON["timeout"]), np.int64(REASON["lost"])
OP_WIDTH = np.int64(6)
MESSAGE = np.int64(4)


@njit(forceinline=True, cache=True, _nrt=False)
def resume_at(m, prog, at):  # type: ignore[no-untyped-def]
    """The instruction after a blocking one: its target (second operand) when STATUS says so, else the next."""
    pc = m[np.uint64(at + PC)]
    target = prog[np.uint64(pc * OP_WIDTH + 2)]
    return target if m[np.uint64(at + STATUS)] != 0 and target >= 0 else pc + 1


@njit(_nrt=False)
def expire(m, prog, ready, g, token):  # type: ignore[no-untyped-def]
    """The time of a parked activation is over."""
    at = token * WIDE
    timers = m[at + PARKED]
    child = m[at + CHILD]
    began = since(m, at)
    unpark(m, token)
    m[at + STATUS] = TIMEOUT
    if m[at + GEN] & TRACED:
        note(g, SPAN_EXPIRED, token, child, began, 0)
    if child <= IN_QUEUE:
        unqueue(m, IN_QUEUE - child, token)
        if m[at + LINK] != 0:
            m[m[at + SELF] + WAITING] += g[NOW] - began
    elif child == AWAITING:
        awaited(m, g, at, began)
    else:
        blame_timeout(m, timers - LINK_TIMERS, child)
        m[at + GEN] += LIFE
        m[at + WAITED] += g[NOW] - began
        if m[at + LINK] != 0:
            m[timers - LINK_TIMERS + L_WAITED] += g[NOW] - began
    m[at + CHILD] = NOBODY
    m[at + PC] = resume_at(m, prog, at)
    make_ready(ready, g, token)


@njit(forceinline=True, _nrt=False)
def awaited(m, g, at, began):  # type: ignore[no-untyped-def]
    """The activation stood in AWAIT: however many calls were under way, it is one waiting."""
    m[np.uint64(at + WAITED)] += g[NOW] - began
    if m[np.uint64(at + LINK)] != 0:
        m[np.uint64(m[np.uint64(at + SELF)] + AWAITING_NS)] += g[NOW] - began


@njit(_nrt=False)
def blame_timeout(m, link, child):  # type: ignore[no-untyped-def]
    """Count a time-out on its link, and as the origin where the request hangs: the last in the chain of calls."""
    m[link + TIMEOUTS] += 1
    m[link + OUTSTANDING] -= 1
    m[m[link + FAILED] + TIMEOUT] += 1
    if child < 0:
        m[m[link + TARGET] + ORIGINS + LOST] += 1
        return
    while m[child * WIDE + CHILD] >= 0:
        child = m[child * WIDE + CHILD]
    node = m[child * WIDE + SELF]
    if node == 0:  # its answer is on the way back
        node = m[m[child * WIDE + LINK] + TARGET]
    m[node + ORIGINS + TIMEOUT] += 1


@njit(_nrt=False)
def fire_timers(m, prog, heap, ready, g, token):  # type: ignore[no-untyped-def]
    """A timer list's turn on the agenda: whoever is due, then stand there again for the next."""
    timers = m[token * WIDE + LINK]
    m[timers + L_ARMED] = 0
    while m[timers + L_HEAD] >= 0 and m[m[timers + L_HEAD] * WIDE + DEADLINE] <= g[NOW]:
        expire(m, prog, ready, g, m[timers + L_HEAD])
    if m[timers + L_HEAD] >= 0:
        m[timers + L_ARMED] = 1
        push(heap, g, min(m[m[timers + L_HEAD] * WIDE + DEADLINE], g[NOW] + FARTHEST), token)


@njit(cache=True, _nrt=False)
def hold(m, node, token, now):  # type: ignore[no-untyped-def]
    """The node stands still; what would run now runs when it goes on."""
    m[token * WIDE + DEADLINE] = now
    enqueue(m, node + HOLD, token)


@njit(_nrt=False)
def park_in(m, heap, g, queue, timers, token, pc):  # type: ignore[no-untyped-def]
    """WAIT."""
    at = token * WIDE
    m[at + PC] = pc
    enqueue(m, queue, token)
    m[at + CHILD] = IN_QUEUE - queue
    m[at + PARKED], m[at + DEADLINE] = 0, g[NOW]
    if timers > 0 and m[timers + L_DURATION] >= 0:
        m[at + PARKED] = timers
        arm(m, heap, g, timers, token)


@njit(_nrt=False)
def notify(m, ready, g, queue, count):  # type: ignore[no-untyped-def]
    """NOTIFY: the first `count` (-1 = all) run on, STATUS ok."""
    left = m[queue + Q_LEN] if count < 0 else min(count, m[queue + Q_LEN])
    while left > 0:
        token = m[queue + Q_HEAD]
        at = token * WIDE
        unqueue(m, queue, token)
        if m[at + LINK] != 0:
            m[m[at + SELF] + WAITING] += g[NOW] - since(m, at)
        if m[at + GEN] & TRACED:
            note(g, SPAN_WAITED, token, since(m, at), queue, 0)
        unpark(m, token)
        m[at + CHILD] = NOBODY
        m[at + STATUS] = 0
        m[at + PC] += 1
        make_ready(ready, g, token)
        left -= 1


@njit(_nrt=False)
def into_inbox(m, parent, child):  # type: ignore[no-untyped-def]
    """A reply to a caller that is busy; the oldest is read first."""
    m[child * WIDE + NEXT] = NOBODY
    last = m[parent * WIDE + INBOX]
    if last < 0:
        m[parent * WIDE + INBOX] = child
        return
    while m[last * WIDE + NEXT] >= 0:
        last = m[last * WIDE + NEXT]
    m[last * WIDE + NEXT] = child


@njit(_nrt=False)
def read_reply(m, g, parent, child):  # type: ignore[no-untyped-def]
    """Give a reply of a parallel call to its caller. Returns its tag."""
    at, at_child = parent * WIDE, child * WIDE
    status = m[at_child + STATUS]
    m[at + STATUS] = status
    if status == 0:
        for r in range(MESSAGE):
            m[at + R0 + r] = m[at_child + R0 + r]
    tag = m[at_child + TAG]
    release_line(m, g, child)
    return tag


@njit(_nrt=False)
def take_reply(m, g, token):  # type: ignore[no-untyped-def]
    """The oldest reply in the inbox: its tag, or -1."""
    child = m[token * WIDE + INBOX]
    if child < 0:
        return np.int64(-1)
    m[token * WIDE + INBOX] = m[child * WIDE + NEXT]
    return read_reply(m, g, token, child)


@njit(_nrt=False)
def park_for_reply(m, heap, g, timers, token, pc):  # type: ignore[no-untyped-def]
    """AWAIT with an empty inbox."""
    at = token * WIDE
    m[at + PC] = pc
    m[at + CHILD] = AWAITING
    m[at + PARKED], m[at + DEADLINE] = 0, g[NOW]
    if timers > 0 and m[timers + L_DURATION] >= 0:
        m[at + PARKED] = timers
        arm(m, heap, g, timers, token)


@njit(_nrt=False)
def wait_for_lines(m, ready, g, token, pc):  # type: ignore[no-untyped-def]
    """Stop in front of an op that takes a line; after the growth this activation is the first to go on."""
    head = (g[READY_HEAD] - 1) & g[READY_MASK]
    ready[head] = token
    g[READY_HEAD] = head
    g[READY_LEN] += 1
    m[token * WIDE + PC] = pc
    return GROW
