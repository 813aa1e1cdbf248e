"""LiveRun: one simulation with its clock. Advances, applies commands, gives frames; knows no Redis and no thread.

What makes it exact: frames are taken at every 100 ms of virtual time, before any command of the same moment, and after
every single command. So (sequence number, virtual time) of each command is all that a replay needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import structlog

from components.commands import parse
from components.control import is_control
from components.model import Design
from worker.clock import NEVER, Clock

FRAME_NS = 100_000_000
EVENTS_PER_CALL = 50_000  # of one advance(): 3-5 ms
TURN_NS = 4_000_000  # wall time after which a turn ends, however far it came

log = structlog.get_logger()


class Simulation(Protocol):
    """What the host needs of worker.engine.simulation.Simulation."""

    @property
    def now_ns(self) -> int: ...
    @property
    def design(self) -> Design: ...
    @property
    def structure(self) -> int: ...
    def advance(self, until_ns: int, budget: int | None = None) -> bool: ...
    def apply(self, command: Any, seq: int | None = None) -> None: ...
    def frame(self) -> bytes: ...
    def meta(self) -> dict[str, Any]: ...
    def snapshot(self) -> bytes: ...
    def summary(self) -> dict[str, Any]: ...
    def trace(self, every: int) -> None: ...
    def why(self) -> dict[str, Any]: ...


class Logged(NamedTuple):
    """An entry of the run's command log. `at_ns` is None until it was applied."""

    seq: int
    command: dict[str, Any]
    at_ns: int | None = None


class Shown(NamedTuple):
    """A frame with its number; `kept` frames carry events or acks and are never left out."""

    seq: int
    frame: bytes
    kept: bool


class LiveRun:
    """A run of `design` that ends at virtual time `end_ns`; `frames` were taken before `sim` was in this state."""

    def __init__(self, sim: Simulation, design: Design, end_ns: int, wall_ns: int, frames: int = 0) -> None:
        self.sim = sim
        self.design = design
        self.end_ns = end_ns
        self.clock = Clock(wall_ns, sim.now_ns)
        self.frames = frames  # taken so far
        self.seen = frames  # frames up to this number are in the stream already
        self.applied = 0  # seq of the newest command
        self.stopped = False
        self.waiting: dict[int, dict[str, Any]] = {}  # commands that arrived before their predecessor
        self.reached_ns = -1  # everything up to and at this moment has happened
        self.next_ns = (sim.now_ns // FRAME_NS + 1) * FRAME_NS

    @property
    def ended(self) -> bool:
        return self.stopped or self.sim.now_ns >= self.end_ns

    def advance(self, until_ns: int, shown: list[Shown], turn_ns: int | None = None) -> bool:
        """Runs to `until_ns` or as far as a turn goes, adding the frames on the way. True = got there."""
        until_ns = min(until_ns, self.end_ns)
        stop = time.perf_counter_ns() + (turn_ns or TURN_NS)
        while self.next_ns <= until_ns:
            if not self._reach(self.next_ns):
                return False
            self.show(shown)
            self.next_ns += FRAME_NS
            if time.perf_counter_ns() > stop:
                return False
        return self._reach(until_ns)

    def _reach(self, until_ns: int) -> bool:
        """A moment is gone through once: what a command sets off at its own moment happens after all commands of it."""
        if until_ns > self.reached_ns:
            if self.sim.now_ns <= until_ns and not self.sim.advance(until_ns, EVENTS_PER_CALL):
                return False
            self.reached_ns = until_ns
        return True

    def turn(self, wall_ns: int, shown: list[Shown]) -> bool:
        """Advances to the newest frame that is due (or to a step's goal, or the end). True = got there."""
        target = self.clock.target(wall_ns)
        if self.clock.goal_ns is None and target < self.end_ns:
            target -= target % FRAME_NS
        return target <= self.sim.now_ns or self.advance(target, shown)

    def settle(self, shown: list[Shown]) -> None:
        """Finishes the moment at which the event budget ran out, so that a command falls between two moments."""
        now = self.sim.now_ns
        while not self._reach(now):
            pass
        if self.next_ns <= now:
            self.show(shown)
            self.next_ns += FRAME_NS

    def show(self, shown: list[Shown], kept: bool = False) -> None:
        frame = self.sim.frame()
        self.frames += 1
        if self.frames > self.seen:
            shown.append(Shown(self.frames, frame, kept or b'"events":[]' not in frame))

    def arrive(self, commands: list[Logged]) -> None:
        for entry in commands:
            if entry.seq > self.applied:
                self.waiting[entry.seq] = entry.command

    @property
    def missing(self) -> bool:
        """Whether a command waits for one that has not arrived."""
        return bool(self.waiting) and self.applied + 1 not in self.waiting

    def take(self, wall_ns: int, shown: list[Shown]) -> list[tuple[int, int]]:
        """Applies the commands whose turn it is, in order. Returns their (seq, virtual ns)."""
        times: list[tuple[int, int]] = []
        if self.applied + 1 not in self.waiting:
            return times
        if not self.clock.free:
            self.advance(self.clock.target(wall_ns), shown)
        self.settle(shown)
        while (command := self.waiting.pop(self.applied + 1, None)) is not None:
            self.apply(Logged(self.applied + 1, command), wall_ns, shown)
            times.append((self.applied, self.sim.now_ns))
        return times

    def apply(self, entry: Logged, wall_ns: int, shown: list[Shown]) -> None:
        """Applies one command now: to the clock if it is a control, else to the simulation, with a frame at once."""
        self.applied = entry.seq
        if is_control(entry.command):
            self.control(entry.command, wall_ns)
            return
        command, problems = parse(entry.command, self.sim.design, scheduled=False, timed=True)
        if command is None:  # the site has checked it with the same words; if they differ after all, no run ends by it
            log.error("command refused", seq=entry.seq, problems=[problem.line() for problem in problems])
        else:
            self.sim.apply(command, entry.seq)
        self.show(shown, kept=True)

    def control(self, command: dict[str, Any], wall_ns: int) -> None:
        word, now = command["command"], self.sim.now_ns
        if word == "pause":
            self.clock.pause(wall_ns, now)
        elif word == "resume":
            self.clock.resume(wall_ns, now)
        elif word == "speed":
            factor = command["factor"]
            self.clock.set_speed(float("inf") if factor == "max" else float(factor), wall_ns, now)
        elif word == "step":
            self.clock.step(round(command.get("for_s", 0.1) * 1e9), wall_ns, now)
        else:
            self.stopped = True

    def replay(self, entries: list[Logged], seen: int, wall_ns: int, pulse: Callable[[int], None]) -> list[Shown]:
        """Repeats a run from its log until frame number `seen` is taken again. Returns the frames after it, if any.

        Entries with a time are applied at that time, the others in the next turn. `pulse` hears the virtual time now
        and then. Controls from before a restored snapshot set the clock only.
        """
        self.seen = max(seen, self.frames)
        shown: list[Shown] = []
        for entry in entries:
            if entry.seq <= self.applied:
                if is_control(entry.command):
                    self.control(entry.command, wall_ns)
            elif entry.at_ns is None:
                self.waiting[entry.seq] = entry.command
            else:
                self._repeat(entry.at_ns, shown, pulse)
                self.apply(entry, wall_ns, shown)
        while self.frames < seen and not self.ended:
            self._repeat(self.next_ns, shown, pulse)
        if self.clock.goal_ns is None and not self.clock.paused:
            self.clock.resume(wall_ns, self.sim.now_ns)
        return shown

    def _repeat(self, until_ns: int, shown: list[Shown], pulse: Callable[[int], None]) -> None:
        while not self.advance(until_ns, shown, turn_ns=50_000_000):
            pulse(self.sim.now_ns)


def wall_part(frame: bytes, clock: Clock, late_ns: int) -> bytes:
    """The frame with the host's own words, which are no part of what a replay must repeat.

    speed: virtual seconds per second, lately. behind_ms: how late this turn was. at_ms: when it was, Unix time.
    """
    words = (frame[:-1], f"{clock.achieved:.3g}".encode(), late_ns // 1_000_000, time.time_ns() // 1_000_000)
    return b'%b,"wall":{"speed":%b,"behind_ms":%d,"at_ms":%d}}' % words


def next_wake(run: LiveRun, stride: int) -> int:
    """Wall time of the run's next turn; `stride` frames are taken in one turn."""
    if run.ended or (run.clock.paused and run.clock.goal_ns is None):
        return NEVER
    return run.clock.due(min(run.next_ns + (stride - 1) * FRAME_NS, run.end_ns))
