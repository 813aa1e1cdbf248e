"""The GameDay score: how well one run served its users while the class was being tested. docs/live-score.md explains it.

goodput   share of the finished requests that were served
speed     mean over the seconds of target / p99, at most 1
budget    1 − share failed / share that may fail, at least 0
recovery  mean over the broadcasts of 1 − seconds until it was well again / 60, at least 0; left out while there was none
cost      1 up to the cost of what was pushed, 0 at twice that; left out while nothing was pushed
A part that cannot be said yet is left out, and the weights of the others are scaled up to 100.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playground.live.goals import Goals
from playground.live.track import Point

WEIGHTS = {"goodput": 35, "speed": 20, "recovery": 20, "budget": 10, "cost": 15}
RECOVERED_S = 5  # so many good seconds in a row
WORST_S = 60.0
BAD_SHARE = 0.01
START_S = 2  # caches and pools are cold


def score(
    series: Mapping[int, Point], goals: Goals, hits: Sequence[float], per_month: float = 0.0, reference: float = 0.0
) -> dict[str, Any]:
    """Figures and the score of a run. `hits`: virtual seconds at which a broadcast began. Empty without requests.

    `per_month`: what the design costs; `reference`: what the one costs that was pushed, 0 = none was.
    """
    seconds = sorted(series)
    if not seconds:
        return {}
    _, ok, failed, _ = series[seconds[-1]]
    if ok + failed == 0:
        return {}
    share = failed / (ok + failed)
    speeds = [min(1.0, goals.p99_ms * 1000 / series[t][3]) for t in seconds if t >= START_S and series[t][3] > 0]
    recoveries = [_recovery(series, seconds, goals, hit) for hit in hits if hit <= seconds[-1]]
    parts: dict[str, float] = {"goodput": ok / (ok + failed), "budget": max(0.0, 1 - share / goals.budget)}
    if speeds:
        parts["speed"] = sum(speeds) / len(speeds)
    if recoveries:
        parts["recovery"] = sum(max(0.0, 1 - took / WORST_S) for took, _ in recoveries) / len(recoveries)
    if reference > 0:
        parts["cost"] = max(0.0, min(1.0, 2 - per_month / reference))
    weights = sum(WEIGHTS[name] for name in parts)
    total = sum(WEIGHTS[name] * value for name, value in parts.items()) / weights * 100
    return {
        "score": round(total, 1), "parts": {name: round(value, 4) for name, value in parts.items()},
        "served": ok, "failed": failed, "failed_share": round(share, 5),
        "p99_ms": _typical(series, seconds), "target_ms": goals.p99_ms, "budget_spent": round(share / goals.budget, 4),
        "recovery_s": [{"seconds": round(took, 1), "over": over} for took, over in recoveries],
        "cost_per_month": per_month, "until_s": seconds[-1],
    }  # fmt: skip


def _typical(series: Mapping[int, Point], seconds: Sequence[int]) -> float | None:
    """The median over the seconds of their p99."""
    values = sorted(series[t][3] for t in seconds if t >= START_S and series[t][3] >= 0)
    return values[len(values) // 2] / 1000 if values else None


def _recovery(series: Mapping[int, Point], seconds: Sequence[int], goals: Goals, hit: float) -> tuple[float, bool]:
    """Seconds from a broadcast to the first of RECOVERED_S good seconds in a row; False: it goes on until now."""
    good_since: int | None = None
    for before, t in zip(seconds, seconds[1:], strict=False):
        if t <= hit:
            continue
        if not _good(series[before], series[t], goals):
            good_since = None
        elif good_since is None:
            good_since = before
        if good_since is not None and t - max(good_since, hit) >= RECOVERED_S:
            return max(0.0, good_since - hit), True
    if good_since is not None and good_since <= hit:
        return 0.0, True  # nothing went wrong as far as one can see
    return max(0.0, seconds[-1] - hit), False


def _good(before: Point, now: Point, goals: Goals) -> bool:
    done = now[1] + now[2] - before[1] - before[2]
    failed = (now[2] - before[2]) / done if done > 0 else 0.0
    return failed <= BAD_SHARE and now[3] <= goals.p99_ms * 1000 and (done > 0 or now[3] >= 0)
