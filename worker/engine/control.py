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
        self.plans: dict[str, int] = {}  # node -> number of its newest plan; older ones on the agenda mean nothing

    def looped(self) -> list[str]:
        """Nodes that have a loop."""
        return [id for id, placed in self.simulation.plan.nodes.items() if placed.node.component.control_every]

    def plan(self, node: str) -> tuple[int, list[Any]]:
        """(ns, [node, number]) of the next turn; what was planned before for the node is off."""
        self.plans[node] = self.plans.get(node, 0) + 1
        return self.next(node), [node, self.plans[node]]

    def is_due(self, node: str, number: int) -> bool:
        return node in self.simulation.plan.nodes and self.plans.get(node) == number

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

    def kept(self) -> dict[str, Any]:
        """For a snapshot."""
        return {"memory": self.memory, "plans": self.plans}

    def put_back(self, kept: dict[str, Any]) -> None:
        self.memory, self.plans = kept["memory"], kept["plans"]
