"""A cell: one point of an experiment under one seed. Same arguments, same bits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from components.experiment import Plan, design_at, points_of
from components.experiment.chaos import schedule
from components.experiment.counts import value_of
from components.experiment.survival import blamed
from components.experiment.warmup import BATCH, warm_from
from components.model import Design
from worker.engine.kernel import warm
from worker.engine.simulation import Simulation
from worker.engine.tally import Stand, Tally

NS = 1_000_000_000
BUDGET = 500_000
"""Events between two looks at `stop`: well under a second of work."""

BATCHES = 120
"""Batches of a run whose warm-up is looked for; a third of them at most is left out."""

FINEST_S, MOST_STEPS = 1.0, 1000
"""How exactly the moment is known at which an error budget was spent."""

Stop = Callable[[], bool]


class Stopped(Exception):
    """`stop` said so."""


def run_cell(design: Design, plan: Plan, point: int, seed: int, stop: Stop = lambda: False) -> dict[str, Any] | None:
    """The cell of components/experiment/result.py; None if `stop` said so. Raises ValueError for what cannot run."""
    warm()
    made, problems = design_at(design, plan, points_of(plan)[point])
    if made is None:
        raise ValueError("\n".join(problem.line() for problem in problems))
    faults = schedule(plan, made, seed)
    run = _Run(replace(made, script=(*made.script, *faults)), seed, stop)
    try:
        if plan.faults is not None:
            return run.survive(plan, faults)
        return run.counted(plan) if plan.warmup_s is not None else run.settled(plan)
    except Stopped:
        return None


class _Run:
    def __init__(self, design: Design, seed: int, stop: Stop) -> None:
        self.simulation = Simulation(design, seed)
        self.tally = Tally(self.simulation.plan, self.simulation.machine)
        self.stop = stop

    def to(self, at_ns: int) -> None:
        while not self.simulation.advance(at_ns, BUDGET):
            if self.stop():
                raise Stopped
        if self.stop():
            raise Stopped

    def counted(self, plan: Plan) -> dict[str, Any]:
        """After a warm-up of a given length."""
        assert plan.warmup_s is not None
        self.to(round(plan.warmup_s * NS))
        begin = self.tally.stand()
        self.to(round(plan.ends_s * NS))
        end = self.tally.stand()
        counts = self.tally.between(begin, end, end.max_ns)
        return {"counts": counts, "warmup_s": plan.warmup_s, "settled": True}

    def settled(self, plan: Plan) -> dict[str, Any]:
        """The warm-up is found by how many requests are under way: they settle when the latency does, by Little's law."""
        end_ns, looks = plan.ends_s * NS, BATCHES * BATCH
        stands, series = [self.tally.stand()], []
        for batch in range(BATCHES):
            total = 0
            for look in range(batch * BATCH + 1, (batch + 1) * BATCH + 1):
                self.to(round(end_ns * look / looks))
                total += self.tally.under_way()
            series.append(total)
            stands.append(self.tally.stand())
        first, calm = warm_from(series, BATCHES // 3)
        counts = self._since(stands, first)
        return {"counts": counts, "warmup_s": stands[first].ns / NS, "settled": calm}

    def _since(self, stands: list[Stand], first: int) -> dict[str, Any]:
        return self.tally.between(stands[first], stands[-1], max(stand.max_ns for stand in stands[first + 1 :]))

    def survive(self, plan: Plan, faults: list[dict[str, Any]]) -> dict[str, Any]:
        """When the goal broke, if it did, and the fault that was there."""
        assert plan.warmup_s is not None and plan.goal is not None
        goal = plan.goal
        step_s = goal.over_s if goal.measure is not None else max(FINEST_S, plan.duration_s / MOST_STEPS)
        self.to(round(plan.warmup_s * NS))
        stands = [self.tally.stand()]
        steps = max(1, int(plan.duration_s / step_s))
        for step in range(1, steps + 1):
            end_s = plan.duration_s if step == steps else step * step_s
            self.to(round((plan.warmup_s + end_s) * NS))
            stands.append(self.tally.stand())
        broke_s = self._stretch(plan, stands) if goal.measure is not None else self._spent(str(goal.slo), stands)
        return {
            "counts": self._since(stands, 0), "warmup_s": plan.warmup_s, "settled": True, "faults": faults,
            "broke_s": broke_s, "blamed": None if broke_s is None else blamed(faults, broke_s),
        }  # fmt: skip

    def _stretch(self, plan: Plan, stands: list[Stand]) -> float | None:
        """End of the first stretch in which the measure broke its limit; a stretch without traffic breaks nothing."""
        assert plan.goal is not None and plan.goal.measure is not None
        for then, now in zip(stands, stands[1:], strict=False):
            counts = self.tally.between(then, now, now.max_ns)
            quiet = not counts["offered"] and not counts["ok"] and not counts["failed"]
            if not quiet and not plan.goal.holds(value_of(plan.goal.measure, counts)):
                return now.ns / NS
        return None

    def _spent(self, name: str, stands: list[Stand]) -> float | None:
        """The moment from which the objective could not be met any more, by all that was to come."""
        slo = next(slo for slo in self.simulation.design.slos if slo["name"] == name)
        whole = self.tally.between(stands[0], stands[-1], 0)["slos"][name]
        allowed = (1 - slo["target"]) * whole["valid"]
        for now in stands[1:]:
            so_far = self.tally.between(stands[0], now, 0)["slos"][name]
            if so_far["valid"] - so_far["good"] > allowed:
                return now.ns / NS
        return None
