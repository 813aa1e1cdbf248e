"""Load balancer: spreads requests over all replicas of all its targets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from components.base import Choice, Group, Integer, Metric, Number, Pointer, Proof, Wire
from components.program import (
    STATUS,
    Assembler,
    Own,
    Reg,
    Way,
    answer,
    call,
    call_lane,
    declare_lanes,
    enter,
    guarded,
    main_station,
    service_law,
)
from components.program.backends import Backends
from components.program.balance import Policy
from components.program.health import Outliers, Probes
from components.work import Worker

SHARE = "nodes.next.completions"
BUSY = {
    f"{name}.{param}": value
    for name in ("next", "next2", "next3")
    for param, value in (("workers", 1), ("service_time_ms", 11))
}
CRASH = [{"at_s": 4, "command": "inject", "id": "c", "fault": "crash", "target": "next"}]
SHORT_CRASH = [{"at_s": 2, "command": "inject", "id": "c", "fault": "crash", "target": "next", "for_s": 3}]
OWN_CRASH = [{"at_s": 2, "command": "inject", "id": "c", "fault": "crash", "target": "me", "selector": "one"}]
BANS = {"next.error_p": 0.9, "outlier_ejection": {"ejection_s": 0.2}}
ANY_NUMBER = 1 << 30  # slots: the balancer itself never queues


class LoadBalancer(Worker):
    """Spreads requests over all replicas of all its targets.

    Service time 0.014 ms: one core of nginx serves about 74,000 requests of 1 KB a second (NGINX tests, 2017).
    """

    kind, label, icon = "load_balancer", "Load balancer", "load-balancer"
    metrics = (
        Metric("unhealthy", "times that probes took a backend out"),
        Metric("ejections", "times that failing requests took a backend out"),
    )
    sends, balances = (1, None), True
    without, idle = ("codel",), ("queue_cap", "discipline")  # it never queues
    facts = ("algo",)
    knobs = ("algo",)

    service_time_ms = Number(
        default=0.014, maximum=60_000, unit="ms", log=True, help="Time to forward a request; any number at once."
    )
    service_dist = Choice(
        default="const",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from request to request.",
    )
    algo = Choice(
        default="round_robin", label="Policy",
        choices=("round_robin", "random", "least_conn", "p2c", "ip_hash", "consistent_hash", "weighted"),
        help="In turn, at random, fewest open requests, the better of two random ones, by sender, by key, or by weight.",
    )  # fmt: skip
    vnodes = Integer(
        default=100,
        minimum=1,
        maximum=10_000,
        log=True,
        live=False,
        label="Virtual nodes",
        help="Points of each backend on the ring; consistent_hash only.",
    )
    bound = Number(
        default=None, nullable=True, minimum=0.01, maximum=100, live=False,
        help="A backend gets at most (1 + bound) times the mean of the open requests; consistent_hash only; null = no bound.",
    )  # fmt: skip
    health = Group(
        label="Health check", help="Probe every backend, and leave out those that do not answer well.",
        fields={
            "interval_s": Number(default=10.0, minimum=0.1, maximum=3600, unit="s", log=True, help="Time between two probes."),
            "timeout_s": Number(default=2.0, minimum=0.001, maximum=600, unit="s", log=True, live=False, help="A probe without an answer for so long failed."),
            "unhealthy": Integer(default=3, minimum=1, maximum=100, help="Failed probes in a row that take a backend out."),
            "healthy": Integer(default=2, minimum=1, maximum=100, help="Good probes in a row that bring it back."),
        },
    )  # fmt: skip
    outlier_ejection = Group(
        help="Leave out a backend whose requests fail (Envoy's outlier detection, defaults 2023).",
        fields={
            "consecutive_errors": Integer(default=5, minimum=1, maximum=10_000, log=True, help="Failures in a row that eject a backend."),
            "ejection_s": Number(default=30.0, minimum=0.01, maximum=3600, unit="s", log=True, help="How long it is left out, times its ejections so far."),
            "max_percent": Number(default=10.0, maximum=100, help="Share of the backends that may be ejected; one always may."),
        },
    )  # fmt: skip

    registry = Pointer(
        kinds=("registry",), live=False, help="Send only to replicas that it lists; null = to all there are."
    )

    proofs = (
        Proof("registry", "list", "client.failed.*", "down", {"script": CRASH}),
        Proof("service_time_ms", 40),
        Proof("replicas", 3, "client.failed.*", "down", {"script": OWN_CRASH}),
        Proof("algo", "random", "client.latency_ms.p99", "up", BUSY),
        Proof("vnodes", 1, SHARE, "change", {"algo": "consistent_hash"}),
        Proof("bound", 0.1, SHARE, "change", {"algo": "consistent_hash", "next.service_time_ms": 30}),
        Proof("health", {"interval_s": 0.5}, "client.failed.*", "down", {"script": CRASH}),
        Proof("health.interval_s", 1, "client.failed.*", "down", {"script": CRASH, "health": {}}),
        Proof("health.timeout_s", 0.0011, "nodes.me.counters.unhealthy", "up", {"health": {"interval_s": 0.2}, "out.jitter_ms": 4}),
        Proof("health.unhealthy", 1, "client.failed.*", "down", {"script": CRASH, "health": {"interval_s": 1}}),
        Proof("health.healthy", 40, SHARE, "down", {"script": SHORT_CRASH, "health": {"interval_s": 0.2}}),
        Proof("outlier_ejection", {}, "client.failed.*", "down", {"next.error_p": 0.9}),
        Proof("outlier_ejection.consecutive_errors", 60, "client.failed.*", "up", BANS),
        Proof("outlier_ejection.ejection_s", 0.01, "client.failed.*", "up", BANS),
        Proof(
            "outlier_ejection.max_percent", 100, "client.failed.*", "down",
            {"next.error_p": 0.95, "next2.error_p": 0.95, "outlier_ejection": {"ejection_s": 60}},
        ),
    )  # fmt: skip

    @classmethod
    def example(cls) -> dict[str, Any]:
        """Three backends."""
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 200, "keys_n": 2000}}
        names = ("next", "next2", "next3")
        lists = {"id": "list", "kind": "registry", "params": {"lease_s": 1, "heartbeat_s": 0.5, "client_cache_s": 0.5}}
        nodes = [
            users,
            {"id": "me", "kind": "load_balancer"},
            *({"id": name, "kind": "service"} for name in names),
            lists,
        ]
        links = [{"id": "in", "source": "users", "target": "me"}]
        links += [{"id": name.replace("next", "out"), "source": "me", "target": name} for name in names]
        return {"format": 1, "nodes": nodes, "links": links}

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        if node.filled["health"] is None:
            return
        for link in design.links_from(node.id):
            if link.filled["mirror"] is not None:
                continue
            options = {name: link.filled[name] for name in ("rtt_ms", "jitter_ms", "loss_p")}
            yield Wire(
                "health",
                node.id,
                link.target,
                "health",
                options | {"timeout_ms": node.filled["health"]["timeout_s"] * 1000},
            )

    def program(self, asm: Assembler) -> None:
        slots, forward = main_station(asm, ANY_NUMBER), asm.law(service_law())
        links = [link for link in asm.links if link.params["mirror"] is None]
        shadows = [Way(asm, link) for link in asm.links if link.params["mirror"] is not None]
        lanes = declare_lanes(asm, "lanes", links)  # none when all get copies only: then the balancer answers itself
        ways = [Way(asm, link, lanes) for link in links]
        health, outliers = asm.params["health"] is not None, asm.params["outlier_ejection"] is not None
        changing = health or outliers or asm.params["registry"] is not None
        weights = [round(link.params["weight"] * 1000) for link in links for _ in range(link.lanes)]
        backends = Backends(asm, len(weights), changing, weights if asm.params["algo"] == "weighted" else None)
        if asm.params["registry"] is not None:
            backends.relist()
        policy = Policy(asm, lanes, backends)
        if not health:
            asm.counter("unhealthy")
        watch = Outliers(asm, backends) if outliers else None
        if watch is None:
            asm.counter("ejections")
        policies_matter = not all(way.plain for way in ways)

        def failed() -> None:
            asm.release(slots)
            asm.reply(STATUS)

        with asm.entry():
            enter(asm, slots)
            asm.serve(forward)
            for way in shadows:
                call(asm, way)
            if links:
                with asm.local() as lane:
                    policy.pick(lane)
                    if policies_matter:
                        self.by_link(asm, ways, lanes, lane, policy, watch)
                    else:
                        self.one_try(asm, lanes, lane, policy, watch)
            asm.branch(asm.later(failed), STATUS, "!=", 0)
            answer(asm, slots)
        if health:
            Probes(asm, backends)

    def one_try(self, asm: Assembler, lanes: Own, lane: Reg, policy: Policy, watch: Outliers | None) -> None:
        policy.count_open(1)
        if watch is None:
            call_lane(asm, lanes, lane)
        else:
            with asm.local() as mine:
                asm.move(mine, lane)
                call_lane(asm, lanes, lane)
                watch.record(mine)
        policy.count_open(-1)

    def by_link(
        self, asm: Assembler, ways: list[Way], lanes: Own, lane: Reg, policy: Policy, watch: Outliers | None
    ) -> None:
        """The options of the link that the picked backend hangs on; a retry picks among all backends again."""
        done, last = asm.label(), 0
        for way in ways:
            last += way.link.lanes
            following = asm.label()
            asm.branch(following, lane, ">=", last)
            guarded(asm, way, lambda: self.one_try(asm, lanes, lane, policy, watch), lambda: policy.pick(lane), lane)
            asm.jump(done)
            asm.place(following)
        asm.place(done)
