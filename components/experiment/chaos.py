"""Random fault schedules: a Poisson process, each fault on one of the targets, for a random time. All from the seed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from components.experiment.plan import Plan
from components.faults import FAULTS
from components.lab.chance import draw
from components.model import Design, Link
from components.targets import suffers

SCALE = 1 << 63
FAULTS_MOST = 500


def pairs_of(kinds: tuple[str, ...], targets: tuple[str, ...], design: Design) -> list[tuple[str, str]]:
    """(fault, target) for each target that can suffer a fault of the list."""
    found = []
    for target in targets:
        part = design.find(target)
        found += [(kind, target) for kind in kinds if part is not None and suffers(part, FAULTS[kind]) is None]
    return found


def schedule(plan: Plan, design: Design, seed: int) -> list[dict[str, Any]]:
    """Entries of a script for one run, in rising time, to a tenth of a second; after the warm-up.

    Given their number the moments of a Poisson process are independent and all alike, so the number is drawn
    first. Decimal's exp is rounded correctly: the same seed gives the same faults on every machine.
    """
    if plan.faults is None:
        return []
    faults, begins_s = plan.faults, plan.ends_s - plan.duration_s
    pairs = pairs_of(faults.kinds, faults.targets, design)
    if not pairs:
        return []
    count = _poisson(Decimal(str(faults.rate_per_hour)) * Decimal(str(plan.duration_s)) / 3600, seed)
    prefix = "x"
    while any(str(entry.get("id", "")).startswith(prefix) for entry in design.script):
        prefix += "x"
    entries = [
        _entry(plan, design, pairs[draw("pair", seed, each) % len(pairs)], begins_s, seed, each)
        | {"id": f"{prefix}{each + 1}"}
        for each in range(count)
    ]
    entries.sort(key=lambda entry: (entry["at_s"], entry["id"]))
    return entries


def _entry(plan: Plan, design: Design, pair: tuple[str, str], begins_s: float, seed: int, each: int) -> dict[str, Any]:
    assert plan.faults is not None
    kind, target = pair
    shortest, longest = plan.faults.for_s
    at_s = round(begins_s + draw("at", seed, each) / SCALE * plan.duration_s, 1)
    lasts_s = round(max(0.1, shortest + draw("for", seed, each) / SCALE * (longest - shortest)), 1)
    entry: dict[str, Any] = {"at_s": at_s, "command": "inject", "id": "", "fault": kind, "target": target}
    if FAULTS[kind].replicas and not isinstance(design.find(target), Link):
        entry["selector"] = "one"
    return entry if FAULTS[kind].instant else entry | {"for_s": lasts_s}


def _poisson(mean: Decimal, seed: int) -> int:
    chance = Decimal(draw("count", seed)) / SCALE
    term = (-mean).exp()
    below, count = term, 0
    while below <= chance and count < FAULTS_MOST:
        count += 1
        term = term * mean / count
        below += term
    return count
