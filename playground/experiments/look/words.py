"""Numbers of experiments as people read them."""

from __future__ import annotations

import math
from typing import Any

from components.experiment import MEASURES
from components.lab import said
from playground.designs.look.words import plain

TITLES = {
    "load_curve": "Load curve",
    "grid": "Parameter grid",
    "seeds": "Many seeds",
    "survival": "Survival",
}
HINTS = {
    "load_curve": "Latency at rising load: where the knee is, and what gives way first.",
    "grid": "One or two parameters against each other, every combination.",
    "seeds": "The same design under many seeds: how much of a number is chance.",
    "survival": "Faults at random moments: how often a goal is kept, and which fault breaks it.",
}
NONE = "–"


def latency(ms: float | None) -> str:
    """`0.42 ms`, `8.4 ms`, `296 ms`, `2.1 s`."""
    if ms is None:
        return NONE
    if ms >= 1000:
        return f"{ms / 1000:,.{1 if ms < 100_000 else 0}f} s"
    return f"{ms:.{2 if ms < 1 else 1 if ms < 10 else 0}f} ms"


def rate(per_s: float | None) -> str:
    """`80/s`, `22.2k/s`."""
    return NONE if per_s is None else f"{short(per_s)}/s"


def short(number: float) -> str:
    """`0.5`, `80`, `1.5k`, `40k`, `2M`."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"


def share(part: float | None) -> str:
    """`87 %`, `0.4 %`."""
    return NONE if part is None else "0 %" if part == 0 else "100 %" if part == 1 else said(part, "%")


def measured(path: str, value: float | None) -> str:
    """A value of a measure, with its unit."""
    unit = MEASURES[path].unit
    return latency(value) if unit == "ms" else share(value) if unit == "%" else rate(value)


def fine(path: str, value: float | None, step: float) -> str:
    """A value with as many digits as tell it from another that is `step` away."""
    told = measured(path, value)
    if value is None or step <= 0:
        return told
    unit = MEASURES[path].unit
    size, name = (1000, "s") if unit == "ms" and value >= 1000 else (0.01, "%") if unit == "%" else (1, unit)
    digits = max(0, math.ceil(-math.log10(step / size) - 1e-9))
    exact = f"{value / size:,.{min(digits, 6)}f}"
    return f"{exact}/s" if unit == "/s" else f"{exact} {name}"


def title(label: str) -> str:
    """`p99 latency` stays, `mean latency` begins a title."""
    return label if label[1:2].isdigit() else label[:1].upper() + label[1:]


def setting(value: Any) -> str:
    """A value of a parameter on an axis."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "none"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.4g}" if abs(value) < 10_000 else short(value)
    return short(value) if isinstance(value, int | float) and abs(value) >= 100_000 else plain(value)


def span(seconds: float) -> str:
    """`45 s`, `10 min`, `2 h`."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
