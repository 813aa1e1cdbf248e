"""Scales of charts: from values to places in an SVG, with ticks that people can read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LOG_FROM = 50
"""A chart is logarithmic once its largest value is so many times its smallest."""


@dataclass(frozen=True)
class Scale:
    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Place of a value, kept inside the chart."""
        return round(self.start + (self.end - self.start) * min(1.0, max(0.0, self._share(value))), 1)

    def _share(self, value: float) -> float:
        if self.log:
            return math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[float]:
        """Round values inside, at most `most`."""
        return self._decades(most) if self.log else self._steps(most)

    def _steps(self, most: int) -> list[float]:
        rough = (self.high - self.low) / most
        size = 10.0 ** math.floor(math.log10(rough))
        step = next(size * each for each in (1, 2, 5, 10) if size * each >= rough)
        first = math.ceil(self.low / step - 1e-9)
        return [
            round(step * (first + each), 12)
            for each in range(most + 2)
            if step * (first + each) <= self.high * 1.0000001
        ]

    def _decades(self, most: int) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for steps in ((1, 2, 5), (1,)):
            found = [10.0**power * step for power in range(first, last + 1) for step in steps]
            inside = [value for value in found if self.low <= value <= self.high]
            if len(inside) <= most:
                return inside
        return inside[:: -(-len(inside) // most)]


def time_ticks(until_s: float, most: int) -> list[float]:
    """Moments that clocks have: every 1, 2, 5, 10, 15, 30 s, min or h."""
    steps = [step * unit for unit in (1, 60, 3600) for step in (1, 2, 5, 10, 15, 30)]
    step = next((step for step in steps if until_s / step <= most), steps[-1])
    return [float(step * each) for each in range(int(until_s / step + 1e-9) + 1)]


def scale_over(values: Sequence[float], start: float, end: float, *, zero: bool = True) -> Scale:
    """Linear from 0, or logarithmic where the values differ too much for that."""
    known = [value for value in values if value > 0]
    if not known:
        return Scale(0, 1, start, end)
    low, high = min(known), max(known)
    if high > LOG_FROM * low:
        return Scale(low / 1.5, high * 1.5, start, end, log=True)
    if zero or high == low:
        return Scale(0, high * 1.12, start, end)
    return Scale(low, high, start, end)


def even(values: Sequence[float]) -> bool:
    """Whether equal steps lie between the values, and not equal factors: which scale an axis wants."""
    if len(values) < 3 or values[0] <= 0:
        return True
    first, last = values[1] - values[0], values[-1] - values[-2]
    return last < 3 * first
