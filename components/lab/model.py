"""Lab: everything a folder says. What must be hidden from learners is up to who shows it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from components.cost import cost, load_prices
from components.design import parse, runnable
from components.lab.goal import Goal
from components.lab.scenario import Scenario
from components.model import Design
from components.problem import Problem
from components.rules import broken

PASS_SCORE = 60
"""What the goals alone are worth: who keeps them all has at least this."""


@dataclass(frozen=True)
class Hint:
    """`cost`: points that opening it takes off the score."""

    text: str
    cost: int


@dataclass(frozen=True)
class Prediction:
    """Asked before the first run. Choices and answer are node ids of the start design."""

    question: str
    choices: tuple[str, ...]
    answer: str


@dataclass(frozen=True)
class Anti:
    """A wrong answer: the solution but for one thing, and the goal that catches it."""

    id: str
    title: str
    misses: str
    why: str
    design: dict[str, Any]


@dataclass(frozen=True)
class Lab:
    """`start`, `solution` and `variants` (of a template: naive, reference, exam) are documents, format 1."""

    slug: str
    title: str
    module: str
    minutes: int
    brief: tuple[str, ...]
    debrief: tuple[str, ...]
    topics: tuple[str, ...]
    fails: str  # the goal that the start (of a template: the naive variant) must miss
    rules: Mapping[str, Any]
    start: dict[str, Any]
    solution: dict[str, Any]
    goals: tuple[Goal, ...]
    scenarios: tuple[Scenario, ...]
    hints: tuple[Hint, ...] = ()
    antis: tuple[Anti, ...] = ()
    prediction: Prediction | None = None
    number: str = ""  # its place in the curriculum: M1.1, T1
    reference: Mapping[str, float] = field(default_factory=dict)  # measured on the solution
    variants: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    pass_score: int = PASS_SCORE

    def goals_in(self, scenario: Scenario) -> tuple[Goal, ...]:
        return tuple(goal for goal in self.goals if goal.counts_in(scenario.id))

    def scenario(self, id: str) -> Scenario:
        """Raises KeyError for an unknown id."""
        for scenario in self.scenarios:
            if scenario.id == id:
                return scenario
        raise KeyError(id)

    def refuses(self, design: Design) -> list[Problem]:
        """Why `design` cannot be graded: it cannot run, or it changed what is locked."""
        return runnable(design) + broken(self.rules, self.start_design, design)

    def runs_not(self, document: Mapping[str, Any]) -> list[Problem]:
        """What a document still needs before it can run: the exam of a template is an empty table."""
        return runnable(self.design_of(document))

    @cached_property
    def start_design(self) -> Design:
        return self.design_of(self.start)

    @staticmethod
    def design_of(document: Mapping[str, Any]) -> Design:
        """A checked document of this lab as a design."""
        design, problems = parse(dict(document), draft=True)
        assert design is not None, problems
        return design

    @cached_property
    def reference_cost(self) -> float:
        return float(cost(self.design_of(self.solution))["per_month"])

    @cached_property
    def digest(self) -> str:
        """Changes when anything changes that a verdict depends on: goals, scenarios, locks, prices."""
        decides = {
            "goals": [vars(goal) | {"window": goal.window and vars(goal.window)} for goal in self.goals],
            "scenarios": [vars(scenario) | {"script": list(scenario.script)} for scenario in self.scenarios],
            "rules": dict(self.rules), "start": self.start, "solution": self.solution,
            "pass_score": self.pass_score, "prices": load_prices(),
        }  # fmt: skip
        return hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()[:16]
