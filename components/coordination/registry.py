"""Registry: which replicas balancers believe in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from components.base import Choice, Component, Flag, Metric, Number, Proof, View
from components.program import Assembler, seconds
from components.program.backends import UNLISTED

RENEWED_SHARE = 0.85
CRASH = [{"at_s": 4.1, "command": "inject", "id": "c", "fault": "crash", "target": "next", "selector": "one"}]


class Registry(Component):
    """Tells balancers which replicas there are, by their heartbeats.

    A balancer that names it (`registry`) sends only to replicas that were listed when it last asked. A replica that has died
    stays listed until its lease is over, and is still used until the balancer asks again. Lease 30 s by heartbeats of 10 s;
    self-preservation as in Netflix Eureka: when more than 15 % of the renewals are missing, nobody is taken off the list
    (Eureka wiki, 2015).
    """

    kind, label, icon = "registry", "Service registry", "book"
    metrics = (
        Metric("listed", "replicas on the list", gauge=True),
        Metric("heartbeats", "heartbeats that arrived"),
        Metric("evictions", "replicas taken off the list"),
        Metric("false_evictions", "of these, replicas that were well"),
    )
    faults: ClassVar[tuple[str, ...]] = ()
    sends, receives = (0, 0), False
    facts = ("protocol", "lease_s")
    knobs = ("lease_s", "heartbeat_s", "client_cache_s")
    control_every = "heartbeat_s"

    protocol = Choice(
        default="ttl_lease", choices=("ttl_lease", "health_check"),
        help="Replicas renew a lease; or the registry asks, and one that does not answer is off the list at once.",
    )  # fmt: skip
    lease_s = Number(
        default=30.0,
        minimum=0.1,
        maximum=86_400,
        unit="s",
        log=True,
        help="How long a heartbeat keeps a replica listed.",
    )
    heartbeat_s = Number(
        default=10.0, minimum=0.1, maximum=3600, unit="s", log=True, help="Time between two heartbeats of a replica."
    )
    heartbeat_loss_p = Number(
        default=0.0, maximum=1, label="Heartbeat loss", help="Share of the heartbeats that get lost."
    )
    client_cache_s = Number(
        default=5.0,
        maximum=3600,
        unit="s",
        help="How long a balancer goes by what it was told; 0 = it is told at once.",
    )
    self_preservation = Flag(default=False, help="Take nobody off while more than 15 % of the heartbeats are missing.")

    proofs = (
        Proof("protocol", "health_check", "client.failed.*", "down", {"script": CRASH}),
        Proof("lease_s", 1, "client.failed.*", "down", {"script": CRASH}),
        Proof("heartbeat_s", 5, "nodes.me.counters.heartbeats", "down"),
        Proof("heartbeat_loss_p", 0.5, "nodes.me.counters.false_evictions", "up", {"lease_s": 1}),
        Proof("client_cache_s", 5, "client.failed.*", "up", {"script": CRASH}),
        Proof("self_preservation", True, "client.failed.*", "up", {"script": CRASH}),
    )  # fmt: skip

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A balancer before four replicas, and a short lease."""
        me = {"id": "me", "kind": "registry", "params": {"lease_s": 3, "heartbeat_s": 1, "client_cache_s": 0.5}}
        lb = {"id": "lb", "kind": "load_balancer", "params": {"registry": "me"}}
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 200}}
        nodes = [users, lb, {"id": "next", "kind": "service", "params": {"replicas": 4}}, me]
        links = [{"id": "in", "source": "users", "target": "lb"}, {"id": "out", "source": "lb", "target": "next"}]
        return {"format": 1, "nodes": nodes, "links": links}

    def program(self, asm: Assembler) -> None:
        for name in ("listed", "heartbeats", "evictions", "false_evictions"):
            asm.total(name)

    # -- the loop -------------------------------------------------------------------------------------
    def control(self, view: View, now: int) -> None:
        """At every heartbeat, when a lease ends between two, and when balancers ask."""
        seen, lease = view.memory.setdefault("seen", {}), seconds(view.params["lease_s"])
        beat = seconds(view.params["heartbeat_s"])
        if now % beat == 0 and view.memory.get("beat") != now:
            view.memory["beat"] = now
            self.hear(view, seen, now)
            if lease % beat:
                view.again(view.params["lease_s"])
        if view.params["protocol"] == "ttl_lease":
            ended = [name for name, at in seen.items() if now - at >= lease]
        else:
            ended = [name for name, at in seen.items() if at < view.memory.get("beat", 0)]
        self.evict(view, seen, ended)
        view.write("listed", len(seen))
        cache = seconds(view.params["client_cache_s"])
        if not cache or now >= view.memory.get("ask", 0):
            publish(view, seen)
            if cache:
                view.memory["ask"] = (now // cache + 1) * cache
                view.again((view.memory["ask"] - now) / 1e9)

    def hear(self, view: View, seen: dict[str, int], now: int) -> None:
        """The heartbeats of this moment."""
        lost = round(view.params["heartbeat_loss_p"] * 1e6)
        for node in dict.fromkeys(node for balancer in balancers(view) for node, _ in backends(view, balancer)):
            for replica in range(view.replicas(node)):
                if view.is_up(node, replica) and view.chance(1_000_000) >= lost:
                    seen[f"{node}.{replica}"] = now
                    view.write("heartbeats", view.word("heartbeats") + 1)

    def evict(self, view: View, seen: dict[str, int], ended: list[str]) -> None:
        if view.params["self_preservation"] and len(ended) > (1 - RENEWED_SHARE) * len(seen):
            return
        for name in ended:
            del seen[name]
            node, _, replica = name.rpartition(".")
            well = (
                int(replica) < view.replicas(node) and view.is_up(node, int(replica)) if node in view.nodes() else False
            )
            view.write("evictions", view.word("evictions") + 1)
            view.write("false_evictions", view.word("false_evictions") + well)
            view.event("evicted", replica=name, well=well)


def balancers(view: View) -> list[str]:
    """Those that ask this registry."""
    return [node for node in view.nodes("load_balancer") if view.param(node, "registry") == view.id]


def backends(view: View, balancer: str) -> Iterator[tuple[str, int]]:
    """(node, replica) of its lanes, in their order."""
    for link, node in view.targets(balancer):
        if view.param(link, "mirror") is None:
            yield from ((node, replica) for replica in range(view.replicas(node)))


def publish(view: View, seen: dict[str, int]) -> None:
    """Each balancer learns who is listed, and makes its list of backends anew if that is news."""
    for balancer in balancers(view):
        for copy in range(view.replicas(balancer)):
            news = False
            for lane, (node, replica) in enumerate(backends(view, balancer)):
                before = view.word("out", copy, lane, node=balancer)
                bits = before & ~UNLISTED | (0 if f"{node}.{replica}" in seen else UNLISTED)
                if bits != before:
                    view.write("out", bits, copy, lane, node=balancer)
                    news = True
            if news:
                view.notify("relist", copy, node=balancer)
