"""python -m worker.simulate DESIGN: a run without a browser, a database or a queue."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.design import load, parse
from components.model import Design
from components.problem import Problem

NS = 1_000_000_000
SLICE_NS = NS


class BadInput(Exception):
    """Carries the problems to the exit."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(problem.line() for problem in problems))
        self.problems = problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 with one line per problem on stderr."""
    options = options_of(arguments)
    try:
        design = read_design(options)
        result = simulate(design, options)
    except BadInput as bad:
        print(bad, file=sys.stderr)
        return 2
    json.dump(result, sys.stdout, indent=None if options.json else 1)
    print()
    return 0


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m worker.simulate", description=__doc__)
    parser.add_argument("design", metavar="DESIGN", help="design file, JSON or YAML; - reads standard input")
    parser.add_argument("--duration", type=seconds, default=60.0, metavar="S", help="virtual seconds that are counted")
    parser.add_argument("--warmup", type=seconds, default=10.0, metavar="S", help="virtual seconds before them")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--set", action="append", default=[], metavar="ID.PARAM=VALUE", help="change a parameter first")
    parser.add_argument("--script", metavar="FILE", help="a JSON array of commands that replaces the design's")
    parser.add_argument("--series", type=seconds, metavar="S", help="add a row every S virtual seconds")
    parser.add_argument("--traces", type=int, default=0, metavar="N", help="add span trees of every N-th request")
    parser.add_argument("--progress", action="store_true", help="say on stderr how far it is")
    parser.add_argument("--json", action="store_true", help="one line instead of indented JSON")
    return parser.parse_args(arguments)


def seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1e9:
        raise argparse.ArgumentTypeError(f"{text}: must be between 0 and 1e9 seconds")
    return value


def read_design(options: argparse.Namespace) -> Design:
    """The design of the file with --set and --script applied. Raises BadInput."""
    data = read(options.design)
    if isinstance(data, dict):
        data = dict(data)
        if options.script:
            data["script"] = read(options.script)
        for setting in options.set:
            change(data, setting)
    design, problems = parse(data)
    if design is None or problems:
        raise BadInput(problems)
    return design


def read(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput([Problem("file", name, None, f"cannot be read: {error}")]) from error
    data, problems = load(text)
    if problems:
        raise BadInput(problems)
    return data


def change(data: dict[str, Any], setting: str) -> None:
    """Apply ID.PARAM=VALUE (VALUE is JSON, else text) to the document."""
    path, equals, text = setting.partition("=")
    id, _, param = path.partition(".")
    if not equals or not param:
        raise BadInput([Problem("--set", setting, None, "must look like ID.PARAM=VALUE")])
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    owners = [
        item
        for part in ("nodes", "links")
        for item in listed(data.get(part))
        if isinstance(item, dict) and item.get("id") == id
    ]
    if not owners:
        raise BadInput([Problem("--set", id, value, "names no node or link of the design")])
    place = owners[0].setdefault("params", {})
    *parents, last = param.split(".")
    for parent in parents:
        place = place.setdefault(parent, {}) if isinstance(place, dict) else {}
        place = {} if place is None else place
    if isinstance(place, dict):
        place[last] = value


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def simulate(design: Design, options: argparse.Namespace) -> dict[str, Any]:
    """Run it and return the object that CONTRACT describes."""
    began = time.perf_counter()
    from worker.engine.kernel import warm
    from worker.engine.simulation import Simulation

    warm()
    compiled = time.perf_counter()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        simulation = Simulation(design, options.seed)
    except ValueError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
    simulation.trace(max(0, options.traces))
    warmup, end = round(options.warmup * NS), round((options.warmup + options.duration) * NS)
    series: list[dict[str, Any]] = []
    run_to(simulation, warmup, end, options)
    simulation.start_counting()
    step = round(options.series * NS) if options.series else 0
    while step and simulation.now_ns + step <= end:
        run_to(simulation, simulation.now_ns + step, end, options)
        series.append(simulation.row())
    run_to(simulation, end, end, options)
    result = simulation.summary()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    result |= {"wall_s": round(wall, 4), "cpu_s": round(cpu, 4), "compile_s": round(compiled - began, 4)}
    result["requests_per_cpu_s"] = round(result["client"]["offered"] / cpu) if cpu else None
    result["events_per_cpu_s"] = round(simulation.machine.events / cpu) if cpu else None
    told = {"series": series} if step else {}
    return result | told | ({"traces": simulation.traces()} if options.traces > 0 else {})


def run_to(simulation: Any, until: int, end: int, options: argparse.Namespace) -> None:
    while simulation.now_ns < until:
        simulation.advance(min(until, simulation.now_ns + SLICE_NS) if options.progress else until)
        if options.progress:
            print(f"\r{simulation.now_ns / NS:.0f} of {end / NS:.0f} s", end="", file=sys.stderr, flush=True)
    if options.progress and until == end:
        print(file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
