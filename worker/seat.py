"""Seat: a run's place on a host. What the lane that advances it and the task that answers for it both hold.

The lane tells the task what the database must know by putting notices into `notices`; the task thread waits there.
"""

from __future__ import annotations

import math
import queue
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from worker.live import FRAME_NS, LiveRun, Shown, next_wake, wall_part
from worker.replay import sealed
from worker.stream import Entry

FAST = 2.0  # above this speed not every frame is shown
FAST_GAP_NS = 50_000_000  # but one in this much wall time
UNWATCHED_GAP_NS = 1_000_000_000
SNAPSHOT_WALL_NS = 60_000_000_000  # a snapshot is taken after this much wall time
SNAPSHOT_CPU_NS = 300_000_000  # and this much work, because repeating less than that is no loss
HEAVY_NS = 5_000_000  # CPU per frame above which a run gets out of the others' way
HEAVY_AFTER = 20  # frames: the first ones may be slow for other reasons
SMOOTH = 0.1


class Times(NamedTuple):
    """Commands were applied: (seq, virtual ns) each."""

    pairs: list[tuple[int, int]]


class Status(NamedTuple):
    status: str


class Meta(NamedTuple):
    """Frames mean something else from now on: the design was edited."""

    meta: dict[str, Any]


class Gap(NamedTuple):
    """A command after number `after` has not arrived; the log knows it."""

    after: int


class Ended(NamedTuple):
    """The run is over on this host: finished, stopped, failed, or `lost` (another host owns it) or `handed` back."""

    status: str
    detail: str = ""
    summary: dict[str, Any] | None = None


Notice = Times | Status | Meta | Gap | Ended


@dataclass(eq=False)
class Seat:
    run: str
    attempt: int
    token: str  # "<host> <fence>": what the owner key must hold
    meta: dict[str, Any]
    live: LiveRun
    since_ns: int  # wall time of the first turn
    watched: bool = True
    lane: Any = None
    wake_ns: int = 0
    cost_ns: float = 0.0  # CPU per frame, smoothed
    charged: int = 0  # frames that went into it
    over: bool = False
    notices: queue.SimpleQueue[Notice] = field(default_factory=queue.SimpleQueue)
    shown_ns: int = 0  # wall time of the newest frame shown
    told: tuple[str, float] = ("", 0.0)
    gap_after: int = -1
    structure: int = 0  # of the design that `meta` is about
    work_ns: int = 0  # CPU since the newest snapshot
    kept_ns: int = 0  # wall time of the newest snapshot
    traced: int = 0  # every how many requests one is traced now

    @property
    def status(self) -> str:
        return "paused" if self.live.clock.paused else "running"

    @property
    def gap_ns(self) -> int:
        """Least wall time between two frames that are shown only because time has passed."""
        if not self.watched:
            return UNWATCHED_GAP_NS
        return 0 if self.live.clock.speed <= FAST else FAST_GAP_NS

    def wake(self) -> int:
        """Wall time of the next turn: one frame at a time, or as many as fit between two that are shown."""
        speed = self.live.clock.speed
        stride = max(1, round(self.gap_ns * speed / FRAME_NS)) if math.isfinite(speed) else 1
        return next_wake(self.live, stride)

    def entries(self, shown: list[Shown], times: list[tuple[int, int]], wall_ns: int, late_ns: int) -> list[Entry]:
        """What this turn gives to write; the times of commands go with its first entry, a changed state with its last."""
        clock = self.live.clock
        entries = [
            Entry(self.run, self.token, item.seq, wall_part(item.frame, clock, late_ns))
            for item in self._chosen(shown, wall_ns)
        ]
        state = self._state()
        if not entries and (times or state):
            entries = [Entry(self.run, self.token)]
        if times:
            entries[0] = entries[0]._replace(times=tuple(times))
        if state:
            entries[-1] = entries[-1]._replace(state=state)
        return entries

    def _chosen(self, shown: list[Shown], wall_ns: int) -> list[Shown]:
        gap = self.gap_ns
        if gap:
            due = wall_ns - self.shown_ns >= gap - gap // 10 or self.live.ended
            newest = shown[-1].seq if shown and due else 0
            shown = [item for item in shown if item.kept or item.seq == newest]
        if shown:
            self.shown_ns = wall_ns
        return shown

    def _state(self) -> bytes:
        now = (self.status, self.live.clock.speed)
        if now == self.told or self.live.ended:
            return b""
        if now[0] != self.told[0]:
            self.notices.put(Status(self.status))
        self.told = now
        return state_message(self.status, now[1])

    def snapshot_due(self, wall_ns: int) -> bool:
        return wall_ns - self.kept_ns >= SNAPSHOT_WALL_NS and self.work_ns >= SNAPSHOT_CPU_NS

    def snapshot(self, wall_ns: int) -> Entry:
        """To be written after the frames up to this moment."""
        self.work_ns, self.kept_ns = 0, wall_ns
        return Entry(self.run, self.token, snapshot=sealed(self.live))

    def why(self, asked: int | None) -> Entry | None:
        """What is the matter, for who asks; traces are taken while somebody does. Nothing in the run changes by it."""
        sim, every = self.live.sim, asked or 0
        if every != self.traced:
            self.traced = every
            sim.trace(every)
        if asked is None:
            return None
        return Entry(self.run, self.token, why=orjson.dumps({"type": "run.why"} | sim.why()))

    def charge(self, cpu_ns: int, frames: int) -> None:
        self.work_ns += cpu_ns
        if frames:
            self.charged += frames
            self.cost_ns += SMOOTH * (cpu_ns / frames - self.cost_ns)

    @property
    def heavy(self) -> bool:
        return self.charged >= HEAVY_AFTER and self.cost_ns > HEAVY_NS


def state_message(status: str, speed: float = 1.0, detail: str = "") -> bytes:
    """The run.state message of an owned run, which no longer has a place in the queue."""
    shown = speed if math.isfinite(speed) else "max"
    return orjson.dumps({"type": "run.state", "status": status, "place": None, "detail": detail, "speed": shown})
