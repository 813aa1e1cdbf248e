"""Traces: the span trees of sampled requests, put together from the rows that the kernel wrote."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components.program import REASONS
from worker.engine.compiler import Plan
from worker.engine.layout import Span

PART = {Span.QUEUED: "queue", Span.WAITED: "wait", Span.HELD: "held", Span.SERVED: "service", Span.SLEPT: "sleep"}
WAYS = {Span.CALLED: "call", Span.ASKED: "parallel", Span.SENT: "send", Span.FORKED: "fork"}
RECENT, SLOW, FAILED = 200, 50, 100  # traces that are kept: the newest, the slowest, the newest that failed
TOLD = 6
MOST_OPEN = 100_000


@dataclass(eq=False)
class TraceSpan:
    """One activation of a traced request. Times are ns; -1 = did not happen. `parts` = (what, from, to) of own time."""

    number: int
    parent: int  # number of the span that asked for it; -1 the root
    node: str
    replica: int
    link: str = ""
    way: str = ""  # call, parallel, send; fork = inside the node
    attempt: int = 1
    called: int = -1
    arrived: int = -1
    replied: int = -1
    delivered: int = -1
    given_up: int = -1  # its caller stopped waiting
    status: str = ""
    lost: bool = False
    late: bool = False
    parts: list[tuple[str, int, int]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        times = {
            "called_ns": self.called,
            "arrived_ns": self.arrived,
            "replied_ns": self.replied,
            "delivered_ns": self.delivered,
            "given_up_ns": self.given_up,
        }
        head = {"id": self.number, "parent": self.parent, "node": self.node, "replica": self.replica}
        call = {"link": self.link or None, "way": self.way or None, "try": self.attempt}
        how = {"status": self.status or None, "lost": self.lost, "late": self.late}
        got = [end for what, _, end in self.parts if what == "queue"]
        slot = {"slot_ns": got[0] if got else self.arrived if self.arrived >= 0 else None}
        return (
            head
            | call
            | {name: at if at >= 0 else None for name, at in times.items()}
            | slot
            | how
            | {"parts": [list(part) for part in self.parts]}
        )


@dataclass(eq=False)
class Trace:
    """A traced request: its spans, the root first."""

    number: int
    spans: list[TraceSpan] = field(default_factory=list)

    @property
    def root(self) -> TraceSpan:
        return self.spans[0]

    @property
    def took(self) -> int:
        """ns; -1 while it is under way."""
        return self.root.replied - self.root.called if self.root.replied >= 0 else -1

    def as_dict(self) -> dict[str, Any]:
        root = self.root
        head = {"id": self.number, "client": root.node, "status": root.status or None, "start_ns": root.called}
        return head | {"took_ns": self.took, "spans": [span.as_dict() for span in self.spans]}


class Traces:
    """Reads rows and keeps a bounded number of traces."""

    def __init__(self, plan: Plan) -> None:
        self.adapt(plan)
        self.open: dict[int, tuple[Trace, TraceSpan]] = {}  # by activation
        self.count = 0
        self.recent: deque[Trace] = deque(maxlen=RECENT)
        self.failed: deque[Trace] = deque(maxlen=FAILED)
        self.slow: list[tuple[int, int, Trace]] = []

    def adapt(self, plan: Plan) -> None:
        """Where clients and lanes are now."""
        self.clients = {p.shared["totals"]: p.node.id for p in plan.nodes.values() if p.totals_hist >= 0}
        self.lanes: dict[int, tuple[str, str, int]] = {}  # lane -> link, target, replica
        for link in plan.links.values():
            new = [(end, lane) for lanes in link.lanes for end, lane in zip(link.ends, lanes, strict=True)]
            for (node, replica), lane in new + link.old_lanes:
                self.lanes[lane] = (link.link.id, node, replica)

    def kept(self) -> list[Trace]:
        """Finished traces, in the order in which they began."""
        found = {trace.number: trace for trace in (*self.recent, *self.failed, *(slow for _, _, slow in self.slow))}
        return [found[number] for number in sorted(found)]

    def slowest(self, since_ns: int) -> list[Trace]:
        """The slowest hundredth of those that began since then, 50 at most."""
        found = sorted((t for _, _, t in self.slow if t.root.called >= since_ns), key=lambda trace: -trace.took)
        return found[: max(1, self.count // 100)]

    def telling(self) -> list[Trace]:
        """A few for a panel: the newest that failed, and the slowest of the newest."""
        slow = sorted(self.recent, key=lambda trace: -trace.took)[:TOLD]
        found = {trace.number: trace for trace in (*slow, *list(self.failed)[-TOLD:])}
        return sorted(found.values(), key=lambda trace: -trace.took)

    def read(self, rows: np.ndarray, has_gap: bool = False) -> None:
        """Rows in the order of time. After a gap nobody knows what an activation is."""
        if has_gap:
            self.open.clear()
        for what, at, token, a, b, c in rows.tolist():
            if what == Span.BEGUN:
                self._begin(at, token, a)
            elif what in WAYS:
                self._call(what, at, token, a, b, c)
            elif token in self.open:
                self._note(what, at, token, a)
        if len(self.open) > MOST_OPEN:
            self.open.clear()

    def _begin(self, at: int, token: int, totals: int) -> None:
        self.count += 1
        trace = Trace(self.count)
        span = TraceSpan(0, -1, self.clients.get(totals, "?"), 0, called=at, arrived=at)
        trace.spans.append(span)
        self.open[token] = (trace, span)

    def _call(self, what: int, at: int, token: int, sender: int, lane: int, arrives: int) -> None:
        if sender not in self.open:
            self.open.pop(token, None)  # its story began before the ring did
            return
        trace, parent = self.open[sender]
        link, node, replica = self.lanes.get(lane, ("", parent.node, parent.replica))
        way = WAYS[Span(what)]
        tries = sum(span.parent == parent.number and span.link == link and span.way == "call" for span in trace.spans)
        span = TraceSpan(len(trace.spans), parent.number, node, replica, link, way, called=at, arrived=arrives or at)
        span.attempt = 1 + tries if way == "call" else 1
        trace.spans.append(span)
        self.open[token] = (trace, span)

    def _note(self, what: int, at: int, token: int, a: int) -> None:
        trace, span = self.open[token]
        if what in PART:
            lasts_on = what in (Span.SERVED, Span.SLEPT)
            span.parts.append((PART[Span(what)], at if lasts_on else a, at + a if lasts_on else at))
        elif what in (Span.REPLIED, Span.KILLED):
            span.replied, span.status = at, REASONS[a]
        elif what == Span.MET:
            span.delivered, span.status = at, REASONS[a]
            del self.open[token]
        elif what == Span.LATE:
            span.late = True
            del self.open[token]
        elif what == Span.LOST:
            span.lost, span.status = True, "lost"
            if span.replied < 0:
                span.arrived = -1
        elif what == Span.RESPONDED:
            self.open[a] = (trace, span)
        elif what == Span.EXPIRED:
            self._expire(trace, span, at, a)
        elif what == Span.COUNTED:
            span.replied, span.status = at, REASONS[a]
            del self.open[token]
            self._finish(trace)

    def _expire(self, trace: Trace, span: TraceSpan, at: int, child: int) -> None:
        """The caller stops waiting for the last one that it called; a wait in a queue has no child."""
        calls = [s for s in trace.spans if s.parent == span.number and s.way == "call" and s.given_up < 0]
        if child >= 0 or child == -2:
            for call in calls[-1:]:
                call.given_up = at
        elif child == -3:
            for other in trace.spans:
                if other.parent == span.number and other.way == "parallel" and other.delivered < 0:
                    other.given_up = at

    def _finish(self, trace: Trace) -> None:
        self.recent.append(trace)
        if trace.root.status != "ok":
            self.failed.append(trace)
        entry = (trace.took, -trace.number, trace)
        if len(self.slow) < SLOW:
            heapq.heappush(self.slow, entry)
        else:
            heapq.heappushpop(self.slow, entry)
