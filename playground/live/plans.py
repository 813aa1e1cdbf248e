"""What an instructor can do to everybody: each plan names kinds, for the ids of learners' nodes all differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.catalog import KINDS
from components.problem import Problem
from playground.limits import STEPS_PER_BROADCAST

FOR_S = 30.0
AFTER_MOST = 3600.0


@dataclass(frozen=True)
class Plan:
    """`did`: what learners read. `kinds`: what it hits, every one of them, or the first where `first`. `lacks`: said of
    a design that has none of them.
    """

    label: str
    icon: str
    did: str
    kinds: tuple[str, ...]
    lacks: str
    fault: str
    first: bool = False
    keys: Mapping[str, Any] = field(default_factory=dict)


PLANS: dict[str, Plan] = {
    "flush": Plan("Flush the cache", "bolt", "flushed the cache", ("cache",), "no cache", "cache_flush"),
    "slow_database": Plan(
        "Slow database", "hourglass-low", "slowed the database down, five times, for 30 s",
        ("sql_primary",), "no database", "slow", keys={"factor": 5.0, "for_s": FOR_S},
    ),
    "crash_one": Plan(
        "Crash a copy", "skull", "crashed one copy of a service for 30 s",
        ("service",), "no service", "crash", first=True, keys={"selector": "one", "for_s": FOR_S},
    ),
    "load": Plan(
        "Load × 3", "trending-up", "tripled the load for 30 s",
        ("client",), "no clients", "spike", keys={"factor": 3.0, "for_s": FOR_S},
    ),
    "errors": Plan(
        "Bad version", "circle-x", "shipped a version in which every third request fails, for 30 s",
        ("service",), "no service", "error", first=True, keys={"p": 0.33, "for_s": FOR_S},
    ),
    "slow_network": Plan(
        "Slow network", "clock-plus", "put 200 ms in front of the database for 30 s",
        ("sql_primary",), "no database", "latency", keys={"add_ms": 200.0, "for_s": FOR_S},
    ),
    "lose_cache": Plan(
        "Lose the cache", "plug-x", "took the cache away for 30 s",
        ("cache",), "no cache", "crash", keys={"for_s": FOR_S},
    ),
}  # fmt: skip

SCRIPTS: dict[str, tuple[str, tuple[dict[str, Any], ...]]] = {
    "game_day": (
        "Game day: cold cache, slow database, rush hour",
        (
            {"plan": "flush", "after_s": 0.0},
            {"plan": "slow_database", "after_s": 20.0},
            {"plan": "load", "after_s": 60.0},
        ),
    ),
    "black_friday": (
        "Black Friday: rush hour and a crash in it",
        (
            {"plan": "load", "after_s": 0.0},
            {"plan": "crash_one", "after_s": 10.0},
        ),
    ),
}
"""Ready timed scripts: title, steps."""


def steps_in(data: object) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The steps of a broadcast: a list of {"plan", "after_s"}."""
    if not isinstance(data, list) or not 1 <= len(data) <= STEPS_PER_BROADCAST:
        return [], [Problem("broadcast", "steps", None, f"must be 1 to {STEPS_PER_BROADCAST} steps")]
    steps, problems = [], []
    for index, step in enumerate(data):
        name = step.get("plan") if isinstance(step, dict) else None
        after = step.get("after_s", 0) if isinstance(step, dict) else None
        if not isinstance(name, str) or name not in PLANS:
            problems.append(Problem("broadcast", f"steps[{index}].plan", name, f"must be one of {', '.join(PLANS)}"))
        elif isinstance(after, bool) or not isinstance(after, int | float) or not 0 <= after <= AFTER_MOST:
            rule = f"must be between 0 and {AFTER_MOST:g}"
            problems.append(Problem("broadcast", f"steps[{index}].after_s", after, rule))
        else:
            steps.append({"plan": name, "after_s": float(after)})
    return steps, problems


def commands_for(
    document: Mapping[str, Any], steps: list[dict[str, Any]], name: str
) -> tuple[list[tuple[float, dict[str, Any]]], list[str]]:
    """The commands of these steps for one design, each with its seconds after the start; and what the design lacks."""
    commands: list[tuple[float, dict[str, Any]]] = []
    lacks: list[str] = []
    for number, step in enumerate(steps):
        plan = PLANS[step["plan"]]
        targets = [node["id"] for node in document["nodes"] if node["kind"] in plan.kinds and _suffers(node, plan)]
        if not targets and plan.lacks not in lacks:
            lacks.append(plan.lacks)
        for place, target in enumerate(targets[:1] if plan.first else targets):
            id = f"{name}-{number}-{place}"
            command = {"command": "inject", "id": id, "fault": plan.fault, "target": target, **plan.keys}
            commands.append((step["after_s"], command))
    return commands, lacks


def _suffers(node: Mapping[str, Any], plan: Plan) -> bool:
    """Faults of links hit every node; the others only kinds that declare them."""
    return plan.fault == "latency" or plan.fault in KINDS[node["kind"]].faults
