"""Short ways to a simulation and its commands."""

from __future__ import annotations

from typing import Any

from components.commands import parse as parse_command
from components.design import parse
from worker.engine.simulation import Simulation

NS = 1_000_000_000
Summary = dict[str, Any]


def node(id: str, kind: str, **params: Any) -> dict[str, Any]:
    return {"id": id, "kind": kind, "name": id, "params": params}


def link(id: str, source: str, target: str, **params: Any) -> dict[str, Any]:
    return {"id": id, "source": source, "target": target, "params": params}


def simulation(nodes: list[Any], links: list[Any], script: Any = (), seed: int = 1) -> Simulation:
    design, problems = parse({"format": 1, "name": "t", "nodes": nodes, "links": links, "script": list(script)})
    assert design is not None, [problem.line() for problem in problems]
    assert not problems, [problem.line() for problem in problems]
    return Simulation(design, seed)


def order(simulated: Simulation, **command: Any) -> None:
    """Apply a live command now."""
    parsed, problems = parse_command(command, simulated.design, scheduled=False)
    assert parsed is not None, [problem.line() for problem in problems]
    simulated.apply(parsed)


def inject(simulated: Simulation, fault: str, target: str, id: str = "f", **params: Any) -> None:
    order(simulated, command="inject", id=id, fault=fault, target=target, **params)


def heal(simulated: Simulation, id: str = "f") -> None:
    order(simulated, command="heal", id=id)


def over(simulated: Simulation, seconds: float) -> Summary:
    """What happens in the next `seconds`."""
    simulated.start_counting()
    simulated.advance(simulated.now_ns + round(seconds * NS))
    return simulated.summary()


def failed(summary: Summary) -> int:
    return sum(summary["client"]["failed"].values())
