"""The critical path of a trace: which span, doing what, decided how long the request took; every ns of it exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from worker.engine.traces import Trace, TraceSpan

NAMES = {"sleep": "back_off"}


class Piece(NamedTuple):
    """`part` as in shares.py; `other` = what no row tells, such as a wait that had not ended when the caller left."""

    span: int
    part: str
    from_ns: int
    to_ns: int


def critical_path(trace: Trace) -> list[Piece]:
    """From the start to the end, in order. [] for a request that is under way."""
    if trace.root.replied < 0:
        return []
    children: dict[int, list[TraceSpan]] = defaultdict(list)
    for span in trace.spans[1:]:
        children[span.parent].append(span)
    pieces = list(backwards(trace.root, trace.root.called, trace.root.replied, children))
    return [piece for piece in reversed(pieces) if piece.to_ns > piece.from_ns]


def backwards(span: TraceSpan, low: int, high: int, children: dict[int, list[TraceSpan]]) -> Iterable[Piece]:
    """At this span, from the end: what ended last was waited for, before it what had ended when that began, and so on."""
    at = high
    ends: list[tuple[int, int, str, TraceSpan | None]] = [
        (min(end, high), start, NAMES.get(what, what), None) for what, start, end in span.parts
    ]
    ends += [
        (min(ended(child), high), child.called, "", child) for child in children[span.number] if child.way != "send"
    ]
    ends.sort(key=lambda entry: entry[:2])
    while ends:
        end, start, what, child = ends.pop()
        if end > at or start >= at or end <= low:
            continue
        yield Piece(span.number, "other", end, at)
        start = max(start, low)
        if child is None:
            yield Piece(span.number, what, start, end)
        else:
            yield from over_a_call(child, start, end, children)
        at = start
    yield Piece(span.number, "other", low, at)


def ended(child: TraceSpan) -> int:
    """When its caller had the answer, or gave up."""
    return next((at for at in (child.delivered, child.given_up) if at >= 0), -1)


def over_a_call(child: TraceSpan, low: int, high: int, children: dict[int, list[TraceSpan]]) -> Iterable[Piece]:
    """The way there, the callee, the way back; or nothing, when the message was lost."""
    if child.arrived < 0 or child.arrived >= high:
        yield Piece(child.number, "no_answer" if child.lost else "network", low, high)
        return
    there = max(child.arrived, low)
    back = min(child.replied, high) if child.replied >= there else high
    yield Piece(child.number, "no_answer" if child.lost else "network", back, high)
    yield from backwards(child, there, back, children)
    yield Piece(child.number, "network", low, there)


def with_path(trace: Trace) -> dict[str, Any]:
    """The trace as data, with its critical path: [span, part, from_ns, to_ns] each."""
    return trace.as_dict() | {"path": [list(piece) for piece in critical_path(trace)]}


def add_up(traces: Iterable[Trace]) -> dict[tuple[str, str], int]:
    """ns by place and part: travel and silence are the link's, the rest is the node's."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for trace in traces:
        for piece in critical_path(trace):
            span = trace.spans[piece.span]
            place = span.link if piece.part in ("network", "no_answer") and span.link else span.node
            found[place, piece.part] += piece.to_ns - piece.from_ns
    return dict(found)
