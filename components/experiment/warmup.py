"""Where the warm-up of a run ends: MSER-5.

White (1997), "An effective truncation heuristic for bias reduction in simulation output", and White, Cobb, Spratt (2000):
of a series in batches of five, leave out as many as make the mean of the rest most certain, by its own scatter.
"""

from __future__ import annotations

from collections.abc import Sequence

BATCH = 5
"""Observations of one batch: the 5 in the name."""


def warm_from(series: Sequence[int], most: int) -> tuple[int, bool]:
    """(batches to leave out, at most `most`; whether the series had settled by then).

    `series` holds sums of batches, whole numbers, so that all arithmetic is exact. The scatter of the rest,
    sum((y - mean)²) / m², is compared as (m·Σy² - (Σy)²) / m³.
    """
    size = len(series)
    total = squares = 0
    best: tuple[int, int, int] | None = None  # (above, below, batches to leave out)
    for first in range(size - 1, -1, -1):
        total += series[first]
        squares += series[first] ** 2
        left = size - first
        if first > size // 2:
            continue  # the first half must be enough to settle, or the few that are left look calm by accident
        above, below = left * squares - total**2, left**3
        if best is None or above * best[1] <= best[0] * below:
            best = above, below, first
    found = 0 if best is None else best[2]
    return min(found, most), found <= most
