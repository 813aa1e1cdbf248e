"""The summary of a run: everything since the warm-up ended, in the units of people."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.cost import cost, with_traffic
from components.program import REASONS
from worker.engine.compiler import Plan
from worker.engine.counters import (
    CLIENT_SUMS,
    LINK_SUMS,
    NODE_SUMS,
    OPTION_SUMS,
    REFUSALS,
    Sums,
    reasons,
    shared,
    slot_ns,
    stations,
    words_of_client,
    words_of_link,
    words_of_metrics,
    words_of_node,
)
from worker.engine.kernel.report import busy_of, queued_of
from worker.engine.layout import HIST_BUCKETS, HIST_STATS, NS, HistStat, Link, Node, Once, Station, Totals
from worker.engine.machine import Machine
from worker.engine.place import PlacedLink, PlacedNode
from worker.engine.timing import times_of_link, times_of_node

QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)
NAMES = ("p50", "p90", "p95", "p99", "p999")


class Mark:
    """The state of every counter at one moment. Taking it starts the maxima anew, unless `glance`."""

    def __init__(self, plan: Plan, machine: Machine, *, glance: bool = False) -> None:
        self.ns = machine.now
        self.arena = np.zeros(plan.state[-1][1], np.int64)
        for first, end in plan.state:
            self.arena[first:end] = machine.arena[first:end]
        self.slots = {id: slot_ns(placed, machine) for id, placed in plan.nodes.items()}
        self.hist, self.stats = machine.hist.copy(), machine.hist_stats.copy()
        if glance:
            return
        machine.hist_stats[HistStat.MAX :: HIST_STATS] = 0
        for placed in plan.nodes.values():
            for at in stations(placed):
                machine.arena[at + Station.QUEUE_MAX] = machine.arena[at + Station.LEN]

    def stretch(self, machine: Machine) -> None:
        """Reach as far as the machine does, after it has grown; of what is new nothing has been counted."""
        for name, new in (("arena", machine.arena), ("hist", machine.hist), ("stats", machine.hist_stats)):
            old = getattr(self, name)
            if len(old) < len(new):
                setattr(self, name, np.concatenate([old, np.zeros(len(new) - len(old), old.dtype)]))

    def forget_hists(self, first: int, count: int) -> None:
        size = HIST_BUCKETS
        self.hist[first * size : (first + count) * size] = 0
        self.stats[first * HIST_STATS : (first + count) * HIST_STATS] = 0


class Zero(Mark):
    """The start of the run: nothing has been counted."""

    def __init__(self, plan: Plan, machine: Machine) -> None:
        self.ns = 0
        self.arena = np.zeros(len(machine.arena), np.int64)
        self.slots = dict.fromkeys(plan.nodes, 0)
        self.hist, self.stats = np.zeros_like(machine.hist), np.zeros_like(machine.hist_stats)


class Reader:
    """Differences between now and a mark."""

    def __init__(self, plan: Plan, machine: Machine, mark: Mark) -> None:
        self.plan, self.machine, self.mark = plan, machine, mark
        self.took_s = (machine.now - mark.ns) / NS
        self.ends = plan.ends()

    def sums(self, words: dict[str, list[int]], columns: tuple[str, ...]) -> dict[str, int]:
        table = Sums([words], columns)
        grown = table.read(self.machine.arena) - table.read(self.mark.arena)
        return dict(zip(columns, grown[0].tolist(), strict=True))

    def total(self, words: list[int], *, then: bool = False) -> int:
        arena = self.mark.arena if then else self.machine.arena
        return int(sum(int(arena[at]) for at in words))

    def grown(self, words: list[int]) -> int:
        return self.total(words) - self.total(words, then=True)

    def failed(self, words: list[int]) -> dict[str, int]:
        """By reason, only those that happened; words[i] counts reason i."""
        counts = {name: self.grown([at]) for name, at in zip(REASONS, words, strict=False)}
        return {name: count for name, count in counts.items() if count and name != "ok"}

    def latency(self, *hists: int) -> dict[str, float | None]:
        """ms; null where nothing was measured."""
        size = HIST_BUCKETS
        counts = np.zeros(size, np.int64)
        count = total = longest = 0
        for hist in hists:
            counts += (
                self.machine.hist[hist * size : (hist + 1) * size] - self.mark.hist[hist * size : (hist + 1) * size]
            )
            at = hist * HIST_STATS
            count += int(self.machine.hist_stats[at + HistStat.COUNT] - self.mark.stats[at + HistStat.COUNT])
            total += int(self.machine.hist_stats[at + HistStat.SUM] - self.mark.stats[at + HistStat.SUM])
            longest = max(longest, int(self.machine.hist_stats[at + HistStat.MAX]))
        if not count:
            return dict.fromkeys(("mean", *NAMES, "max"))
        quantiles = self.machine.quantiles(counts, QUANTILES)
        shown: dict[str, float | None] = {
            name: round(min(int(ns), longest) / 1e6, 6) for name, ns in zip(NAMES, quantiles, strict=True)
        }
        return {"mean": round(total / count / 1e6, 6), **shown, "max": round(longest / 1e6, 6)}


def summary_of(plan: Plan, machine: Machine, mark: Mark | None) -> dict[str, Any]:
    """The object of CONTRACT: clients, nodes, links and SLOs."""
    read = Reader(plan, machine, mark or Zero(plan, machine))
    clients = [placed for placed in plan.nodes.values() if placed.totals_hist >= 0]
    total = client_summary(read, clients)
    return {
        "virtual_s": machine.now / NS,
        "warmup_s": read.mark.ns / NS,
        "duration_s": read.took_s,
        "client": total,
        "clients": {placed.node.id: client_summary(read, [placed]) | parts_of(read, placed) for placed in clients},
        "nodes": {id: node_summary(read, placed) for id, placed in plan.nodes.items()},
        "links": {id: link_summary(read, placed) for id, placed in plan.links.items()},
        "slos": [slo_summary(read, slo, clients, total) for slo in plan.design.slos],
        "cost": with_traffic(cost(plan.design), traffic(read)),
        "explain": [],
    }


def traffic(read: Reader) -> dict[str, float]:
    """Dollars a second of every node whose traffic has a price."""
    found = {}
    for id, placed in read.plan.nodes.items():
        counters = {name: read.grown(words) for name, words in words_of_metrics(placed).items()}
        dollars = placed.node.component().traffic(placed.node.filled, counters)
        if dollars and read.took_s:
            found[id] = dollars / read.took_s * read.plan.design.scale  # a simulated request stands for so many
    return found


def row_of(plan: Plan, machine: Machine, since: Mark | None) -> dict[str, Any]:
    """A row of a series: what happened since the last row, and the queues of now."""
    read = Reader(plan, machine, since or Zero(plan, machine))
    clients = [placed for placed in plan.nodes.values() if placed.totals_hist >= 0]
    total = client_summary(read, clients)
    nodes: dict[str, Any] = {}
    for id, placed in plan.nodes.items():
        if placed.totals_hist < 0:
            sums = read.sums(words_of_node(placed), NODE_SUMS)
            queue = read.total(words_of_node(placed).get("queue", []))
            nodes[id] = {name: sums[name] for name in ("arrivals", "completions", "rejects")} | {"queue": queue}
            nodes[id]["utilisation"] = station_summary(read, placed)["utilisation"]
            nodes[id]["failed"] = origins(read, placed)
            nodes[id] |= parts_of(read, placed)
    links = {}
    for id, link in plan.links.items():
        sums = read.sums(words_of_link(link, plan.nodes[link.link.source]), LINK_SUMS)
        links[id] = {name: sums[name] for name in ("calls", "tries", "ok", "failed", "retries", "timeouts", "late")}
    each = {placed.node.id: total if len(clients) == 1 else client_summary(read, [placed]) for placed in clients}
    sorts = {placed.node.id: parts_of(read, placed) for placed in clients}
    shown = {"client": client_row(total), "clients": {id: client_row(one) | sorts[id] for id, one in each.items()}}
    slos = [slo_summary(read, slo, clients, total) for slo in plan.design.slos]
    return {"t_s": machine.now / NS} | shown | {"nodes": nodes, "links": links, "slos": slos}


def client_row(total: dict[str, Any]) -> dict[str, Any]:
    keep = ("offered", "ok", "failed", "goodput_rps", "latency_ms")
    return {name: total[name] for name in keep} | {"in_flight": total["in_flight_end"]}


def client_summary(read: Reader, clients: list[PlacedNode]) -> dict[str, Any]:
    counts = [read.sums(words_of_client(placed), CLIENT_SUMS) for placed in clients]
    offered, ok = (sum(count[name] for count in counts) for name in ("offered", "ok"))
    failed: dict[str, int] = {}
    for placed in clients:
        for name, count in read.failed(reasons(placed.shared["totals"] + Totals.FAILED)).items():
            failed[name] = failed.get(name, 0) + count
    return {
        "offered": offered,
        "ok": ok,
        "failed": failed,
        "in_flight_start": sum(in_flight(read, placed, then=True) for placed in clients),
        "in_flight_end": sum(in_flight(read, placed, then=False) for placed in clients),
        "goodput_rps": round(ok / read.took_s, 6) if read.took_s else 0.0,
        "latency_ms": read.latency(*(placed.totals_hist for placed in clients)),
    }


def parts_of(read: Reader, placed: PlacedNode) -> dict[str, dict[str, Any]]:
    """{section: {name: counts}}: the requests of a client by class, of a service by endpoint."""
    sections: dict[str, dict[str, Any]] = {}
    for item, hist in placed.parts.items():
        section, _, name = item.partition(":")
        at = placed.shared[item]
        ok = read.grown([at + Totals.OK])
        sections.setdefault(section, {})[name] = {
            "offered": read.grown([at + Totals.OFFERED]),
            "ok": ok,
            "failed": read.failed(reasons(at + Totals.FAILED)),
            "goodput_rps": round(ok / read.took_s, 6) if read.took_s else 0.0,
            "latency_ms": read.latency(hist),
        }
    return sections


def in_flight(read: Reader, placed: PlacedNode, *, then: bool) -> int:
    words = words_of_client(placed)
    return (
        read.total(words["offered"], then=then)
        - read.total(words["ok"], then=then)
        - read.total(words["failed"], then=then)
    )


def node_summary(read: Reader, placed: PlacedNode) -> dict[str, Any]:
    sums = read.sums(words_of_node(placed), NODE_SUMS)
    is_client = placed.totals_hist >= 0
    own = [None] if is_client else [placed.hist + 1]
    ends = [ways[placed.node.id] for ways in read.ends]
    return {
        "kind": placed.node.kind,
        "arrivals": sums["arrivals"],
        "completions": sums["completions"],
        "rejects": sums["rejects"],
        "failed": {} if is_client else origins(read, placed),
        **station_summary(read, placed),
        "latency_ms": read.latency(placed.totals_hist if is_client else placed.hist),
        "own_ms": read.latency(*(hist for hist in own if hist is not None)),
        "spent": {name: read.grown(at) for name, at in times_of_node(placed, *ends).items()},
        "counters": node_counters(read, placed),
        **({} if is_client else parts_of(read, placed)),
        **{time.name: read.latency(placed.hists[time.name]) for time in placed.node.component.times},
    }


def origins(read: Reader, placed: PlacedNode) -> dict[str, int]:
    """Failures that started here, by reason."""
    counts: dict[str, int] = {}
    for block in placed.replicas:
        for name, count in read.failed(reasons(block + Node.ORIGINS)).items():
            counts[name] = counts.get(name, 0) + count
    return counts


def station_summary(read: Reader, placed: PlacedNode) -> dict[str, Any]:
    found = np.array(stations(placed), np.int64)
    span = read.took_s * NS
    if not len(found) or span <= 0:
        return {"utilisation": 0.0, "queue_mean": 0.0, "queue_max": 0}
    now, then = read.machine.arena, read.mark.arena
    busy = busy_of(now, found, read.machine.now) - busy_of(then, found, read.mark.ns)
    queued = queued_of(now, found, read.machine.now) - queued_of(then, found, read.mark.ns)
    slots = float(slot_ns(placed, read.machine) - read.mark.slots.get(placed.node.id, 0))
    return {
        "utilisation": round(float(busy.sum()) / slots, 6) if slots else 0.0,
        "queue_mean": round(float(queued.sum()) / span, 6),
        "queue_max": int(now[found + Station.QUEUE_MAX].max()),
    }


def node_counters(read: Reader, placed: PlacedNode) -> dict[str, Any]:
    tops = {metric.name for metric in placed.node.component.metrics if metric.top or metric.gauge}
    counters: dict[str, Any] = {
        name: read.total(words, then=False) if name in tops else read.grown(words)
        for name, words in words_of_metrics(placed).items()
    }
    coming = [
        lane
        for link in read.plan.links.values()
        for replica in range(len(placed.replicas))
        for lane in link.lanes_to(placed.node.id, replica)
    ]
    counters["late"] = read.grown([lane + Link.LATE for lane in coming])
    if placed.node.component.balances:
        counters["share"] = shares(read, placed)
    return counters


def shares(read: Reader, placed: PlacedNode) -> dict[str, float]:
    """Share of the calls that each backend got, named node.replica."""
    calls: dict[str, int] = {}
    for link in read.plan.links.values():
        if link.link.source == placed.node.id:
            for lanes in link.lanes:
                for (node, replica), lane in zip(link.ends, lanes, strict=True):
                    name = f"{node}.{replica}"
                    calls[name] = calls.get(name, 0) + read.grown([lane + Link.CALLS])
    total = sum(calls.values())
    return {name: round(count / total, 6) if total else 0.0 for name, count in calls.items()}


def link_summary(read: Reader, placed: PlacedLink) -> dict[str, Any]:
    caller = read.plan.nodes[placed.link.source]
    sums = read.sums(words_of_link(placed, caller), LINK_SUMS)
    failed = read.failed(reasons(placed.failed))
    id = placed.link.id
    for name, reason in REFUSALS.items():
        if refused := read.grown(shared(caller, f"{name}:{id}")):
            failed[reason] = failed.get(reason, 0) + refused
    options: dict[str, float | None] = {
        name: read.grown(shared(caller, f"{name}:{id}")) for name in OPTION_SUMS if f"{name}:{id}" in caller.shared
    }
    if (at := caller.shared.get(f"once:{id}")) is not None:
        options |= {word.name.lower(): read.grown([at + word]) for word in (Once.DUPLICATES, Once.DEDUPLICATED)}
    if "fallbacks" in options:
        answers, lost = (read.grown(shared(caller, f"{name}:{id}")) for name in ("answers", "quality_lost"))
        options["quality"] = round(1 - lost / 1000 / answers, 6) if answers else None
    return {
        **{name: sums[name] for name in ("calls", "tries", "ok")},
        "failed": failed,
        **{name: sums[name] for name in ("retries", "late", "lost", "opened")},
        **options,
        "latency_ms": read.latency(placed.hist),
        "spent": {name: read.grown(at) for name, at in times_of_link(placed).items()},
    }


def slo_summary(read: Reader, slo: dict[str, Any], clients: list[PlacedNode], total: dict[str, Any]) -> dict[str, Any]:
    """latency: answered within threshold_ms, of the ok ones; availability: ok, of the finished ones.

    `budget_spent`: bad ones as a share of the bad ones that the target allows; above 1 it is overspent.
    """
    ok, failed = total["ok"], sum(total["failed"].values())
    if slo["sli"] == "availability":
        good, valid = ok, ok + failed
    else:
        good, valid = within(read, clients, round(slo["threshold_ms"] * 1e6)), ok
    ratio = good / valid if valid else None
    spent = None if not valid else (valid - good) / (valid * (1 - slo["target"]))
    return {
        "name": slo["name"], "target": slo["target"], "good": good, "valid": valid,
        "ratio": None if ratio is None else round(ratio, 6), "met": ratio is None or ratio >= slo["target"],
        "budget_spent": None if spent is None else round(spent, 6),
    }  # fmt: skip


def within(read: Reader, clients: list[PlacedNode], threshold_ns: int) -> int:
    size = HIST_BUCKETS
    edge = read.machine.bucket(threshold_ns)
    good = 0
    for placed in clients:
        at = placed.totals_hist * size
        good += int((read.machine.hist[at : at + edge + 1] - read.mark.hist[at : at + edge + 1]).sum())
    return good
