"""Clock: where a paced run should be at a moment of wall time. All times are integer nanoseconds."""

from __future__ import annotations

import math

S = 1_000_000_000
NEVER = 1 << 62
LATE_NS = S  # a run that is later than this gives the lost time up instead of rushing after it
WINDOW_NS = S  # the achieved speed is measured over about this much wall time


class Clock:
    """A line from wall to virtual time, re-anchored at every change of speed. Infinite speed = as fast as it goes."""

    def __init__(self, wall_ns: int, virtual_ns: int) -> None:
        self.speed = 1.0
        self.paused = False
        self.goal_ns: int | None = None  # a step: run there as fast as it goes, then stay
        self.achieved = 1.0
        self._anchor(wall_ns, virtual_ns)
        self._seen = (wall_ns, virtual_ns)

    def _anchor(self, wall_ns: int, virtual_ns: int) -> None:
        self._wall, self._virtual = wall_ns, virtual_ns

    @property
    def free(self) -> bool:
        """Whether nothing but the machine bounds the speed."""
        return self.goal_ns is not None or (math.isinf(self.speed) and not self.paused)

    def target(self, wall_ns: int) -> int:
        """Virtual time at which the run should be."""
        if self.goal_ns is not None:
            return self.goal_ns
        if self.paused:
            return self._virtual
        if math.isinf(self.speed):
            return NEVER
        return self._virtual + int((wall_ns - self._wall) * self.speed)

    def due(self, virtual_ns: int) -> int:
        """Wall time at which the run should be at `virtual_ns`."""
        if self.free:
            return self._wall
        if self.paused:
            return NEVER
        return self._wall + math.ceil((virtual_ns - self._virtual) / self.speed)

    def pause(self, wall_ns: int, virtual_ns: int) -> None:
        self.goal_ns = None
        self.paused = True
        self.achieved = 0.0
        self._anchor(wall_ns, virtual_ns)

    def resume(self, wall_ns: int, virtual_ns: int) -> None:
        self.goal_ns = None
        self.paused = False
        self.achieved = self.speed if math.isfinite(self.speed) else 0.0
        self._anchor(wall_ns, virtual_ns)
        self._seen = (wall_ns, virtual_ns)

    def set_speed(self, factor: float, wall_ns: int, virtual_ns: int) -> None:
        self.speed = factor
        self._anchor(wall_ns, virtual_ns)
        self._seen = (wall_ns, virtual_ns)

    def step(self, for_ns: int, wall_ns: int, virtual_ns: int) -> None:
        """Runs on by `for_ns`, then stays paused."""
        self.paused = True
        self.goal_ns = virtual_ns + for_ns
        self._anchor(wall_ns, virtual_ns)

    def at(self, wall_ns: int, virtual_ns: int) -> int:
        """Tells the clock where the run is. Returns how late that is in wall ns; beyond LATE_NS it starts anew."""
        if self.goal_ns is not None and virtual_ns >= self.goal_ns:
            self.pause(wall_ns, virtual_ns)
        seen_wall, seen_virtual = self._seen
        if wall_ns - seen_wall >= WINDOW_NS:
            self.achieved = (virtual_ns - seen_virtual) / (wall_ns - seen_wall)
            self._seen = (wall_ns, virtual_ns)
        if self.paused or self.free:
            return 0
        late = wall_ns - self.due(virtual_ns)
        if late > LATE_NS:
            self._anchor(wall_ns, virtual_ns)
        return max(0, late)
