"""Counts of a run between two moments, as whole numbers that add up: components/experiment/counts.py says which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from components.program import REASONS
from worker.engine.compiler import Plan
from worker.engine.counters import (
    CLIENT_SUMS,
    NODE_SUMS,
    Sums,
    in_flight,
    reasons,
    stations,
    words_of_client,
    words_of_node,
)
from worker.engine.kernel.report import busy_of
from worker.engine.layout import HIST_BUCKETS, HIST_STATS, NS, HistStat, Station, Totals
from worker.engine.machine import Machine


@dataclass(frozen=True)
class Stand:
    """Every counter at one moment; `max_ns` is of the time since the stand before."""

    ns: int
    clients: np.ndarray
    failed: np.ndarray
    under_way: int
    nodes: np.ndarray
    busy: np.ndarray
    buckets: np.ndarray
    latency_ns: int
    max_ns: int


class Tally:
    """Reads stands off a machine. A stand costs what there are clients and nodes, not what there are links."""

    def __init__(self, plan: Plan, machine: Machine) -> None:
        self.plan, self.machine = plan, machine
        self._clients = [placed for placed in plan.nodes.values() if placed.totals_hist >= 0]
        self._nodes = [placed for placed in plan.nodes.values() if placed.totals_hist < 0]
        self._hists = [placed.totals_hist for placed in self._clients]
        self._client_sums = Sums([words_of_client(placed) for placed in self._clients], CLIENT_SUMS)
        failed = [reasons(placed.shared["totals"] + Totals.FAILED) for placed in self._clients]
        self._reasons = Sums([{name: [at] for name, at in zip(REASONS, row, strict=False)} for row in failed], REASONS)
        self._node_sums = Sums([words_of_node(placed) for placed in self._nodes], NODE_SUMS)
        self._under_way = [at for placed in self._clients for at in in_flight(placed)]
        self._stations = [np.array(stations(placed), np.int64) for placed in self._nodes]

    def under_way(self) -> int:
        """Requests that were sent and not answered yet."""
        arena = self.machine.arena
        return sum(int(arena[at]) if at >= 0 else -int(arena[~at]) for at in self._under_way)

    def stand(self) -> Stand:
        """The counters of now. The maximum starts anew."""
        arena, now = self.machine.arena, self.machine.now
        buckets = np.zeros(HIST_BUCKETS, np.int64)
        latency_ns = max_ns = 0
        for hist in self._hists:
            buckets += self.machine.hist[hist * HIST_BUCKETS : (hist + 1) * HIST_BUCKETS]
            at = hist * HIST_STATS
            latency_ns += int(self.machine.hist_stats[at + HistStat.SUM])
            max_ns = max(max_ns, int(self.machine.hist_stats[at + HistStat.MAX]))
            self.machine.hist_stats[at + HistStat.MAX] = 0
        busy = np.array([busy_of(arena, found, now).sum() if len(found) else 0 for found in self._stations], np.int64)
        clients = self._client_sums.read(arena)
        failed, nodes = self._reasons.read(arena), self._node_sums.read(arena)
        return Stand(now, clients, failed, self.under_way(), nodes, busy, buckets, latency_ns, max_ns)

    def between(self, then: Stand, now: Stand, max_ns: int) -> dict[str, Any]:
        """What was counted from one stand to another; `max_ns`: the largest of the stands after `then`."""
        buckets = now.buckets - then.buckets
        clients = dict(zip(CLIENT_SUMS, (now.clients - then.clients).sum(axis=0).tolist(), strict=True))
        offered, ok = clients["offered"], clients["ok"]
        failed = zip(REASONS, (now.failed - then.failed).sum(axis=0).tolist(), strict=True)
        return {
            "span_ns": now.ns - then.ns,
            "offered": offered,
            "ok": ok,
            "failed": {name: count for name, count in failed if count and name != "ok"},
            "grown": now.under_way - then.under_way,
            "latency_ns": now.latency_ns - then.latency_ns,
            "max_ns": max_ns,
            "buckets": {str(at): int(buckets[at]) for at in np.nonzero(buckets)[0]},
            "nodes": self._node_counts(then, now),
            "slos": {slo["name"]: self._objective(slo, ok, offered, then, now) for slo in self.plan.design.slos},
        }

    def _node_counts(self, then: Stand, now: Stand) -> dict[str, dict[str, int]]:
        """`slot_ns`: by the slots that there are now."""
        grown, arrivals, failed = now.nodes - then.nodes, NODE_SUMS.index("arrivals"), NODE_SUMS.index("failed")
        counts = {}
        for row, (placed, found) in enumerate(zip(self._nodes, self._stations, strict=True)):
            slots = int(self.machine.arena[found + Station.CAP].sum()) if len(found) else 0
            counts[placed.node.id] = {
                "arrivals": int(grown[row, arrivals]), "failed": int(grown[row, failed]),
                "busy_ns": int(now.busy[row] - then.busy[row]), "slot_ns": slots * (now.ns - then.ns),
            }  # fmt: skip
        return counts

    def _objective(self, slo: dict[str, Any], ok: int, offered: int, then: Stand, now: Stand) -> dict[str, int]:
        """As summaries count it: latency of the answered ones, availability of the finished ones."""
        if slo["sli"] == "availability":
            return {"good": ok, "valid": offered - (now.under_way - then.under_way)}
        edge = self.machine.bucket(round(slo["threshold_ms"] * NS / 1000))
        return {"good": int((now.buckets - then.buckets)[: edge + 1].sum()), "valid": ok}
