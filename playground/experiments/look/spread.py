"""Many seeds of one point as a strip of dots with the interval of their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.experiment import MEASURES
from playground.experiments.look import words
from playground.experiments.look.curve import Dot, Tick
from playground.experiments.look.scale import Scale

WIDTH, HEIGHT, LEFT, RIGHT, MIDDLE = 760, 170, 24, 24, 76
BINS, STEP = 76, 9


@dataclass(frozen=True)
class Bar:
    x: float
    width: float


class Spread:
    def __init__(self, result: dict[str, Any]) -> None:
        self.path = str(result["measure"])
        self.measure = MEASURES[self.path]
        point = result["points"][0]
        self.row = point["values"].get(self.path, {})
        self.seeds = sorted((value, seed) for seed, value in point["seeds"].items() if value is not None)
        values = [value for value, _ in self.seeds] or [0.0]
        low = min([*values, *([self.row["low"]] if self.row.get("low") is not None else [])])
        high = max([*values, *([self.row["high"]] if self.row.get("high") is not None else [])])
        room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
        self.x = Scale(low - room, high + room, LEFT, WIDTH - RIGHT)

    @property
    def dots(self) -> list[Dot]:
        """Those that would lie on each other are stacked."""
        stacks: dict[int, int] = {}
        found = []
        for value, seed in self.seeds:
            x = self.x.at(value)
            column = int(x / (WIDTH / BINS))
            height = stacks[column] = stacks.get(column, 0) + 1
            up = (height // 2) * (1 if height % 2 else -1)
            y = MIDDLE + max(-6, min(6, up)) * STEP
            found.append(Dot(x, y, f"seed {seed}: {words.measured(self.path, value)}"))
        return found

    @property
    def band(self) -> Bar | None:
        if self.row.get("low") is None:
            return None
        begin, end = self.x.at(self.row["low"]), self.x.at(self.row["high"])
        return Bar(begin, round(max(1.0, end - begin), 1))

    @property
    def mean(self) -> float | None:
        return None if self.row.get("mean") is None else self.x.at(self.row["mean"])

    @property
    def ticks(self) -> list[Tick]:
        values = self.x.ticks(6)
        step = values[1] - values[0] if len(values) > 1 else 0.0
        return [Tick(self.x.at(value), words.fine(self.path, value, step)) for value in values]

    @property
    def title(self) -> str:
        return f"{words.title(self.measure.label)} of every seed"

    @property
    def sentence(self) -> str:
        row = self.row
        if row.get("mean") is None:
            return "Nothing was measured."
        label = words.title(self.measure.label)
        if row["low"] is None:
            return f"{label}: {words.measured(self.path, row['mean'])}. One seed says nothing about chance: run more."
        step = (row["high"] - row["low"]) / 10
        told = {key: words.fine(self.path, row[key], step) for key in ("mean", "low", "high", "least", "most")}
        return (
            f"{label} is {told['mean']} on average, between {told['low']} and {told['high']} with 95 % confidence. "
            f"Single runs: {told['least']} to {told['most']}."
        )
