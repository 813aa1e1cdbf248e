"""What commands do to a machine between two events: crash, pause, new time-outs, new rates.

Plain Python on the same arrays: it happens a few times a minute, and every step leaves the queues, timer lists, agenda
and counters as the kernel expects them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from components.program import REASON
from worker.engine import spent
from worker.engine.kernel import loop, ops_sync
from worker.engine.kernel.heap import NEVER, close_hole, push
from worker.engine.kernel.ops_station import kick
from worker.engine.kernel.ops_sync import OP_WIDTH
from worker.engine.kernel.state import (
    DELIVER_PC,
    IN_QUEUE,
    LIFE,
    LOST_CHILD,
    disarm,
    free_inbox,
    gone,
    late,
    make_ready,
    note,
    release_line,
    settle,
    take,
    unqueue,
)
from worker.engine.layout import CLASSES, LINE, REGISTERS, TOKEN_BITS, Global, Link, Node, Queue, Span, Station, Token

MASK = (1 << TOKEN_BITS) - 1
FROZEN = -2  # PARKED of an activation that was serving when its node was paused; DEADLINE = ns left
FARTHEST_NS = 1 << 41


class Surgery:
    """Commands on the arrays of a machine; see Machine for what they are."""

    arena: np.ndarray
    heap: np.ndarray
    ready: np.ndarray
    state: np.ndarray
    streams: np.ndarray
    program: np.ndarray
    segments: list[tuple[int, int]]  # of lines: (first, how many); between them lies state that came later

    @property
    def now(self) -> int:
        raise NotImplementedError

    def _grow(self) -> None:
        raise NotImplementedError

    def take_line(self) -> int:
        """A free line. Many commands at one instant may need more than the kernel keeps free."""
        if self.state[Global.LIVE] > self.state[Global.LINES] - loop.MARGIN:
            self._grow()
        return int(take(self.arena, self.state))

    def spawn(self, pc: int, node: int, at_ns: int | None = None) -> int:
        """A new activation that begins at instruction `pc`, now or within 2^41 ns. Returns its id."""
        if at_ns is not None and not self.now <= at_ns <= self.now + FARTHEST_NS:
            raise ValueError(f"{at_ns} ns is in the past or too far from {self.now} ns")
        token = self.take_line()
        at = token * LINE
        self.arena[at + Token.PC], self.arena[at + Token.SELF] = pc, node
        self.arena[at + Token.PARENT], self.arena[at + Token.LINK], self.arena[at + Token.TAG] = -1, 0, 0
        self.arena[at + LINE - REGISTERS : at + LINE] = 0
        self.arena[at + Token.T0] = self.arena[at + Token.ARRIVED] = self.now if at_ns is None else at_ns
        push(self.heap, self.state, self.now if at_ns is None else at_ns, token)
        return token

    # -- a crash ------------------------------------------------------------------------------------
    def kill(self, node: int, status: int, stations: Sequence[int], doors: Mapping[int, int]) -> None:
        """Everything in progress at the replica fails with `status`; who is still on the way meets the new door."""
        arena, parents = self.arena, self._tokens_of(node)
        arrivals = {t for t in self._on_agenda(node) if int(arena[t * LINE + Token.PC]) in doors}
        for token in arrivals:
            arena[token * LINE + Token.PC] = doors[int(arena[token * LINE + Token.PC])]
        dead = [token for token in parents if token not in arrivals]
        dead_ones, due = set(dead), {int(key) & MASK: self._time_of(int(key)) for key in self._agenda()}
        self.take_off_agenda(dead_ones)
        self._take_off_ready(dead_ones)
        held = self._empty_hold(node)
        held_ones = set(held)
        for token in dead:
            spent.stop(self, token, due.get(token), token in held_ones)
            self._detach(token)
        for station in stations:
            settle(arena, station, self.now)
            arena[station + Station.BUSY] = arena[station + Station.LEN] = 0
            arena[station + Station.HEAD : station + Station.HEAD + 2 * CLASSES] = -1
        for token in dead:
            self._answer_dead(node, token, status)
        for token in held:
            if token not in dead_ones:  # an answer from elsewhere that waited for the node to go on
                late(arena, self.state, token)

    def _detach(self, token: int) -> None:
        """Leave timer lists and wait queues; a call in progress is aborted on its link."""
        arena, at = self.arena, token * LINE
        timers, child = int(arena[at + Token.PARKED]), int(arena[at + Token.CHILD])
        if timers > 0:
            disarm(arena, timers, token)
        if child <= int(IN_QUEUE):
            unqueue(arena, int(IN_QUEUE) - child, token)
        elif child >= 0 or child == int(LOST_CHILD):
            self.fail_call(self.lane_of(token), REASON["aborted"])
        arena[at + Token.PARKED], arena[at + Token.CHILD] = -1, -1

    def lane_of(self, token: int) -> int:
        """The lane of the CALL that an activation waits in."""
        at = token * LINE
        timers, child = int(self.arena[at + Token.PARKED]), int(self.arena[at + Token.CHILD])
        if timers > 0:
            return timers - Link.TIMERS
        return int(self.arena[child * LINE + Token.LINK]) if child >= 0 else self.lane_named(token)

    def lane_named(self, token: int) -> int:
        """The lane that the instruction names: that of a call without a time-out whose message is lost."""
        at = token * LINE
        operand = int(self.program[int(self.arena[at + Token.PC]) * int(OP_WIDTH) + 1])
        mode, offset = operand & 3, operand >> 2
        if mode == 0:
            return int(self.arena[at + LINE - REGISTERS + offset])
        return int(self.arena[at + Token.SELF]) + offset if mode == 1 else offset

    def fail_call(self, link: int, status: int) -> None:
        self.arena[link + Link.OUTSTANDING] -= 1
        self.arena[int(self.arena[link + Link.FAILED]) + status] += 1

    def _answer_dead(self, node: int, token: int, status: int) -> None:
        """A reset to a caller that still waits; whoever answers to it later finds nobody."""
        arena, at = self.arena, token * LINE
        link, caller = int(arena[at + Token.LINK]), int(arena[at + Token.PARENT])
        if link <= 0:
            release_line(arena, self.state, token)
            return
        arena[node + Node.FAILED] += int(arena[link + Link.QUIET] == 0)
        arena[node + Node.ORIGINS + status] += 1
        arena[link + Link.SOJOURN] += self.now - arena[at + Token.ARRIVED]
        if arena[at + Token.GEN] & 1:
            note(self.state, int(Span.KILLED), token, status, 0, 0)
        if caller < 0:
            release_line(arena, self.state, token)
        elif gone(arena, caller):
            late(arena, self.state, token)
        else:
            free_inbox(arena, self.state, at)
            arena[link + Link.NETWORK] += arena[link + Link.BACK]
            arena[at + Token.GEN] += int(LIFE)
            arena[at + Token.PC], arena[at + Token.SELF], arena[at + Token.STATUS] = int(DELIVER_PC), 0, status
            push(self.heap, self.state, self.now + int(arena[link + Link.BACK]), token)

    # -- a pause ------------------------------------------------------------------------------------
    def pause(self, node: int, doors: Collection[int]) -> None:
        """The replica stands still: its work keeps the time it has left, whoever comes is kept."""
        frozen = [t for t in self._on_agenda(node) if int(self.arena[t * LINE + Token.PC]) not in doors]
        due = {int(key) & MASK: self._time_of(int(key)) for key in self._agenda()}
        self.take_off_agenda(set(frozen))
        for token in frozen:
            ops_sync.hold(self.arena, node, token, self.now)
            self.arena[token * LINE + Token.DEADLINE] = due[token] - self.now
            self.arena[token * LINE + Token.PARKED] = FROZEN
        self.arena[node + Node.PAUSED], self.arena[node + Node.PAUSED_AT] = 1, self.now

    def resume(self, node: int) -> None:
        """It goes on where it stood."""
        self.arena[node + Node.PAUSED] = 0
        for token in self._empty_hold(node):
            at = token * LINE
            spent.held(self, token)
            if self.arena[at + Token.PARKED] == FROZEN:
                self.arena[at + Token.PARKED] = -1
                push(self.heap, self.state, self.now + int(self.arena[at + Token.DEADLINE]), token)
            else:
                make_ready(self.ready, self.state, token)

    def _empty_hold(self, node: int) -> list[int]:
        queue, held = node + Node.HOLD_HEAD, []
        while self.arena[queue + Queue.HEAD] >= 0:
            token = int(self.arena[queue + Queue.HEAD])
            unqueue(self.arena, queue, token)
            held.append(token)
        return held

    # -- slots, rates ----------------------------------------------------------------------
    def settle(self, station: int) -> None:
        """Bring its integrals up to now, before its slots change from outside."""
        settle(self.arena, station, self.now)

    def wake(self, queue: int) -> None:
        """Everybody in a wait queue goes on."""
        ops_sync.notify(self.arena, self.ready, self.state, queue, -1)

    def kick(self, station: int) -> None:
        """Wake who fits after the slots were changed from outside."""
        settle(self.arena, station, self.now)
        kick(self.arena, self.ready, self.state, station)

    def rescale(self, pc: int, node: int, before: float, after: float) -> None:
        """A source's rate goes from `before` > 0 to `after`: what is left of its gap is rescaled; 0 stops it.

        After a stop `before` is the rate that the gap was drawn at.
        """
        arena = self.arena
        found = [t for t in self._tokens_of(node) if int(arena[t * LINE + Token.PC]) == pc]
        if len(found) != 1:
            raise ValueError(f"there are {len(found)} sources at {pc}")
        token, at = found[0], found[0] * LINE
        if arena[at + Token.TAG] == 0:
            self._rescale_unborn(token, after)
            return
        if arena[at + Token.PARKED] == FROZEN:
            left = int(arena[at + Token.DEADLINE])
        else:
            left = next(self._time_of(int(key)) for key in self._agenda() if int(key) & MASK == token) - self.now
            self.take_off_agenda({token})
        if after <= 0:
            arena[at + Token.PARKED], arena[at + Token.DEADLINE] = FROZEN, left
            return
        old, new = round(before * 1e6), max(1, round(after * 1e6))
        arena[at + Token.PARKED] = -1
        push(self.heap, self.state, self.now + min(left * old // new, FARTHEST_NS), token)

    def _rescale_unborn(self, token: int, after: float) -> None:
        """A source that has not begun draws its first gap when it does: at once, or when there is a rate."""
        at = token * LINE
        stopped = self.arena[at + Token.PARKED] == FROZEN
        if after <= 0 and not stopped:
            self.take_off_agenda({token})
            self.arena[at + Token.PARKED], self.arena[at + Token.DEADLINE] = FROZEN, 0
        elif after > 0 and stopped:
            self.arena[at + Token.PARKED] = -1
            push(self.heap, self.state, self.now, token)

    # -- the agenda -----------------------------------------------------------------------------------
    def _close_hole(self) -> None:
        close_hole(self.heap, self.state)

    def _time_of(self, key: int) -> int:
        return (key >> TOKEN_BITS) + int(self.state[Global.EPOCH])

    def _agenda(self) -> np.ndarray:
        self._close_hole()
        return self.heap[: int(self.state[Global.HEAP_LEN])]

    def _on_agenda(self, node: int) -> list[int]:
        """Activations of a node on the agenda, by time."""
        tokens = np.sort(self._agenda()) & MASK
        return [int(token) for token in tokens[self.arena[tokens * LINE + Token.SELF] == node]]

    def _tokens_of(self, node: int) -> list[int]:
        lines = self.lines()
        return [int(token) for token in lines[self.arena[lines * LINE + Token.SELF] == node]]

    def lines(self) -> np.ndarray:
        """Ids of all lines, in use or free."""
        pieces = [np.arange(first, first + count) for first, count in self.segments]
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]

    def take_off_agenda(self, tokens: set[int]) -> None:
        """A sorted array is a heap, and keys are unique, so the order of events stays."""
        agenda = self._agenda().copy()
        kept = np.sort(agenda[~np.isin(agenda & MASK, list(tokens))])
        self.heap[: len(agenda)] = NEVER
        self.heap[: len(kept)] = kept
        self.state[Global.HEAP_LEN] = len(kept)

    def _waiting_to_run(self) -> list[int]:
        """The ready ring, in order."""
        head, length, mask = (int(self.state[w]) for w in (Global.READY_HEAD, Global.READY_LEN, Global.READY_MASK))
        return [int(self.ready[(head + i) & mask]) for i in range(length)]

    def _take_off_ready(self, tokens: set[int]) -> None:
        kept = [token for token in self._waiting_to_run() if token not in tokens]
        self.ready[: len(kept)] = kept
        self.state[Global.READY_HEAD], self.state[Global.READY_LEN] = 0, len(kept)
