"""The way through the modules, with what a person has done of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.lab import Lab
from playground.accounts.models import Person
from playground.labs.catalogue import Exercise, Module, modules
from playground.labs.services import progress_of


@dataclass(frozen=True)
class Step:
    """One exercise: `lab` is None while it is coming; `best` is None until something was graded."""

    number: str
    title: str
    lab: Lab | None
    passed: bool
    begun: bool
    best: int | None

    @property
    def health(self) -> str:
        return "ok" if self.passed else "strained" if self.best is not None else "idle"

    @property
    def words(self) -> str:
        if self.passed:
            return "passed"
        return "not passed yet" if self.best is not None else "begun" if self.begun else ""


@dataclass(frozen=True)
class Stage:
    """A module and its steps."""

    module: Module
    steps: tuple[Step, ...]

    @property
    def ready(self) -> int:
        return sum(step.lab is not None for step in self.steps)

    @property
    def passed(self) -> int:
        return sum(step.passed for step in self.steps)

    @property
    def share(self) -> int:
        """Passed of all, in percent."""
        return round(100 * self.passed / len(self.steps)) if self.steps else 0


def path_of(person: Person | None) -> list[Stage]:
    """Every module with how far `person` is; nobody has done nothing."""
    done = progress_of(person)
    return [Stage(module, tuple(_step(row, done) for row in module.exercises)) for module in modules()]


def _step(row: Exercise, done: dict[str, dict[str, Any]]) -> Step:
    mine = done.get(row.lab.slug) if row.lab is not None else None
    title = row.lab.title if row.lab is not None else row.title
    if mine is None:
        return Step(row.number, title, row.lab, passed=False, begun=False, best=None)
    return Step(row.number, title, row.lab, passed=mine["passed"], begun=True, best=mine["best"])
