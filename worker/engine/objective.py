"""One objective while a run is on: how fast its error budget burns in each window.

Windows are in seconds of the objective; `alert_scale` of them pass in a virtual second. Time before the run counts as time
without errors, with the traffic that the run has had so far.
"""

from __future__ import annotations

from typing import Any

from components.parts import SLO
from worker.engine.burn import PERIOD_S, WINDOWS
from worker.engine.layout import NS

SAMPLES = 240
"""How many moments of a window are kept; its start is found to a 240th."""
FINEST_NS = NS // 10
"""Objectives are looked at once in a second of theirs, but at most ten times in a virtual second."""


class Objective:
    """One objective, from the counts of `start`; `fired` = policies whose alert stands."""

    def __init__(self, slo: dict[str, Any], number: int, clients: list[str], start: list[int]) -> None:
        self.slo, self.number, self.clients, self.start = slo, number, clients, start
        self.scale, self.least = (
            float(slo.get(name, SLO[name].default)) for name in ("alert_scale", "alert_min_events")
        )
        self.budget = 1 - float(slo["target"])  # the share that may be bad
        self.lengths = {window: max(1, round(window * NS / self.scale)) for window in WINDOWS}
        self.step_ns = max(FINEST_NS, round(NS / self.scale))
        self.samples = {window: [start] for window in WINDOWS}  # [ns, good, valid], oldest first
        self.fired: list[int] = []

    def look(self, now: list[int]) -> None:
        """Keep the counts for later."""
        for window, kept in self.samples.items():
            length = self.lengths[window]
            if now[0] - kept[-1][0] >= length // SAMPLES:
                kept.append(now)
            while len(kept) > 1 and kept[1][0] <= now[0] - length:
                kept.pop(0)

    def is_clean(self, now: list[int]) -> bool:
        """Nothing bad in the longest window."""
        _, good, valid = self.samples[WINDOWS[-1]][0]
        return now[2] - valid == now[1] - good

    def in_window(self, window: int, now: list[int]) -> tuple[float, int]:
        """(burn rate, events) of the time up to now; a burn rate of 1 spends the budget in just its period."""
        ns, good, valid = self.samples[window][0]
        events = now[2] - valid
        bad = events - (now[1] - good)
        there = min(1.0, (now[0] - ns) / self.lengths[window])
        return (bad / events * there / self.budget if events else 0.0), events

    def spent(self, now: list[int]) -> float:
        """Share of the budget of the period that is used up since the start, if traffic stays as it was."""
        elapsed, good, valid = (after - before for after, before in zip(now, self.start, strict=True))
        return (valid - good) / valid * elapsed * self.scale / NS / PERIOD_S / self.budget if valid else 0.0
