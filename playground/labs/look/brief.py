"""The panel beside the canvas: what is asked, what may be asked for, what was tried."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.lab import Goal, Lab, said
from playground.labs import shown
from playground.labs.catalogue import labs, module_of
from playground.labs.models import Attempt, Status, Work
from playground.labs.services import has_run

LIVE = ("client.latency_ms.p99", "client.failed_share", "client.served_share", "cost.per_month", "amplification")
"""Measures that the page itself can follow while a run is on; and the p99 of one client."""
CLIENT_P99 = re.compile(r"clients\.[a-z0-9_-]+\.latency_ms\.p99")


@dataclass(frozen=True)
class GoalLine:
    """A goal with what the newest verdict says of it; `live`: whether a try run can tick it."""

    goal: Goal
    last: Mapping[str, Any] | None

    @property
    def live(self) -> bool:
        priced = self.goal.measure == "cost.per_month"
        known = self.goal.measure in LIVE or CLIENT_P99.fullmatch(self.goal.measure) is not None
        return known and (priced or self.goal.window is None)

    @property
    def data(self) -> dict[str, Any]:
        """What the script of the page needs."""
        return shown.goal_shown(self.goal) | {"live": self.live}

    @property
    def health(self) -> str:
        return "idle" if self.last is None else "ok" if self.last["passed"] else "failing"

    @property
    def value(self) -> str:
        return "" if self.last is None else said(self.last["value"], self.goal.unit)

    @property
    def note(self) -> str:
        if self.last is not None:
            return "in your last attempt"
        return "judged while you try" if self.live else "judged when you submit"


@dataclass(frozen=True)
class Choice:
    id: str
    name: str
    chosen: bool


class Brief:
    """Everything that the panel says about one person's work."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.lab: Lab = labs()[work.lab]
        self.module, self.place, self.of = module_of(self.lab)
        self.attempts = list(work.attempts.order_by("-number"))

    @property
    def newest(self) -> Attempt | None:
        """The newest attempt that is being graded or has a verdict."""
        told = (Status.QUEUED, Status.RUNNING, Status.DONE)
        return next((attempt for attempt in self.attempts if attempt.status in told), None)

    @property
    def goals(self) -> list[GoalLine]:
        judged = next((attempt for attempt in self.attempts if attempt.status == Status.DONE), None)
        rows = {row["id"]: row for row in (judged.verdict or {})["goals"]} if judged is not None else {}
        return [GoalLine(goal, rows.get(goal.id)) for goal in shown.open_goals(self.lab)]

    @property
    def watched(self) -> dict[str, Any]:
        """What the script of the page needs to tick goals while a run is on."""
        warmup_s = max((scenario.warmup_s for scenario in shown.open_scenarios(self.lab)), default=0)
        return {"goals": [line.data for line in self.goals], "warmup_s": warmup_s}

    @property
    def kept(self) -> int:
        return sum(goal.health == "ok" for goal in self.goals)

    @property
    def budget(self) -> float | None:
        return next((goal.limit for goal in self.lab.goals if goal.measure == "cost.per_month"), None)

    @property
    def question(self) -> str:
        return self.lab.prediction.question if self.lab.prediction else ""

    @property
    def choices(self) -> list[Choice]:
        if self.lab.prediction is None:
            return []
        names = {node["id"]: node.get("name") or node["id"] for node in self.lab.start["nodes"]}
        chosen = self.work.prediction
        return [Choice(id, names[id], id == chosen) for id in self.lab.prediction.choices]

    @property
    def settled(self) -> bool:
        """Whether the prediction stands."""
        return has_run(self.work)

    @property
    def hints(self) -> list[dict[str, Any]]:
        rows = shown.hints_shown(self.work)
        return [row | {"next": row["number"] == self.work.hints + 1} for row in rows]

    @property
    def passed(self) -> bool:
        return any(attempt.passed for attempt in self.attempts)

    @property
    def hidden(self) -> int:
        return len(self.lab.scenarios) - len(shown.open_scenarios(self.lab))
