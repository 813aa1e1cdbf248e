"""Where a value lies on its slider: 0 to 1000, linear or logarithmic. static/js has the same two formulas."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

STEPS = 1000
WIDEST_LINEAR = 1000
"""A linear range beyond this many steps is typed, not slid."""


def low(param: Mapping[str, Any]) -> float:
    """The smallest value above nought that a logarithmic slider reaches; its left end is the minimum itself."""
    if param["minimum"] > 0:
        return float(param["minimum"])
    if param["type"] == "integer":
        return 1.0
    usual = param["default"] or 1.0
    return float(10.0 ** math.floor(math.log10(usual) - 2))


def slides(param: Mapping[str, Any]) -> bool:
    return bool(param["log"]) or param["maximum"] - param["minimum"] <= WIDEST_LINEAR


def position(param: Mapping[str, Any], value: float | None) -> int:
    """The step of `value`; None lies at the right end, as no limit is the largest."""
    least, most = float(param["minimum"]), float(param["maximum"])
    if value is None:
        return STEPS
    if value <= least:
        return 0
    if not param["log"]:
        return round(STEPS * (value - least) / (most - least))
    first = low(param)
    if value <= first:
        return 0 if first == least else 1
    return max(1, round(STEPS * math.log(value / first) / math.log(most / first)))
