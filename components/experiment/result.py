"""What the runs of an experiment say together. Same plan, same cells, same object, in whatever order they came."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, median
from typing import Any

from components.experiment.counts import merged, served_share, utilisation, value_of
from components.experiment.curve import curve_of
from components.experiment.intervals import of_mean
from components.experiment.measure import MEASURES
from components.experiment.plan import Plan
from components.experiment.points import Point, points_of
from components.experiment.survival import survival_of

Cells = Mapping[tuple[int, int], Mapping[str, Any]]
"""{(point, seed): {"counts", "warmup_s", "settled"} and for survival "faults", "broke_s", "blamed"}."""


def result_of(plan: Plan, cells: Cells, scale: float = 1) -> dict[str, Any]:
    """Of the cells that there are; all of a finished experiment. `scale`: that of the design, which divides rates."""
    points = [_point(plan, point, cells, scale) for point in points_of(plan)]
    result: dict[str, Any] = {"kind": plan.kind, "measure": plan.measure, "scale": scale, "points": points}
    if plan.kind == "load_curve":
        result |= curve_of(list(plan.axes[0].values), points, plan.measure)
    if plan.kind == "survival":
        result["survival"] = survival_of(plan, [cells[0, seed] for seed in plan.seeds if (0, seed) in cells])
    return result


def _point(plan: Plan, point: Point, cells: Cells, scale: float) -> dict[str, Any]:
    found = {seed: cells[point.index, seed] for seed in plan.seeds if (point.index, seed) in cells}
    whole = merged(cell["counts"] for cell in found.values())
    row: dict[str, Any] = {"settings": point.as_dict(), "runs": len(found)}
    if not found:
        return row | {"values": {}, "seeds": {}}
    each = {path: {seed: value_of(path, cell["counts"]) for seed, cell in found.items()} for path in MEASURES}
    loads = utilisation(whole)
    return row | {
        "values": {path: _estimate(list(each[path].values()), value_of(path, whole), path, scale) for path in MEASURES},
        "seeds": {str(seed): value for seed, value in each[plan.measure].items()},
        "served_share": served_share(whole),
        "utilisation": {id: round(share, 6) for id, share in loads.items()},
        "busiest": max(loads, key=lambda id: loads[id]) if loads else None,
        "warmup_s": round(fmean(cell["warmup_s"] for cell in found.values()), 3),
        "settled": sum(bool(cell["settled"]) for cell in found.values()),
        "counts": {key: whole[key] for key in ("span_ns", "offered", "ok", "failed", "grown", "latency_ns", "max_ns")},
    }


def _estimate(values: list[float | None], pooled: float | None, path: str, scale: float) -> dict[str, Any]:
    """Over seeds: mean with its 95 % interval, median, least and most; `pooled` is of all requests as one run."""
    unit = scale if path == "client.goodput_rps" else 1
    known = [value * unit for value in values if value is not None]
    if not known:
        return dict.fromkeys(("mean", "low", "high", "median", "least", "most", "pooled"))
    low, high = of_mean(known) or (None, None)
    numbers = {"mean": fmean(known), "low": low, "high": high, "median": median(known)}
    numbers |= {"least": min(known), "most": max(known), "pooled": None if pooled is None else pooled * unit}
    return {name: None if value is None else round(value, 6) for name, value in numbers.items()}
