"""Frames: what the browser sees ten times a second. Integers with fixed units; columns are named once in `meta`."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from components.program import REASONS
from worker.engine.compiler import Plan
from worker.engine.counters import (
    CLIENT_SUMS,
    LINK_SUMS,
    NODE_SUMS,
    Sums,
    reasons,
    stations,
    words_of_client,
    words_of_link,
    words_of_metrics,
    words_of_node,
)
from worker.engine.kernel.report import busy_of
from worker.engine.layout import NS, Node, Station, Totals
from worker.engine.machine import Machine

FRAME_NS = NS // 10
NODE_COLUMNS = (
    "arrivals", "completions", "rejects", "failed", "busy_permille", "queue", "queue_cap", "down", "paused",
    "p50_us", "p95_us", "p99_us",
)  # fmt: skip
LINK_COLUMNS = (
    "calls", "tries", "ok", "failed", "timeouts", "retries", "late", "outstanding", "p50_us", "p99_us", "breaker",
)  # fmt: skip
CLIENT_COLUMNS = ("offered", "ok", "failed", "in_flight", "p50_us", "p95_us", "p99_us")
QUANTILES = (0.5, 0.95, 0.99)
UNLIMITED = 1 << 29  # slots of a station that never makes anybody wait


class Frames:
    """Reads the machine. Gauges and percentiles look back one to two virtual seconds."""

    def __init__(self, plan: Plan, machine: Machine) -> None:
        self.plan, self.machine = plan, machine
        self.seq = 0
        nodes, links = list(plan.nodes.values()), list(plan.links.values())
        self.clients = [placed for placed in nodes if placed.totals_hist >= 0]
        self.node_sums = Sums((words_of_node(placed) for placed in nodes), NODE_SUMS)
        self.link_sums = Sums((words_of_link(p, plan.nodes[p.link.source]) for p in links), LINK_SUMS)
        self.client_sums = Sums((words_of_client(placed) for placed in self.clients), CLIENT_SUMS)
        each = [
            {str(code): [at] for code, at in enumerate(reasons(p.shared["totals"] + Totals.FAILED))}
            for p in self.clients
        ]
        codes = tuple(str(code) for code in range(len(REASONS)))
        self.reason_sums = Sums(each, codes)
        origins = [
            {str(code): [block + Node.ORIGINS + code for block in p.replicas] for code in range(len(REASONS))}
            for p in nodes
        ]
        self.origin_sums = Sums(origins, codes)
        counted = {p.node.id: words_of_metrics(p) for p in nodes if p.node.component.metrics}
        self.counter_names = {id: tuple(words) for id, words in counted.items()}
        self.counter_sums = {id: Sums([words], tuple(words)) for id, words in counted.items()}
        self.breakers = [self._breaker_words(p.link.id) for p in links]
        self.stations = np.array([at for p in nodes for at in stations(p)] or [0], np.int64)
        self.station_rows = np.array([row for row, p in enumerate(nodes) for _ in stations(p)], np.int64)
        self.hists = np.array(
            [p.totals_hist if p.totals_hist >= 0 else p.hist for p in nodes]
            + [p.hist for p in links] + [p.totals_hist for p in self.clients], np.int64
        )  # fmt: skip
        self.areas = [np.zeros(len(self.stations), np.int64) for _ in range(2)]
        self.since = [0, 0]
        self.opened = np.zeros(len(links), np.int64)
        machine.keep_hists(0)
        machine.keep_hists(1)

    def _breaker_words(self, link: str) -> list[int]:
        caller = self.plan.nodes[self.plan.links[link].link.source]
        name = f"breaker:{link}"
        return [caller.address(r, name) for r in range(len(caller.replicas))] if name in caller.own else []

    def meta(self) -> dict[str, Any]:
        nodes, links = self.plan.nodes.values(), self.plan.links.values()
        return {
            "frame_ns": FRAME_NS,
            "reasons": list(REASONS),
            "nodes": [{"id": p.node.id, "kind": p.node.kind, "replicas": len(p.replicas)} for p in nodes],
            "links": [{"id": p.link.id, "source": p.link.source, "target": p.link.target} for p in links],
            "clients": [p.node.id for p in self.clients],
            "node_columns": list(NODE_COLUMNS),
            "link_columns": list(LINK_COLUMNS),
            "client_columns": list(CLIENT_COLUMNS),
            "counters": {id: list(names) for id, names in self.counter_names.items()},
        }

    def frame(
        self, down: dict[str, int], faults: list[str], events: list[dict[str, Any]], acks: list[tuple[int, int]]
    ) -> bytes:
        arena, now = self.machine.arena, self.machine.now
        self.seq += 1
        nodes, links, clients = (sums.read(arena) for sums in (self.node_sums, self.link_sums, self.client_sums))
        quantiles = self.machine.percentiles(self.hists, 0, QUANTILES) // 1000
        quantiles[quantiles < 0] = -1
        node_q, link_q, client_q = np.split(quantiles, [len(nodes), len(nodes) + len(links)])
        events += self._breaker_events(links[:, LINK_SUMS.index("opened")])
        frame = {
            "type": "frame",
            "seq": self.seq,
            "t_ns": now,
            "nodes": self._node_rows(nodes, node_q, down).tolist(),
            "links": np.column_stack([links[:, :8], link_q[:, [0, 2]], self._breaker_states()]).tolist(),
            "clients": np.column_stack([clients, clients[:, 0] - clients[:, 1] - clients[:, 2], client_q]).tolist(),
            "reasons": self.reason_sums.read(arena).tolist(),
            "origins": self.origin_sums.read(arena).tolist(),
            "counters": {id: sums.read(arena)[0].tolist() for id, sums in self.counter_sums.items()},
            "faults": faults,
            "events": events,
            "acks": acks,
        }
        if now % NS == 0:
            self._turn_window()
        return json.dumps(frame, separators=(",", ":")).encode()

    def _node_rows(self, sums: np.ndarray, quantiles: np.ndarray, down: dict[str, int]) -> np.ndarray:
        dead = np.array([down.get(id, 0) for id in self.plan.nodes], np.int64)
        return np.column_stack([sums[:, :4], self._busy_permille(), sums[:, 4:6], dead, sums[:, 6:], quantiles])

    def _busy_permille(self) -> np.ndarray:
        """Busy slot-time over available slot-time since the window began, per node."""
        rows = np.zeros(len(self.plan.nodes), np.int64)
        took = self.machine.now - self.since[0]
        if took <= 0 or not len(self.station_rows):
            return rows
        areas = busy_of(self.machine.arena, self.stations, self.machine.now) - self.areas[0]
        caps = self.machine.arena[self.stations + Station.CAP]
        limited = caps < UNLIMITED
        busy, slots = np.zeros(len(rows)), np.zeros(len(rows))
        np.add.at(busy, self.station_rows[limited], areas[limited])
        np.add.at(slots, self.station_rows[limited], caps[limited] * took)
        np.divide(busy * 1000, slots, out=busy, where=slots > 0)
        return np.minimum(np.where(slots > 0, busy, -1).astype(np.int64), 1000)  # -1: never makes anybody wait

    def _breaker_states(self) -> list[int]:
        arena = self.machine.arena
        return [max((int(arena[at]) for at in words), default=-1) for words in self.breakers]

    def _breaker_events(self, opened: np.ndarray) -> list[dict[str, Any]]:
        changed = np.flatnonzero(opened != self.opened)
        self.opened = opened
        ids = list(self.plan.links)
        return [
            {
                "t_s": self.machine.now / NS,
                "node": ids[row],
                "what": "breaker_opened",
                "detail": {"times": int(opened[row])},
            }
            for row in changed
        ]

    def _turn_window(self) -> None:
        """Every whole second the older of the two bases is forgotten."""
        self.machine.turn_hists()
        self.areas = [self.areas[1], busy_of(self.machine.arena, self.stations, self.machine.now)]
        self.since = [self.since[1], self.machine.now]

    def kept(self) -> dict[str, Any]:
        """For a snapshot."""
        areas = [area.tolist() for area in self.areas]
        return {"seq": self.seq, "areas": areas, "since": self.since, "opened": self.opened.tolist()}

    def put_back(self, kept: dict[str, Any]) -> None:
        self.seq, self.since = kept["seq"], kept["since"]
        self.areas = [np.array(area, np.int64) for area in kept["areas"]]
        self.opened = np.array(kept["opened"], np.int64)
