"""Host: all live runs of one worker process. Lanes advance them, a reader and a writer talk to Redis; no maths here.

A Celery task per run waits on its Seat, so that the queue, the place in it and the cap on runs are Celery's own.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from typing import Any

import structlog

from playground.runtime.redis import sync_client
from worker import stream
from worker.lane import Lane
from worker.live import Logged, Shown
from worker.reader import Pulse, Reader
from worker.seat import Ended, Seat
from worker.stream import Entry, Writer

GRACE_NS = 15_000_000_000  # a new run counts as watched for this long

log = structlog.get_logger()


def host_name() -> str:
    """Unique for every process that ever was: a container that starts again has the same name and the same pid."""
    return os.environ.get("PLAYGROUND_HOST") or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


class Host:
    """Give `unwatched_s`: after so many seconds without a watcher a run is stopped."""

    def __init__(self, name: str, unwatched_s: float) -> None:
        self.name = name
        self.draining = False
        self._unwatched_ns = int(unwatched_s * 1e9)
        self._seats: dict[str, Seat] = {}
        self._unwatched: dict[str, int] = {}  # run -> wall time since when nobody looks
        self._lock = threading.Lock()
        self._client = sync_client()
        self._writer = Writer(self._lost, self._forgotten)
        self._lanes = [Lane("lane", self._writer, self._to_heavy)]
        self._reader = Reader(name, self._runs, self._arrived, self._pulse)
        for thread in (self._writer, self._reader, *self._lanes):
            thread.start()

    @property
    def busy(self) -> float:
        """CPU of the lane that takes new runs, as a share of one core."""
        return self._lanes[0].busy

    @property
    def writer(self) -> Writer:
        return self._writer

    def add(self, seat: Seat, shown: list[Shown]) -> bool:
        """Starts to advance a run. False while draining: nothing was taken."""
        with self._lock:
            if self.draining:
                return False
            self._seats[seat.run] = seat
        stream.put_meta(self._client, seat.run, seat.meta)
        self._lanes[0].add(seat, shown)
        self._reader.hint(seat.run)
        return True

    def remove(self, seat: Seat) -> None:
        """The task has done its part."""
        with self._lock:
            if self._seats.get(seat.run) is seat:
                del self._seats[seat.run]
            self._unwatched.pop(seat.run, None)

    def seats(self) -> list[Seat]:
        """Those that are advanced now."""
        with self._lock:
            return [seat for seat in self._seats.values() if not seat.over]

    def commands(self, seat: Seat, entries: list[Logged]) -> None:
        seat.lane.commands(seat, entries)

    def drop(self, seat: Seat) -> None:
        """The run is not this host's any more."""
        seat.lane.end(seat, Ended("lost"))

    def drain(self) -> None:
        """Hands all runs back to their tasks, each with a snapshot. New ones are refused from now on."""
        with self._lock:
            self.draining = True
            seats = list(self._seats.values())
        log.info("host drains", host=self.name, runs=len(seats))
        for seat in seats:
            seat.lane.end(seat, Ended("handed"), keep=True)

    def close(self) -> None:
        """Gives the lease back once nothing is left to write."""
        self._writer.flush(5)
        self._reader.stop()
        self._reader.join(5)

    def _runs(self) -> list[str]:
        with self._lock:
            return list(self._seats)

    def _arrived(self, run: str, commands: list[dict[str, Any]]) -> None:
        seat = self._seats.get(run)
        if seat:
            self.commands(seat, [Logged(item["seq"], item["command"]) for item in commands])

    def _pulse(self, rows: dict[str, Pulse]) -> None:
        now = time.monotonic_ns()
        for run, (owner, watched, asked) in rows.items():
            seat = self._seats.get(run)
            if seat is None or seat.over:
                continue
            if not owner:
                self._writer.put([Entry(run, seat.token)])
            elif owner != seat.token:
                self._lost(run, seat.token)
                continue
            seat.lane.answer(seat, asked)
            watched = watched or now - seat.since_ns < GRACE_NS
            if watched != seat.watched:
                seat.lane.watch(seat, watched)
            if watched:
                self._unwatched.pop(run, None)
            elif now - self._unwatched.setdefault(run, now) > self._unwatched_ns:
                seat.lane.end(seat, Ended("stopped", "nobody watched any more"))

    def _lost(self, run: str, token: str) -> None:
        seat = self._seats.get(run)
        if seat and seat.token == token:
            log.warning("run has another owner", run=run, token=token)
            self.drop(seat)

    def _forgotten(self, run: str) -> None:
        """The server was restarted without a disk; it knows the owner again, and now what the frames mean."""
        if seat := self._seats.get(run):
            stream.put_meta(self._client, run, seat.meta)

    def _to_heavy(self, seat: Seat) -> None:
        """Gives a run that takes long turns a thread of its own; the kernel does not hold the interpreter's lock."""
        if len(self._lanes) == 1:
            lane = Lane("heavy lane", self._writer)
            lane.start()
            self._lanes.append(lane)
        log.info("run is heavy", run=seat.run, cost_ms=round(seat.cost_ns / 1e6, 1))
        self._lanes[1].add(seat)
