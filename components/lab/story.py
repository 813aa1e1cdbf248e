"""What failed first, when, where and why: one sentence, from the rows of one virtual second and the events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.cost import cost
from components.lab.goal import Goal, Row, said
from components.model import Design, Link

LOOK_BACK = 3
"""Seconds before the moment that are searched for its cause."""

FULL = 0.95
"""Load from which a node counts as the one that the others wait for."""

WHY = {
    "timeout": "its callers gave up before it answered, with {queue} waiting in its queue",
    "queue_full": "its queue was full with {queue} waiting, so it refused more",
    "node_down": "it was down and refused its calls",
    "error": "it answered with errors",
    "shed": "it turned requests away",
    "limited": "it limited its callers",
    "lost": "messages to it got lost",
    "partitioned": "the network to it was cut",
    "breaker_open": "the circuit breaker in front of it was open",
    "pool_timeout": "no connection to it was free",
    "waiting": "{queue} requests waited in its queue",
    "full": "{queue} requests waited in its queue and its load was {load}",
    "busy": "its load was {load}",
}

HAPPENED = {
    "crash": "{name} crashed",
    "pause": "{name} stood still",
    "slow": "{name} slowed down",
    "latency": "calls to {name} were delayed",
    "loss": "messages of {name} began to get lost",
    "error": "{name} began to answer with errors",
    "spike": "the traffic of {name} rose",
    "cache_flush": "{name} was emptied",
    "partition": "{name} was cut off",
    "hot_key": "{name} asked for one key far more often",
    "bad_deploy": "{name} got a bad version",
    "leak": "{name} began to leak slots",
}
"""What a fault did, in words; a test holds it against the list of faults."""

Failure = dict[str, Any]
"""{"goal", "t_s", "node", "reason", "sentence"}; t_s, node and reason may be None."""


def first_of(
    design: Design,
    goals: Sequence[tuple[Goal, float | None, float | None]],
    rows: Sequence[Row],
    events: Sequence[Mapping[str, Any]],
) -> Failure | None:
    """Of the failed `goals` (goal, value, second from which it is amiss) the earliest; None if all hold."""
    failed = [(goal, value, at) for goal, value, at in goals if not goal.holds(value)]
    if not failed:
        return None
    goal, value, at = min(failed, key=lambda one: float("inf") if one[2] is None else one[2])
    result = f"{goal.title}: {said(value, goal.unit)}, where {_limit(goal)} is the goal."
    if at is None:
        return _timeless(design, goal, result)
    node, reason, row = _cause(design, goal, rows, at)
    moment = f"At {clock(at)}{_since(design, events, at, node)}"
    if node is None or row is None:
        sentence = f"{moment} it was too late. {result}"
    else:
        sentence = f"{moment}, {_name(design, node)} gave way first: {_why(reason, row['nodes'][node])}. {result}"
    return {"goal": goal.id, "t_s": at, "node": node, "reason": reason, "sentence": sentence}


def _timeless(design: Design, goal: Goal, result: str) -> Failure:
    """A goal that no moment breaks, such as a price: the dearest node is to blame."""
    if not goal.measure.startswith("cost."):
        return {"goal": goal.id, "t_s": None, "node": None, "reason": None, "sentence": result}
    nodes = cost(design)["nodes"]
    dearest = max(nodes, key=lambda id: float(nodes[id]["per_month"]), default=None)
    most = f" {_name(design, dearest)} costs most: {said(nodes[dearest]['per_month'], '$')}." if dearest else ""
    return {"goal": goal.id, "t_s": None, "node": dearest, "reason": "cost", "sentence": result + most}


def _cause(design: Design, goal: Goal, rows: Sequence[Row], at_s: float) -> tuple[str | None, str | None, Row | None]:
    """(node, reason, row): where most failures began just before, else where most waited, else who was busiest."""
    near = [row for row in rows if at_s - LOOK_BACK < row["t_s"] <= at_s] or list(rows[:1])
    on_path = _on_path(design, goal)
    if not near or not on_path:
        return None, None, None
    counts: dict[tuple[str, str], int] = {}
    for row in near:
        for node in on_path:
            seen = row["nodes"][node]
            for reason, count in seen["failed"].items():
                counts[node, reason] = counts.get((node, reason), 0) + count
    slow = ".latency_ms." in goal.measure
    if counts and not slow:
        node, reason = max(counts, key=lambda pair: counts[pair])
        return node, reason, max(near, key=lambda row: int(row["nodes"][node]["queue"]))
    row, node = max(
        ((row, node) for row in near for node in on_path),
        key=lambda pair: (pair[0]["nodes"][pair[1]]["queue"], pair[0]["nodes"][pair[1]]["utilisation"]),
    )
    node = _deepest(design, node, row)
    seen = row["nodes"][node]
    reason = "busy" if not seen["queue"] else "full" if seen["utilisation"] >= FULL else "waiting"
    return node, reason, row


def _on_path(design: Design, goal: Goal) -> list[str]:
    """Nodes that work for the goal's client, if its measure is of one; else all that work for any."""
    head, _, rest = goal.measure.partition(".")
    clients = [node.id for node in design.nodes if not node.component.receives]
    todo = [rest.partition(".")[0]] if head == "clients" else clients
    found: list[str] = []
    while todo:
        for link in design.links_from(todo.pop()):
            if link.target not in found:
                found.append(link.target)
                todo.append(link.target)
    return found


def _deepest(design: Design, node: str, row: Row) -> str:
    """From a node that waits down to the one that it waits for: the last one in a row that is full."""
    seen = {node}
    while True:
        full = [
            link.target
            for link in design.links_from(node)
            if link.target not in seen and row["nodes"][link.target]["utilisation"] >= FULL
        ]
        if not full:
            return node
        node = max(full, key=lambda id: float(row["nodes"][id]["utilisation"]))
        seen.add(node)


def _why(reason: str | None, seen: Mapping[str, Any]) -> str:
    text = WHY.get(reason or "", "requests failed there")
    return text.format(queue=f"{seen['queue']:,}", load=said(seen["utilisation"], "%"))


def _since(design: Design, events: Sequence[Mapping[str, Any]], at_s: float, node: str | None) -> str:
    """`, 8 s after Web crashed`: the last thing that happened before, to the node itself if it is as recent."""
    before = [event for event in events if event["t_s"] <= at_s]
    if not before:
        return ""
    latest = [event for event in before if event["t_s"] == before[-1]["t_s"]]
    event = next((one for one in latest if one["node"] == node), latest[-1])
    took = round(at_s - event["t_s"])
    soon = "just when" if took < 1 else f"{said(took, 's')} after"
    name = _name(design, event["node"])
    match event["what"]:
        case "fault_injected":
            return f", {soon} {HAPPENED[event['detail']['fault']].format(name=name)}"
        case "fault_healed":
            return f", {soon} {name} was well again"
        case "load":
            return f", {soon} the load of {name} became ×{event['detail']['factor']:g}"
    return ""


def _limit(goal: Goal) -> str:
    return f"at {'most' if goal.at_most is not None else 'least'} {said(goal.limit, goal.unit)}"


def _name(design: Design, id: str | None) -> str:
    part = design.find(id)
    if part is None:
        return str(id)
    return f"the link to {_name(design, part.target)}" if isinstance(part, Link) else part.name


def clock(at_s: float) -> str:
    """`2:04`; simulated time."""
    return f"{int(at_s) // 60}:{int(at_s) % 60:02d}"
