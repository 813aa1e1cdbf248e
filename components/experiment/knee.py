"""The knee of a load-latency curve: where it is farthest below the line between its ends.

Satopaa, Albrecht, Irwin, Raghavan (2011), "Finding a 'Kneedle' in a haystack": both axes scaled to 0..1, the largest
distance to the chord. For M/M/1 between the utilisations a and b it is at 1 - sqrt((1 - a)(1 - b)).
"""

from __future__ import annotations

from collections.abc import Sequence

FEWEST = 4
RISES = 1.5
"""A curve that does not even rise to so many times its start has no knee."""


def knee_of(points: Sequence[tuple[float, float]]) -> int | None:
    """Index of the knee of (load, latency) points in rising load; None where there is none to be seen."""
    if len(points) < FEWEST:
        return None
    (x0, y0), (x1, y1) = points[0], points[-1]
    if x1 <= x0 or y1 <= y0 * RISES or y1 <= 0:
        return None
    below = [(x - x0) / (x1 - x0) - (y - y0) / (y1 - y0) for x, y in points]
    best = max(range(len(points)), key=lambda index: below[index])
    return best if 0 < best < len(points) - 1 else None
