"""Watcher: what waits to be sent to one browser. Frames only as fast as the browser acknowledges them.

daphne's send never waits, so without acks a slow browser would fill the server's memory. Beyond FRAMES_UNACKED frames
on their way only the newest one waits, except frames that tell of an event or a command: those are all kept, in order.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from playground.limits import ACK_TIMEOUT_S, FRAMES_CAUGHT_UP, FRAMES_UNACKED

SILENT = 4408


class Frame(NamedTuple):
    seq: int
    text: str
    telling: bool  # carries an event or an ack of a command


class Watcher:
    """`send` and `close` are the socket's. Frames with rising numbers go in, whatever the order of the calls."""

    def __init__(self, send: Callable[[str], Awaitable[None]], close: Callable[[int], Awaitable[None]]) -> None:
        self._send, self._close = send, close
        self._notes: deque[str] = deque()  # everything but frames: never dropped
        self._frames: deque[Frame] = deque()
        self._free = 0  # of the frames that wait, so many are from the past and go at once
        self._held: list[Frame] | None = []  # frames that come while the past is still being read
        self._sent: deque[tuple[int, float]] = deque()  # frames on their way, and since when
        self._newest = 0
        self._heard = time.monotonic()
        self._wake = asyncio.Event()

    def note(self, text: str) -> None:
        self._notes.append(text)
        self._wake.set()

    def begin(self, past: list[Frame]) -> None:
        """The past first, then what came meanwhile; from here on frames go out as they come."""
        self._frames.extend(past)
        self._free = len(past)
        self._newest = past[-1].seq if past else 0
        held, self._held = self._held or [], None
        for frame in held:
            self.offer(frame)
        self._wake.set()

    def offer(self, frame: Frame) -> None:
        if self._held is not None:
            self._held = [*self._held[-FRAMES_CAUGHT_UP:], frame]
            return
        if frame.seq <= self._newest:
            return
        self._newest = frame.seq
        waiting = len(self._frames) - self._free
        if waiting and len(self._sent) + waiting >= FRAMES_UNACKED and not self._frames[-1].telling:
            self._frames.pop()
        if waiting < FRAMES_CAUGHT_UP:
            self._frames.append(frame)
        self._wake.set()

    def ack(self, seq: int) -> None:
        """Frames up to `seq` have arrived."""
        self._heard = time.monotonic()
        while self._sent and self._sent[0][0] <= seq:
            self._sent.popleft()
        self._wake.set()

    async def run(self) -> None:
        """Sends until the browser has been silent for too long, or the task is cancelled."""
        while True:
            self._wake.clear()
            while self._notes:
                await self._send(self._notes.popleft())
            while self._frames and not self._notes and (self._free or len(self._sent) < FRAMES_UNACKED):
                frame = self._frames.popleft()
                if self._free:
                    self._free -= 1
                else:
                    self._sent.append((frame.seq, time.monotonic()))
                await self._send(frame.text)
            if self._notes:
                continue
            try:
                async with asyncio.timeout(self._patience()):
                    await self._wake.wait()
            except TimeoutError:
                if self._patience() == 0:
                    await self._close(SILENT)
                    return

    def _patience(self) -> float | None:
        """Seconds until the browser counts as gone; None while it owes no ack."""
        if not self._sent:
            return None
        return max(0.0, max(self._heard, self._sent[0][1]) + ACK_TIMEOUT_S - time.monotonic())
