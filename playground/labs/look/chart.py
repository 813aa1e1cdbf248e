"""A small still chart of a graded run, as points of an SVG: 320 wide, 96 high."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.lab import said

WIDTH, HEIGHT = 320, 96
LEFT, RIGHT, TOP, BOTTOM = 2, 2, 8, 18


@dataclass(frozen=True)
class Chart:
    """`line` is a list of polyline points; `goal_y` and `moment_x` are None where there is none."""

    title: str
    lines: Sequence[str]
    most: str
    goal_y: float | None
    goal: str
    moment_x: float | None
    begins: str
    ends: str
    words: str


def chart_of(
    title: str,
    points: Sequence[tuple[float, float | None]],
    unit: str,
    limit: float | None = None,
    moment_s: float | None = None,
    top: float | None = None,
) -> Chart:
    """`points` are (virtual s, value); None breaks the line."""
    known = [value for _, value in points if value is not None]
    most = top or max([*known, limit or 0.0, 1e-9])
    first, last = (points[0][0], points[-1][0]) if points else (0.0, 1.0)

    def x(t_s: float) -> float:
        return round(LEFT + (t_s - first) / max(1e-9, last - first) * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - min(1.0, value / most) * (HEIGHT - TOP - BOTTOM), 1)

    lines: list[list[str]] = [[]]
    for t_s, value in points:
        if value is None:
            lines.append([])
        else:
            lines[-1].append(f"{x(t_s)},{y(value)}")
    lowest, highest = (said(min(known), unit), said(max(known), unit)) if known else ("–", "–")
    return Chart(
        title,
        [" ".join(line) for line in lines if line],
        said(most, unit),
        None if limit is None else y(limit),
        "" if limit is None else said(limit, unit),
        None if moment_s is None else x(moment_s),
        clock(first),
        clock(last),
        f"{title}: between {lowest} and {highest}.",
    )


def clock(at_s: float) -> str:
    return f"{int(at_s) // 60}:{int(at_s) % 60:02d}"
