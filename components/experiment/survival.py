"""Survival under random faults: the share of runs whose goal held, as time goes on, and which faults broke it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from components.experiment.intervals import of_share
from components.experiment.plan import Plan

STEPS = 60
"""Moments of the curve."""

Cell = Mapping[str, Any]


def survival_of(plan: Plan, cells: Sequence[Cell]) -> dict[str, Any]:
    """{"runs", "held", "share", "low", "high", "curve": [[s, share, low, high]], "blame": [...]}; s after the warm-up."""
    runs = len(cells)
    held = sum(cell["broke_s"] is None for cell in cells)
    low, high = of_share(held, runs) or (None, None)
    share = held / runs if runs else None
    head = {"runs": runs, "held": held, "share": share, "low": low, "high": high}
    return head | {"curve": _curve(plan, cells), "blame": _blame(cells)}


def _curve(plan: Plan, cells: Sequence[Cell]) -> list[list[float]]:
    """Nobody leaves before the end, so the share of those left is the Kaplan-Meier estimate (1958)."""
    if not cells:
        return []
    begins_s = plan.ends_s - plan.duration_s
    broke = [cell["broke_s"] for cell in cells if cell["broke_s"] is not None]
    rows = []
    for step in range(STEPS + 1):
        at_s = plan.duration_s * step / STEPS
        left = len(cells) - sum(moment - begins_s <= at_s for moment in broke)
        low, high = of_share(left, len(cells)) or (0.0, 1.0)
        rows.append([round(at_s, 3), round(left / len(cells), 6), round(low, 6), round(high, 6)])
    return rows


def _blame(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """For each fault and target: how often it came, and how often the goal broke by it. The worst first."""
    came: Counter[tuple[str, str]] = Counter()
    broke: Counter[tuple[str, str]] = Counter()
    without = 0
    for cell in cells:
        by_id = {entry["id"]: (entry["fault"], entry["target"]) for entry in cell["faults"]}
        last = cell["broke_s"]
        came.update(by_id[entry["id"]] for entry in cell["faults"] if last is None or entry["at_s"] <= last)
        if last is not None and cell["blamed"] is not None:
            broke[by_id[cell["blamed"]]] += 1
        without += last is not None and cell["blamed"] is None
    rows = []
    for pair in sorted(came, key=lambda pair: (-broke[pair] / came[pair], -came[pair], pair)):
        low, high = of_share(broke[pair], came[pair]) or (0.0, 1.0)
        row = {"fault": pair[0], "target": pair[1], "came": came[pair], "broke": broke[pair]}
        rows.append(row | {"low": round(low, 6), "high": round(high, 6)})
    return rows + ([{"fault": None, "target": None, "came": None, "broke": without}] if without else [])


def blamed(faults: Sequence[Mapping[str, Any]], broke_s: float) -> str | None:
    """The fault that was there when the goal broke: the newest in force, else the newest before. None without any."""
    before = [entry for entry in faults if entry["at_s"] <= broke_s]
    inside = [entry for entry in before if broke_s <= entry["at_s"] + entry.get("for_s", 0)]
    newest = max(inside or before, key=lambda entry: (entry["at_s"], entry["id"]), default=None)
    return None if newest is None else str(newest["id"])
