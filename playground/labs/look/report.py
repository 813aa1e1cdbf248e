"""The report: score, goals, scenarios with a pip for every seed, what failed first, and how the reference does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.lab import Lab, said
from playground.labs.catalogue import labs
from playground.labs.look.chart import Chart, chart_of
from playground.labs.models import Attempt, Status
from playground.labs.scores import hints_cost

REFERENCE = {"p99_ms": ("p99 worst", "ms"), "failed_share": ("Failed", "%"), "recovery_s": ("Recovery", "s")}
"""Measures of the reference by key: title and unit. The price is shown always."""


@dataclass(frozen=True)
class Row:
    """One number of yours beside the one of the reference."""

    title: str
    yours: str
    theirs: str


class Report:
    """What a finished attempt shows. Raises ValueError for one without a verdict."""

    def __init__(self, attempt: Attempt) -> None:
        if attempt.verdict is None:
            raise ValueError(f"{attempt} has no verdict")
        self.attempt = attempt
        self.lab: Lab = labs()[attempt.work.lab]
        self.verdict: dict[str, Any] = attempt.verdict
        self.passed = attempt.passed
        self.score = attempt.score or 0

    @property
    def runs(self) -> int:
        return sum(len(scenario["seeds"]) for scenario in self.verdict["scenarios"])

    @property
    def headline(self) -> str:
        if self.passed:
            return "It bends and comes back."
        missed = {goal["id"] for goal in self.verdict["goals"] if not goal["passed"]}
        measures = {goal.measure for goal in self.lab.goals if goal.id in missed}
        if measures == {"cost.per_month"}:
            return "It holds, and costs too much."
        return "It went down and stayed down." if "recovery_s" in measures else "It gives way."

    @property
    def remarks(self) -> list[str]:
        """How this attempt stands beside the one before, and what hints took."""
        said_: list[str] = []
        before = self.attempt.work.attempts.filter(status=Status.DONE, number__lt=self.attempt.number)
        earlier = before.order_by("-number").first()
        if earlier is not None and earlier.score is not None:
            change = self.score - earlier.score
            said_.append(
                f"{'+' if change > 0 else '−' if change < 0 else '±'}{abs(change)} since attempt {earlier.number}."
            )
        spent = min(hints_cost(self.lab, self.attempt.hints), max(0, int(self.verdict["score"]) - self.score))
        if spent:
            said_.append(f"{spent} points went to hints.")
        return said_

    @property
    def goals(self) -> list[dict[str, Any]]:
        kinds = {goal.id: "at most" if goal.at_most is not None else "at least" for goal in self.lab.goals}
        return [
            row
            | {
                "said": said(row["value"], row["unit"]),
                "limit_said": f"{kinds.get(row['id'], '')} {said(row['limit'], row['unit'])}",
            }
            for row in self.verdict["goals"]
        ]

    @property
    def scenarios(self) -> list[dict[str, Any]]:
        rows = []
        for row in self.verdict["scenarios"]:
            good = sum(seed["passed"] for seed in row["seeds"])
            health = "ok" if good == len(row["seeds"]) else "strained" if row["passed"] else "failing"
            words = f"{good} of {len(row['seeds'])} seeds passed"
            rows.append(row | {"health": health, "words": words, "good": good})
        return rows

    @property
    def failure(self) -> dict[str, Any] | None:
        first: dict[str, Any] | None = self.verdict["first_failure"]
        if not first:
            return None
        title = next(row["title"] for row in self.verdict["scenarios"] if row["id"] == first["scenario"])
        moment = None if first["t_s"] is None else clock(first["t_s"])
        again = self.lab.digest == self.attempt.digest
        return first | {"title": title, "moment": moment, "again": again}

    @property
    def charts(self) -> list[Chart]:
        """p99 and what was served: of what failed first, else of the worst scenario on its first seed."""
        first = self.verdict["first_failure"]
        worst = min(self.verdict["scenarios"], key=lambda row: row["score"])
        scenario, seed = (first["scenario"], first["seed"]) if first else (worst["id"], worst["seeds"][0]["seed"])
        cell = self.attempt.cells.filter(scenario=scenario, seed=seed).values_list("result", flat=True).first()
        if not cell:
            return []
        limits = {goal.measure: goal.limit for goal in self.lab.goals if goal.counts_in(scenario)}
        moment = first["t_s"] if first else None
        p99 = [(row["t_s"], row["p99_ms"]) for row in cell["series"]]
        served = [(row["t_s"], share(row)) for row in cell["series"]]
        return [
            chart_of("p99 latency", p99, "ms", limits.get("client.latency_ms.p99"), moment),
            chart_of("Served", served, "%", None, moment, top=1.0),
        ]

    @property
    def reference(self) -> list[Row]:
        theirs = self.verdict["reference"]
        mine = {goal.id: goal.measure for goal in self.lab.goals}
        values: dict[str, Any] = {}
        for row in self.verdict["goals"]:
            values.setdefault(key_of(mine.get(row["id"], "")), row["value"])
        rows = [
            Row(title, said(values.get(key), unit), said(theirs[key], unit))
            for key, (title, unit) in REFERENCE.items()
            if key in theirs and key in values
        ]
        if "score" in theirs:
            rows.insert(0, Row("Score", str(self.score), f"{theirs['score']:.0f}"))
        cost = self.verdict["cost"]["per_month"]
        return [*rows, Row("Cost / month", said(cost, "$"), said(theirs["cost_per_month"], "$"))]

    @property
    def prediction(self) -> str:
        """What was predicted, and what it was; empty where nothing was."""
        asked, said_ = self.lab.prediction, self.attempt.work.prediction
        if asked is None or not said_:
            return ""
        names = {node["id"]: node.get("name") or node["id"] for node in self.lab.start["nodes"]}
        if said_ == asked.answer:
            return f"You said {names[said_]}, and so it was."
        return f"You said {names[said_]}. It was {names.get(asked.answer, asked.answer)}."


def key_of(measure: str) -> str:
    """The key of the reference that a measure is compared with."""
    return "p99_ms" if measure.endswith(".latency_ms.p99") else measure.rpartition(".")[2]


def share(row: dict[str, Any]) -> float | None:
    answered = row["ok"] + row["failed"]
    return row["ok"] / answered if answered else None


def clock(at_s: float) -> str:
    return f"{int(at_s) // 60}:{int(at_s) % 60:02d}"
