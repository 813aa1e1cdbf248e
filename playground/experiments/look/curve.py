"""The load-latency curve and what was served: geometry of two SVGs, and the table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.experiment import MEASURES
from playground.experiments.look import words
from playground.experiments.look.scale import Scale, even, scale_over

WIDTH, HEIGHT, LOW_HEIGHT = 760, 400, 210
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 14, 44
CALLOUT = (196, 52)
P50 = "client.latency_ms.p50"
GOODPUT = "client.goodput_rps"


@dataclass(frozen=True)
class Tick:
    at: float
    words: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Band:
    """A stretch of loads: `kind` room, strain or past."""

    kind: str
    x: float
    width: float
    words: str


@dataclass(frozen=True)
class Callout:
    x: float
    y: float
    box_x: float
    box_y: float
    title: str
    note: str


class Curve:
    """Of an experiment of kind load_curve that is done. Everything comes from its result, so nothing disagrees."""

    def __init__(
        self, plan: dict[str, Any], result: dict[str, Any], slos: Sequence[dict[str, Any]], names: dict[str, str]
    ) -> None:
        self.result, self.names = result, names
        self.path = str(result["measure"])
        self.measure = MEASURES[self.path]
        axis = plan["axes"][0]
        self.loads = [float(value) for value in axis["values"]]
        self.load_name = "users" if axis["param"] == "users" else "offered load, requests/s"
        self.points = result["points"]
        across = Scale(self.loads[0], self.loads[-1], LEFT, WIDTH - RIGHT, log=not even(self.loads))
        self.x = across if self.loads[-1] > self.loads[0] else Scale(0, self.loads[0] * 2 or 1, LEFT, WIDTH - RIGHT)
        self.slo = next((slo for slo in slos if slo["sli"] == "latency"), None) if self.measure.unit == "ms" else None
        tops = [row[key] for row in self._rows(self.path) for key in ("mean", "high", "low") if row.get(key)]
        tops += [row["mean"] for row in self._rows(P50) if row.get("mean")] if self.second else []
        self._tops = [*tops, *([float(self.slo["threshold_ms"])] if self.slo else [])]
        self.y = scale_over(self._tops, HEIGHT - BOTTOM, TOP)
        self.other: list[tuple[float, float]] = []
        self.other_name = self.other_words = ""

    def beside(self, plan: dict[str, Any], result: dict[str, Any], name: str) -> None:
        """The same curve of another revision: a second line on the same scales."""
        rows = [point["values"].get(self.path, {}).get("mean") for point in result["points"]]
        loads = [float(value) for value in plan["axes"][0]["values"]]
        known = [(load, value) for load, value in zip(loads, rows, strict=True) if value is not None]
        inside = [(load, value) for load, value in known if self.loads[0] <= load <= self.loads[-1]]
        self._tops += [value for _, value in inside]
        self.y = scale_over(self._tops, HEIGHT - BOTTOM, TOP)
        self.other, self.other_name = inside, name
        knee = result["knee"]
        self.other_words = f"{name}: knee at {words.short(knee['load'])}" if knee else f"{name}: no knee"
        if result["capacity_rps"] is not None:
            self.other_words += f", no more than {words.rate(result['capacity_rps'])} are served"

    @property
    def other_line(self) -> str:
        return " ".join(f"{self.x.at(load)},{self.y.at(value)}" for load, value in self.other)

    # -- the curve --------------------------------------------------------------------------------
    @property
    def second(self) -> bool:
        """Whether the median stands beside the measure."""
        return self.measure.unit == "ms" and self.path != P50

    @property
    def x_ticks(self) -> list[Tick]:
        return [Tick(self.x.at(value), words.short(value)) for value in self.x.ticks(7)]

    @property
    def y_ticks(self) -> list[Tick]:
        return [Tick(self.y.at(value), words.measured(self.path, value) if value else "0") for value in self.y.ticks(5)]

    @property
    def band(self) -> str:
        """The 95 % interval of the mean over seeds, as a polygon."""
        rows = [
            (load, row)
            for load, row in zip(self.loads, self._rows(self.path), strict=True)
            if row.get("low") is not None
        ]
        return _polygon(self.x, self.y, [(load, row["low"], row["high"]) for load, row in rows])

    @property
    def line(self) -> str:
        return self._line(self.path, self.y)

    @property
    def p50_line(self) -> str:
        return self._line(P50, self.y) if self.second else ""

    @property
    def dots(self) -> list[Dot]:
        found = []
        for load, row in zip(self.loads, self._rows(self.path), strict=True):
            if row.get("mean") is not None:
                told = f"{words.short(load)}: {self.measure.label} {words.measured(self.path, row['mean'])}"
                found.append(Dot(self.x.at(load), self.y.at(row["mean"]), told))
        return found

    @property
    def bands(self) -> list[Band]:
        """Room to grow up to the knee, strain up to capacity, past it."""
        knee, past = self.result["knee"], self.result["past"]
        end, begin = self.x.end, self.x.start
        at_past = self._between(past - 1, past) if past else begin if past == 0 else end
        at_knee = self.x.at(knee["load"]) if knee else at_past
        edges = [("room", begin, at_knee, "Room to grow"), ("strain", at_knee, at_past, "Strain")]
        edges.append(("past", at_past, end, "Past capacity: no more is served"))
        return [
            Band(
                kind,
                x,
                round(to - x, 1),
                told if to - x > 7.2 * len(told) else told.split(":")[0] if to - x > 90 else "",
            )
            for kind, x, to, told in edges
            if to - x > 1
        ]

    def _between(self, first: int, second: int) -> float:
        return round((self.x.at(self.loads[first]) + self.x.at(self.loads[second])) / 2, 1)

    @property
    def slo_line(self) -> Tick | None:
        if self.slo is None:
            return None
        ms = float(self.slo["threshold_ms"])
        return Tick(self.y.at(ms), f"{self.slo['name']}: {words.latency(ms)}")

    @property
    def knee(self) -> Callout | None:
        knee = self.result["knee"]
        if knee is None:
            return None
        value = self._rows(self.path)[knee["index"]]["mean"]
        x, y = self.x.at(knee["load"]), self.y.at(value)
        width, height = CALLOUT
        beside = x + 30 if x + 30 + width < WIDTH - RIGHT else x - 30 - width
        below = min(max(TOP + 34, y + 26), HEIGHT - BOTTOM - height - 8)
        if beside < x:  # above the line, which is lower at lower loads
            below = max(TOP + 30, y - height - 24)
        note = [f"{words.share(round(knee['of_capacity'], 2))} of capacity"] if knee["of_capacity"] else []
        note.append(f"{self.measure.label.removesuffix(' latency')} {words.measured(self.path, value)}")
        load = f"{words.short(knee['load'])} users" if self.load_name == "users" else words.rate(knee["load"])
        return Callout(x, y, round(beside, 1), round(below, 1), f"Knee at {load}", " · ".join(note))

    # -- what was served --------------------------------------------------------------------------
    @property
    def served(self) -> Served:
        return Served(self)

    # -- in words ---------------------------------------------------------------------------------
    @property
    def sentence(self) -> str:
        """What the curve says, for everybody and for who cannot see it."""
        first = self.result["first_to_give"]
        parts = []
        if self.result["knee"]:
            callout = self.knee
            assert callout is not None
            parts.append(f"{callout.title}: {callout.note}.")
        else:
            parts.append(f"No knee is marked. {self.result['why']}")
        if first:
            name = self.names.get(first["node"], first["node"])
            busy = words.share(round(min(1.0, first["utilisation"]), 2))
            gives = "gives way first" if first["full"] else "is busiest"
            parts.append(f"{name} {gives}: {busy} busy at {words.short(self.loads[first['index']])}.")
        if self.result["past"] is not None:
            parts.append(f"No more than {words.rate(self.result['capacity_rps'])} are served.")
        if self.other_words:
            parts.append(f"{self.other_words}.")
        return " ".join(parts)

    @property
    def title(self) -> str:
        return f"{words.title(self.measure.label)} against load"

    @property
    def unsettled(self) -> bool:
        """Whether most runs of some load below capacity had not settled."""
        return any(2 * point["settled"] < point["runs"] for point in self.points[: self.result["past"]])

    def _rows(self, path: str) -> list[dict[str, Any]]:
        return [point["values"].get(path, {}) for point in self.points]

    def _line(self, path: str, y: Scale) -> str:
        rows = zip(self.loads, self._rows(path), strict=True)
        return " ".join(f"{self.x.at(load)},{y.at(row['mean'])}" for load, row in rows if row.get("mean") is not None)


class Served:
    """What was served and what failed, against the same loads."""

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        scale = float(curve.result["scale"])
        spans = [point["counts"]["span_ns"] / 1e9 for point in curve.points]
        counts = [point["counts"] for point in curve.points]
        self.offered = [each["offered"] / span * scale for each, span in zip(counts, spans, strict=True)]
        self.failed = [sum(each["failed"].values()) / span * scale for each, span in zip(counts, spans, strict=True)]
        self.good = [row.get("mean") or 0.0 for row in curve._rows(GOODPUT)]
        self.y = Scale(0, max([*self.offered, 1e-9]) * 1.08, LOW_HEIGHT - BOTTOM, TOP)

    @property
    def y_ticks(self) -> list[Tick]:
        return [Tick(self.y.at(value), words.rate(value) if value else "0") for value in self.y.ticks(4)]

    def _line(self, values: Sequence[float]) -> str:
        return " ".join(
            f"{self.curve.x.at(load)},{self.y.at(value)}" for load, value in zip(self.curve.loads, values, strict=True)
        )

    @property
    def offered_line(self) -> str:
        return self._line(self.offered)

    @property
    def good_line(self) -> str:
        return self._line(self.good)

    @property
    def failed_line(self) -> str:
        return self._line(self.failed)

    @property
    def sentence(self) -> str:
        most = max(self.good, default=0.0)
        return f"Served: up to {words.rate(most)}. Failed: up to {words.rate(max(self.failed, default=0.0))}."


def _polygon(x: Scale, y: Scale, rows: Sequence[tuple[float, float, float]]) -> str:
    """There along the lower edge and back along the upper one."""
    there = [f"{x.at(at)},{y.at(low)}" for at, low, _ in rows]
    back = [f"{x.at(at)},{y.at(high)}" for at, _, high in reversed(rows)]
    return " ".join(there + back)
