"""Lane: one thread that advances many runs, each when its next frame is due."""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
import time
from collections.abc import Callable

import structlog

from worker.clock import NEVER
from worker.live import Logged, Shown
from worker.seat import Ended, Gap, Meta, Seat, Times
from worker.stream import Entry, Writer, crash_only

GRID_NS = 10_000_000  # turns start on this grid, so that runs share wake-ups and round trips
TURNS = 64  # before the lane writes and listens again
IDLE_S = 1.0
BUSY_NS = 2_000_000_000  # the load is measured over this much wall time

log = structlog.get_logger()


class Lane(threading.Thread):
    """Everything about its seats happens in this thread; other threads ask through `call`."""

    def __init__(self, name: str, writer: Writer, heavier: Callable[[Seat], None] | None = None) -> None:
        super().__init__(name=name, daemon=True)
        self._writer = writer
        self._heavier = heavier
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._heap: list[tuple[int, int, Seat]] = []
        self._order = itertools.count()
        self._out: list[Entry] = []
        self._measured = (time.monotonic_ns(), 0)  # wall time and CPU of this thread, a while ago
        self.busy = 0.0  # CPU of this thread as a share of wall time, lately
        self.seats = 0

    # What other threads may ask

    def call(self, function: Callable[[], None]) -> None:
        self._calls.put(function)

    def add(self, seat: Seat, shown: list[Shown] | None = None) -> None:
        """Takes a seat; `shown` are frames of its replay that the stream does not have yet."""

        def do() -> None:
            self.seats += 1
            self._turn(seat, shown or [])

        seat.lane = self
        self.call(do)

    def commands(self, seat: Seat, entries: list[Logged]) -> None:
        self._do(seat, lambda: self._commands(seat, entries))

    def watch(self, seat: Seat, watched: bool) -> None:
        def do() -> None:
            seat.watched = watched
            self._turn(seat)

        self._do(seat, do)

    def answer(self, seat: Seat, asked: int | None) -> None:
        """Somebody asks why (or nobody any more): once a second is often enough. None = nobody."""

        def do() -> None:
            if why := seat.why(asked):
                self._out.append(why)

        if asked is not None or seat.traced:
            self._do(seat, do)

    def end(self, seat: Seat, notice: Ended, keep: bool = False) -> None:
        """Takes the run off this host; `keep` leaves a snapshot for the next one."""

        def do() -> None:
            if keep:
                self._keep(seat)
            self._end(seat, notice)

        self._do(seat, do)

    def _do(self, seat: Seat, function: Callable[[], None]) -> None:
        """Runs `function` in the thread of the lane that has the seat by then."""

        def do() -> None:
            if seat.over:
                return
            if seat.lane is self:
                function()
            else:
                seat.lane._do(seat, function)

        self.call(do)

    # The thread

    def run(self) -> None:
        with crash_only():
            while True:
                self._listen()
                started = time.monotonic_ns()
                for _ in range(TURNS):
                    if not (self._heap and self._heap[0][0] <= started):
                        break
                    wake, _, seat = heapq.heappop(self._heap)
                    if seat.lane is self and seat.wake_ns == wake and not seat.over:
                        self._turn(seat)
                self._write()
                self._measure()

    def _listen(self) -> None:
        wait_s = (self._heap[0][0] - time.monotonic_ns()) / 1e9 if self._heap else IDLE_S
        try:
            call = self._calls.get(timeout=min(wait_s, IDLE_S)) if wait_s > 0 else self._calls.get_nowait()
            while True:
                call()
                call = self._calls.get_nowait()
        except queue.Empty:
            return

    def _turn(self, seat: Seat, shown: list[Shown] | None = None) -> None:
        live, cpu = seat.live, time.thread_time_ns()
        shown = shown if shown is not None else []
        times: list[tuple[int, int]] = []
        try:
            times = live.take(time.monotonic_ns(), shown)
            there = live.turn(time.monotonic_ns(), shown)
            wall = time.monotonic_ns()
            late = live.clock.at(wall, live.sim.now_ns)
            self._out += seat.entries(shown, times, wall, late)
            seat.charge(time.thread_time_ns() - cpu, len(shown))
            if live.ended:
                status = "stopped" if live.stopped else "finished"
                self._tell(seat, times)
                self._end(seat, Ended(status, summary=live.sim.summary()))
                return
            if there and seat.snapshot_due(wall):
                self._out.append(seat.snapshot(wall))
        except Exception as error:  # this run's trouble, not the others'
            log.exception("run failed", run=seat.run)
            self._tell(seat, times)
            self._end(seat, Ended("failed", f"{type(error).__name__}: {error}"))
            return
        self._tell(seat, times)
        if self._heavier and seat.heavy:
            self.seats -= 1
            self._heavier(seat)
            return
        self._schedule(seat, max(seat.wake(), wall) if there else wall)

    def _keep(self, seat: Seat) -> None:
        """A snapshot of a moment that is over, with the frame that may belong to it."""
        shown: list[Shown] = []
        seat.live.settle(shown)
        wall = time.monotonic_ns()
        self._out += [*seat.entries(shown, [], wall, 0), seat.snapshot(wall)]

    def _schedule(self, seat: Seat, wake_ns: int) -> None:
        if wake_ns >= NEVER:
            seat.wake_ns = NEVER
            return
        seat.wake_ns = -(-wake_ns // GRID_NS) * GRID_NS if wake_ns > time.monotonic_ns() else wake_ns
        heapq.heappush(self._heap, (seat.wake_ns, next(self._order), seat))

    def _commands(self, seat: Seat, entries: list[Logged]) -> None:
        seat.live.arrive(entries)
        self._turn(seat)

    def _tell(self, seat: Seat, times: list[tuple[int, int]]) -> None:
        live = seat.live
        if times:
            seat.notices.put(Times(times))
        if live.sim.structure != seat.structure:
            seat.structure, seat.meta = live.sim.structure, live.sim.meta() | {"run": seat.run}
            seat.notices.put(Meta(seat.meta))
        if live.missing and seat.gap_after != live.applied:
            seat.gap_after = live.applied
            seat.notices.put(Gap(live.applied))

    def _end(self, seat: Seat, notice: Ended) -> None:
        seat.over = True
        self.seats -= 1
        self._write()
        seat.notices.put(notice)

    def _write(self) -> None:
        if self._out:
            self._writer.put(self._out)
            self._out = []

    def _measure(self) -> None:
        now, (since, cpu) = time.monotonic_ns(), self._measured
        if now - since >= BUSY_NS:
            self._measured = (now, time.thread_time_ns())
            self.busy = (self._measured[1] - cpu) / (now - since)
