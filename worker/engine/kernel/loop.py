"""The dispatch loop: takes activations from the agenda and runs their programs. One signature, compiled once."""

from __future__ import annotations

import numpy as np
from numba import njit

from components.program.op import Op
from worker.engine.kernel import ops_cache
from worker.engine.kernel.heap import close_hole, push
from worker.engine.kernel.histogram import record
from worker.engine.kernel.operands import compute, mix, place, read, search, write
from worker.engine.kernel.ops_call import begin, counted, fork, launch, meet, respond, send_back, spawn, vanish
from worker.engine.kernel.ops_station import join, kick
from worker.engine.kernel.ops_sync import (
    MESSAGE,
    OP_WIDTH,
    awaited,
    fire_timers,
    hold,
    into_inbox,
    notify,
    park_for_reply,
    park_in,
    read_reply,
    resume_at,
    take_reply,
    wait_for_lines,
)  # fmt: skip
from worker.engine.kernel.random import below, sample, word
from worker.engine.kernel.state import (
    ARRIVED,
    AWAITING,
    BITS,
    BROKEN,
    BUSY,
    CAP,
    CHILD,
    DEADLINE,
    FARTHEST,
    GEN,
    GROW,
    L_DURATION,
    LEN,
    LIFE,
    LINK,
    LINK_TIMERS,
    LIVE,
    MASK,
    NAP_PC,
    NOBODY,
    NOW,
    OUTSTANDING,
    PARENT,
    PARKED,
    PAUSED,
    PC,
    R0,
    REACHED,
    READY_HEAD,
    READY_LEN,
    READY_MASK,
    SELF,
    SPENT,
    STATUS,
    T0,
    TAG,
    TIMER_NEXT,
    TIMER_PC,
    TIMER_PREV,
    WAITED,
    WIDE,
    arm,
    free_inbox,
    gone,
    grant,
    late,
    make_ready,
    release_line,
    settle,
    since,
    spend,
    unpark,
)  # fmt: skip
from worker.engine.layout import Global, Link, Node, Span, Station, Totals

(MOV, ADD, SUB, MUL, DIV, MOD, MIN, MAX, AND, OR, SHL, SHR, HASH, LDX, STX, SEARCH, LEAST, NOW_OP, RAND, SAMP, KEY, JMP, BEQ,
 BNE, BLT, BLE, BRP, CALL, ACALL, AWAIT, FORGET, SEND, SPAWN, REPLY, RESPOND, END, COUNT, SERVE, SLEEP, ACQUIRE, RELEASE,
 SETCAP, WAIT, NOTIFY, CGET, CPUT, CDEL, OBS, SOURCE, FORK, BEGIN) = (
    int(op) for op in list(Op)[:51])  # fmt: skip
SLOW, SERVING, WORK, SLEEPING = int(Node.SLOW), int(Node.SERVING), int(Node.WORK), int(Node.SLEEPING)
L_WAITED, L_SOJOURN = int(Link.WAITED), int(Link.SOJOURN)
SPAN_SERVED, SPAN_SLEPT = int(Span.SERVED), int(Span.SLEPT)
QCAP, ARRIVALS, REJECTS, S_DONE = int(Station.QCAP), int(Station.ARRIVALS), int(Station.REJECTS), int(Station.DONE)
T_OFFERED = int(Totals.OFFERED)
HEAP_LEN, EPOCH, HOLE, EVENTS = int(Global.HEAP_LEN), int(Global.EPOCH), int(Global.HOLE), int(Global.EVENTS)
LINES, ERROR, ERROR_PC = int(Global.LINES), int(Global.ERROR), int(Global.ERROR_PC)
MARGIN = np.int64(64)  # free lines before an activation begins
LAST_LINES = np.int64(4)  # an op takes fewer; with no more left the activation waits for growth in front of that op
CERTAIN = np.int64(1 << 32)
MOST_LOOPS = np.int64(2_000_000)  # backward jumps of one activation without an event
MOST_READY = np.int64(20_000_000)  # activations run within one instant
SLOWEST = np.int64(1 << 22)  # of 1024: a draw of 2^40 ns times this still fits a word
U32 = np.uint64(32)


@njit(cache=True, nogil=True, _nrt=False)
def run(m, prog, heap, ready, hist, stats, rng, dists, zipf, g, until, budget):  # type: ignore[no-untyped-def]
    """Advance to `until` (ns). REACHED; GROW: more lines are wanted first; SPENT: `budget` events done; BROKEN: see g."""
    room, last_room = g[LINES] - MARGIN, g[LINES] - LAST_LINES
    now = g[NOW]
    loops, at_once = np.int64(0), np.int64(0)
    while True:
        if g[READY_LEN] > 0:
            if g[LIVE] > room:
                return GROW
            head = g[READY_HEAD]
            token = ready[np.uint64(head)]
            g[READY_HEAD] = (head + 1) & g[READY_MASK]
            g[READY_LEN] -= 1
            at_once += 1
            if at_once > MOST_READY:
                g[ERROR], g[ERROR_PC] = 1, max(np.int64(0), m[np.uint64(token * WIDE + PC)])
                return BROKEN
        else:
            at_once = np.int64(0)
            close_hole(heap, g)
            if g[HEAP_LEN] == 0:
                g[NOW] = until
                return REACHED
            key = heap[0]
            due = (key >> BITS) + g[EPOCH]
            if due > until:
                g[NOW] = until
                return REACHED
            if g[LIVE] > room:
                return GROW
            if budget <= 0:
                return SPENT
            budget -= 1
            g[EVENTS] += 1
            g[HOLE] = 1
            now = due
            g[NOW] = due
            token = key & MASK
        loops = np.int64(0)
        at = token * WIDE
        pc = m[np.uint64(at + PC)]
        if pc < 0:
            if pc == TIMER_PC:
                fire_timers(m, prog, heap, ready, g, token)
                continue
            if pc == NAP_PC:
                left = m[np.uint64(at + TIMER_NEXT)]
                if left > 0:
                    nap = min(left, FARTHEST)
                    m[np.uint64(at + TIMER_NEXT)] = left - nap
                    push(heap, g, now + nap, token)
                    continue
                pc = m[np.uint64(at + TIMER_PREV)]
        if pc < 0:
            caller = m[np.uint64(at + PARENT)]
            parent = caller & MASK
            p = parent * WIDE
            if caller < 0 or gone(m, caller):
                late(m, g, token)
                continue
            node = m[np.uint64(p + SELF)]
            if m[np.uint64(node + PAUSED)] != 0:
                hold(m, node, token, now)
                continue
            meet(m, g, hist, stats, token)
            if m[np.uint64(at + TAG)] >= 0:
                if m[np.uint64(p + CHILD)] != AWAITING:
                    into_inbox(m, parent, token)
                    continue
                awaited(m, g, p, since(m, p))
                unpark(m, parent)
                m[np.uint64(p + CHILD)] = NOBODY
                tag = read_reply(m, g, parent, token)
                pc = m[np.uint64(p + PC)]
                write(m, p, node, prog[np.uint64(pc * OP_WIDTH + 1)], tag)
                pc += 1
            else:
                status = m[np.uint64(at + STATUS)]
                unpark(m, parent)
                m[np.uint64(p + CHILD)] = NOBODY
                m[np.uint64(p + STATUS)] = status
                took = now - m[np.uint64(at + T0)]
                m[np.uint64(p + WAITED)] += took
                if m[np.uint64(p + LINK)] != 0:
                    m[np.uint64(m[np.uint64(at + LINK)] + L_WAITED)] += took
                if status == 0:
                    for r in range(MESSAGE):
                        m[np.uint64(p + R0 + r)] = m[np.uint64(at + R0 + r)]
                release_line(m, g, token)
                pc = resume_at(m, prog, p)
            token, at = parent, p
        me = m[np.uint64(at + SELF)]
        if m[np.uint64(me + PAUSED)] != 0:
            m[np.uint64(at + PC)] = pc
            hold(m, me, token, now)
            continue
        while True:
            i = np.uint64(pc * OP_WIDTH)
            op = prog[i]
            a, b, c = prog[i + np.uint64(1)], prog[i + np.uint64(2)], prog[i + np.uint64(3)]
            pc += 1
            if op <= SHR:
                x = read(m, at, me, b)
                if op == MOV:
                    write(m, at, me, a, x)
                    continue
                write(m, at, me, a, compute(op, x, read(m, at, me, c)))
            elif op <= NOW_OP:
                if op == NOW_OP:
                    write(m, at, me, a, now + read(m, at, me, b))
                elif op == LDX:
                    write(m, at, me, a, m[np.uint64(read(m, at, me, b) + read(m, at, me, c))])
                elif op == STX:
                    m[np.uint64(read(m, at, me, b) + read(m, at, me, c))] = read(m, at, me, a)
                elif op == HASH:
                    write(m, at, me, a, mix(read(m, at, me, b), read(m, at, me, c)))
                else:
                    write(m, at, me, a, search(m, op, at, me, a, b, c, prog[i + np.uint64(4)]))
            elif op <= KEY:
                if op == RAND:
                    write(m, at, me, a, below(word(rng, c), read(m, at, me, b)))
                elif op == SAMP:
                    write(m, at, me, a, sample(dists, rng, b))
                else:
                    n = read(m, at, me, c)
                    w = word(rng, prog[i + np.uint64(4)])
                    slot = np.int64(((w >> U32) * np.uint64(n)) >> U32)
                    entry = np.uint64(zipf[np.uint64(read(m, at, me, b) + slot)])
                    alias = np.int64(entry & np.uint64(0xFFFFFFFF))
                    write(m, at, me, a, slot if (w & np.uint64(0xFFFFFFFF)) < (entry >> U32) else alias)
            elif op <= BRP:
                jump = True
                if op == BRP:
                    p_true = read(m, at, me, b)
                    jump = p_true >= CERTAIN or (p_true > 0 and np.int64(word(rng, c) >> U32) < p_true)
                elif op != JMP:
                    x, y = read(m, at, me, b), read(m, at, me, c)
                    if op == BEQ:
                        jump = x == y
                    elif op == BNE:
                        jump = x != y
                    elif op == BLT:
                        jump = x < y
                    else:
                        jump = x <= y
                if jump:
                    if a < pc:
                        loops += 1
                        if loops > MOST_LOOPS:
                            g[ERROR], g[ERROR_PC] = 1, pc - 1
                            return BROKEN
                    pc = a
            elif op == CALL:
                link = place(m, at, me, a)
                m[np.uint64(link + OUTSTANDING)] += 1
                m[np.uint64(at + CHILD)] = launch(
                    m, heap, rng, g, link, m[np.uint64(at + GEN)] << BITS | token, NOBODY, at
                )
                m[np.uint64(at + PC)] = pc - 1
                if m[np.uint64(link + LINK_TIMERS + L_DURATION)] >= 0:
                    m[np.uint64(at + PARKED)] = link + LINK_TIMERS
                    arm(m, heap, g, link + LINK_TIMERS, token)
                else:
                    m[np.uint64(at + PARKED)], m[np.uint64(at + DEADLINE)] = 0, now
                break
            elif op == REPLY:
                send_back(m, heap, ready, rng, g, hist, stats, token, read(m, at, me, a))
                break
            elif op == SERVE:
                work = sample(dists, rng, a)
                held = (work * min(m[np.uint64(me + SLOW)], SLOWEST)) >> np.int64(10)
                spend(m, g, at, me + SERVING, held, SPAN_SERVED)
                spend(m, g, at, me + WORK, work, 0)
                m[np.uint64(at + PC)] = pc
                if held > FARTHEST:
                    m[np.uint64(at + PC)] = NAP_PC
                    m[np.uint64(at + TIMER_PREV)], m[np.uint64(at + TIMER_NEXT)] = pc, held - FARTHEST
                    held = FARTHEST
                push(heap, g, now + held, token)
                break
            elif op == ACQUIRE:
                station = place(m, at, me, a)
                settle(m, station, now)
                m[np.uint64(station + ARRIVALS)] += 1
                waiting = m[np.uint64(station + LEN)]
                if m[np.uint64(station + BUSY)] < m[np.uint64(station + CAP)] and waiting == 0:
                    m[np.uint64(station + BUSY)] += 1
                elif waiting >= m[np.uint64(station + QCAP)]:
                    m[np.uint64(station + REJECTS)] += 1
                    if b >= 0:
                        pc = b
                else:
                    m[np.uint64(at + PC)] = pc
                    join(m, station, token, read(m, at, me, c), now)
                    break
            elif op == RELEASE:
                station = place(m, at, me, a)
                settle(m, station, now)
                m[np.uint64(station + BUSY)] -= 1
                m[np.uint64(station + S_DONE)] += 1
                if m[np.uint64(station + LEN)] > 0 and m[np.uint64(station + BUSY)] < m[np.uint64(station + CAP)]:
                    grant(m, ready, g, station)
            elif op == COUNT:
                counted(m, g, hist, stats, token, place(m, at, me, a))
            elif op == BEGIN:
                totals = place(m, at, me, a)
                m[np.uint64(totals + T_OFFERED)] += 1
                begin(m, g, token, totals)
            elif op == END:
                if m[np.uint64(at + LINK)] > 0:
                    m[np.uint64(m[np.uint64(at + LINK)] + L_SOJOURN)] += now - m[np.uint64(at + ARRIVED)]
                if m[np.uint64(at + PARENT)] >= 0:
                    vanish(m, g, token)
                else:
                    release_line(m, g, token)
                break
            elif op == SOURCE:
                if m[np.uint64(at + TAG)] != 0:
                    make_ready(ready, g, spawn(m, g, token, a))
                m[np.uint64(at + TAG)] = 1
                m[np.uint64(at + PC)] = pc - 1
                push(heap, g, now + sample(dists, rng, b), token)
                break
            elif op == SLEEP:
                left = max(np.int64(0), read(m, at, me, a))
                nap = min(left, FARTHEST)
                if nap < left:
                    write(m, at, me, a, left - nap)
                    pc -= 1
                m[np.uint64(at + PC)] = pc
                spend(m, g, at, me + SLEEPING, nap, SPAN_SLEPT)
                push(heap, g, now + nap, token)
                break
            elif op <= CDEL and op >= CGET:
                cache, wanted = place(m, at, me, a), read(m, at, me, b)
                if op == CGET:
                    if not ops_cache.get(m, rng, g, cache, wanted):
                        pc = c
                elif op == CPUT:
                    ops_cache.put(m, rng, g, cache, wanted)
                else:
                    ops_cache.forget(m, cache, wanted)
            elif op == WAIT:
                park_in(m, heap, g, place(m, at, me, a), place(m, at, me, c), token, pc - 1)
                break
            elif op == NOTIFY:
                notify(m, ready, g, place(m, at, me, a), read(m, at, me, b))
            elif op == ACALL:
                if g[LIVE] >= last_room:
                    return wait_for_lines(m, ready, g, token, pc - 1)
                link = place(m, at, me, a)
                m[np.uint64(link + OUTSTANDING)] += 1
                launch(m, heap, rng, g, link, m[np.uint64(at + GEN)] << BITS | token, read(m, at, me, b), at)
            elif op == AWAIT:
                tag = take_reply(m, g, token)
                if tag < 0:
                    park_for_reply(m, heap, g, place(m, at, me, c), token, pc - 1)
                    break
                write(m, at, me, a, tag)
            elif op == FORGET:
                m[np.uint64(at + GEN)] += LIFE
                free_inbox(m, g, at)
            elif op == SEND:
                if g[LIVE] >= last_room:
                    return wait_for_lines(m, ready, g, token, pc - 1)
                launch(m, heap, rng, g, place(m, at, me, a), NOBODY, NOBODY, at)
            elif op == SPAWN:
                if g[LIVE] >= last_room:
                    return wait_for_lines(m, ready, g, token, pc - 1)
                make_ready(ready, g, spawn(m, g, token, a))
            elif op == FORK:
                if g[LIVE] >= last_room:
                    return wait_for_lines(m, ready, g, token, pc - 1)
                make_ready(ready, g, fork(m, g, token, a, read(m, at, me, b)))
            elif op == RESPOND:
                if g[LIVE] >= last_room:
                    return wait_for_lines(m, ready, g, token, pc - 1)
                respond(m, heap, ready, rng, g, hist, stats, token, read(m, at, me, a))
            elif op == SETCAP:
                station = place(m, at, me, a)
                settle(m, station, now)
                m[np.uint64(station + CAP)] = read(m, at, me, b)
                kick(m, ready, g, station)
            elif op == OBS:
                record(hist, stats, a, read(m, at, me, b), read(m, at, me, c))
            else:
                g[ERROR], g[ERROR_PC] = 2, pc - 1
                return BROKEN
