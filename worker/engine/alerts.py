"""Alerts of objectives: how fast the error budget burns, over pairs of windows.

The policies are those of the Google SRE workbook (2018, chapter 5) for a budget of 30 days. An alert stands while both its
windows burn fast enough: the long one says that it matters, the short one that it goes on. Windows are in seconds of the
objective; `alert_scale` of them pass in a virtual second. Time before the run counts as time without errors, with the
traffic that the run has had so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from components.parts import SLO
from worker.engine.layout import HIST_BUCKETS, NS, REASON_SLOTS, Totals

if TYPE_CHECKING:
    from worker.engine.simulation import Simulation

HOUR_S = 3600
PERIOD_S = 30 * 24 * HOUR_S
SAMPLES = 240
"""How many moments of a window are kept; its start is found to a 240th."""
FINEST_NS = NS // 10
"""Objectives are looked at once in a second of theirs, but at most ten times in a virtual second."""


class Policy(NamedTuple):
    """Burn rate that raises the alert, windows in seconds, and who is told."""

    burn: float
    long_s: int
    short_s: int
    severity: str


POLICIES = (
    Policy(14.4, HOUR_S, HOUR_S // 12, "page"),
    Policy(6.0, 6 * HOUR_S, HOUR_S // 2, "page"),
    Policy(1.0, 72 * HOUR_S, 6 * HOUR_S, "ticket"),
)
WINDOWS = tuple(sorted({window for policy in POLICIES for window in (policy.long_s, policy.short_s)}))


def name_of(window_s: int) -> str:
    """As people write it: 5m, 1h, 3d."""
    for unit, length in (("d", 24 * HOUR_S), ("h", HOUR_S)):
        if window_s % length == 0:
            return f"{window_s // length}{unit}"
    return f"{window_s // 60}m"


class Objective:
    """One objective, from the counts of `start`; `fired` = policies whose alert stands."""

    def __init__(self, slo: dict[str, Any], number: int, clients: list[str], start: list[int]) -> None:
        self.slo, self.number, self.clients, self.start = slo, number, clients, start
        self.scale, self.least = (
            float(slo.get(name, SLO[name].default)) for name in ("alert_scale", "alert_min_events")
        )
        self.budget = 1 - float(slo["target"])  # the share that may be bad
        self.lengths = {window: max(1, round(window * NS / self.scale)) for window in WINDOWS}
        self.step_ns = max(FINEST_NS, round(NS / self.scale))
        self.samples = {window: [start] for window in WINDOWS}  # [ns, good, valid], oldest first
        self.fired: list[int] = []

    def look(self, now: list[int]) -> None:
        """Keep the counts for later."""
        for window, kept in self.samples.items():
            length = self.lengths[window]
            if now[0] - kept[-1][0] >= length // SAMPLES:
                kept.append(now)
            while len(kept) > 1 and kept[1][0] <= now[0] - length:
                kept.pop(0)

    def is_clean(self, now: list[int]) -> bool:
        """Nothing bad in the longest window."""
        _, good, valid = self.samples[WINDOWS[-1]][0]
        return now[2] - valid == now[1] - good

    def in_window(self, window: int, now: list[int]) -> tuple[float, int]:
        """(burn rate, events) of the time up to now; a burn rate of 1 spends the budget in just its period."""
        ns, good, valid = self.samples[window][0]
        events = now[2] - valid
        bad = events - (now[1] - good)
        there = min(1.0, (now[0] - ns) / self.lengths[window])
        return (bad / events * there / self.budget if events else 0.0), events

    def spent(self, now: list[int]) -> float:
        """Share of the budget of the period that is used up since the start, if traffic stays as it was."""
        elapsed, good, valid = (after - before for after, before in zip(now, self.start, strict=True))
        return (valid - good) / valid * elapsed * self.scale / NS / PERIOD_S / self.budget if valid else 0.0


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
