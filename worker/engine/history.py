"""A short memory of the counters: a row a virtual second, so that a change can be found afterwards.

Rows are taken at fixed virtual times, so they do not depend on how a run is sliced; they are no part of a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from components.program import REASONS
from worker.engine.compiler import BLACKHOLE_PC, FIRST_PC, Plan
from worker.engine.counters import reasons, stations, words_of_client, words_of_link, words_of_metrics, words_of_node
from worker.engine.kernel.report import busy_of, gather
from worker.engine.layout import HIST_STATS, NS, Cache, HistStat, Link, Node, Station
from worker.engine.machine import Machine
from worker.engine.place import PlacedLink, PlacedNode
from worker.engine.timing import LINK_TIMES, NODE_TIMES, times_of_link, times_of_node

EVERY_SECOND_S = 600
"""Up to here a row a second; then the distance doubles whenever the run has become twice as long."""
MOST_ROWS, FEWEST_ROWS, MOST_CELLS = 240, 24, 1_000_000  # a big design remembers less

Cell = tuple[str, str]  # node or link, name


def next_row_ns(now_ns: int) -> int:
    """When the next row is due."""
    step = NS
    while now_ns >= EVERY_SECOND_S * step:
        step *= 2
    return (now_ns // step + 1) * step


class History:
    """Rows of one run. Counters only grow; levels are what is now."""

    def __init__(self, plan: Plan, machine: Machine) -> None:
        self.plan, self.machine = plan, machine
        words: dict[Cell, list[int]] = {}
        going, coming = plan.ends()
        for id, placed in plan.nodes.items():
            times = times_of_node(placed, going[id], coming[id])
            words |= {(id, name): at for name, at in node_words(placed, times).items()}
        for way in plan.ways():
            words |= {(way.link.id, name): at for name, at in link_words(plan, way).items()}
        self.columns = {cell: column for column, cell in enumerate(words)}
        self._starts = np.cumsum([0, *(len(at) for at in words.values())]).astype(np.int64)
        self._addresses = np.array([at for cell in words.values() for at in cell] or [0], np.int64)
        busy = {id: found for id, p in plan.nodes.items() if (found := stations(p))}
        latency = {id: p.totals_hist for id, p in plan.nodes.items() if p.totals_hist >= 0}
        doors = {id: found for id in plan.nodes if (found := doors_of(coming[id]))}
        self._busy, self._doors = Groups(list(busy.values())), Groups(list(doors.values()))
        self._latency = np.array(list(latency.values()), np.int64) * HIST_STATS + HistStat.SUM
        extra: Iterable[Cell] = (
            *((id, "busy_ns") for id in busy),
            *((id, "ok_ns") for id in latency),
            *((id, name) for name in ("down", "silent") for id in doors),
        )
        self.columns |= {cell: len(self.columns) + n for n, cell in enumerate(extra)}
        self.most = max(FEWEST_ROWS, min(MOST_ROWS, MOST_CELLS // len(self.columns)))
        self.times: list[int] = []
        self.rows: list[np.ndarray] = []
        self.add()

    def after_edit(self, plan: Plan) -> History:
        """The rows so far under the columns of another design; what was not there was 0."""
        other = History(plan, self.machine)
        place = np.array([self.columns.get(cell, -1) for cell in other.columns], np.int64)
        other.times, other.rows = self.times, [np.where(place >= 0, row[place], 0) for row in self.rows]
        return other

    def add(self) -> None:
        """A row of now; one of the same moment is replaced."""
        if self.times and self.times[-1] == self.machine.now:
            self.times.pop()
            self.rows.pop()
        self.times.append(self.machine.now)
        self.rows.append(self.row())
        if len(self.rows) > self.most:
            old = self.most // 2
            self.times = self.times[:old:2] + self.times[old:]
            self.rows = self.rows[:old:2] + self.rows[old:]

    def row(self) -> np.ndarray:
        """All columns as they are now."""
        arena, now = self.machine.arena, self.machine.now
        sums = np.zeros(len(self._starts) - 1, np.int64)
        gather(arena, self._starts, self._addresses, sums)
        busy = self._busy.add_up(busy_of(arena, self._busy.addresses, now))
        there = arena[self._doors.addresses + Link.TARGET_PC]
        down, silent = self._doors.add_up(there < FIRST_PC), self._doors.add_up(there == BLACKHOLE_PC)
        return np.concatenate([sums, busy, self.machine.hist_stats[self._latency], down, silent])


class Groups:
    """Lists of addresses, one after another; none of them is empty."""

    def __init__(self, groups: list[list[int]]) -> None:
        self.addresses = np.array([at for group in groups for at in group], np.int64)
        self.firsts = np.cumsum([0, *(len(group) for group in groups)])[:-1]

    def add_up(self, values: np.ndarray) -> np.ndarray:
        """The sum of each group."""
        if not len(self.firsts):
            return np.zeros(0, np.int64)
        return np.asarray(np.add.reduceat(values.astype(np.int64), self.firsts))


def doors_of(coming: Iterable[PlacedLink]) -> list[int]:
    """A lane to each replica of a node, where a crash shows."""
    ways = [way for way in coming if way.door == "main"]
    return ways[0].lanes[0] if ways and ways[0].lanes else []


def node_words(placed: PlacedNode, times: dict[str, list[int]]) -> dict[str, list[int]]:
    """Addresses by column. Levels: paused, queue, slots, cached."""
    words = {name: times[name] for name in NODE_TIMES}
    words |= {f"counter.{name}": at for name, at in words_of_metrics(placed).items()}
    if placed.totals_hist >= 0:
        client = words_of_client(placed)
        failed = {f"failed.{name}": [at] for name, at in zip(REASONS[1:], client["failed"], strict=False)}
        return words | {"offered": client["offered"], "ok": client["ok"], "failed": client["failed"]} | failed
    found = words_of_node(placed)
    words |= {name: found.get(name, []) for name in ("arrivals", "completions", "rejects", "failed", "paused", "queue")}
    words["slots"] = [at + Station.CAP for at in stations(placed)]
    for code, name in enumerate(REASONS[1:], 1):
        words[f"origin.{name}"] = [block + Node.ORIGINS + code for block in placed.replicas]
    caches = [item for item in placed.asm.items.values() if item.record == "cache"]
    own = [
        placed.address(replica, item.name)
        for item in caches
        if not item.shared
        for replica in range(len(placed.replicas))
    ]
    shared = [placed.shared_address(item.name) for item in caches if item.shared]
    words["cached"] = [at + Cache.LEN for at in own + shared]
    return words


def link_words(plan: Plan, way: PlacedLink) -> dict[str, list[int]]:
    """Addresses by column."""
    found, times = words_of_link(way, plan.nodes[way.link.source]), times_of_link(way)
    names = ("calls", "tries", "ok", "failed", "timeouts", "retries", "late", "opened", "lost")
    words = {name: found[name] for name in names} | {name: times[name] for name in LINK_TIMES}
    by_reason = zip(REASONS, reasons(way.failed), strict=False)
    return words | {f"failed.{name}": [at] for name, at in by_reason if name != "ok"}


class Series:
    """The rows as intervals between two of them."""

    def __init__(self, history: History, since_ns: int) -> None:
        now = [history.machine.now] if history.machine.now > history.times[-1] else []
        self.columns = history.columns
        self.times = np.array(history.times + now, np.int64)
        self.matrix = np.stack(history.rows + [history.row() for _ in now])
        self.grown_by = np.diff(self.matrix, axis=0)
        self.took_s = np.diff(self.times) / NS
        self.counted = self.times[:-1] >= since_ns
        """Intervals that belong to the summary; what lies before them is known as well."""

    def __len__(self) -> int:
        return len(self.took_s)

    def grown(self, id: str, name: str) -> np.ndarray:
        """By how much a counter grew in each interval; zeros for one that is not there."""
        column = self.columns.get((id, name))
        return np.zeros(len(self), np.int64) if column is None else self.grown_by[:, column]

    def level(self, id: str, name: str) -> np.ndarray:
        """A level at the end of each interval."""
        column = self.columns.get((id, name))
        return np.zeros(len(self), np.int64) if column is None else self.matrix[1:, column]

    def total(self, id: str, name: str, where: np.ndarray) -> int:
        """Growth in the chosen intervals."""
        return int(self.grown(id, name)[where].sum())
