"""Grading: one scenario of a lab, under one seed, against one design. By what happens, never by how it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from components.lab import Goal, Lab, Scenario, evaluate
from components.lab.story import first_of
from components.model import Design
from worker.engine.kernel import warm
from worker.engine.simulation import Simulation
from worker.engine.summary import Mark, summary_of

NS = 1_000_000_000
ROW_NS = NS
BUDGET = 500_000
"""Events between two looks at `stop`: well under a second of work."""

Bounds = tuple[float, float]


def grade_cell(
    lab: Lab, design: Design, scenario: Scenario, seed: int, stop: Callable[[], bool] = lambda: False
) -> dict[str, Any] | None:
    """The cell of components.lab.verdict; None if `stop` said so. Same arguments, same bits.

    `design` is one that `lab.refuses` finds nothing in. Raises ValueError for one that cannot run.
    """
    warm()
    scripted = replace(design, script=tuple(scenario.script_for(seed, design)))
    simulation = Simulation(scripted, seed)
    goals = lab.goals_in(scenario)
    bounds = {goal.id: bounds_of(goal, scenario, seed) for goal in goals}
    watched = watch(simulation, scenario, set(bounds.values()), stop)
    if watched is None:
        return None
    rows, summaries = watched
    found = [(goal, *evaluate(goal, summaries[bounds[goal.id]], rows, bounds[goal.id])) for goal in goals]
    whole = summaries[scenario.warmup_s, scenario.ends_s]
    return {
        "scenario": scenario.id,
        "seed": seed,
        "goals": [{"id": goal.id, "passed": goal.holds(value), "value": value, "t_s": at} for goal, value, at in found],
        "series": [small(row) for row in rows],
        "summary": whole,
        "first": first_of(scripted, found, rows, whole["events"]),
    }


def bounds_of(goal: Goal, scenario: Scenario, seed: int) -> Bounds:
    """The virtual seconds that count for a goal: all after the warm-up, or its own window."""
    if goal.window is None:
        return scenario.warmup_s, scenario.ends_s
    span = None if goal.window.after is None else scenario.span_s(goal.window.after, seed)
    return goal.window.bounds_s(span, scenario.ends_s)


def watch(
    simulation: Simulation, scenario: Scenario, windows: set[Bounds], stop: Callable[[], bool]
) -> tuple[list[dict[str, Any]], dict[Bounds, dict[str, Any]]] | None:
    """(a row for each second after the warm-up, {window: its own summary}): windows are counted, not averaged."""
    whole = (scenario.warmup_s, scenario.ends_s)
    windows = windows | {whole}
    warm_ns, end_ns = round(scenario.warmup_s * NS), round(scenario.ends_s * NS)
    ticks = set(range(warm_ns + ROW_NS, end_ns, ROW_NS)) | {end_ns}
    edges = {round(edge * NS) for window in windows for edge in window}
    rows: list[dict[str, Any]] = []
    marks: dict[int, Mark] = {}
    summaries: dict[Bounds, dict[str, Any]] = {}
    for at in sorted(ticks | edges | {warm_ns}):
        while not simulation.advance(at, BUDGET):
            if stop():
                return None
        if stop():
            return None
        if at == warm_ns:
            simulation.start_counting()
        elif at in ticks:
            rows.append(simulation.row())
        if at in edges:
            marks[at] = Mark(simulation.plan, simulation.machine, glance=True)
            for window in sorted(windows):
                if round(window[1] * NS) == at and window != whole:
                    summaries[window] = summary_of(simulation.plan, simulation.machine, marks[round(window[0] * NS)])
    summaries[whole] = simulation.summary()
    return rows, summaries


def small(row: dict[str, Any]) -> dict[str, Any]:
    """What charts of a report need of a row."""
    client, nodes = row["client"], row["nodes"]
    return {
        "t_s": row["t_s"], "offered": client["offered"], "ok": client["ok"],
        "failed": sum(client["failed"].values()), "p99_ms": client["latency_ms"]["p99"],
        "queue": sum(node["queue"] for node in nodes.values()),
        "load": max((node["utilisation"] for node in nodes.values()), default=0.0),
    }  # fmt: skip
