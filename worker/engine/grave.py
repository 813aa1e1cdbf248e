"""Where the past of a running design lies: calls over lanes that are gone end here, and old code that calls on leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worker.engine.compiler import REMOVED_PC
from worker.engine.ground import Ground
from worker.engine.layout import LINE, REASON_SLOTS, Link, Timers

REFUSED_NS = 250_000


@dataclass
class Grave:
    """`lane` = two lanes next to each other, the second for wires; `failed`, `hist` = counts that nobody reads."""

    lane: int
    failed: int
    hist: int

    def fill(self, arena: np.ndarray) -> None:
        for number in range(2):
            at = self.lane + number * LINE
            arena[at + Link.FAILED], arena[at + Link.HIST], arena[at + Link.QUIET] = self.failed, self.hist, number
            empty_timers(arena, at)

    def lead_nowhere(self, arena: np.ndarray, lane: int, caller: int) -> None:
        """A call over the lane is refused where it starts."""
        if arena[lane + Link.TARGET_SELF] == 0:
            empty_timers(arena, lane)
        arena[lane + Link.TARGET_PC], arena[lane + Link.TARGET_SELF] = REMOVED_PC, caller
        arena[lane + Link.OUT_JITTER : lane + Link.STREAM + 1] = 0
        for word in (Link.OUT, Link.BACK):  # a refusal takes its time: who asks again at once must not stop the clock
            arena[lane + word] = max(int(arena[lane + word]), REFUSED_NS)
        arena[lane + Link.FAILED], arena[lane + Link.HIST], arena[lane + Link.QUIET] = self.failed, self.hist, 1


def dig(ground: Ground) -> Grave:
    return Grave(ground.take(2 * LINE), ground.take(REASON_SLOTS), ground.hist(1))


def empty_timers(arena: np.ndarray, lane: int) -> None:
    timers = lane + Link.TIMERS
    arena[timers + Timers.DURATION] = -1
    arena[timers + Timers.HEAD] = arena[timers + Timers.TAIL] = arena[timers + Timers.TOKEN] = -1
