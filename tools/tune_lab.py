"""Prints by how much start, solution and wrong answers of a lab keep or miss each goal. Run: python -m tools.tune_lab FOLDER …

Margins are shares of the limit, worst of the seeds; a solution wants +10 % everywhere, a wrong answer -10 % at its goal.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.lab import Lab, lab_of, said, seeds_of, verdict
from worker.grading import grade_cell

SEEDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="one document: start, solution, a variant or a wrong answer")
    options = parser.parse_args(arguments)
    for folder in options.folders:
        lab, problems = lab_of(folder)
        if lab is None:
            print("\n".join(problem.line() for problem in problems), file=sys.stderr)
            return 2
        for name, document in documents(lab).items():
            if options.only in ("", name):
                tune(lab, name, document, seeds_of(options.seed, options.seeds))
    return 0


def documents(lab: Lab) -> dict[str, dict[str, Any]]:
    """Everything of a lab that can run, by name."""
    named = {"start": lab.start, "solution": lab.solution} | dict(lab.variants)
    named |= {anti.id: anti.design for anti in lab.antis}
    return {name: document for name, document in named.items() if not lab.runs_not(document)}


def tune(lab: Lab, name: str, document: dict[str, Any], seeds: Sequence[int]) -> None:
    design, began = lab.design_of(document), time.process_time()
    cells = [grade_cell(lab, design, scenario, seed) for scenario in lab.scenarios for seed in seeds]
    done = [cell for cell in cells if cell is not None]
    result = verdict(lab, design, done)
    took = time.process_time() - began
    print(
        f"\n{lab.slug}: {name}  {'passed' if result['passed'] else 'failed'}, {result['score']} points, {took:.1f} s CPU"
    )
    for goal in lab.goals:
        for scenario in lab.scenarios:
            values = [
                found["value"]
                for cell in done
                if cell["scenario"] == scenario.id
                for found in cell["goals"]
                if found["id"] == goal.id
            ]
            if values:
                margin = min(goal.margin(value) for value in values)
                shown = "  ".join(said(value, goal.unit) for value in values)
                print(f"  {goal.id:14} {scenario.id:14} {margin:+8.1%}   {shown}")
    if result["first_failure"]:
        print(f"  first: {result['first_failure']['sentence']}")


if __name__ == "__main__":
    sys.exit(main())
