"""Track: what a class needs to know of one run, out of its newest frame once a second."""

from __future__ import annotations

from collections import deque
from typing import Any

import orjson

from playground.live.goals import Goals
from playground.live.health import nodes_health, run_health

SPARK_S = 60
Point = tuple[int, int, int, int]  # offered, ok, failed since the start; p99 in us now, -1 = none


class Track:
    """`series` has one point for each virtual second in which somebody looked."""

    def __init__(self, run: str, document: dict[str, Any], goals: Goals) -> None:
        self.run, self.goals = run, goals
        self.slots = {node["id"]: _slots(node.get("params", {})) for node in document["nodes"]}
        self.meta: dict[str, Any] = {}
        self.series: dict[int, Point] = {}
        self.fresh: dict[int, Point] = {}  # points that are not stored yet
        self.spark: deque[float | None] = deque(maxlen=SPARK_S)
        self.row: dict[str, Any] | None = None
        self.t_ns = 0
        self._seq = -1
        self._before: dict[str, Any] | None = None

    def know(self, meta: bytes) -> None:
        self.meta = orjson.loads(meta)

    def read(self, data: bytes) -> None:
        """The newest frame. One that was read before changes nothing."""
        now = orjson.loads(data)
        if not self.meta or now["seq"] <= self._seq:
            return
        offered, ok, failed, p99_us = self._clients(now)
        self.t_ns, self._seq = now["t_ns"], now["seq"]
        second = now["t_ns"] // 1_000_000_000
        if second not in self.series:
            self.series[second] = self.fresh[second] = (offered, ok, failed, p99_us)
        before = self._clients(self._before) if self._before else (0, 0, 0, -1)
        done = ok + failed - before[1] - before[2]
        share = (failed - before[2]) / done if done > 0 else 0.0
        span_s = (now["t_ns"] - (self._before["t_ns"] if self._before else 0)) / 1e9
        slots = [self.slots.get(node["id"], 1) for node in self.meta["nodes"]]
        letters = nodes_health(self.meta, now, self._before, slots)
        p99_ms = p99_us / 1000 if p99_us >= 0 else None
        self.spark.append(p99_ms)
        met = share <= self.goals.budget and (p99_ms is None or p99_ms <= self.goals.p99_ms)
        self.row = {
            "t_s": now["t_ns"] / 1e9, "p99_ms": p99_ms, "failed": round(share, 4), "slo": "met" if met else "missed",
            "rate": round((offered - before[0]) / span_s, 1) if span_s > 0 else None,
            "health": run_health(letters, share, p99_ms, self.goals.p99_ms), "nodes": letters,
            "speed": now.get("wall", {}).get("speed"),
        }  # fmt: skip
        if span_s > 0:  # what happened in no time is counted with the next frame
            self._before = now

    def _clients(self, frame: dict[str, Any]) -> Point:
        """Sums over the clients; the p99 of the busiest one."""
        columns = self.meta["client_columns"]
        offered, ok, failed, p99 = (columns.index(name) for name in ("offered", "ok", "failed", "p99_us"))
        table = frame["clients"]
        busiest = max(table, key=lambda row: row[offered], default=None)
        sums = [int(sum(row[place] for row in table)) for place in (offered, ok, failed)]
        return sums[0], sums[1], sums[2], int(busiest[p99]) if busiest else -1


def _slots(params: dict[str, Any]) -> int:
    each = params.get("workers") or params.get("max_conns") or 16
    return int(each) * int(params.get("replicas") or 1)
