"""What commands do to the oracle between two events: crash, pause, new rates, new sizes.

It answers to the names that the machine has, so a simulation can be built on it: script, faults and control loops then
act on both in the same way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from components.program import REASON, Op
from tests.worker.engine.oracle import Oracle
from tests.worker.engine.oracle_ops import Activation
from worker.engine.layout import CLASSES, HIST_BUCKETS, HIST_STATS, TRACE_WIDTH, Cache, Link, Node, Station

FARTHEST_NS = 1 << 41


class Beyond(Exception):
    """An edit of the design in the run: the oracle cannot do that."""


class OracleMachine(Oracle):
    def __init__(self, tables: Any, lines: int) -> None:
        super().__init__(tables, lines)
        self.tables = tables
        self.arena, self.dists = np.frombuffer(self.memory, np.int64), np.frombuffer(self.laws, np.float64)
        self.hist = np.zeros(tables.hists * HIST_BUCKETS, np.int32)
        self.bases = [self.hist, self.hist]

    def advance(self, until: int, budget: int | None = None) -> bool:
        super().advance(until)
        return True

    @property
    def hist_stats(self) -> np.ndarray:
        stats = np.zeros((self.tables.hists, HIST_STATS), np.int64)
        for hist, seen in self.seen.items():
            stats[hist, : len(seen)] = seen
        return stats.ravel()

    def keep_hists(self, slot: int) -> None:
        """Percentiles are not the oracle's."""

    def take_rows(self) -> tuple[np.ndarray, bool]:
        return np.zeros((0, TRACE_WIDTH), np.int64), False

    def extend(self, words: int) -> int:
        raise Beyond

    # -- who is where ---------------------------------------------------------------------------------
    def at_node(self, node: int) -> list[Activation]:
        """In the order of their lines. An answer on its way belongs to no node."""
        return [one for _, one in sorted(self.alive.items()) if one.node == node and not one.coming_back]

    def due(self) -> dict[int, int]:
        return {line: at for at, line, _ in self.agenda}

    def take_off(self, lines: Collection[int]) -> None:
        self.agenda = sorted((entry for entry in self.agenda if entry[1] not in lines), key=lambda entry: entry[:2])

    def spawn(self, pc: int, node: int, at_ns: int | None = None) -> None:
        at = self.now if at_ns is None else at_ns
        self.push(at, self.take(pc, node, t0=at, arrived=at, tag=0))

    # -- a crash --------------------------------------------------------------------------------------
    def kill(self, node: int, status: int, stations: Sequence[int], doors: Mapping[int, int]) -> None:
        due, mine = self.due(), self.at_node(node)
        arrivals = [one for one in mine if one.line in due and one.pc in doors]
        for one in arrivals:
            one.pc = doors[one.pc]
        dead = [one for one in mine if one not in arrivals]
        gone = {one.line for one in dead}
        self.take_off(gone)
        self.ready = type(self.ready)(one for one in self.ready if one.line not in gone)
        held = self.queues.pop(node + Node.HOLD_HEAD, [])
        self.memory[node + Node.HOLD_LEN] = 0
        queued = {one for at in stations for one in self.queues.get(at, [])}
        for one in dead:
            self.stop(one, due.get(one.line), one in held, one in queued)
            if one.waits == "call":
                self.memory[one.lane + Link.OUTSTANDING] -= 1
                self.memory[self.memory[one.lane + Link.FAILED] + REASON["aborted"]] += 1
            self.unpark(one)
        for at in stations:
            self.settle(at)
            self.memory[at + Station.BUSY] = self.memory[at + Station.LEN] = 0
            self.queues.pop(at, None)
        for one in dead:
            self.answer_dead(one, status)
        for one in held:
            if one not in dead:
                self.late(one)

    def stop(self, me: Activation, due: int | None, is_held: bool, is_queued: bool) -> None:
        """What a request had of the time it was about to spend."""
        if not me.link:
            return
        if is_held:
            self.was_held(me)
        if me.left is not None or due is not None:
            left = me.left if due is None else due - self.now
            assert left is not None
            if self.program[me.pc - 1][0] == Op.SERVE:
                self.memory[me.node + Node.SERVING] -= left
                self.memory[me.node + Node.WORK] -= left * 1024 // max(1, self.memory[me.node + Node.SLOW])
            else:
                self.memory[me.node + Node.SLEEPING] -= left
        elif is_queued:
            self.memory[me.node + Node.QUEUING] += self.now - me.since
        elif me.waits == "call":
            self.memory[me.lane + Link.WAITED] += self.now - me.since
        elif me.waits is not None:
            what = Node.AWAITING if me.waits == "await" else Node.WAITING
            self.memory[me.node + what] += self.now - me.since

    def answer_dead(self, me: Activation, status: int) -> None:
        if me.link <= 0:
            self.release(me)
            return
        self.memory[me.node + Node.FAILED] += not self.memory[me.link + Link.QUIET]
        self.memory[me.node + Node.ORIGINS + status] += 1
        self.memory[me.link + Link.SOJOURN] += self.now - me.arrived
        if me.parent is None:
            self.release(me)
        elif me.orphan():
            self.late(me)
        else:
            back = self.memory[me.link + Link.BACK]
            self.memory[me.link + Link.NETWORK] += back
            me.status = status
            self.turn_back(me)
            self.push(self.now + back, me)

    # -- a pause --------------------------------------------------------------------------------------
    def pause(self, node: int, doors: Collection[int]) -> None:
        due = self.due()
        frozen = [one for one in self.at_node(node) if one.line in due and one.pc not in doors]
        self.take_off({one.line for one in frozen})
        for one in sorted(frozen, key=lambda one: (due[one.line], one.line)):
            self.hold(node, one)
            one.left = due[one.line] - self.now
        self.memory[node + Node.PAUSED], self.memory[node + Node.PAUSED_AT] = 1, self.now

    def resume(self, node: int) -> None:
        self.memory[node + Node.PAUSED] = self.memory[node + Node.HOLD_LEN] = 0
        for one in self.queues.pop(node + Node.HOLD_HEAD, []):
            self.was_held(one)
            if one.left is None:
                self.ready.append(one)
            else:
                self.push(self.now + one.left, one)
                one.left = None

    def was_held(self, me: Activation) -> None:
        if me.coming_back or not me.link:
            return
        since = me.since if me.left is None else self.memory[me.node + Node.PAUSED_AT]
        self.memory[me.node + Node.HELD] += self.now - since

    # -- slots, rates, caches -------------------------------------------------------------------------
    def kick(self, station: int) -> None:
        self.settle(station)
        self.grant(station, 1 << 30)

    def wake(self, queue: int) -> None:
        self.notify(queue, -1)

    def cache_flush(self, cache: int) -> None:
        self.held(cache).order.clear()
        self.tell(cache)

    def cache_resize(self, cache: int, cap: int) -> None:
        self.memory[cache + Cache.CAP] = cap
        out = self.held(cache).shrink(cap)
        if out:
            self.memory[cache + Cache.EVICTED] = out[-1]
        self.memory[cache + Cache.EVICTIONS] += len(out)
        self.tell(cache)

    def rescale(self, pc: int, node: int, before: float, after: float) -> None:
        """What is left of a source's gap is as many requests as before."""
        (source,) = [one for one in self.at_node(node) if one.pc == pc]
        due = self.due().get(source.line)
        left = source.left if due is None else due - self.now
        assert left is not None
        if after <= 0:
            if due is not None or source.tag:
                self.take_off({source.line})
                source.left = left if source.tag else 0
            return
        if not source.tag:
            if due is None:
                source.left = None
                self.push(self.now, source)
            return
        self.take_off({source.line})
        source.left = None
        old, new = round(before * 1e6), max(1, round(after * 1e6))
        self.push(self.now + min(left * old // new, FARTHEST_NS), source)


def words_of_ids(plan: Any) -> set[int]:
    """Addresses of words that hold ids of activations or the order of a cache: the oracle has objects for them."""
    found: set[int] = set()
    for placed in plan.nodes.values():
        for block in placed.replicas:
            found |= {block + Node.HOLD_HEAD, block + Node.HOLD_TAIL}
        for item in placed.asm.items.values():
            for copy, at in enumerate(placed.places(item)):
                if item.record == "station":
                    found |= set(range(at + Station.HEAD, at + Station.HEAD + 2 * CLASSES))
                if item.record == "queue":
                    found |= {at + 3 * number + end for number in range(item.size) for end in (0, 1)}
                if item.record == "timers":
                    found |= set(range(at + 1, at + 5))
                if item.record == "cache":
                    first, words = placed.regions[item.name][copy]
                    found |= set(range(first, first + words))
    for way in plan.ways():
        found |= {lane + Link.TIMERS + word for lane in way.all_lanes() for word in range(1, 5)}
    return found
