"""Frames: what the browser sees ten times a second. Integers with fixed units; columns are named once in `meta`."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from components.program import REASONS
from worker.engine.compiler import Plan
from worker.engine.counters import (
    Sums,
    Table,
    in_flight,
    reasons,
    stations,
    words_of_client,
    words_of_link,
    words_of_metrics,
    words_of_node,
)
from worker.engine.kernel.report import busy_of
from worker.engine.kernel.rows import CHUNKS, add_up, busy_permille, highest, quantiles_us
from worker.engine.layout import NS, Node, Totals
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


class Frames:
    """Reads the machine. Gauges and percentiles look back one to two virtual seconds."""

    def __init__(self, plan: Plan, machine: Machine, before: Frames | None = None) -> None:
        """`before` = those of the design before an edit: their numbers and windows go on."""
        self.plan, self.machine = plan, machine
        self.seq: int = before.seq if before else 0
        nodes, links = list(plan.nodes.values()), list(plan.links.values())
        self.clients = [placed for placed in nodes if placed.totals_hist >= 0]
        counted = {p.node.id: words_of_metrics(p) for p in nodes if p.node.component.metrics}
        self.counter_names = {id: tuple(words) for id, words in counted.items()}
        self.table = Table()
        self.table.add(NODE_COLUMNS, [words_of_node(placed) for placed in nodes])
        self.table.add(LINK_COLUMNS, [words_of_link(p, plan.nodes[p.link.source]) for p in links])
        self.table.add(CLIENT_COLUMNS, [words_of_client(p) | {"in_flight": in_flight(p)} for p in self.clients])
        codes = tuple(str(code) for code in range(len(REASONS)))
        failed = (reasons(p.shared["totals"] + Totals.FAILED) for p in self.clients)
        self.table.add(codes, [{code: [at] for code, at in zip(codes, words, strict=False)} for words in failed])
        self.table.add(codes, [{c: [b + Node.ORIGINS + int(c) for b in p.replicas] for c in codes} for p in nodes])
        for words in counted.values():
            self.table.add(tuple(words), [words], flat=True)
        self.table.seal()
        cells = self.table.cells
        self.down_cells = dict(zip(plan.nodes, cells(0, "down"), strict=True))
        self.busy_cells, self.breaker_cells = cells(0, "busy_permille"), cells(1, "breaker")
        self.breakers = Sums(({"state": self._breaker_words(p.link.id)} for p in links), ("state",))
        self.stations = np.array([at for p in nodes for at in stations(p)], np.int64)
        self.owners = np.array([row for row, p in enumerate(nodes) for _ in stations(p)], np.int64)
        self.sums = np.zeros((2, len(nodes)))
        self.hists = np.array(
            [p.totals_hist if p.totals_hist >= 0 else p.hist for p in nodes]
            + [p.hist for p in links] + [p.totals_hist for p in self.clients], np.int64
        )  # fmt: skip
        spare = np.full(len(links), self.table.spare)  # no column shows a link's p95
        quantiles = [
            np.stack([cells(0, "p50_us"), cells(0, "p95_us"), cells(0, "p99_us")], axis=1),
            np.stack([cells(1, "p50_us"), spare, cells(1, "p99_us")], axis=1),
            np.stack([cells(2, "p50_us"), cells(2, "p95_us"), cells(2, "p99_us")], axis=1),
        ]
        self.quantile_cells = np.ascontiguousarray(np.concatenate(quantiles))
        self.qs, self.chunks = np.array(QUANTILES), np.zeros(CHUNKS, np.int64)
        self.areas = [np.zeros(len(self.stations), np.int64) for _ in range(2)]
        self.since = [0, 0]
        self.opened_sums = Sums((words_of_link(p, plan.nodes[p.link.source]) for p in links), ("opened",))
        self.plan_links = list(plan.links)
        self.opened = np.zeros(len(links), np.int64)
        self.places = [(p.node.id, replica) for p in nodes for replica, _ in enumerate(stations(p))]
        if before:
            self._go_on(before)
        else:
            machine.keep_hists(0)
            machine.keep_hists(1)

    def _go_on(self, before: Frames) -> None:
        """What the windows of an earlier design hold. A replica that went counts on the first one."""
        self.since = before.since
        now = busy_of(self.machine.arena, self.stations, self.machine.now)
        here = set(self.places)
        for window, areas in enumerate(before.areas):
            known = dict(zip(self.places, now.tolist(), strict=True))
            known |= {place: area for place, area in zip(before.places, areas.tolist(), strict=True) if place in here}
            for (id, replica), area in zip(before.places, areas.tolist(), strict=True):
                if (id, replica) not in here and (id, 0) in here:
                    known[(id, 0)] += area
            self.areas[window] = np.array([known[place] for place in self.places], np.int64)
        opened = dict(zip(before.plan_links, before.opened.tolist(), strict=True))
        self.opened = np.array([opened.get(id, 0) for id in self.plan_links], np.int64)

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
        now = self.machine.now
        self.seq += 1
        events += self._breaker_events()
        nodes, links, clients, reasons, origins, *counters = self._matrices(down)
        counted = ",".join(f'"{id}":{row}' for id, row in zip(self.counter_names, counters, strict=True))
        text = (
            f'{{"type":"frame","seq":{self.seq},"t_ns":{now},"nodes":{nodes},"links":{links},"clients":{clients},'
            f'"reasons":{reasons},"origins":{origins},"counters":{{{counted}}},"faults":{compact(faults)},'
            f'"events":{compact(events)},"acks":{compact(acks)}}}'
        )
        if now % NS == 0:
            self._turn_window()
        return text.encode()

    def _matrices(self, down: dict[str, int]) -> list[str]:
        """All numbers as JSON: nodes, links, clients, reasons, origins, and a list for each node with counters."""
        arena, now, table = self.machine.arena, self.machine.now, self.table
        values = table.values
        add_up(arena, table.starts, table.addresses, table.signs, values)
        highest(arena, self.breakers.starts, self.breakers.addresses, self.breaker_cells, values)
        took = now - self.since[0]
        busy_permille(
            arena, self.stations, self.owners, self.areas[0], took, now, self.sums, self.busy_cells, values
        )  # fmt: skip
        hist, base = self.machine.hist, self.machine.bases[0]
        quantiles_us(hist, base, self.hists, self.qs, self.chunks, self.quantile_cells, values)
        for id, replicas in down.items():
            values[self.down_cells[id]] = replicas
        return table.text()

    def _breaker_events(self) -> list[dict[str, Any]]:
        if not self.opened_sums.any:
            return []
        opened = self.opened_sums.read(self.machine.arena)[:, 0]
        changed = np.flatnonzero(opened != self.opened)
        self.opened = opened
        return [
            {
                "t_s": self.machine.now / NS,
                "node": self.plan_links[row],
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


def compact(value: list[Any]) -> str:
    return json.dumps(value, separators=(",", ":")) if value else "[]"
