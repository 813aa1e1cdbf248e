"""Which words of the arena add up to which number on the screen: one table of sums, read in one kernel call."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from worker.engine.kernel.report import gather
from worker.engine.kernel.rows import DIGITS, write
from worker.engine.layout import REASON_SLOTS, Link, Node, Station, Totals
from worker.engine.machine import Machine
from worker.engine.place import PlacedLink, PlacedNode

NODE_SUMS = ("arrivals", "completions", "rejects", "failed", "queue", "queue_cap", "paused")
LINK_SUMS = ("calls", "tries", "ok", "failed", "timeouts", "retries", "late", "outstanding", "opened", "lost")
CLIENT_SUMS = ("offered", "ok", "failed")
REFUSALS = {"refused": "breaker_open", "pool_timeouts": "pool_timeout", "throttled": "limited"}
"""Counters of calls that failed without a try, and the reason that each stands for."""
OPTION_SUMS = ("own_stale", "hedges", "partial", "batches", "handshakes", "bytes", "fallbacks")
"""Counters of a link's options: there when the link has the option."""


def words_of_node(placed: PlacedNode) -> dict[str, list[int]]:
    """Addresses to add up, by column."""
    if placed.totals_hist >= 0:
        client = words_of_client(placed)
        return {"arrivals": client["offered"], "completions": client["ok"], "failed": client["failed"]}
    blocks = placed.replicas
    words = {
        "completions": [block + Node.DONE for block in blocks],
        "failed": [block + Node.FAILED for block in blocks],
        "paused": [block + Node.PAUSED for block in blocks],
    }
    if "slots" in placed.own:
        slots = stations(placed)
        words |= {
            "arrivals": [at + Station.ARRIVALS for at in slots],
            "rejects": [at + Station.REJECTS for at in slots],
            "queue": [at + Station.LEN for at in slots],
            "queue_cap": [at + Station.QCAP for at in slots],
        }
    return words


def words_of_metrics(placed: PlacedNode) -> dict[str, list[int]]:
    """The counters that only this kind has."""
    copies = range(len(placed.replicas))
    words = {}
    for metric in placed.node.component.metrics:
        item = metric.item or metric.name
        if item in placed.shared:
            words[metric.name] = [placed.shared_address(item, metric.field)]
        else:
            words[metric.name] = [placed.address(replica, item, metric.field) for replica in copies]
    return words


def stations(placed: PlacedNode) -> list[int]:
    """The main station of every replica."""
    return [placed.address(r, "slots") for r in range(len(placed.replicas))] if "slots" in placed.own else []


def words_of_client(placed: PlacedNode) -> dict[str, list[int]]:
    at = placed.shared["totals"]
    return {
        "offered": [at + Totals.OFFERED],
        "ok": [at + Totals.OK],
        "failed": reasons(at + Totals.FAILED)[1:],
    }


def in_flight(placed: PlacedNode) -> list[int]:
    """Requests sent and not yet answered: offered - ok - failed, in the signs of Table."""
    words = words_of_client(placed)
    return words["offered"] + [~at for at in words["ok"] + words["failed"]]


def words_of_link(placed: PlacedLink, caller: PlacedNode) -> dict[str, list[int]]:
    lanes, id = placed.all_lanes(), placed.link.id
    tries = [lane + Link.CALLS for lane in lanes]
    words = {
        "tries": tries,
        "calls": shared(caller, f"calls:{id}") or tries,
        "retries": shared(caller, f"retries:{id}"),
        "opened": shared(caller, f"opened:{id}"),
        "ok": [lane + Link.OK for lane in lanes],
        "failed": reasons(placed.failed)[1:] + refusals(placed, caller),
        "timeouts": [lane + Link.TIMEOUTS for lane in lanes],
        "late": [lane + Link.LATE for lane in lanes],
        "lost": [lane + Link.LOST for lane in lanes],
        "outstanding": [lane + Link.OUTSTANDING for lane in lanes],
    }
    return words


def refusals(placed: PlacedLink, caller: PlacedNode) -> list[int]:
    """Calls that failed without a try."""
    return [at for name in REFUSALS for at in shared(caller, f"{name}:{placed.link.id}")]


def shared(placed: PlacedNode, name: str) -> list[int]:
    return [placed.shared[name]] if name in placed.shared else []


def reasons(first: int) -> list[int]:
    return list(range(first, first + REASON_SLOTS))


def slot_ns(placed: PlacedNode, machine: Machine) -> int:
    """Slots times ns that a node has had since the start."""
    slots = sum(int(machine.arena[at + Station.CAP]) for at in stations(placed))
    return placed.slot_ns + slots * (machine.now - placed.slots_at)


def note_slots(placed: PlacedNode, machine: Machine) -> None:
    """To be said before the slots of a node change."""
    placed.slot_ns, placed.slots_at = slot_ns(placed, machine), machine.now


class Sums:
    """A matrix of sums of words: rows x columns, read at once."""

    def __init__(self, rows: Iterable[dict[str, list[int]]], columns: tuple[str, ...]) -> None:
        cells = [row.get(column, []) for row in rows for column in columns]
        self.shape = (len(cells) // len(columns), len(columns))
        self.starts = np.cumsum([0, *(len(cell) for cell in cells)]).astype(np.int64)
        self.addresses = np.array([at for cell in cells for at in cell] or [0], np.int64)
        self.any = any(cells)

    def read(self, arena: np.ndarray) -> np.ndarray:
        out = np.zeros(self.shape[0] * self.shape[1], np.int64)
        gather(arena, self.starts, self.addresses, out)
        return out.reshape(self.shape)


class Table:
    """Matrices of numbers, one after another in `values`. Cells are signed sums of words; others may write into them."""

    def __init__(self) -> None:
        self._cells: list[list[int]] = []
        self._shapes: list[tuple[int, int]] = []
        self._columns: list[tuple[int, tuple[str, ...]]] = []  # first cell, names

    def add(self, columns: tuple[str, ...], rows: list[dict[str, list[int]]], flat: bool = False) -> None:
        """One more matrix. A column that a row does not name is 0; an address below 0 is taken away (~address)."""
        self._columns.append((len(self._cells), columns))
        self._shapes.append((-1 if flat else len(rows), len(columns)))
        self._cells += [row.get(column, []) for row in rows for column in columns]

    def cells(self, matrix: int, column: str) -> np.ndarray:
        """Indices of a column's cells in `values`."""
        first, columns = self._columns[matrix]
        rows = self._shapes[matrix][0]
        return first + columns.index(column) + len(columns) * np.arange(rows, dtype=np.int64)

    @property
    def spare(self) -> int:
        """Index of a cell that nobody sees."""
        return len(self._cells)

    def seal(self) -> None:
        cells = [*self._cells, []]
        signed = [at for cell in cells for at in cell] or [0]
        self.starts = np.cumsum([0, *(len(cell) for cell in cells)]).astype(np.int64)
        self.addresses = np.array([at if at >= 0 else ~at for at in signed], np.int64)
        self.signs = np.array([1 if at >= 0 else -1 for at in signed], np.int64)
        self.values = np.zeros(len(cells), np.int64)
        self.shapes = np.array(self._shapes, np.int64)
        self._ends = np.zeros(len(self._shapes), np.int64)
        self._text = np.zeros(len(cells) * DIGITS + 4 * (len(cells) + len(self._shapes)), np.uint8)

    def text(self) -> list[str]:
        """Every matrix as JSON."""
        write(self.values, self.shapes, self._text, self._ends)
        ends = self._ends.tolist()
        text = self._text[: ends[-1]].tobytes().decode("ascii")
        return [text[first:end] for first, end in zip([0, *ends], ends, strict=False)]
