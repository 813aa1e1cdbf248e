"""python -m worker.grade LAB DESIGN: the verdict on a design, from files alone. The same seed gives the same verdict."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from components.design import load, parse
from components.lab import Lab, lab_of, seeds_of, verdict
from components.model import Design
from components.problem import Problem
from worker.grading import grade_cell

BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 whatever the verdict is, or 2 with one line per problem on stderr."""
    parser = argparse.ArgumentParser(prog="python -m worker.grade", description=__doc__)
    parser.add_argument("lab", metavar="LAB", type=Path, help="folder of a lab")
    parser.add_argument("design", metavar="DESIGN", type=Path, help="design file, JSON or YAML")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the attempt; the seeds follow from it")
    parser.add_argument("--cells", action="store_true", help="print the cells as well")
    options = parser.parse_args(arguments)
    lab, problems = lab_of(options.lab)
    design = None
    if lab is not None:
        design, problems = read_design(options.design)
        problems = problems or (lab.refuses(design) if design else [])
    if lab is None or design is None or problems:
        print("\n".join(problem.line() for problem in problems), file=sys.stderr)
        return BAD_INPUT
    cells = graded(lab, design, seeds_of(options.seed))
    result = verdict(lab, design, cells) | ({"cells": cells} if options.cells else {})
    print(json.dumps(result, indent=1, ensure_ascii=False))
    return 0


def read_design(path: Path) -> tuple[Design | None, list[Problem]]:
    try:
        data, problems = load(path.read_bytes())
    except OSError as error:
        return None, [Problem("file", "", str(path), f"cannot be read: {error.strerror}")]
    return (None, problems) if problems else parse(data)


def graded(lab: Lab, design: Design, seeds: Sequence[int]) -> list[dict[str, object]]:
    """All cells, one after another: scenarios in the lab's order, seeds in the given one."""
    cells = [grade_cell(lab, design, scenario, seed) for scenario in lab.scenarios for seed in seeds]
    return [cell for cell in cells if cell is not None]


if __name__ == "__main__":
    sys.exit(main())
