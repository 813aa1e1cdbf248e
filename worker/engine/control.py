"""The control plane: loops in Python at fixed intervals of virtual time, for kinds that manage others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.program import seconds
from worker.engine.view import NodeView

if TYPE_CHECKING:
    from worker.engine.simulation import Simulation


class Controls:
    """Whose turn it is and when. What a loop remembers is JSON and stays in snapshots."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.memory: dict[str, dict[str, Any]] = {}

    def start(self) -> list[tuple[int, str]]:
        """(ns, node) of the first turn of every loop."""
        return [
            (self.next(id), id)
            for id, placed in self.simulation.plan.nodes.items()
            if placed.node.component.control_every
        ]

    def next(self, node: str) -> int:
        """The next whole multiple of the interval, as it is now."""
        interval = self.interval(node)
        return (self.simulation.now_ns // interval + 1) * interval

    def interval(self, node: str) -> int:
        placed = self.simulation.plan.nodes[node].node
        value: Any = placed.filled
        for part in placed.component.control_every.split("."):
            value = value[part]
        return max(1, seconds(value))

    def turn(self, node: str) -> None:
        placed = self.simulation.plan.nodes[node]
        memory = self.memory.setdefault(node, {})
        placed.node.component().control(NodeView(self.simulation, placed, memory), self.simulation.now_ns)
