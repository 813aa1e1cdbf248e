"""Why: the counters of a run as a ranked list of findings, each a chain from its cause to what clients saw.

The causes are found, not looked up: nothing here reads which faults are in force. A cause is something that a node or a
link does otherwise than its parameters say, or more traffic than before; what merely follows (queues, retries, limits)
ranks behind it. Without a cause the deepest full node leads, and last come the places where most time goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components.program import REASONS
from worker.engine.chains import chain_of
from worker.engine.compiler import Plan
from worker.engine.history import History, Series
from worker.engine.shares import Shares, order_of, shares_of
from worker.engine.symptoms import ROOTS, Symptom, symptoms_of

MOST_FINDINGS = 8
MOST_PLACES, LEAST_SHARE = 3, 0.1
FEW_TRIES = 20  # say nothing about a link
ON_LINKS = ("slow_network", "lossy", "partitioned")
FOLLOWS = {
    "saturated": 30,
    "slots_held": 25,
    "pool_exhausted": 22,
    "limited": 20,
    "retry_storm": 18,
    "breaker_open": 15,
}


@dataclass
class Finding:
    """One line of the answer. `at` is a node or a link."""

    what: str
    at: str
    where: np.ndarray
    values: dict[str, Any] = field(default_factory=dict)
    links: tuple[str, ...] = ()  # of a node, that show the same

    @property
    def is_cause(self) -> bool:
        return self.what in ROOTS


def explain(plan: Plan, history: History, since_ns: int) -> list[dict[str, Any]]:
    """Findings, the first cause first; [] for a run in which nothing happened."""
    series = Series(history, since_ns)
    if not len(series) or not series.counted.any():
        return []
    symptoms = symptoms_of(plan, series)
    findings = ranked(plan, series, [*causes(plan, series, symptoms), *followers(plan, symptoms)])[:MOST_FINDINGS]
    told = [as_dict(plan, series, finding, symptoms) for finding in findings]
    return [{"rank": rank, **found} for rank, found in enumerate([*told, *places(plan, series, told)], 1)]


def causes(plan: Plan, series: Series, symptoms: list[Symptom]) -> list[Finding]:
    """What nobody else in the design can have done to them."""
    found = [Finding(s.what, s.at, s.where, s.values) for s in symptoms if s.what in ROOTS and s.what not in ON_LINKS]
    for what in ON_LINKS:
        found += by_node(plan, series, [symptom for symptom in symptoms if symptom.what == what])
    sure = [one for one in found if one.what not in ("cold_cache", "more_load")]
    return [one for one in found if one.what != "cold_cache" or not any(behind(plan, one, other) for other in sure)]


def behind(plan: Plan, cold: Finding, other: Finding) -> bool:
    """Is the other cause at the cache, or where it asks, and not later? Then the misses follow from it."""
    reached = {cold.at}
    while True:
        ways = [w.link for w in plan.links.values() if w.link.source in reached]
        more = {way.target for way in ways} - reached
        if not more:
            break
        reached |= more
    places = reached | {way.id for way in ways}
    return other.at in places and bool(np.flatnonzero(other.where)[0] <= np.flatnonzero(cold.where)[0])


def by_node(plan: Plan, series: Series, symptoms: list[Symptom]) -> list[Finding]:
    """Links that show the same: a node whose used links all show it (two or more) is named instead of them."""
    left = {symptom.at: symptom for symptom in symptoms}
    ever = np.logical_or.reduce([symptom.where for symptom in symptoms]) if symptoms else series.counted
    used = {way for way in plan.links if way in left or series.total(way, "tries", ever) >= FEW_TRIES}
    found = []
    while left:
        best: list[str] = []
        node = ""
        for id in plan.nodes:
            ways = [
                way.link.id
                for way in plan.links.values()
                if id in (way.link.source, way.link.target) and way.link.id in used
            ]
            busy = [way for way in ways if way in left]
            if len(busy) >= 2 and len(busy) == len(ways) and len(busy) > len(best):
                best, node = busy, id
        if not best:
            found += [Finding(one.what, one.at, one.where, one.values) for one in left.values()]
            break
        group = [left.pop(way) for way in best]
        where = np.logical_or.reduce([one.where for one in group])
        found.append(Finding(group[0].what, node, where, group[0].values, tuple(best)))
    return found


def followers(plan: Plan, symptoms: list[Symptom]) -> list[Finding]:
    return [Finding(s.what, s.at, s.where, s.values) for s in symptoms if s.what in FOLLOWS]


def ranked(plan: Plan, series: Series, findings: list[Finding]) -> list[Finding]:
    """Causes by the harm that clients had while they lasted, then the surer ones; followers from the last callee up."""
    depth = {id: n for n, id in enumerate(order_of(plan))}

    def rank(one: Finding) -> tuple[Any, ...]:
        if one.is_cause:
            return 0, -round(harm(plan, series, one.where), 1), -ROOTS[one.what], one.at
        return 1, -FOLLOWS[one.what], -depth.get(one.at, 0), one.at

    return sorted(findings, key=rank)


def harm(plan: Plan, series: Series, where: np.ndarray) -> float:
    """Share of failed requests in these intervals, and how much slower the others were than in all the others."""
    failed, over, spent = 0, 0, 0
    over_else, spent_else = 0, 0
    for id in clients(plan):
        failed += series.total(id, "failed", where)
        over += series.total(id, "ok", where)
        spent += series.total(id, "ok_ns", where)
        over_else += series.total(id, "ok", ~where)
        spent_else += series.total(id, "ok_ns", ~where)
    share = failed / max(1, failed + over)
    slower = (spent / over) / (spent_else / over_else) if over and over_else and spent_else else 1.0
    return share + min(1.0, max(0.0, slower - 1) / 10)


def clients(plan: Plan) -> list[str]:
    return [id for id, placed in plan.nodes.items() if placed.totals_hist >= 0]


def as_dict(plan: Plan, series: Series, finding: Finding, symptoms: Iterable[Symptom]) -> dict[str, Any]:
    """Where, what, the numbers, and the chain."""
    where = finding.where & series.counted if (finding.where & series.counted).any() else finding.where
    first, last = np.flatnonzero(finding.where)[[0, -1]]
    shares = shares_of(plan, series, where)
    evidence = {
        "from_s": float(series.times[first] / 1e9),
        "to_s": float(series.times[last + 1] / 1e9),
        **finding.values,
        "failure_share": failure_share(plan, series, finding, where),
        "time_share": time_share(shares, {finding.at, *finding.links}),
    }
    return {
        **place(plan, finding.at),
        "what": finding.what,
        "is_cause": finding.is_cause,
        "evidence": evidence,
        "chain": chain_of(plan, series, finding.what, finding.at, finding.where, finding.values, symptoms),
    }


def ranking(plan: Plan, shares: Shares) -> list[dict[str, Any]]:
    """Places and parts, the longest first; the ns add up to what clients waited."""
    whole = sum(shares.values())
    most = sorted(shares.items(), key=lambda cell: (-cell[1], cell[0]))
    return [{**place(plan, at), "part": part, "ns": ns, "share": round(ns / whole, 6)} for (at, part), ns in most if ns]


def place(plan: Plan, at: str) -> dict[str, str]:
    return {"node": at} if at in plan.nodes else {"link": at}


def failure_share(plan: Plan, series: Series, finding: Finding, where: np.ndarray) -> float | None:
    """Of all failures that started in these intervals, how many started here."""
    nodes = [finding.at] if finding.at in plan.nodes else [plan.links[finding.at].link.target]

    def started(id: str) -> int:
        return sum(series.total(id, f"origin.{reason}", where) for reason in REASONS)

    everywhere = sum(started(id) for id in plan.nodes)
    return round(sum(started(id) for id in nodes) / everywhere, 4) if everywhere else None


def time_share(shares: Shares, places: set[str]) -> float | None:
    whole = sum(shares.values())
    return round(sum(ns for (at, _), ns in shares.items() if at in places) / whole, 4) if whole else None


def places(plan: Plan, series: Series, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where most of the time goes, whole run; what a finding names already is left out."""
    shares = shares_of(plan, series, series.counted)
    whole, named = sum(shares.values()), {found.get("node", found.get("link")) for found in told}
    most = sorted(shares.items(), key=lambda cell: (-cell[1], cell[0]))
    found: list[dict[str, Any]] = []
    for (at, part), ns in most:
        if at not in named and ns >= LEAST_SHARE * whole and len(found) < MOST_PLACES:
            evidence = {"part": part, "time_share": round(ns / whole, 4), "failure_share": None}
            chain = chain_of(plan, series, "takes_time", at, series.counted, evidence, ())
            found.append(
                {**place(plan, at), "what": "takes_time", "is_cause": False, "evidence": evidence, "chain": chain}
            )
    return found
