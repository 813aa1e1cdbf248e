"""The labs that exist as folders, and the table of everything that the six modules will have."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from components.lab import Lab, lab_of

ROOM = Path(__file__).parent
FOLDERS = (ROOM / "content", ROOM / "templates")


@dataclass(frozen=True)
class Exercise:
    """A row of the table: number and title of the plan, and the lab once it is ready."""

    number: str
    title: str
    lab: Lab | None


@dataclass(frozen=True)
class Module:
    """A stage of the way: `slug` is `m1` to `m6`, or `designs` for the interview designs."""

    slug: str
    title: str
    goal: str
    topics: tuple[str, ...]
    exercises: tuple[Exercise, ...]

    @property
    def ready(self) -> tuple[Lab, ...]:
        return tuple(exercise.lab for exercise in self.exercises if exercise.lab is not None)


@cache
def labs() -> dict[str, Lab]:
    """Every lab by its slug, in the order of their numbers. Raises ValueError for a folder that is not a lab."""
    found = []
    for folder in sorted(path.parent for place in FOLDERS for path in place.glob("*/lab.toml")):
        lab, problems = lab_of(folder)
        if lab is None:
            raise ValueError(f"{folder.name}: " + "; ".join(problem.line() for problem in problems))
        found.append(lab)
    return {lab.slug: lab for lab in sorted(found, key=lambda lab: lab.number)}


@cache
def modules() -> tuple[Module, ...]:
    """The way through all labs. What has no lab yet is coming."""
    by_number = {lab.number: lab for lab in labs().values()}
    rows = tomllib.loads((ROOM / "modules.toml").read_text())["module"]
    return tuple(
        Module(
            row["slug"],
            row["title"],
            row["goal"],
            tuple(row["topics"]),
            tuple(Exercise(number, title, by_number.get(number)) for number, title in row["exercises"]),
        )
        for row in rows
    )


def module_of(lab: Lab) -> tuple[Module, int, int]:
    """The module that a lab is in, its place there (1 = first) and how many there are. Raises LookupError."""
    for module in modules():
        for place, exercise in enumerate(module.exercises, start=1):
            if exercise.lab is lab:
                return module, place, len(module.exercises)
    raise LookupError(f"{lab.slug} ({lab.number}) is in no module of modules.toml")
