"""How an autoscaler counts: replicas wanted by what was measured, and what its limits leave of that."""

from __future__ import annotations

import math

from components.base import View
from components.program import seconds


def start_replicas(view: View, of: str, now: int) -> None:
    """Those whose startup time is over serve from now on."""
    starting = view.memory.get("starting", [])
    due = sum(count for at, count in starting if at <= now)
    view.memory["starting"] = [[at, count] for at, count in starting if at > now and count]
    if due:
        view.set(of, "replicas", min(50, view.replicas(of) + due))


def by_utilisation(view: View, of: str, seen: tuple[list[int], list[int], int], starting: int) -> int:
    """Of the replicas that served the whole time since the last look."""
    before, busy, took = seen
    serving, target, tolerance = len(busy), view.params["target_util"], view.params["tolerance"]
    whole = min(len(before), serving)
    slots = sum(view.word("slots", replica, node=of, field="CAP") for replica in range(whole))
    if not slots:
        return serving + starting
    measured = min(slots * took, sum(busy[:whole]) - sum(before[:whole]))
    ratio = measured / (slots * took) / target
    if ratio > 1 and starting:
        ratio *= serving / (serving + starting)
        if ratio <= 1 + tolerance:
            return serving + starting
        return int(math.ceil(round(ratio * (serving + starting), 6)))
    if abs(ratio - 1) <= tolerance:
        return serving + starting
    return int(math.ceil(round(ratio * serving, 6)))


def by_total(view: View, replicas: float, current: int) -> int:
    if abs(replicas / current - 1) <= view.params["tolerance"]:
        return current
    return math.ceil(round(replicas, 6))


def waiting(view: View, of: str) -> int:
    """At the node itself and in queues and logs that lead to it."""
    count = view.read(of, "queue")
    for _, node in view.callers(of):
        count += view.read(node, "lag") + view.read(node, "backlog")
    return count


def limited(view: View, current: int, wanted: int, now: int) -> int:
    """Within min and max, no faster than the policy, and down to the highest of the stabilisation time."""
    params, memory = view.params, view.memory
    kept = [row for row in memory.get("wanted", []) if row[0] > now - seconds(params["down_stabilise_s"])]
    memory["wanted"] = [*kept, [now, wanted]]
    if wanted < current:
        wanted = min(current, max(count for _, count in memory["wanted"]))
    policy = params["up_policy"]
    memory["grown"] = [row for row in memory.get("grown", []) if row[0] > now - seconds(policy["period_s"])]
    start = current - sum(count for _, count in memory["grown"])
    most = max(start + math.floor(start * policy["percent"] / 100), start + policy["count"], current)
    return int(max(params["min"], min(wanted, most, params["max"])))
