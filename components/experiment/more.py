"""Sequential stopping: more seeds where the interval is still too wide, until it is narrow enough or there are enough."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from components.experiment.counts import value_of
from components.experiment.intervals import of_mean
from components.experiment.plan import Plan
from components.experiment.points import points_of


def more_of(plan: Plan, cells: Mapping[tuple[int, int], Mapping[str, Any]]) -> list[tuple[int, int]]:
    """(point, seed) of the next runs; none when every point is within the plan's share of its mean, or has all seeds.

    A point gets as many more as it has. Chow and Robbins (1965): stopping by the width itself costs a little of
    the coverage, which is why rounds are large and the first one has at least FEWEST seeds.
    """
    if plan.within is None:
        return []
    wanted: list[tuple[int, int]] = []
    for point in points_of(plan):
        done = [seed for seed in plan.seeds if (point.index, seed) in cells]
        values = [value_of(plan.measure, cells[point.index, seed]["counts"]) for seed in done]
        known = [value for value in values if value is not None]
        band = of_mean(known)
        if band is None or (band[1] - band[0]) / 2 > plan.within * abs(fmean(known)):
            wanted += [(point.index, seed) for seed in plan.seeds[len(done) : 2 * len(done)]]
    return sorted(wanted, key=lambda cell: (cell[1], cell[0]))
