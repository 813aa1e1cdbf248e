"""python -m worker.sweep DESIGN: an experiment from files alone. The same seeds give the same result."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from components.design import load, parse
from components.experiment import Plan, cells_of, more_of, result_of
from components.experiment import parse as parse_plan
from components.experiment.plan import AUTO
from components.model import Design
from components.problem import Problem
from worker.sweep.cell import run_cell

BAD_INPUT = 2
Cells = dict[tuple[int, int], dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 with one line per problem on stderr."""
    options = options_of(arguments)
    design, plan, problems = read(options)
    if design is None or plan is None:
        print("\n".join(problem.line() for problem in problems), file=sys.stderr)
        return BAD_INPUT
    cells: Cells = {}
    wanted = cells_of(plan)
    while wanted:
        cells |= dict(run(design, plan, wanted, options))
        wanted = more_of(plan, cells)
    answer: dict[str, Any] = {"plan": plan.as_dict(), "result": result_of(plan, cells, design.scale)}
    if options.cells:
        answer["cells"] = [{"point": point, "seed": seed} | cells[point, seed] for point, seed in sorted(cells)]
    print(json.dumps(answer, indent=None if options.json else 1, ensure_ascii=False))
    return 0


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m worker.sweep", description=__doc__)
    parser.add_argument("design", metavar="DESIGN", type=Path, help="design file, JSON or YAML")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--load", metavar="ID.PARAM=FROM:TO:STEPS[:log]", help="a load-latency curve")
    what.add_argument(
        "--grid", metavar="ID.PARAM=…", action="append", help="FROM:TO:STEPS[:log] or A,B,C; once or twice"
    )
    what.add_argument("--many", action="store_true", help="many seeds of the design as it is")
    what.add_argument("--plan", metavar="FILE", type=Path, help="a described experiment, JSON or YAML")
    parser.add_argument("--seeds", type=int, metavar="N", help="runs at each point")
    parser.add_argument("--first", type=int, metavar="SEED", help="the first seed; the others follow")
    parser.add_argument(
        "--within", type=float, metavar="SHARE", help="go on until half the interval is this share of the mean"
    )
    parser.add_argument("--most", type=int, metavar="N", help="runs at each point at most, with --within")
    parser.add_argument("--duration", type=float, metavar="S", help="virtual seconds that are counted")
    parser.add_argument("--warmup", metavar="S", help="virtual seconds before them, or auto")
    parser.add_argument("--measure", metavar="PATH", help="what the curve shows: client.latency_ms.p99")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="side by side")
    parser.add_argument("--cells", action="store_true", help="print the single runs as well")
    parser.add_argument("--progress", action="store_true", help="say on stderr how far it is")
    parser.add_argument("--json", action="store_true", help="one line instead of indented JSON")
    return parser.parse_args(arguments)


def read(options: argparse.Namespace) -> tuple[Design | None, Plan | None, list[Problem]]:
    data, problems = read_file(options.design)
    design, problems = (None, problems) if problems else parse(data)
    if design is None:
        return None, None, problems
    described, problems = read_file(options.plan) if options.plan else ({}, [])
    if problems or not isinstance(described, dict):
        return None, None, problems or [Problem("experiment", "", described, "must be an object")]
    plan, problems = parse_plan(described | said(options), design)
    return design, plan, problems


def read_file(path: Path) -> tuple[Any, list[Problem]]:
    try:
        return load(path.read_bytes())
    except OSError as error:
        return None, [Problem("file", "", str(path), f"cannot be read: {error.strerror}")]


def said(options: argparse.Namespace) -> dict[str, Any]:
    """The keys of an experiment that were given as options."""
    data: dict[str, Any] = {}
    if options.load:
        data |= {"kind": "load_curve", "axes": [axis_of(options.load)]}
    if options.grid:
        data |= {"kind": "grid", "axes": [axis_of(text) for text in options.grid]}
    if options.many:
        data |= {"kind": "seeds"}
    seeds = {"n": options.seeds, "first": options.first, "within": options.within, "most": options.most}
    if given := {key: value for key, value in seeds.items() if value is not None}:
        data["seeds"] = given
    if options.warmup is not None:
        data["warmup_s"] = AUTO if options.warmup == AUTO else value_of(options.warmup)
    plain = {"duration_s": options.duration, "measure": options.measure}
    return data | {key: value for key, value in plain.items() if value is not None}


def axis_of(text: str) -> dict[str, Any]:
    """`users.rate_rps=100:2000:12:log` or `lb.algo=random,p2c`; what cannot be right is found by the parser."""
    name, _, spread = text.partition("=")
    target, _, param = name.partition(".")
    axis: dict[str, Any] = {"target": target, "param": param}
    ends = spread.split(":")
    if len(ends) < 3:
        return axis | {"values": [value_of(word) for word in spread.split(",")]}
    axis |= {"from": value_of(ends[0]), "to": value_of(ends[1]), "steps": value_of(ends[2])}
    return axis | ({"scale": ends[3]} if len(ends) > 3 else {})


def value_of(text: str) -> Any:
    """JSON, else text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def run(
    design: Design, plan: Plan, wanted: list[tuple[int, int]], options: argparse.Namespace
) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    """Every cell as it is done."""
    if options.processes > 1:
        with ProcessPoolExecutor(options.processes) as pool:
            jobs = {pool.submit(run_cell, design, plan, *cell): cell for cell in wanted}
            for done, job in enumerate(as_completed(jobs), start=1):
                tell(done, len(wanted), options)
                yield jobs[job], found(job.result())
        return
    for done, cell in enumerate(wanted, start=1):
        yield cell, found(run_cell(design, plan, *cell))
        tell(done, len(wanted), options)


def found(cell: dict[str, Any] | None) -> dict[str, Any]:
    assert cell is not None, "nobody stops it"
    return cell


def tell(done: int, of: int, options: argparse.Namespace) -> None:
    if options.progress:
        print(f"\r{done} of {of} runs", end="" if done < of else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
