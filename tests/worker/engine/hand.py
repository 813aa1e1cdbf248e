"""Machines wired by hand: records and programs of the opcode table, without components, compiler or assembler."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.program import Op
from components.program.op import EVICTION
from worker.engine.layout import (
    CLASSES,
    LINE,
    NODE_WORDS,
    REASON_SLOTS,
    STATION_WORDS,
    TOTALS_WORDS,
    Cache,
    Law,
    Link,
    Node,
    Queue,
    Station,
    Timers,
    Totals,
)  # fmt: skip
from worker.engine.machine import Machine, Tables

MS = 1_000_000
S = 1_000 * MS
UNBOUNDED = 1 << 40

Operand = int | str | tuple[int, int]
"""A plain operand made by R, W, A or N; a label; or a bare number (of a law, a stream, a histogram; -1 = no target)."""


def R(register: int) -> tuple[int, int]:
    return register, 0


def W(word: int) -> tuple[int, int]:
    """A word of the activation's node."""
    return word, 1


def A(address: int) -> tuple[int, int]:
    return address, 2


def N(number: int) -> tuple[int, int]:
    return number, 3


STATUS, SELF, PARENT = R(-1), R(-5), R(-17)


class Board:
    """Lay out records, write the program, then ask for a machine."""

    def __init__(self) -> None:
        self.words: dict[int, int] = {}
        self.size = LINE
        self.code: list[tuple[int, tuple[Operand, ...]]] = []
        self.labels: dict[str, int] = {}
        self.laws: list[list[float]] = []
        self.streams = 0
        self.hists = 0
        self.starts: list[tuple[str, int, int]] = []
        self.doors: list[tuple[int, str]] = []
        self.zipf = np.zeros(1, np.int64)
        self.ids: list[int] = []  # addresses of words that hold ids of activations

    # -- records --------------------------------------------------------------------------------------
    def room(self, words: int, **start: int) -> int:
        at = self.size
        self.size += words
        return at

    def record(self, layout: Any, words: int, **values: int) -> int:
        at = self.room(words)
        for name, value in values.items():
            self.words[at + layout[name]] = value
        return at

    def listed(self, layout: Any, words: int, **values: int) -> int:
        """A record with the ends of lists in it."""
        at = self.record(layout, words, **values)
        names = ("HEAD", "TAIL", "HOLD_HEAD", "HOLD_TAIL", "TOKEN", "ARMED")
        self.ids += [at + layout[name] for name in names if name in layout.__members__]
        return at

    def hist(self, count: int = 1) -> int:
        self.hists += count
        return self.hists - count

    def stream(self) -> int:
        self.streams += 1
        return self.streams - 1

    def node(self, words: int = 0) -> int:
        """A header with `words` words of its own behind it (from NODE_WORDS on)."""
        return self.listed(Node, NODE_WORDS + words, SLOW=1024, HOLD_HEAD=-1, HOLD_TAIL=-1, HIST=self.hist(2))

    def station(self, cap: int, qcap: int = UNBOUNDED, lifo: int = 0) -> int:
        at = self.record(Station, STATION_WORDS, CAP=cap, QCAP=qcap, LIFO=lifo)
        ends = range(at + Station.HEAD, at + Station.HEAD + 2 * CLASSES)
        self.words |= dict.fromkeys(ends, -1)
        self.ids += ends
        return at

    def queue(self) -> int:
        return self.listed(Queue, len(Queue), HEAD=-1, TAIL=-1)

    def timers(self, duration: int) -> int:
        return self.listed(Timers, len(Timers), DURATION=duration, HEAD=-1, TAIL=-1, TOKEN=-1)

    def totals(self) -> int:
        return self.record(Totals, TOTALS_WORDS, HIST=self.hist())

    def cache(self, keys: int, cap: int, policy: str = "lru") -> int:
        base = self.room(3 * keys)
        self.ids += range(base, base + 3 * keys)
        return self.listed(
            Cache,
            len(Cache),
            HEAD=-1,
            TAIL=-1,
            CAP=cap,
            BASE=base,
            EVICTED=-1,
            POLICY=EVICTION[policy],
            STREAM=self.stream(),
        )

    def link(self, door: str, node: int, *, timeout: int = -1, **values: int) -> int:
        """`values` are words such as OUT, BACK, OUT_JITTER, OUT_LOSS."""
        at = self.record(Link, LINE, TARGET_SELF=node, STREAM=self.stream(), HIST=self.hist(), **values)
        self.words[at + Link.FAILED] = self.room(REASON_SLOTS)
        for name, value in {"DURATION": timeout, "HEAD": -1, "TAIL": -1, "TOKEN": -1}.items():
            self.words[at + Link.TIMERS + Timers[name]] = value
        self.ids += [at + Link.TIMERS + timer for timer in Timers if timer != Timers.DURATION]
        self.doors.append((at, door))
        return at

    def law(self, kind: str, a: float, b: float = 0.0, c: float = 0.0) -> int:
        self.laws.append([float(Law[kind]), float(self.stream()), a, b, c, 0.0, 0.0, 0.0])
        return len(self.laws) - 1

    # -- program --------------------------------------------------------------------------------------
    def at(self, label: str) -> None:
        self.labels[label] = len(self.code)

    def op(self, op: Op, *operands: Operand) -> None:
        self.code.append((int(op), operands))

    def start(self, label: str, node: int, at_ns: int = 0) -> None:
        self.starts.append((label, node, at_ns))

    def pc(self, label: str) -> int:
        return self.labels[label]

    def _encode(self, operand: Operand) -> int:
        if isinstance(operand, str):
            return self.labels[operand]
        if isinstance(operand, tuple):
            return operand[0] << 2 | operand[1]
        return operand

    def program(self) -> np.ndarray:
        rows = [[op, *map(self._encode, operands)] for op, operands in self.code]
        return np.array([word for row in rows for word in row + [0] * (6 - len(row))], np.int64)

    def tables(self, seed: int = 1) -> Tables:
        image = np.zeros(-(-self.size // LINE) * LINE, np.int64)
        for address, value in self.words.items():
            image[address] = value
        for link, door in self.doors:
            image[link + Link.TARGET_PC] = self.labels[door]
        streams = np.array([seed * 1_000_003 + 7919 * n for n in range(max(1, self.streams))], np.uint64)
        laws = np.array(self.laws or [[0.0] * 8]).reshape(-1)
        starts = [(self.labels[label], node, at) for label, node, at in self.starts]
        return Tables(image, self.program(), laws, streams, self.zipf, max(1, self.hists), starts)

    def machine(self, seed: int = 1) -> Machine:
        return Machine(self.tables(seed))


def single_station(
    rate: float, mean: float, cap: int, qcap: int = UNBOUNDED, law: str = "EXP", timeout: int = -1
) -> tuple[Board, dict[str, int]]:
    """Poisson requests of `rate` a second to one node with one station; times in ns. Addresses by name."""
    board = Board()
    client, server = board.node(), board.node()
    station, totals = board.station(cap, qcap), board.totals()
    gap, work = board.law("EXP", 1e9 / rate), board.law(law, mean)
    link = board.link("door", server, timeout=timeout)
    board.at("source")
    board.op(Op.SOURCE, "request", gap)
    board.at("request")
    board.op(Op.BEGIN, A(totals))
    board.op(Op.CALL, A(link), -1)
    board.op(Op.COUNT, A(totals))
    board.op(Op.END)
    board.at("door")
    board.op(Op.ACQUIRE, A(station), "full", N(0))
    board.op(Op.SERVE, work)
    board.op(Op.RELEASE, A(station))
    board.op(Op.REPLY, N(0))
    board.at("full")
    board.op(Op.REPLY, N(2))
    board.start("source", client)
    return board, {"client": client, "server": server, "station": station, "totals": totals, "link": link}


def word(machine: Machine, address: int) -> int:
    return int(machine.arena[address])


def mean_ns(machine: Machine, hist: int) -> float:
    """Exact mean of what a histogram has seen."""
    count, total = machine.hist_stats[4 * hist], machine.hist_stats[4 * hist + 1]
    return float(total) / float(count)
