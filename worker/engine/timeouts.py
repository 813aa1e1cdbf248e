"""A new time-out for a lane, also for the calls that wait on it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program import REASON
from worker.engine.kernel import ops_sync
from worker.engine.kernel.heap import push
from worker.engine.kernel.state import LIFE, LOST_CHILD, TIMER_PC, make_ready
from worker.engine.layout import LINE, Link, Node, Timers, Token

if TYPE_CHECKING:
    from worker.engine.surgery import Surgery

LOST = REASON["lost"]


def set_timeout(machine: Surgery, lane: int, duration_ns: int) -> None:
    """`duration_ns` from the start of each call; -1 = none."""
    timers = lane + Link.TIMERS
    before = int(machine.arena[timers + Timers.DURATION])
    if duration_ns < 0 <= before:
        stop(machine, lane)
    machine.arena[timers + Timers.DURATION] = duration_ns
    if before < 0 <= duration_ns:
        start(machine, lane)
    elif before >= 0 and duration_ns >= 0:
        for token in waiting(machine, timers):
            machine.arena[token * LINE + Token.DEADLINE] += duration_ns - before
        stand_on_agenda(machine, timers)


def waiting(machine: Surgery, timers: int) -> list[int]:
    """Activations of a timer list, in its order."""
    found, token = [], int(machine.arena[timers + Timers.HEAD])
    while token >= 0:
        found.append(token)
        token = int(machine.arena[token * LINE + Token.TIMER_NEXT])
    return found


def stand_on_agenda(machine: Surgery, timers: int) -> None:
    """The list's own activation waits for the head's deadline; one in the past is due now.

    It may stand there for calls that have long had their answer: it must not stay when the list is empty.
    """
    own, head = int(machine.arena[timers + Timers.TOKEN]), int(machine.arena[timers + Timers.HEAD])
    machine.take_off_agenda({own})
    machine.arena[timers + Timers.ARMED] = int(head >= 0)
    if head >= 0:
        push(machine.heap, machine.state, max(machine.now, int(machine.arena[head * LINE + Token.DEADLINE])), own)


def stop(machine: Surgery, lane: int) -> None:
    """The calls wait for ever. One whose message was lost fails now: nothing else would end it."""
    arena, timers = machine.arena, lane + Link.TIMERS
    calls, before = waiting(machine, timers), int(arena[timers + Timers.DURATION])
    arena[timers + Timers.HEAD] = arena[timers + Timers.TAIL] = -1
    if arena[timers + Timers.TOKEN] >= 0:
        machine.take_off_agenda({int(arena[timers + Timers.TOKEN])})
        arena[timers + Timers.ARMED] = 0
    for token in calls:
        at = token * LINE
        arena[at + Token.PARKED] = 0
        arena[at + Token.DEADLINE] -= before
        if arena[at + Token.CHILD] != LOST_CHILD:
            continue
        machine.fail_call(lane, LOST)
        arena[int(arena[lane + Link.TARGET_SELF]) + Node.ORIGINS + LOST] += 1
        arena[at + Token.PARKED], arena[at + Token.CHILD], arena[at + Token.STATUS] = -1, -1, LOST
        arena[at + Token.GEN] += int(LIFE)
        arena[at + Token.PC] = ops_sync.resume_at(arena, machine.program, at)
        make_ready(machine.ready, machine.state, token)


def start(machine: Surgery, lane: int) -> None:
    """Calls that waited for ever have a time-out from now on; those over it fail now."""
    since = calls_since(machine, lane)
    if not since:
        return
    timers = lane + Link.TIMERS
    if machine.arena[timers + Timers.TOKEN] < 0:
        own = machine.take_line()
        machine.arena[own * LINE + Token.PC], machine.arena[own * LINE + Token.SELF] = int(TIMER_PC), 0
        machine.arena[own * LINE + Token.LINK] = timers
        machine.arena[timers + Timers.TOKEN] = own
    arena = machine.arena
    for token in sorted(since, key=lambda token: (since[token], token)):
        tail, at = int(arena[timers + Timers.TAIL]), token * LINE
        arena[at + Token.PARKED], arena[at + Token.TIMER_PREV], arena[at + Token.TIMER_NEXT] = timers, tail, -1
        arena[at + Token.DEADLINE] = since[token] + arena[timers + Timers.DURATION]
        arena[tail * LINE + Token.TIMER_NEXT if tail >= 0 else timers + Timers.HEAD] = token
        arena[timers + Timers.TAIL] = token
    stand_on_agenda(machine, timers)


def calls_since(machine: Surgery, lane: int) -> dict[int, int]:
    """Activations that wait for ever on this lane, and since when."""
    arena, all_lines = machine.arena, machine.lines()
    lines = arena.reshape(-1, LINE)[all_lines]
    in_call = (lines[:, Token.CHILD] >= 0) | (lines[:, Token.CHILD] == LOST_CHILD)
    parked = all_lines[in_call & (lines[:, Token.PARKED] == 0) & (lines[:, Token.SELF] != 0)]
    since = {}
    for token in (int(token) for token in parked):
        if machine.lane_of(token) == lane:
            child = int(arena[token * LINE + Token.CHILD])
            since[token] = int(arena[child * LINE + Token.T0]) if child >= 0 else machine.now
    return since
