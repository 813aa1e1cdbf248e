"""Confidence intervals: of a mean over seeds (Student 1908), of a share (Wilson 1927)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist, fmean, stdev

LEVEL = 0.95


def of_mean(values: Sequence[float], level: float = LEVEL) -> tuple[float, float] | None:
    """(low, high) of the mean of what the values were drawn from; None for fewer than two."""
    if len(values) < 2:
        return None
    half = student(len(values) - 1, (1 + level) / 2) * stdev(values) / math.sqrt(len(values))
    return fmean(values) - half, fmean(values) + half


def of_share(good: int, of: int, level: float = LEVEL) -> tuple[float, float] | None:
    """(low, high) of a share, by Wilson's score: right also near 0 and 1. None of none."""
    if not of:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, scale = good / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / scale
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / scale
    return (0.0 if good == 0 else max(0.0, middle - half)), (1.0 if good == of else min(1.0, middle + half))


@cache
def student(degrees: int, p: float) -> float:
    """The p-quantile of Student's t, for p above one half."""
    low, high = 0.0, 1.0
    while _below(high, degrees) < p:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle, degrees) < p else (low, middle)
    return (low + high) / 2


def _below(t: float, degrees: int) -> float:
    """Share of Student's t below `t` > 0."""
    return 1 - _beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz 1976)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 300):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / (1 + term * d), 1 + term / c
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * fraction
