"""Survival: the share of runs that are still inside their goal as time goes on, and who is to blame."""

from __future__ import annotations

from typing import Any

from components.experiment import MEASURES
from components.faults import FAULTS
from playground.experiments.look import words
from playground.experiments.look.curve import Tick, _polygon
from playground.experiments.look.scale import Scale, time_ticks
from playground.experiments.look.tables import Numbers

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 300, 52, 14, 14, 40


class Alive:
    def __init__(self, plan: dict[str, Any], result: dict[str, Any], names: dict[str, str]) -> None:
        self.plan, self.names = plan, names
        self.survival = result["survival"]
        self.curve = self.survival["curve"]
        self.x = Scale(0, float(plan["duration_s"]), LEFT, WIDTH - RIGHT)
        self.y = Scale(0, 1, HEIGHT - BOTTOM, TOP)
        self.other_line = self.other_name = ""

    def beside(self, result: dict[str, Any], name: str) -> None:
        """The same faults on another revision."""
        survival = result["survival"]
        self.other_line = self._stairs(survival["curve"])
        self.other_name = f"{name} · {words.share(survival['share'])}"

    @property
    def line(self) -> str:
        return self._stairs(self.curve)

    def _stairs(self, curve: list[list[float]]) -> str:
        """A run is inside until it is not."""
        points: list[str] = []
        for index, (at, part, _, _) in enumerate(curve):
            if index:
                points.append(f"{self.x.at(at)},{self.y.at(curve[index - 1][1])}")
            points.append(f"{self.x.at(at)},{self.y.at(part)}")
        return " ".join(points)

    @property
    def band(self) -> str:
        return _polygon(self.x, self.y, [(at, low, high) for at, _, low, high in self.curve])

    @property
    def x_ticks(self) -> list[Tick]:
        return [Tick(self.x.at(value), words.span(value) if value else "0") for value in time_ticks(self.x.high, 6)]

    @property
    def y_ticks(self) -> list[Tick]:
        return [Tick(self.y.at(value), words.share(value)) for value in (0.0, 0.5, 1.0)]

    @property
    def goal(self) -> str:
        return goal_words(self.plan["goal"])

    @property
    def share(self) -> str:
        return words.share(self.survival["share"])

    @property
    def interval(self) -> str:
        return f"{words.share(self.survival['low'])} to {words.share(self.survival['high'])}"

    @property
    def sentence(self) -> str:
        held, runs = self.survival["held"], self.survival["runs"]
        told = f"{held} of {runs} runs kept the goal: {self.share}, with 95 % confidence {self.interval} (Wilson)."
        worst = next((row for row in self.survival["blame"] if row["fault"] and row["broke"]), None)
        told += f" {self.other_name} of the other revision." if self.other_name else ""
        if worst is None:
            return told + (" No fault broke it." if held == runs else "")
        return f"{told} {self._fault(worst)} broke it {worst['broke']} of the {worst['came']} times that it came."

    def _fault(self, row: dict[str, Any]) -> str:
        return f"{FAULTS[row['fault']].label} of {self.names.get(row['target'], row['target'])}"

    @property
    def blame(self) -> Numbers:
        rows = []
        for row in self.survival["blame"]:
            if row["fault"] is None:
                rows.append(["No fault: the goal broke before the first one", "–", str(row["broke"]), "–"])
                continue
            band = f"{words.share(row['low'])} to {words.share(row['high'])}"
            rows.append([self._fault(row), str(row["came"]), str(row["broke"]), band])
        return Numbers(["Fault", "came", "broke the goal", "chance, 95 %"], rows)


def goal_words(goal: dict[str, Any]) -> str:
    """`p99 latency at most 300 ms in every 10 s`."""
    if "slo" in goal:
        return f"the objective “{goal['slo']}”"
    measure = MEASURES[goal["measure"]]
    word, limit = ("at most", goal["at_most"]) if "at_most" in goal else ("at least", goal["at_least"])
    return f"{measure.label} {word} {words.measured(goal['measure'], limit)} in every {words.span(goal['over_s'])}"
