"""Points. Hints cost some of them, but never the pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.lab import Lab


def hints_cost(lab: Lab, opened: int) -> int:
    return sum(hint.cost for hint in lab.hints[:opened])


def score_of(lab: Lab, verdict: Mapping[str, Any], hints: int) -> int:
    """0 to 100: the verdict's points less what the opened hints cost, and at least the pass score for who passed."""
    score = int(verdict["score"]) - hints_cost(lab, hints)
    return max(score, lab.pass_score if verdict["passed"] else 0)
