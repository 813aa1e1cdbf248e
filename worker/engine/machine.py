"""The machine: the arrays of one run, and what may be done to them between two events."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from worker.engine.kernel import loop, ops_cache
from worker.engine.kernel.heap import NEVER, SPARE
from worker.engine.kernel.histogram import bucket_of, percentiles_of, quantiles_of
from worker.engine.kernel.state import BROKEN, GROW, REACHED, SPENT, TIMER_PC
from worker.engine.layout import (
    GLOBAL_WORDS,
    HIST_BUCKETS,
    HIST_STATS,
    LINE,
    NS,
    TOKEN_BITS,
    TRACE_WIDTH,
    Global,
    Token,
)
from worker.engine.snapshot import pack, unpack
from worker.engine.surgery import Surgery

START_LINES = 256  # fixed: ids break ties, so another start would be another (equally right) run
CHUNK_NS = REBASE_NS = 300 * NS  # with the longest time-out of 3,600 s this stays inside the 42 bits of a key
UNBOUNDED = 1 << 62
TRACE_ROWS = 1 << 15  # of the ring; it is emptied at least every TRACED_EVENTS events
TRACED_EVENTS = 4096
MOST_ROWS = 1 << 18  # not yet taken, about; the oldest go


class MachineError(Exception):
    """The kernel stopped at an instruction that it cannot run. A defect of a program, never of a design."""


@dataclass
class Tables:
    """What a design compiles to. `starts` = (instruction, node, ns) of every activation that exists at time 0."""

    static: np.ndarray  # int64, whole lines; the first stays zero, since address 0 means nothing
    program: np.ndarray  # int64, six an instruction
    dists: np.ndarray  # float64
    streams: np.ndarray  # uint64
    zipf: np.ndarray  # int64
    hists: int
    starts: Sequence[tuple[int, int, int]]


class Machine(Surgery):
    """A run in memory. Times are ns of virtual time."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        lines = START_LINES
        while lines < 2 * len(tables.starts) + 2 * int(loop.MARGIN):
            lines *= 2
        self.arena = np.concatenate([tables.static, np.zeros(lines * LINE, np.int64)])
        self.program, self.zipf = tables.program, tables.zipf.view()
        self.zipf.flags.writeable = False  # it is shared, and numba compiles once more for an array that is not alike
        self.dists, self.streams = tables.dists.copy(), tables.streams.copy()
        self.hist = np.zeros(tables.hists * HIST_BUCKETS, np.int32)
        self.hist_stats = np.zeros(tables.hists * HIST_STATS, np.int64)
        self.bases = [np.zeros_like(self.hist)] * 2
        self.heap = np.full(lines + SPARE, NEVER)
        self.ready = np.zeros(lines, np.int64)
        self.state = np.zeros(GLOBAL_WORDS, np.int64)
        self.state[Global.FREE] = -1
        self.state[Global.LINES] = lines
        self.state[Global.READY_MASK] = lines - 1
        self.rows: deque[np.ndarray] = deque()  # of traces, not yet taken
        self.has_gap = False  # rows were dropped
        self._rows_read = self._rows_kept = 0
        self.segments = [(len(tables.static) // LINE, lines)]
        self._free_lines(len(tables.static) // LINE, lines)
        for pc, node, at_ns in tables.starts:
            self.spawn(pc, node, at_ns)

    @property
    def now(self) -> int:
        return int(self.state[Global.NOW])

    @property
    def events(self) -> int:
        """Events so far: everything that stood on the agenda."""
        return int(self.state[Global.EVENTS])

    @property
    def live(self) -> int:
        """Activations that exist now."""
        return int(self.state[Global.LIVE])

    def advance(self, until_ns: int, budget: int | None = None) -> bool:
        """Run to `until_ns`. False: `budget` events are used up. Raises ValueError for the past, MachineError."""
        if until_ns < self.now:
            raise ValueError(f"cannot go back from {self.now} to {until_ns} ns")
        last = self.events + budget if budget is not None else UNBOUNDED
        while self.now < until_ns or self._due():
            self._rebase()
            if not self._run(min(until_ns, self.now + CHUNK_NS), last):
                return False
        return True

    def _due(self) -> bool:
        """Is something left to do at this very ns?"""
        if self.state[Global.READY_LEN]:
            return True
        self._close_hole()
        return bool(self.state[Global.HEAP_LEN]) and self._time_of(int(self.heap[0])) <= self.now

    def _run(self, until_ns: int, last_event: int) -> bool:
        while True:
            budget = max(0, last_event - self.events)
            code = loop.run(
                self.arena, self.program, self.heap, self.ready, self.hist, self.hist_stats, self.streams, self.dists,
                self.zipf, self.state, until_ns, min(budget, TRACED_EVENTS) if self.has_ring else budget,
            )  # fmt: skip
            if self.has_ring:
                self._empty_ring()
            if code == GROW:
                self._grow()
            elif code == SPENT and self.events < last_event:
                continue
            elif code == BROKEN:
                pc = int(self.state[Global.ERROR_PC])
                raise MachineError(f"instruction {pc}: {self.program[pc * 6 : pc * 6 + 6].tolist()}")
            else:
                return bool(code == REACHED)

    # -- traces -----------------------------------------------------------------------------------
    @property
    def has_ring(self) -> bool:
        return bool(self.state[Global.TRACE_MASK])

    def trace(self, every: int) -> None:
        """Trace every n-th request of clients from now on, the next one first; 0 = none. Changes nothing else."""
        if every and not self.has_ring:
            self.state = np.concatenate([self.state[:GLOBAL_WORDS], np.zeros(TRACE_ROWS * TRACE_WIDTH, np.int64)])
            self.state[Global.TRACE_MASK] = TRACE_ROWS - 1
        self.state[Global.TRACE_EVERY], self.state[Global.TRACE_LEFT] = every, 1

    def take_rows(self) -> tuple[np.ndarray, bool]:
        """Rows of traces since the last call, TRACE_WIDTH words each, in the order of time; are some missing?"""
        self._empty_ring()
        rows = np.concatenate([np.zeros((0, TRACE_WIDTH), np.int64), *self.rows])
        self.rows.clear()
        had_gap, self.has_gap, self._rows_kept = self.has_gap, False, 0
        return rows, had_gap

    def _empty_ring(self) -> None:
        """What does not fit is lost, oldest first; nothing in the run depends on it."""
        written = int(self.state[Global.TRACE_LEN])
        if written == self._rows_read or not self.has_ring:
            return
        ring = self.state[GLOBAL_WORDS:].reshape(-1, TRACE_WIDTH)
        first = max(self._rows_read, written - len(ring))
        self.rows.append(ring[np.arange(first, written) & (len(ring) - 1)])
        self.has_gap |= first > self._rows_read
        self._rows_read = written
        self._rows_kept += len(self.rows[-1])
        while self._rows_kept > MOST_ROWS:
            self._rows_kept -= len(self.rows.popleft())
            self.has_gap = True

    def _rebase(self) -> None:
        """Keys hold 42 bits of ns: move their zero along."""
        passed = self.now - int(self.state[Global.EPOCH])
        if passed > REBASE_NS:
            self._close_hole()
            self.heap[: int(self.state[Global.HEAP_LEN])] -= passed << TOKEN_BITS
            self.state[Global.EPOCH] = self.now

    def _free_lines(self, first: int, count: int) -> None:
        """New lines at the end of the arena; the lowest is taken first."""
        lines = self.arena[first * LINE : (first + count) * LINE].reshape(-1, LINE)
        lines[:, Token.NEXT] = np.arange(first + 1, first + count + 1)
        lines[-1, Token.NEXT] = self.state[Global.FREE]
        lines[:, Token.PC] = int(TIMER_PC)
        self.state[Global.FREE] = first

    def _grow(self) -> None:
        """Twice the lines, between two events; nothing else changes."""
        lines, first = int(self.state[Global.LINES]), len(self.arena) // LINE
        if first + lines > 1 << TOKEN_BITS:
            raise MachineError("more than two million activations at once")
        self.arena = np.concatenate([self.arena, np.zeros(lines * LINE, np.int64)])
        self.heap = np.concatenate([self.heap, np.full(lines, NEVER)])
        waiting = self._waiting_to_run()
        self.ready = np.zeros(2 * lines, np.int64)
        self.ready[: len(waiting)] = waiting
        self.state[Global.READY_HEAD] = 0
        self.state[Global.LINES], self.state[Global.READY_MASK] = 2 * lines, 2 * lines - 1
        self.segments.append((first, lines))
        self._free_lines(first, lines)

    def extend(self, words: int) -> int:
        """Address of so many more words of state, whole lines, behind all that is there: nothing that exists moves."""
        first, lines = len(self.arena) // LINE, -(-words // LINE)
        if first + lines > 1 << TOKEN_BITS:
            raise MachineError("more state than two million lines")
        self.arena = np.concatenate([self.arena, np.zeros(lines * LINE, np.int64)])
        return first * LINE

    def more_hists(self, count: int) -> None:
        """Room for so many histograms in all."""
        self.hist, self.bases[0], self.bases[1] = (
            np.concatenate([one, np.zeros(count * HIST_BUCKETS - len(one), np.int32)])
            for one in (self.hist, *self.bases)
        )
        self.hist_stats = np.concatenate(
            [self.hist_stats, np.zeros(count * HIST_STATS - len(self.hist_stats), np.int64)]
        )

    def forget_hists(self, first: int, count: int) -> None:
        for array in (self.hist, *self.bases):
            array[first * HIST_BUCKETS : (first + count) * HIST_BUCKETS] = 0
        self.hist_stats[first * HIST_STATS : (first + count) * HIST_STATS] = 0

    # -- measurements -----------------------------------------------------------------------------
    def keep_hists(self, slot: int) -> None:
        """Remember the histograms as base 0 or 1."""
        self.bases[slot] = self.hist.copy()

    def turn_hists(self) -> None:
        """Base 1 becomes base 0, and now becomes base 1."""
        self.bases = [self.bases[1], self.hist.copy()]

    def percentiles(self, which: np.ndarray, base: int, qs: Sequence[float]) -> np.ndarray:
        """ns, one row per histogram, counted since a base; -1 where nothing was."""
        out = np.empty((len(which), len(qs)), np.int64)
        percentiles_of(self.hist, self.bases[base], which, np.array(qs), out)
        return out

    def quantiles(self, counts: np.ndarray, qs: Sequence[float]) -> np.ndarray:
        """ns of one histogram given as counts per bucket."""
        out = np.empty(len(qs), np.int64)
        quantiles_of(counts.astype(np.int64), np.array(qs), out)
        return out

    def bucket(self, ns: int) -> int:
        """Number of the bucket that counts `ns`."""
        return int(bucket_of(np.int64(ns)))

    # -- the whole state --------------------------------------------------------------------------
    def snapshot(self) -> bytes:
        """Everything but the program and traces, packed. `restore` goes on from here to the bit."""
        state = self.state[:GLOBAL_WORDS].copy()
        state[[Global.TRACE_EVERY, Global.TRACE_LEFT, Global.TRACE_MASK, Global.TRACE_LEN]] = 0
        ready = np.array(self._waiting_to_run(), np.int64)
        arrays: dict[str, np.ndarray] = {
            "arena": self._untraced(),
            "agenda": self._agenda(),
            "ready": ready,
            "state": state,
            "segments": np.array(self.segments, np.int64).ravel(),
        }
        counted: dict[str, np.ndarray] = {
            "hist": self.hist,
            "stats": self.hist_stats,
            "base0": self.bases[0],
            "base1": self.bases[1],
        }
        if self.program is not self.tables.program:  # the design was edited: no compiler would make it so again
            arrays["program"] = self.program
        return pack(arrays | counted | {"streams": self.streams, "dists": self.dists})

    @classmethod
    def restore(cls, tables: Tables, snapshot: bytes) -> Machine:
        """The machine of that moment. `tables` = those of the same design and seed; raises ValueError for others."""
        machine, found = cls(tables), unpack(snapshot)
        lines, waiting = int(found["state"][Global.LINES]), found["ready"]
        segments = [(int(first), int(count)) for first, count in found["segments"].reshape(-1, 2)]
        if segments[0][0] * LINE != len(tables.static) or len(found["hist"]) != len(machine.hist):
            raise ValueError("the snapshot is of another design")
        machine.segments = segments
        machine.program = found.get("program", machine.program)
        machine.arena, machine.state = found["arena"], found["state"]
        machine.heap = np.full(lines + SPARE, NEVER)
        machine.heap[: len(found["agenda"])] = found["agenda"]
        machine.ready = np.zeros(lines, np.int64)
        machine.ready[: len(waiting)] = waiting
        machine.state[Global.READY_HEAD] = 0
        machine.hist, machine.hist_stats, machine.bases = (
            found["hist"],
            found["stats"],
            [found["base0"], found["base1"]],
        )
        machine.streams, machine.dists = found["streams"], found["dists"]
        return machine

    def digest(self) -> str:
        """Of the whole state, for comparing two runs; where the keys' zero lies and how the ring is turned is left out."""
        agenda, digest = np.sort(self._agenda()), hashlib.sha256()
        times, ids = (agenda >> TOKEN_BITS) + self.state[Global.EPOCH], agenda & ((1 << TOKEN_BITS) - 1)
        ready = np.array(self._waiting_to_run(), np.int64)
        counts = self.state[[Global.NOW, Global.FREE, Global.LIVE, Global.LINES, Global.EVENTS, Global.HIGH_WATER]]
        for part in (self._untraced(), times, ids, ready, counts, self.hist, self.hist_stats, self.streams, self.dists):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def _untraced(self) -> np.ndarray:
        """The arena without the bits that say which activations are traced: a trace changes nothing else."""
        arena = self.arena.copy()
        for first, count in self.segments:
            lines = arena[first * LINE : (first + count) * LINE].reshape(-1, LINE)
            lines[:, Token.GEN] &= ~1
            callers = lines[:, Token.PARENT]
            lines[:, Token.PARENT] = np.where(callers >= 0, callers & ~(1 << TOKEN_BITS), callers)
        return arena

    # -- caches -----------------------------------------------------------------------------------
    def cache_flush(self, cache: int) -> None:
        """Empty a cache."""
        ops_cache.flush(self.arena, cache)

    def cache_resize(self, cache: int, cap: int) -> None:
        """Give a cache room for `cap` keys; its policy says who goes."""
        ops_cache.resize(self.arena, self.streams, self.state, cache, cap)
