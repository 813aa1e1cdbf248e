"""A load-latency curve: where the knee is, from where on nothing more is served, and what gives way first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.experiment.knee import FEWEST, knee_of

FULL = 0.95
"""A node whose slots are busy for so much of the time is full: queues before it grow at every chance."""

PAST = 0.98
"""Past capacity: less than this part of the share that was served at lower loads."""


def curve_of(loads: Sequence[float], points: Sequence[dict[str, Any]], measure: str) -> dict[str, Any]:
    """{"past": index or None, "capacity_rps", "knee": {"index", "load", "of_capacity"} or None, "why", "first_to_give"}."""
    past = past_capacity([point.get("served_share") for point in points])
    good = [point["values"].get("client.goodput_rps", {}).get("mean") for point in points]
    served = [value for value in good if value is not None]
    capacity = max(served) if past is not None and served else None
    found, why = _knee(loads, points, measure, past)
    knee = None
    if found is not None:
        rate = good[found]
        share = round(rate / capacity, 6) if capacity and rate is not None else None
        knee = {"index": found, "load": loads[found], "of_capacity": share}
    first = first_to_give([point.get("utilisation", {}) for point in points[: None if past is None else past + 1]])
    return {"past": past, "capacity_rps": capacity, "knee": knee, "why": why, "first_to_give": first}


def first_to_give(busy: Sequence[Mapping[str, float]]) -> dict[str, Any] | None:
    """The node that is the first to be full, at rising load; where none is, the busiest one at the end.

    Of those that fill up at the same load it is the one that was busier at the load before: a caller whose slots
    wait for somebody else is suddenly full, who is the bottleneck was already nearly so.
    """
    before: Mapping[str, float] = {}
    for index, nodes in enumerate(busy):
        full = [id for id, share in nodes.items() if share >= FULL]
        if full or (index == len(busy) - 1 and nodes):
            node = max(full or nodes, key=lambda id: (before.get(id, 0.0) if full else 0.0, nodes[id]))
            return {"node": node, "utilisation": nodes[node], "index": index, "full": bool(full)}
        before = nodes or before
    return None


def past_capacity(served: Sequence[float | None]) -> int | None:
    """Index of the first load at which clearly less is served than before; None if that never happens."""
    best = 0.0
    for index, share in enumerate(served):
        if share is None:
            continue
        if share < PAST * best:
            return index
        best = max(best, share)
    return None


def _knee(
    loads: Sequence[float], points: Sequence[dict[str, Any]], measure: str, past: int | None
) -> tuple[int | None, str]:
    """(index of the knee, or why there is none). Looked for below capacity alone: past it latency is what time-outs allow."""
    end = len(points) if past is None else past
    medians = [(index, point["values"].get(measure, {}).get("median")) for index, point in enumerate(points[:end])]
    known = [(index, value) for index, value in medians if value is not None]
    if len(known) < FEWEST:
        return None, f"Fewer than {FEWEST} loads are below capacity: sweep lower loads, or in smaller steps."
    found = knee_of([(loads[index], value) for index, value in known])
    if found is None:
        return None, "It hardly rises in this range: sweep to a higher load."
    return known[found][0], ""
