"""Calls: a child on its way, its answer on the way back, and activations that nobody waits for."""

from __future__ import annotations

import numpy as np
from numba import njit

from components.program.op import REASON
from worker.engine.kernel.heap import push
from worker.engine.kernel.histogram import record
from worker.engine.kernel.random import ln, unit, word
from worker.engine.kernel.state import (
    ARRIVED,
    BITS,
    CHILD,
    DELIVER_PC,
    FARTHEST,
    GEN,
    INBOX,
    L_DURATION,
    LIFE,
    LINK,
    LINK_TIMERS,
    LOST_CHILD,
    MASK,
    NOBODY,
    NOW,
    OUTSTANDING,
    PARENT,
    PC,
    R0,
    SELF,
    STATUS,
    T0,
    TAG,
    TRACED,
    WAITED,
    WIDE,
    free_inbox,
    gone,
    late,
    make_ready,
    note,
    release_line,
    take,
)  # fmt: skip
from worker.engine.layout import CONTEXT, REGISTERS, Global, Link, Node, Span, Totals

TARGET_PC, TARGET_SELF, OUT, BACK = int(Link.TARGET_PC), int(Link.TARGET_SELF), int(Link.OUT), int(Link.BACK)
OUT_JITTER, BACK_JITTER = int(Link.OUT_JITTER), int(Link.BACK_JITTER)
OUT_LOSS, BACK_LOSS, LOST = int(Link.OUT_LOSS), int(Link.BACK_LOSS), int(Link.LOST)
STREAM, L_HIST, CALLS = int(Link.STREAM), int(Link.HIST), int(Link.CALLS)
L_OK, L_FAILED, QUIET = int(Link.OK), int(Link.FAILED), int(Link.QUIET)
NETWORK, SOJOURN = int(Link.NETWORK), int(Link.SOJOURN)
SPAN_CALLED, SPAN_ASKED, SPAN_SENT = int(Span.CALLED), int(Span.ASKED), int(Span.SENT)
SPAN_LOST, SPAN_REPLIED, SPAN_MET = int(Span.LOST), int(Span.REPLIED), int(Span.MET)
SPAN_RESPONDED, SPAN_FORKED = int(Span.RESPONDED), int(Span.FORKED)
N_HIST, DONE, FAILED, ORIGINS = int(Node.HIST), int(Node.DONE), int(Node.FAILED), int(Node.ORIGINS)
T_HIST, T_OK, T_FAILED, T_SPENT = int(Totals.HIST), int(Totals.OK), int(Totals.FAILED), int(Totals.SPENT)
TRACE_EVERY, TRACE_LEFT = int(Global.TRACE_EVERY), int(Global.TRACE_LEFT)
SPAN_BEGUN, SPAN_COUNTED = int(Span.BEGUN), int(Span.COUNTED)
ROOT_LINK = np.int64(-1)
LOST_STATUS = np.int64(REASON["lost"])
U32 = np.uint64(32)


@njit(forceinline=True, _nrt=False)
def travel(m, rng, link, base, jitter):  # type: ignore[no-untyped-def]
    """ns that a message takes."""
    mean = m[np.uint64(link + jitter)]
    delay = m[np.uint64(link + base)]
    if mean > 0:
        delay += np.int64(min(-ln(unit(word(rng, m[np.uint64(link + STREAM)]))) * np.float64(mean), 1.0e12))
    return min(delay, FARTHEST)


@njit(forceinline=True, _nrt=False)
def is_lost(m, rng, link, loss):  # type: ignore[no-untyped-def]
    p = m[np.uint64(link + loss)]
    return p > 0 and np.int64(word(rng, m[np.uint64(link + STREAM)]) >> U32) < p


@njit(forceinline=True, _nrt=False)
def launch(m, heap, rng, g, link, parent, tag, at):  # type: ignore[no-untyped-def]
    """A child on its way over a link; its id, or LOST_CHILD. Without a timer a loss comes back as one."""
    m[np.uint64(link + CALLS)] += 1
    child = take(m, g)
    c = child * WIDE
    now = g[NOW]
    delay = travel(m, rng, link, OUT, OUT_JITTER)
    m[np.uint64(c + PC)] = m[np.uint64(link + TARGET_PC)]
    m[np.uint64(c + PARENT)] = parent
    m[np.uint64(c + T0)] = now
    m[np.uint64(c + ARRIVED)] = now + delay
    m[np.uint64(c + LINK)] = link
    m[np.uint64(c + TAG)] = tag
    m[np.uint64(c + SELF)] = m[np.uint64(link + TARGET_SELF)]
    for r in range(CONTEXT):
        m[np.uint64(c + R0 + r)] = m[np.uint64(at + R0 + r)]
    if m[np.uint64(at + GEN)] & TRACED:
        follow(m, g, child, at // WIDE, link, parent, tag)
    if is_lost(m, rng, link, OUT_LOSS):
        if lose(m, g, link, child):
            return LOST_CHILD
        delay += m[np.uint64(link + BACK)]
    m[np.uint64(link + NETWORK)] += delay
    push(heap, g, now + delay, child)
    return child


@njit(_nrt=False)
def follow(m, g, child, sender, link, parent, tag):  # type: ignore[no-untyped-def]
    """The child of a traced activation is traced."""
    m[child * WIDE + GEN] |= TRACED
    what = SPAN_SENT if parent < 0 else SPAN_CALLED if tag < 0 else SPAN_ASKED
    note(g, what, child, sender, link, m[child * WIDE + ARRIVED])


@njit(_nrt=False)
def lose(m, g, link, child):  # type: ignore[no-untyped-def]
    """A message is lost. True: it is gone, and a timer will tell its caller; False: it comes back as a failure."""
    m[link + LOST] += 1
    if m[child * WIDE + GEN] & TRACED:
        note(g, SPAN_LOST, child, 0, 0, 0)
    if m[child * WIDE + PARENT] < 0 or m[link + LINK_TIMERS + L_DURATION] >= 0:
        vanish(m, g, child)
        return True
    m[m[link + TARGET_SELF] + ORIGINS + LOST_STATUS] += 1
    m[child * WIDE + PC] = DELIVER_PC
    m[child * WIDE + STATUS] = LOST_STATUS
    m[child * WIDE + SELF] = 0
    return False


@njit(_nrt=False)
def vanish(m, g, child):  # type: ignore[no-untyped-def]
    """An activation ends and its caller never hears of it."""
    at = child * WIDE
    caller = m[at + PARENT]
    if caller >= 0:
        if m[at + TAG] >= 0:
            if m[at + LINK] > 0:
                m[m[at + LINK] + OUTSTANDING] -= 1
        elif not gone(m, caller):
            m[(caller & MASK) * WIDE + CHILD] = LOST_CHILD
    release_line(m, g, child)


@njit(forceinline=True, _nrt=False)
def send_back(m, heap, ready, rng, g, hist, stats, child, status):  # type: ignore[no-untyped-def]
    """An activation has its answer: measure it at its node, then send the answer to the caller."""
    at = child * WIDE
    link = m[np.uint64(at + LINK)]
    me = m[np.uint64(at + SELF)]
    m[np.uint64(at + STATUS)] = status
    if link <= 0:
        answer_inside(m, ready, g, child, status)
        return
    sojourn = g[NOW] - m[np.uint64(at + ARRIVED)]
    m[np.uint64(link + SOJOURN)] += sojourn
    if m[np.uint64(at + GEN)] & TRACED:
        note(g, SPAN_REPLIED, child, status, 0, 0)
    if m[np.uint64(link + QUIET)] != 0:
        pass
    elif status == 0:
        m[np.uint64(me + DONE)] += 1
        record(hist, stats, m[np.uint64(me + N_HIST)], sojourn, np.int64(1))
        record(
            hist,
            stats,
            m[np.uint64(me + N_HIST)] + 1,
            max(np.int64(0), sojourn - m[np.uint64(at + WAITED)]),
            np.int64(1),
        )
    else:
        m[np.uint64(me + FAILED)] += 1
    caller = m[np.uint64(at + PARENT)]
    if caller < 0:
        release_line(m, g, child)
        return
    if gone(m, caller):
        late(m, g, child)
        return
    delay = travel(m, rng, link, BACK, BACK_JITTER)
    if is_lost(m, rng, link, BACK_LOSS) and lose(m, g, link, child):
        return
    m[np.uint64(link + NETWORK)] += delay
    m[np.uint64(at + GEN)] += LIFE  # whoever still answers to it finds nobody
    m[np.uint64(at + PC)] = DELIVER_PC
    m[np.uint64(at + SELF)] = 0
    if m[np.uint64(at + INBOX)] >= 0:
        free_inbox(m, g, at)
    push(heap, g, g[NOW] + delay, child)


@njit(forceinline=True, _nrt=False)
def meet(m, g, hist, stats, child):  # type: ignore[no-untyped-def]
    """A reply is at its caller: count it on the link."""
    at = child * WIDE
    link, status = m[np.uint64(at + LINK)], m[np.uint64(at + STATUS)]
    if m[np.uint64(at + GEN)] & TRACED:
        note(g, SPAN_MET, child, status, 0, 0)
    if link == 0:
        return
    m[np.uint64(link + OUTSTANDING)] -= 1
    if status == 0:
        m[np.uint64(link + L_OK)] += 1
        record(hist, stats, m[np.uint64(link + L_HIST)], g[NOW] - m[np.uint64(at + T0)], np.int64(1))
    else:
        m[np.uint64(m[np.uint64(link + L_FAILED)] + status)] += 1


@njit(forceinline=True, _nrt=False)
def spawn(m, g, token, pc):  # type: ignore[no-untyped-def]
    """A new activation of the same node, registers copied, nobody waiting for it."""
    child = take(m, g)
    at, c = token * WIDE, child * WIDE
    for r in range(REGISTERS):
        m[c + R0 + r] = m[at + R0 + r]
    m[c + PC], m[c + SELF], m[c + PARENT], m[c + LINK], m[c + TAG] = pc, m[at + SELF], NOBODY, 0, 0
    m[c + T0] = m[c + ARRIVED] = g[NOW]
    return child


@njit(_nrt=False)
def fork(m, g, token, pc, tag):  # type: ignore[no-untyped-def]
    """A child inside the node, registers copied: it travels over no link, and nothing of it is measured."""
    child = spawn(m, g, token, pc)
    m[child * WIDE + PARENT] = m[token * WIDE + GEN] << BITS | token
    m[child * WIDE + TAG] = tag
    if m[token * WIDE + GEN] & TRACED:
        m[child * WIDE + GEN] |= TRACED
        note(g, SPAN_FORKED, child, token, 0, 0)
    return child


@njit(_nrt=False)
def answer_inside(m, ready, g, child, status):  # type: ignore[no-untyped-def]
    """An answer that travels over no link: at once to the activation that forked, or to nobody."""
    at = child * WIDE
    caller = m[at + PARENT]
    if m[at + GEN] & TRACED:
        note(g, SPAN_REPLIED, child, status, 0, 0)
    if caller < 0 or gone(m, caller):
        release_line(m, g, child)
        return
    m[at + GEN] += LIFE
    m[at + PC] = DELIVER_PC
    m[at + SELF] = 0
    if m[at + INBOX] >= 0:
        free_inbox(m, g, at)
    make_ready(ready, g, child)


@njit(_nrt=False)
def respond(m, heap, ready, rng, g, hist, stats, token, status):  # type: ignore[no-untyped-def]
    """Answer through a messenger and go on as nobody's child."""
    at = token * WIDE
    if m[at + LINK] <= 0:
        return
    messenger = take(m, g)
    c = messenger * WIDE
    for word_of in (PARENT, T0, ARRIVED, WAITED, LINK, TAG, SELF):
        m[c + word_of] = m[at + word_of]
    for r in range(REGISTERS):
        m[c + R0 + r] = m[at + R0 + r]
    caller = m[at + PARENT]
    if caller >= 0 and m[at + TAG] < 0 and not gone(m, caller):
        m[(caller & MASK) * WIDE + CHILD] = messenger
    if m[at + GEN] & TRACED:
        m[c + GEN] |= TRACED
        note(g, SPAN_RESPONDED, token, messenger, 0, 0)
    m[at + PARENT], m[at + LINK] = NOBODY, 0
    send_back(m, heap, ready, rng, g, hist, stats, messenger, status)


@njit(_nrt=False)
def begin(m, g, token, totals):  # type: ignore[no-untyped-def]
    """A client's own request begins; every n-th one is traced."""
    at = token * WIDE
    if m[at + LINK] == 0:
        m[at + LINK] = ROOT_LINK
    if g[TRACE_EVERY] > 0:
        g[TRACE_LEFT] -= 1
        if g[TRACE_LEFT] <= 0:
            g[TRACE_LEFT] = g[TRACE_EVERY]
            m[at + GEN] |= TRACED
            note(g, SPAN_BEGUN, token, totals, 0, 0)


@njit(forceinline=True, _nrt=False)
def counted(m, g, hist, stats, token, totals):  # type: ignore[no-untyped-def]
    """COUNT: a client's request is over."""
    at = token * WIDE
    status, took = m[np.uint64(at + STATUS)], g[NOW] - m[np.uint64(at + T0)]
    m[np.uint64(totals + T_SPENT)] += took
    if status == 0:
        m[np.uint64(totals + T_OK)] += 1
        record(hist, stats, m[np.uint64(totals + T_HIST)], took, np.int64(1))
    else:
        m[np.uint64(totals + T_FAILED + status)] += 1
    if m[np.uint64(at + LINK)] < 0:
        m[np.uint64(at + LINK)] = 0
        if m[np.uint64(at + GEN)] & TRACED:
            note(g, SPAN_COUNTED, token, status, 0, 0)
            m[np.uint64(at + GEN)] ^= TRACED
