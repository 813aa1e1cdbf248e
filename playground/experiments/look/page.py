"""The page of one experiment: its head, how far it is, and what stands for its kind."""

from __future__ import annotations

from typing import Any

from components.model import Design
from playground.experiments.look import tables, words
from playground.experiments.look.alive import Alive, goal_words
from playground.experiments.look.curve import Curve
from playground.experiments.look.spread import Spread
from playground.experiments.models import Experiment, Status
from playground.experiments.shown import left_s, progress_of


class Page:
    def __init__(self, experiment: Experiment, design: Design) -> None:
        self.experiment, self.design = experiment, design
        self.plan = experiment.plan
        self.kind = str(self.plan["kind"])
        self.title = words.TITLES[self.kind]
        self.done, self.of = progress_of(experiment)
        names = {node.id: node.name for node in design.nodes}
        result: dict[str, Any] | None = experiment.result if experiment.status == Status.DONE else None
        self.result = result
        self.curve = self.busy = self.heat = self.spread = self.alive = self.numbers = self.estimates = None
        if result is None:
            return
        self.numbers = tables.numbers(result, names)
        if self.kind == "load_curve":
            self.curve = Curve(self.plan, result, design.slos, names)
            self.busy = tables.busy(self.plan, result, names)
        elif self.kind == "grid":
            self.heat = tables.grid(self.plan, result)
        elif self.kind == "seeds":
            self.spread, self.estimates = Spread(result), tables.estimates(result)
        else:
            self.alive = Alive(self.plan, result, names)

    def beside(self, other: Experiment) -> None:
        """Draws the same experiment on another revision into the picture."""
        if other.result is not None and self.curve is not None:
            self.curve.beside(other.plan, other.result, f"r{other.revision}")
        if other.result is not None and self.alive is not None:
            self.alive.beside(other.result, f"r{other.revision}")

    @property
    def facts(self) -> list[str]:
        return facts_of(self.plan)

    @property
    def took(self) -> str:
        begun, ended = self.experiment.started_at, self.experiment.finished_at
        return words.span(round((ended - begun).total_seconds(), 1)) if begun and ended else ""

    @property
    def left(self) -> str:
        seconds = left_s(self.experiment, self.done, self.of)
        return f"About {words.span(seconds)} left." if seconds is not None else ""


def facts_of(plan: dict[str, Any]) -> list[str]:
    """The plan in a few words."""
    facts = []
    for axis in plan["axes"]:
        values = axis["values"]
        ends = (
            f"{words.setting(values[0])} to {words.setting(values[-1])}"
            if len(values) > 1
            else words.setting(values[0])
        )
        facts.append(f"{axis['target']}.{axis['param']} {ends}, {len(values)} steps")
    seeds = plan["seeds"]
    more = f", more until ± {words.share(seeds['within'])}, at most {seeds['most']}" if "within" in seeds else ""
    facts.append(f"{seeds['n']} seeds{more}")
    facts.append(f"{words.span(plan['duration_s'])} each")
    if plan["kind"] == "survival":
        facts.append(f"{plan['faults']['rate_per_hour']:g} faults an hour")
        facts.append(goal_words(plan["goal"]))
    return facts
