"""A law: a set-up on catalogue kinds, what theory says, and what the simulator measures."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from statistics import fmean, stdev
from typing import Any

from scipy import stats

from components.design import parse
from worker.simulate import simulate

Summary = dict[str, Any]
CONFIDENCE = 1 - 1e-5


@dataclass(frozen=True)
class Law:
    """`slack` = how far theory itself may be from the set-up (0 for an exact law), as a share of theory."""

    row: str  # of the table of references: V1 …
    what: str
    setting: str
    design: dict[str, Any] = field(hash=False)
    theory: float
    measure: Callable[[Summary], float]
    unit: str = ""
    duration: float = 200.0
    warmup: float = 20.0
    slack: float = 0.0
    seeds: int = 8

    @property
    def id(self) -> str:
        return f"{self.row} {self.what} {self.setting}"


@dataclass(frozen=True)
class Interval:
    mean: float
    half: float

    def agrees(self, law: Law) -> bool:
        return abs(self.mean - law.theory) <= self.half + law.slack * abs(law.theory)


def run(design: dict[str, Any], seed: int, duration: float, warmup: float) -> Summary:
    """One headless run, as `python -m worker.simulate` does it."""
    parsed, problems = parse(design)
    assert parsed is not None and not problems, [problem.line() for problem in problems]
    options = argparse.Namespace(
        duration=duration, warmup=warmup, seed=seed, series=None, progress=False, json=True, traces=0
    )
    return simulate(parsed, options)


@lru_cache(maxsize=512)
def known_run(document: str, seed: int, duration: float, warmup: float) -> Summary:
    """Laws of the same set-up share its runs."""
    return run(json.loads(document), seed, duration, warmup)


def interval(law: Law, seeds: Sequence[int]) -> Interval:
    """t-interval of the measure over seeds."""
    document = json.dumps(law.design)
    values = [law.measure(known_run(document, seed, law.duration, law.warmup)) for seed in seeds]
    t = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
    return Interval(fmean(values), t * stdev(values) / math.sqrt(len(values)))


@cache
def first_interval(law: Law) -> Interval:
    return interval(law, range(1, law.seeds + 1))


def holds(law: Law) -> tuple[bool, Interval]:
    """On a miss once more with four times other seeds; both must miss."""
    found = first_interval(law)
    if found.agrees(law):
        return True, found
    again = interval(law, range(1001, 1001 + 4 * law.seeds))
    return again.agrees(law), again
