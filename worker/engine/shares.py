"""Where the time of requests goes: every ns that clients waited is given to a node or a link, and what it was spent on.

What a caller waited for a link is split as the link's own sums say, and so on down the calls. The parts add up exactly.
Where one node serves several callers each gets the average; work that nobody waited for any more is in that average.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

import numpy as np

from worker.engine.compiler import Plan
from worker.engine.history import Series
from worker.engine.timing import PARTS

K = TypeVar("K")
Shares = Mapping[tuple[str, str], int]  # (node or link, part) -> ns
OWN = {"service_ns": "service", "slot_ns": "queue", "sleep_ns": "back_off", "wait_ns": "wait", "held_ns": "held"}
assert set(OWN) | {"parallel_ns"} == set(PARTS)


def shares_of(plan: Plan, series: Series, where: np.ndarray) -> Shares:
    """Of all requests that clients saw the end of in these intervals; ns."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    given: dict[str, int] = defaultdict(int)
    for id, placed in plan.nodes.items():
        if placed.totals_hist >= 0:
            given[id] = series.total(id, "total_ns", where)
    for id in order_of(plan):
        if given[id] <= 0:
            continue
        ways = [way.link.id for way in plan.links.values() if way.link.source == id]
        parts = {(id, OWN[name]): series.total(id, name, where) for name in OWN}
        calls = {(way, ""): series.total(way, "waited_ns", where) for way in ways}
        parallel = series.total(id, "parallel_ns", where)
        others = {way: seen(series, way, where) - calls[way, ""] for way in ways} if parallel else {}
        for way, ns in split(parallel, {way: max(0, ns) for way, ns in others.items()}).items():
            calls[way, ""] += ns
        if parallel and not any(ns > 0 for ns in others.values()):
            parts[id, "wait"] += parallel
        for (what, part), ns in split(given[id], parts | calls).items():
            if part:
                found[what, part] += ns
            else:
                down_a_link(plan, series, where, what, ns, found, given)
        given[id] = 0
    for id, ns in given.items():  # went round in a circle
        found[id, "wait"] += ns
    return {cell: ns for cell, ns in found.items() if ns}


def down_a_link(
    plan: Plan,
    series: Series,
    where: np.ndarray,
    link: str,
    ns: int,
    found: dict[tuple[str, str], int],
    given: dict[str, int],
) -> None:
    """What was waited for a link: travel, the callee, and answers that never came."""
    way = plan.links[link].link
    timeout = round((way.filled["timeout_ms"] or 0) * 1e6)
    silent = min(ns, min(series.total(link, "lost", where), series.total(link, "timeouts", where)) * timeout)
    network, callee = series.total(link, "network_ns", where), series.total(link, "sojourn_ns", where)
    if network + callee <= 0:
        silent = ns
    found[link, "no_answer"] += silent
    for what, part in split(ns - silent, {"network": network, "callee": callee}).items():
        if what == "network":
            found[link, "network"] += part
        else:
            given[way.target] += part


def seen(series: Series, link: str, where: np.ndarray) -> int:
    return series.total(link, "network_ns", where) + series.total(link, "sojourn_ns", where)


def order_of(plan: Plan) -> list[str]:
    """Callers before callees. In a circle (over a queue) somebody has to be first."""
    callers: dict[str, set[str]] = {id: set() for id in plan.nodes}
    for way in plan.links.values():
        callers[way.link.target].add(way.link.source)
    while True:
        try:
            return list(TopologicalSorter(callers).static_order())
        except CycleError as circle:
            first, second, *_ = circle.args[1]
            for one, other in ((first, second), (second, first)):
                callers[one].discard(other)


def split(total: int, weights: Mapping[K, int]) -> dict[K, int]:
    """Whole parts of `total` in proportion; the largest remainders get what is left over."""
    whole = sum(weights.values())
    if whole <= 0 or total <= 0:
        return {}
    parts = {key: total * weight // whole for key, weight in weights.items()}
    rest = sorted(weights, key=lambda key: -(total * weights[key] % whole))
    for key in rest[: total - sum(parts.values())]:
        parts[key] += 1
    return parts
