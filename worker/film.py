"""Film: the frames of a run again, from its seed and log, as many as a page can hold."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from components.model import Design
from worker.engine.simulation import Simulation
from worker.live import FRAME_NS, LiveRun, Logged, Shown

EVENTS_MOST = 5000
PULSE_S = 0.5


class Camera:
    """Keeps a frame of every `step_ns` and those that tell of an event or a command, up to `frames` of each sort."""

    def __init__(self, until_ns: int, frames: int, most_bytes: int) -> None:
        self._until_ns, self._frames, self._bytes = until_ns, frames, most_bytes
        self._telling = 0
        self.step_ns = 0
        self.kept: list[bytes] = []
        self.events: list[Any] = []

    def take(self, shown: list[Shown]) -> None:
        for item in shown:
            if not self.step_ns:
                room = min(self._frames, max(60, self._bytes // (2 * len(item.frame))))
                ticks = max(1, -(-self._until_ns // FRAME_NS))
                self.step_ns = FRAME_NS * -(-ticks // room)
            if b'"events":[]' not in item.frame and len(self.events) < EVENTS_MOST:
                self.events += orjson.loads(item.frame)["events"]
            telling = item.kept and self._telling < self._frames
            self._telling += telling
            if telling or time_of(item.frame) % self.step_ns == 0:
                self.kept.append(item.frame)


def film(
    design: Design,
    seed: int,
    entries: Sequence[Logged],
    until_ns: int,
    *,
    frames: int,
    most_bytes: int,
    cpu_s: float,
    pulse: Callable[[int], bool],
) -> tuple[bytes | None, str]:
    """gzip of {"meta", "seed", "step_ns", "until_ns", "frames", "events"}, and a sentence where it ends early.

    `pulse` hears the virtual time about twice a second; when it says False the film is given up: (None, "").
    Raises ValueError for a design that cannot run.
    """
    live = LiveRun(Simulation(design, seed), design, until_ns, 0)
    camera, meta = Camera(until_ns, frames, most_bytes), live.sim.meta()  # later ones come with their frames
    began, told = time.process_time(), time.monotonic()

    def on(to_ns: int) -> bool:
        """Runs to a moment. False: given up, or out of time."""
        nonlocal told
        while True:
            shown: list[Shown] = []
            there = live.advance(to_ns, shown)
            camera.take(shown)
            if there:
                return True
            if time.process_time() - began > cpu_s:
                return False
            if time.monotonic() - told > PULSE_S:
                told = time.monotonic()
                if not pulse(live.sim.now_ns):
                    raise GivenUp

    try:
        whole = all(step(live, entry, on, camera) for entry in entries if entry.at_ns is not None) and on(until_ns)
    except GivenUp:
        return None, ""
    reached = until_ns if whole else live.sim.now_ns
    detail = "" if whole else f"The replay ends at second {reached // 10**9}: the rest takes too long to compute."
    head = {
        "meta": meta, "seed": seed, "step_ns": camera.step_ns, "until_ns": reached, "events": camera.events,
        "detail": detail,
    }  # fmt: skip
    text = orjson.dumps(head)[:-1] + b',"frames":[' + b",".join(camera.kept) + b"]}"
    return gzip.compress(text, 6, mtime=0), detail


def step(live: LiveRun, entry: Logged, on: Callable[[int], bool], camera: Camera) -> bool:
    """Up to the moment of a command, and the command."""
    assert entry.at_ns is not None
    if not on(entry.at_ns):
        return False
    shown: list[Shown] = []
    live.apply(entry, 0, shown)
    camera.take(shown)
    return True


def time_of(frame: bytes) -> int:
    """The virtual time of a frame, without parsing the rest."""
    start = frame.index(b'"t_ns":') + 7
    return int(frame[start : frame.index(b",", start)])


class GivenUp(Exception):
    """Nobody wants the film any more."""
