"""Where the sums of time lie, by node and link: what a summary calls `spent`, and what explanations are made of."""

from __future__ import annotations

from collections.abc import Iterable

from worker.engine.layout import Link, Node, Totals
from worker.engine.place import PlacedLink, PlacedNode

PARTS = {
    "service_ns": Node.SERVING,
    "slot_ns": Node.QUEUING,
    "sleep_ns": Node.SLEEPING,
    "wait_ns": Node.WAITING,
    "parallel_ns": Node.AWAITING,
    "held_ns": Node.HELD,
}
"""Work, waiting for a slot, back-off and pacing, waiting for something inside the node (a log, a lock, a batch), waiting
for parallel calls, standing still. What a request waits for single calls is on the links."""

NODE_TIMES = (*PARTS, "work_ns", "calls_ns", "total_ns")
LINK_TIMES = ("waited_ns", "network_ns", "sojourn_ns")


def times_of_link(placed: PlacedLink) -> dict[str, list[int]]:
    """Addresses to add up: ns that callers waited, that messages travelled, that the callee took."""
    lanes = placed.all_lanes()
    words = {"waited_ns": Link.WAITED, "network_ns": Link.NETWORK, "sojourn_ns": Link.SOJOURN}
    return {name: [lane + word for lane in lanes] for name, word in words.items()}


def times_of_node(
    placed: PlacedNode, going: Iterable[PlacedLink], coming: Iterable[PlacedLink]
) -> dict[str, list[int]]:
    """Addresses to add up, with its ways out and in. total = the parts + calls, but for requests that are still here."""
    words = {name: [block + part for block in placed.replicas] for name, part in PARTS.items()}
    words["work_ns"] = [block + Node.WORK for block in placed.replicas]
    words["calls_ns"] = [at for way in going for at in times_of_link(way)["waited_ns"]]
    if placed.totals_hist >= 0:
        words["total_ns"] = [placed.shared["totals"] + Totals.SPENT]
    else:
        words["total_ns"] = [at for way in coming for at in times_of_link(way)["sojourn_ns"]]
    return words
