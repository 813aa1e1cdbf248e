"""Autoscaler: changes how many replicas another node has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from components.base import Choice, Component, Group, Integer, Metric, Number, Pointer, Proof, View
from components.program import Assembler, seconds
from components.scaling import by_total, by_utilisation, limited, start_replicas, waiting

STEEP = {"target_util": 0.1, "users.rate_rps": 600}
SLOW = {"up_policy": {"percent": 0, "count": 1, "period_s": 1}}
LULL = [{"at_s": 5, "command": "load", "target": "users", "factor": 0.1}]


class Autoscaler(Component):
    """Changes how many replicas another node has, by how busy they are.

    The rule of the Kubernetes horizontal pod autoscaler (documentation, 2024): at every sync the wanted number is the
    number now times what was measured over its target, unless that is within the tolerance; replicas that are still starting
    count as idle when it grows. It grows at most as the policy says, and shrinks to the highest number wanted within the
    stabilisation time. New replicas serve after the node's startup time. What a replica is working on when it is taken
    away fails as `removed`.
    """

    kind, label, icon = "autoscaler", "Autoscaler", "arrows-maximize"
    metrics = (
        Metric("desired", "replicas that it wants now, starting ones included", gauge=True),
        Metric("peak", "the most that it wanted", top=True),
        Metric("scale_ups", "times that it asked for more"),
        Metric("scale_downs", "times that it took some away"),
        Metric("replica_s", "replicas times seconds that they served, at its turns"),
    )
    faults: ClassVar[tuple[str, ...]] = ()
    sends, receives = (0, 0), False
    facts = ("min", "max")
    knobs = ("target_util", "min", "max")
    control_every = "sync_s"

    of = Pointer(kinds=("service", "worker"), live=False, help="The node whose replicas it changes; null = none.")
    metric = Choice(
        default="cpu", choices=("cpu", "rps", "queue_lag"),
        help="Busy share of the slots, requests a second, or what waits at the node and in the queues before it.",
    )  # fmt: skip
    min = Integer(default=1, minimum=1, maximum=50, label="Fewest replicas", help="It never goes below.")
    max = Integer(default=10, minimum=1, maximum=50, label="Most replicas", help="It never goes above.")
    target_util = Number(
        default=0.5, minimum=0.01, maximum=1, label="Target utilisation", help="Busy share that it aims at; metric cpu."
    )
    target_rps = Number(
        default=100.0,
        minimum=0.1,
        maximum=1e6,
        unit="rps",
        log=True,
        help="Requests a second of each replica; metric rps.",
    )
    target_lag = Number(
        default=10.0, minimum=0.1, maximum=1e6, log=True, help="Waiting ones for each replica; metric queue_lag."
    )
    sync_s = Number(default=15.0, minimum=0.1, maximum=3600, unit="s", log=True, help="Time between two decisions.")
    tolerance = Number(default=0.1, maximum=10, help="How far from its target a measure may be, as a share.")
    up_policy = Group(
        default={}, nullable=False, label="Growth", help="How much it may grow: the larger of the two, within a period.",
        fields={
            "percent": Number(default=100.0, maximum=10_000, help="Percent of the replicas at the start of the period."),
            "count": Integer(default=4, maximum=50, help="So many replicas."),
            "period_s": Number(default=15.0, minimum=0.1, maximum=3600, unit="s", log=True, help="Length of the period."),
        },
    )  # fmt: skip
    down_stabilise_s = Number(
        default=300.0,
        maximum=3600,
        unit="s",
        label="Stabilisation",
        help="Fewer only if fewer were enough for so long.",
    )

    proofs = (
        Proof("of", None, "nodes.me.counters.peak", "down"),
        Proof("metric", "rps", "nodes.me.counters.replica_s", "down", {"target_rps": 200}),
        Proof("min", 9, "nodes.me.counters.desired", "up", {"users.rate_rps": 50}),
        Proof("max", 4, "nodes.me.counters.desired", "down"),
        Proof("target_util", 0.9, "nodes.me.counters.replica_s", "down"),
        Proof("target_rps", 20, "nodes.me.counters.peak", "up", {"metric": "rps"}),
        Proof("target_lag", 500, "nodes.me.counters.replica_s", "down", {"metric": "queue_lag", "users.rate_rps": 500} | SLOW),
        Proof("sync_s", 2.5, "nodes.me.counters.replica_s", "change"),
        Proof("tolerance", 5, "nodes.me.counters.peak", "down"),
        Proof("up_policy", {"percent": 10, "count": 0, "period_s": 2}, "nodes.me.counters.replica_s", "down", STEEP),
        Proof("up_policy.percent", 10, "nodes.me.counters.replica_s", "down", STEEP | {"up_policy": {"count": 0, "period_s": 1}}),
        Proof("up_policy.count", 1, "nodes.me.counters.replica_s", "down", STEEP | {"up_policy": {"percent": 0, "count": 2, "period_s": 1}}),
        Proof("up_policy.period_s", 6, "nodes.me.counters.replica_s", "down", STEEP | {"up_policy": {"percent": 0, "count": 2, "period_s": 1}}),
        Proof("down_stabilise_s", 1, "nodes.me.counters.desired", "down", {"script": LULL}),
    )  # fmt: skip

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A service that is too small for its load, and a short cycle."""
        slots = {"workers": 1, "service_time_ms": 10, "startup_s": 1}
        own = {"of": "next", "sync_s": 1, "up_policy": {"period_s": 1}}
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 300}}
        me, after = (
            {"id": "me", "kind": "autoscaler", "params": own},
            {"id": "next", "kind": "service", "params": slots},
        )
        nodes = [users, me, after]
        return {"format": 1, "nodes": nodes, "links": [{"id": "in", "source": "users", "target": "next"}]}

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        if params["min"] > params["max"]:
            yield "min", params["min"], f"must be at most max, {params['max']}"

    def program(self, asm: Assembler) -> None:
        for name in ("desired", "peak", "scale_ups", "scale_downs", "replica_s"):
            asm.total(name)

    # -- the loop -------------------------------------------------------------------------------------
    def control(self, view: View, now: int) -> None:
        """At every sync, and when replicas are ready."""
        of, memory = view.params["of"], view.memory
        if of is None:
            return
        start_replicas(view, of, now)
        interval = seconds(view.params["sync_s"])
        if now % interval or memory.get("synced") == now:
            return
        memory["synced"] = now
        serving = view.replicas(of)
        starting = sum(count for _, count in memory.setdefault("starting", []))
        first: list[Any] = [[0] * serving, 0, 0 if now <= interval else now]
        before, arrived, since = memory.get("seen", first)
        busy, arrivals = [view.read(of, "busy", replica) for replica in range(serving)], view.read(of, "arrivals")
        if since == now:
            memory["seen"] = [busy, arrivals, now]
            return
        view.write("replica_s", view.word("replica_s") + round(serving * (now - since) / 1e9))
        current = serving + starting
        if view.params["metric"] == "cpu":
            wanted = by_utilisation(view, of, (before, busy, now - since), starting)
        elif view.params["metric"] == "rps":
            wanted = by_total(
                view, max(0, arrivals - arrived) * 1e9 / (now - since) / view.params["target_rps"], current
            )
        else:
            wanted = by_total(view, waiting(view, of) / view.params["target_lag"], current)
        self.scale(view, of, current, limited(view, current, wanted, now), now)
        busy = [view.read(of, "busy", replica) for replica in range(view.replicas(of))]  # others took over who went
        memory["seen"] = [busy, arrivals, now]

    def scale(self, view: View, of: str, current: int, wanted: int, now: int) -> None:
        """Start replicas, or give up the newest: those that are still starting first."""
        memory = view.memory
        if wanted > current:
            takes = view.param(of, "startup_s")
            memory["starting"].append([now + seconds(takes), wanted - current])
            memory.setdefault("grown", []).append([now, wanted - current])
            view.write("scale_ups", view.word("scale_ups") + 1)
            view.again(takes)
        elif wanted < current:
            left = current - wanted
            for entry in reversed(memory["starting"]):
                gone = min(left, entry[1])
                entry[1], left = entry[1] - gone, left - gone
            view.write("scale_downs", view.word("scale_downs") + 1)
            if left:
                view.set(of, "replicas", view.replicas(of) - left)
        if wanted != current:
            view.event("scaled", of=of, before=current, replicas=wanted)
        view.write("desired", wanted)
        view.write("peak", max(wanted, view.word("peak")))
