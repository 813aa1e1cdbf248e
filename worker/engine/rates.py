"""How fast clients send: rate_rps, times the pattern of the moment, the load slider and the spikes in force.

A change of rate rescales the gap that is running, which is exact for every law of gaps: the gap is measured in
requests that should have come by now, not in seconds.
"""

from __future__ import annotations

from typing import Any

from components.program import seconds
from worker.engine.compiler import Plan, law_row
from worker.engine.faults import Faults
from worker.engine.layout import DIST_WORDS
from worker.engine.machine import Machine
from worker.engine.place import PlacedNode

FINEST_NS, MOST_STEPS = 100_000_000, 200
"""A ramp is a staircase: a step every 100 ms, or 200 steps for a long one, each at the height of its middle."""


class Rates:
    """The rates of all open clients of one run."""

    def __init__(self, plan: Plan, machine: Machine, faults: Faults) -> None:
        self.plan, self.machine, self.faults = plan, machine, faults
        self.load = {id: 1.0 for id, placed in plan.nodes.items() if placed.totals_hist >= 0}
        self.pattern = dict.fromkeys(self.load, 1.0)
        self.drawn: dict[str, float] = {}  # rate that the running gap was drawn at or rescaled to
        self.stopped: set[str] = set()

    def is_open(self, client: str) -> bool:
        return "gap" in self.plan.nodes[client].asm.laws

    def rate_rps(self, client: str, factor: float) -> float:
        """Simulated requests per second, at `factor` times rate_rps."""
        return float(self.plan.nodes[client].node.filled["rate_rps"]) * factor / self.plan.design.scale

    def refresh(self, client: str) -> None:
        """Make the source run at the rate that is right now."""
        if not self.is_open(client):
            return
        placed = self.plan.nodes[client]
        factor = self.load[client] * self.pattern[client] * self.faults.rate_factor(client)
        rate = self.rate_rps(client, factor)
        before = self.drawn.get(client, rate)
        row, index = law_row(placed, "gap", self.stream(placed), self.plan.design.scale, factor), placed.laws["gap"]
        self.machine.dists[index * DIST_WORDS : (index + 1) * DIST_WORDS] = row
        if rate != before or rate == 0 or client in self.stopped:
            ((pc, _),) = placed.daemons()
            self.machine.rescale(pc, placed.replicas[0], before, rate)
        if rate > 0:
            self.drawn[client] = rate
            self.stopped.discard(client)
        else:
            self.stopped.add(client)

    def stream(self, placed: PlacedNode) -> int:
        return int(self.machine.dists[placed.laws["gap"] * DIST_WORDS + 1])

    def steps(self, client: str, after_ns: int) -> tuple[int, float] | None:
        """The next change of the pattern later than `after_ns`: when, and the factor from then on."""
        points = [(seconds(at), float(factor)) for at, factor in self.plan.nodes[client].node.filled["pattern"]]
        for (start, low), (end, high) in zip(points, points[1:], strict=False):
            if after_ns >= end:
                continue
            step = max(FINEST_NS, (end - start) // MOST_STEPS)
            at = start if after_ns < start else after_ns + step - (after_ns - start) % step
            if at >= end:
                continue
            middle = min(at + step / 2, (at + end) / 2)
            return at, low + (high - low) * (middle - start) / (end - start)
        if points and after_ns < points[-1][0]:
            return points[-1]
        return None

    def start(self, client: str) -> float:
        """The factor at time 0: that of the first point, which also holds before it."""
        points = self.plan.nodes[client].node.filled["pattern"]
        return float(points[0][1]) if points else 1.0

    def at(self, client: str, now_ns: int) -> float:
        """The factor of the pattern at a moment."""
        factor, step = self.start(client), self.steps(client, -1)
        while step is not None and step[0] <= now_ns:
            factor, step = step[1], self.steps(client, step[0])
        return factor

    def forget(self, clients: set[str]) -> None:
        """They are gone."""
        for client in clients:
            del self.load[client], self.pattern[client]
            self.forget_gap(client)

    def forget_gap(self, client: str) -> None:
        self.drawn.pop(client, None)
        self.stopped.discard(client)

    def kept(self) -> dict[str, Any]:
        """For a snapshot."""
        return {"load": self.load, "pattern": self.pattern, "drawn": self.drawn, "stopped": sorted(self.stopped)}

    def put_back(self, kept: dict[str, Any]) -> None:
        self.load, self.pattern = kept["load"], kept["pattern"]
        self.drawn, self.stopped = kept["drawn"], set(kept["stopped"])
