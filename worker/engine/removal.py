"""What leaves a running design: calls over links that are gone, work at nodes and replicas that are gone, their counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from components.program import REASON
from worker.engine.kernel.heap import push
from worker.engine.kernel.ops_sync import resume_at
from worker.engine.kernel.state import (
    DELIVER_PC,
    LIFE,
    LOST_CHILD,
    disarm,
    gone,
    make_ready,
    release_line,
    settle,
    since,
)
from worker.engine.layout import LINE, REASON_SLOTS, REGISTERS, TOKEN_BITS, Link, Node, Station, Timers, Token
from worker.engine.machine import Machine
from worker.engine.place import PlacedNode

REMOVED = REASON["removed"]
LANE_COUNTS = (
    Link.CALLS, Link.OK, Link.TIMEOUTS, Link.LATE, Link.OUTSTANDING, Link.LOST, Link.WAITED, Link.NETWORK, Link.SOJOURN,
)  # fmt: skip
HEADER_COUNTS = (*range(Node.DONE, Node.PAUSED_AT), *range(Node.ORIGINS, Node.ORIGINS + REASON_SLOTS))
STATION_COUNTS = (Station.ARRIVALS, Station.REJECTS, Station.DONE, Station.BUSY_AREA, Station.QUEUE_AREA)
MASK = (1 << TOKEN_BITS) - 1


def fail_calls(machine: Machine, callers: Iterable[int], lanes: set[int], dying: set[int]) -> None:
    """Who waits for a call over one of the lanes goes on with `removed`; what it called goes on for nobody.

    `dying` = replicas that fail themselves: what started there is counted there.
    """
    arena = machine.arena
    for block in callers:
        for token in machine._tokens_of(block):
            at = token * LINE
            child = int(arena[at + Token.CHILD])
            if (child < 0 and child != int(LOST_CHILD)) or (lane := machine.lane_of(token)) not in lanes:
                continue
            machine.fail_call(lane, REMOVED)
            timers, waited = int(arena[at + Token.PARKED]), machine.now - int(since(arena, at))
            if timers > 0:
                disarm(arena, timers, token)
            arena[lane + Link.WAITED] += waited
            if child < 0 or int(arena[child * LINE + Token.SELF]) not in dying:
                arena[block + Node.ORIGINS + REMOVED] += 1
            arena[at + Token.WAITED] += waited
            arena[at + Token.PARKED], arena[at + Token.CHILD], arena[at + Token.STATUS] = -1, -1, REMOVED
            arena[at + Token.GEN] += int(LIFE)
            arena[at + Token.PC] = resume_at(arena, machine.program, at)
            make_ready(machine.ready, machine.state, token)


def fail_parallel(machine: Machine, lanes: set[int], dying: set[int]) -> None:
    """Answers `removed` to parallel calls over the lanes whose answer is not on its way yet."""
    view = machine.arena.reshape(-1, LINE)
    for token in machine.lines().tolist():
        row = view[token]
        if int(row[Token.LINK]) not in lanes or row[Token.SELF] == 0 or row[Token.TAG] < 0:
            continue
        caller, lane = int(row[Token.PARENT]), int(row[Token.LINK])
        if caller < 0 or int(row[Token.SELF]) in dying or gone(machine.arena, caller):
            continue
        messenger = machine.take_line()
        view = machine.arena.reshape(-1, LINE)
        for word in (Token.PARENT, Token.T0, Token.ARRIVED, Token.LINK, Token.TAG):
            view[messenger, word] = view[token, word]
        view[messenger, LINE - REGISTERS :] = 0
        view[messenger, Token.PC], view[messenger, Token.SELF] = int(DELIVER_PC), 0
        view[messenger, Token.STATUS] = REMOVED
        view[token, Token.PARENT] = -1
        origin = int(view[caller & MASK, Token.SELF])
        machine.arena[origin + Node.ORIGINS + REMOVED] += 1
        push(machine.heap, machine.state, machine.now + int(machine.arena[lane + Link.BACK]), messenger)


def end_timers(machine: Machine, timers: int) -> None:
    """A timer list that nobody is in goes away, with its own activation."""
    own = int(machine.arena[timers + Timers.TOKEN])
    if own < 0:
        return
    assert machine.arena[timers + Timers.HEAD] < 0, "somebody waits on it"
    machine.take_off_agenda({own})
    release_line(machine.arena, machine.state, own)
    machine.arena[timers + Timers.TOKEN], machine.arena[timers + Timers.ARMED] = -1, 0


def end_all_timers(machine: Machine, placed: PlacedNode, block: int) -> None:
    """Those of one replica, of one of its programs."""
    for item in placed.asm.items.values():
        if item.record == "timers" and not item.shared:
            end_timers(machine, block + placed.own[item.name])
        if item.record == "lane":
            for lane in range(item.size):
                end_timers(machine, block + placed.own[item.name] + lane * LINE + Link.TIMERS)


def add_lane(arrays: Sequence[np.ndarray], lane: int, to: int) -> None:
    """The counts of a lane are counted on another one from now on."""
    for array in arrays:
        for word in LANE_COUNTS:
            array[to + word] += array[lane + word]
            array[lane + word] = 0


def add_replica(machine: Machine, arrays: Sequence[np.ndarray], placed: PlacedNode, replica: int, to: int = 0) -> None:
    """The counts of a replica that goes are counted on another one from now on."""
    words: list[tuple[int, int]] = []
    header, other = placed.replicas[replica], placed.replicas[to]
    words += [(header + word, other + word) for word in HEADER_COUNTS]
    for item in placed.asm.items.values():
        if item.record == "station":
            at, onto = placed.address(replica, item.name), placed.address(to, item.name)
            for station in (at, onto):
                settle(machine.arena, station, machine.now)
            words += [(at + word, onto + word) for word in STATION_COUNTS]
    counted = {(metric.item or metric.name, metric.field) for metric in placed.node.component.metrics}
    for name, field in sorted(counted):
        if name not in placed.shared:
            words.append((placed.address(replica, name, field), placed.address(to, name, field)))
    for array in arrays:
        for source, target in words:
            array[target] += array[source]
