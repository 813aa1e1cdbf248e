"""Tables of experiments: heat maps that are tables, and the numbers beside every picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.experiment import MEASURES
from playground.experiments.look import words

HEATS = 9
FULL = 0.98
COLUMNS = 6
HOT = (0.5, 0.7, 0.85, 0.95)


@dataclass(frozen=True)
class Tile:
    """`heat` 0 is the best of the table; None is a value that means nothing, as past capacity."""

    words: str
    heat: int | None
    title: str


@dataclass(frozen=True)
class Heat:
    """A table whose cells are coloured: the words in them say the same."""

    title: str
    note: str
    corner: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Tile]]]


def grid(plan: dict[str, Any], result: dict[str, Any]) -> Heat:
    """The first axis downwards, the largest on top; the second across. With one axis there is one row."""
    path = str(result["measure"])
    measure = MEASURES[path]
    axes = plan["axes"]
    down, across = (axes[0], axes[1]) if len(axes) > 1 else (None, axes[0])
    width = len(across["values"])
    cells = [_tile(path, point, result["points"]) for point in result["points"]]
    names = [f"{axis['target']}.{axis['param']}" for axis in axes]
    rows = [
        (words.setting(value) if down else measure.label, cells[index * width : (index + 1) * width])
        for index, value in enumerate(down["values"] if down else [None])
    ]
    corner = f"{names[0]} ↓ · {names[1]} →" if down else names[0]
    title = " × ".join(names)
    columns = [words.setting(value) for value in across["values"]]
    return Heat(title, measure.label, corner, columns, rows[::-1] if down else rows)


def _tile(path: str, point: dict[str, Any], points: Sequence[dict[str, Any]]) -> Tile:
    row = point["values"].get(path, {})
    value = row.get("mean")
    where = ", ".join(f"{name} {words.setting(each)}" for name, each in point["settings"].items())
    if value is None:
        return Tile("–", None, f"{where}: nothing was measured")
    told = words.measured(path, value)
    band = (
        f", {words.measured(path, row['low'])} to {words.measured(path, row['high'])}"
        if row.get("low") is not None
        else ""
    )
    over = (point["served_share"] or 0) < FULL * _best(points)
    failed = point["values"]["client.failed_share"]["mean"]
    if over and MEASURES[path].unit == "ms":
        return Tile("✕", None, f"{where}: past capacity, {told}, {words.share(failed)} failed")
    return Tile(told, _heat(path, value, points), f"{where}: {told}{band}")


def _best(points: Sequence[dict[str, Any]]) -> float:
    return max((point.get("served_share") or 0.0 for point in points), default=0.0)


def _heat(path: str, value: float, points: Sequence[dict[str, Any]]) -> int:
    """0 (good) to HEATS - 1, by the logarithm where values differ a lot."""
    known = [mean for point in points if (mean := point["values"].get(path, {}).get("mean")) is not None]
    low, high = min(known), max(known)
    if high <= low:
        return 0
    log = low > 0 and high > 20 * low
    part = math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)
    part = 1 - part if MEASURES[path].up else part
    return min(HEATS - 1, int(part * HEATS))


def busy(plan: dict[str, Any], result: dict[str, Any], names: dict[str, str]) -> Heat:
    """How busy nodes are at every load: what gives way first, from the runs of the curve. The first to give stands first."""
    points = [point for point in result["points"] if point["runs"]]
    first = result["first_to_give"]
    at = points[max(0, first["index"] - 1)]["utilisation"] if first else {}
    nodes = [id for id in names if any(id in point["utilisation"] for point in points)]
    nodes.sort(key=lambda id: (first is None or id != first["node"], -at.get(id, 0.0)))
    shown = nodes[:COLUMNS]
    rows = []
    for load, point in zip(plan["axes"][0]["values"], points, strict=False):
        rows.append((words.short(load), [_busy(names[id], point["utilisation"].get(id, 0.0)) for id in shown]))
    return Heat("What gives way first", "busy, in %", "load", [names[id] for id in shown], rows)


def _busy(name: str, part: float) -> Tile:
    told = words.share(round(min(part, 1.0), 2))
    return Tile(
        told.removesuffix(" %").removesuffix(".0"), sum(part >= edge for edge in HOT) * 2, f"{name}: {told} busy"
    )


@dataclass(frozen=True)
class Numbers:
    """Every value that a picture shows, and those that it does not."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


SHOWN = (
    "client.latency_ms.p50", "client.latency_ms.p99", "client.latency_ms.mean", "client.goodput_rps", "client.failed_share",
)  # fmt: skip


def numbers(result: dict[str, Any], names: dict[str, str]) -> Numbers:
    """A row for each point: the mean over seeds with half its 95 % interval."""
    paths = list(dict.fromkeys([str(result["measure"]), *SHOWN]))
    settings = list(result["points"][0]["settings"]) if result["points"] else []
    head = [*settings, *(MEASURES[path].label for path in paths), "busiest", "warm-up", "runs"]
    rows = []
    for point in result["points"]:
        busiest = point.get("busiest")
        load = (
            f"{names.get(busiest, busiest)} {words.share(round(point['utilisation'][busiest], 2))}" if busiest else "–"
        )
        warm = words.span(point["warmup_s"]) if point["runs"] else "–"
        if 2 * point.get("settled", 0) < point["runs"]:
            warm += ", not settled"
        values = [interval(path, point["values"].get(path, {})) for path in paths]
        rows.append(
            [*(words.setting(value) for value in point["settings"].values()), *values, load, warm, str(point["runs"])]
        )
    return Numbers(head, rows, "means over seeds ± half a 95 % interval (Student’s t)")


def interval(path: str, row: dict[str, Any]) -> str:
    """`84 ms ± 6.1 ms`."""
    told = words.measured(path, row.get("mean"))
    if row.get("low") is None:
        return told
    return f"{told} ± {words.measured(path, (row['high'] - row['low']) / 2)}"


def estimates(result: dict[str, Any]) -> Numbers:
    """All measures of the one point: over seeds, and of all requests as one run."""
    rows = []
    for path, measure in MEASURES.items():
        row = result["points"][0]["values"].get(path, {})
        keys = ("mean", "low", "high", "median", "least", "most", "pooled")
        step = (row["high"] - row["low"]) / 10 if row.get("low") is not None else 0.0
        told = {key: words.fine(path, row.get(key), step) for key in keys}
        band = f"{told['low']} to {told['high']}" if row.get("low") is not None else "–"
        rows.append([measure.label, told["mean"], band, told["median"], told["least"], told["most"], told["pooled"]])
    return Numbers(["", "mean over seeds", "95 % interval", "median", "least", "most", "all requests"], rows)
