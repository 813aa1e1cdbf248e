"""Alerts of objectives: when they are raised and cleared, and what a summary says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worker.engine.burn import POLICIES, WINDOWS, Policy, name_of
from worker.engine.layout import HIST_BUCKETS, NS, REASON_SLOTS, Totals
from worker.engine.objective import Objective

if TYPE_CHECKING:
    from worker.engine.simulation import Simulation


class Alerts:
    """All objectives of one run. What they keep is JSON and stays in snapshots."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.objectives: dict[str, Objective] = {}
        self.number = 0

    def follow(self) -> None:
        """At the start and after an edit: objectives that are new, or that count other clients, start anew."""
        clients = [id for id, placed in self.simulation.plan.nodes.items() if placed.totals_hist >= 0]
        before, self.objectives = self.objectives, {}
        for slo in self.simulation.design.slos:
            found = before.get(slo["name"])
            if found is None or found.slo != slo or found.clients != clients:
                self.number += 1
                found = Objective(slo, self.number, clients, self.counts(slo))
                self.plan(found)
            self.objectives[slo["name"]] = found

    def plan(self, objective: Objective) -> None:
        """It is looked at at whole multiples of its step."""
        step, about = objective.step_ns, [objective.slo["name"], objective.number]
        self.simulation._at((self.simulation.now_ns // step + 1) * step, "alerts", about)

    def counts(self, slo: dict[str, Any]) -> list[int]:
        """[ns, good, valid] of now, counted as in the summary."""
        plan, machine = self.simulation.plan, self.simulation.machine
        clients = [placed for placed in plan.nodes.values() if placed.totals_hist >= 0]
        ok = failed = 0
        for placed in clients:
            at = placed.shared["totals"]
            ok += int(machine.arena[at + Totals.OK])
            failed += int(machine.arena[at + Totals.FAILED + 1 : at + Totals.FAILED + REASON_SLOTS].sum())
        if slo["sli"] == "availability":
            return [machine.now, ok, ok + failed]
        edge, good = machine.bucket(round(slo["threshold_ms"] * NS / 1000)), 0
        for placed in clients:
            at = placed.totals_hist * HIST_BUCKETS
            good += int(machine.hist[at : at + edge + 1].sum())
        return [machine.now, good, ok]

    def turn(self, name: str, of: int) -> None:
        """Raise and clear the alerts of one objective, unless it has gone since that was planned."""
        objective = self.objectives.get(name)
        if objective is None or objective.number != of:
            return
        self.plan(objective)
        now = self.counts(objective.slo)
        if objective.is_clean(now) and not objective.fired:
            objective.look(now)
            return
        for number, policy in enumerate(POLICIES):
            burn, _ = objective.in_window(policy.long_s, now)
            short, events = objective.in_window(policy.short_s, now)
            burning = min(burn, short) >= policy.burn
            stands = number in objective.fired
            if stands and not burning:
                objective.fired.remove(number)
                self.note("alert_cleared", objective, policy, burn, now)
            elif burning and not stands and events >= objective.least:
                objective.fired.append(number)
                self.note("alert_fired", objective, policy, burn, now)
        objective.look(now)

    def note(self, what: str, objective: Objective, policy: Policy, burn: float, now: list[int]) -> None:
        detail = {"slo": objective.slo["name"], "severity": policy.severity, "threshold": policy.burn}
        detail |= {"window": name_of(policy.long_s), "burn": round(burn, 3)}
        self.simulation.note(None, what, detail | {"budget_spent": round(objective.spent(now), 6)})

    def add_to(self, slos: list[dict[str, Any]]) -> None:
        """To a summary: burn rates of now, the share of the month's budget that is gone, and which alerts stand."""
        for told in slos:
            objective = self.objectives[told["name"]]
            now = self.counts(objective.slo)
            told["burn"] = {name_of(window): round(objective.in_window(window, now)[0], 3) for window in WINDOWS}
            told["period_spent"] = round(objective.spent(now), 6)
            told["alerts"] = [name_of(POLICIES[number].long_s) for number in sorted(objective.fired)]

    def kept(self) -> dict[str, Any]:
        """For a snapshot."""
        rows = [
            [o.slo, o.number, o.clients, o.start, list(o.samples.items()), o.fired] for o in self.objectives.values()
        ]
        return {"number": self.number, "objectives": rows}

    def put_back(self, kept: dict[str, Any]) -> None:
        self.number, self.objectives = kept["number"], {}
        for slo, number, clients, start, samples, fired in kept["objectives"]:
            self.objectives[slo["name"]] = objective = Objective(slo, number, clients, start)
            objective.samples, objective.fired = dict(samples), fired
