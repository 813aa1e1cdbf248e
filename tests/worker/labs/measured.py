"""Every document of every lab, graded once: the solution on five seeds, all others on three."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from components.lab import Goal, Lab, lab_of, seeds_of, verdict
from worker.grade import graded

LABS = Path(__file__).parents[3] / "playground" / "labs"
FOLDERS = sorted(path.parent for path in LABS.glob("*/*/lab.toml"))
ATTEMPT = 1
SEEDS, MOST_SEEDS = 3, 5


@cache
def lab_in(folder: Path) -> Lab:
    lab, problems = lab_of(folder)
    assert lab is not None, [problem.line() for problem in problems]
    return lab


def weak(lab: Lab) -> tuple[str, dict[str, Any]]:
    """(name, document) of what must fail: the start, or the naive variant of a template."""
    return ("naive", lab.variants["naive"]) if "naive" in lab.variants else ("start", lab.start)


def documents(lab: Lab) -> dict[str, dict[str, Any]]:
    """Everything that can run, in the order of the page."""
    name, document = weak(lab)
    return {name: document, "solution": lab.solution} | {anti.id: anti.design for anti in lab.antis}


@dataclass(frozen=True)
class Measured:
    verdict: dict[str, Any]
    cells: list[dict[str, Any]]

    def values(self, goal: Goal) -> list[float | None]:
        return [found["value"] for cell in self.cells for found in cell["goals"] if found["id"] == goal.id]

    def worst(self, goal: Goal) -> tuple[float, float | None]:
        """(margin, value) of the worst of all scenarios and seeds."""
        return min(((goal.margin(value), value) for value in self.values(goal)), key=lambda pair: pair[0])


@cache
def measured(folder: Path, name: str) -> Measured:
    lab = lab_in(folder)
    design = lab.design_of(documents(lab)[name])
    cells: list[dict[str, Any]] = graded(lab, design, seeds_of(ATTEMPT, MOST_SEEDS if name == "solution" else SEEDS))
    return Measured(verdict(lab, design, cells), cells)
