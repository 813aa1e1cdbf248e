"""API gateway: limits, sheds and routes requests before they reach a service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Group, Integer, Metric, Number, Outgoing, Pointer, Proof, Rows, Wire
from components.program import (
    STATUS,
    WRITE,
    Assembler,
    Way,
    answer,
    call,
    enter,
    main_station,
    probability,
    service_law,
)
from components.program.inside import decide
from components.program.limits import ALGORITHMS, RateLimit
from components.program.shedding import Shedding
from components.work import Worker

OTHERS = {"users.tenants_n": 3, "users.rate_rps": 400}


class ApiGateway(Worker):
    """Limits, sheds and routes requests before they reach a service.

    0.2 ms of CPU a request on 2 cores (proposal, 2026); a core is held for that alone, not while the service works.
    """

    kind, label, icon = "api_gateway", "API gateway", "door-enter"
    metrics = (
        Metric("limited", "requests over the rate limit"),
        Metric("shed", "requests of lower classes refused to keep the gateway going"),
        Metric("store_failures", "checks that the shared store of the limits did not answer"),
    )
    sends, keyed = (1, None), True
    facts = ("cpu_cores", "service_time_ms")
    knobs = ("cpu_cores", "service_time_ms", "replicas", "queue_cap")

    cpu_cores = Integer(
        default=2, minimum=1, maximum=64, label="CPU cores", help="Requests in work at once, per replica."
    )
    service_time_ms = Number(default=0.2, maximum=60_000, unit="ms", log=True, help="CPU time of a request.")
    routes = Rows(
        help="Which link a request takes: the first rows that fit, by weight; none = the first link.",
        required=("link",), most=20,
        fields={
            "link": Outgoing(help="An outgoing link."),
            "match": Choice(default="any", choices=("any", "read", "write"), help="Requests that it is for."),
            "weight": Number(default=1.0, maximum=1000, help="Share, against other rows that fit."),
        },
    )  # fmt: skip
    rate_limit = Group(
        help="How many requests pass.",
        fields={
            "algo": Choice(
                default="token_bucket", choices=ALGORITHMS, label="Algorithm",
                help="Tokens with a burst; one after another; counts in fixed or sliding windows; or requests under way.",
            ),
            "rate_rps": Number(default=100.0, maximum=1e6, unit="rps", log=True, label="Rate", help="Requests a second; not for concurrency."),
            "burst": Integer(
                default=100, minimum=1, maximum=1_000_000, log=True,
                help="Tokens of a full bucket; requests that wait in a leaky one; requests under way.",
            ),
            "window_s": Number(default=1.0, minimum=0.001, maximum=86_400, unit="s", log=True, help="Length of a window."),
            "key": Choice(default="user", choices=("user", "global"), help="One limit for each user, or one for all."),
            "store": Pointer(kinds=("cache",), help="A cache that holds the counters of all replicas; null = each has its own."),
            "on_store_failure": Choice(
                default="open", choices=("open", "closed", "local"),
                help="Without the store: let pass, refuse, or count locally.",
            ),
        },
    )  # fmt: skip
    shed = Group(
        help="Refuse lower classes when the CPU is nearly used up.",
        fields={
            "at_utilisation": Number(default=0.8, minimum=0.01, maximum=1, help="Where it begins with the lowest class; at 1 only the first is left."),
            "window_s": Number(default=1.0, minimum=0.1, maximum=60, unit="s", log=True, help="Time over which the CPU is measured."),
        },
    )  # fmt: skip

    proofs = (
        Proof("cpu_cores", 1, "nodes.me.utilisation", "up"),
        Proof("service_time_ms", 5, "nodes.me.own_ms.mean"),
        Proof("discipline", "lifo", "nodes.me.latency_ms.p99", "change", {"service_time_ms": 9, "users.rate_rps": 400}),
        Proof("routes", [{"link": "out2"}], "nodes.next2.completions", "up"),
        Proof("rate_limit", {"rate_rps": 10, "burst": 1}, "client.failed.limited", "up", OTHERS),
        *(
            Proof("rate_limit.algo", algo, "nodes.me.counters.limited", "change", OTHERS | {"rate_limit": {"rate_rps": 50, "burst": 20}})
            for algo in ALGORITHMS[1:]
        ),
        Proof("rate_limit.rate_rps", 20, "nodes.me.counters.limited", "up", OTHERS | {"rate_limit": {"burst": 5}}),
        Proof("rate_limit.burst", 1, "nodes.me.counters.limited", "up", OTHERS | {"rate_limit": {"rate_rps": 50}}),
        Proof("rate_limit.window_s", 5, "nodes.me.counters.limited", "change", OTHERS | {"rate_limit": {"algo": "fixed_window"}}),
        Proof("rate_limit.key", "global", "nodes.me.counters.limited", "up", OTHERS | {"rate_limit": {}}),
        Proof("rate_limit.store", "redis", "nodes.me.counters.limited", "up", OTHERS | {"replicas": 3, "rate_limit": {"rate_rps": 60, "burst": 1}}),
        Proof(
            "rate_limit.on_store_failure", "closed", "client.failed.limited", "up",
            {"rate_limit": {"store": "redis"}, "script": [{"at_s": 1, "command": "inject", "id": "c", "fault": "crash", "target": "redis"}]},
        ),
        Proof(
            "shed", {}, "nodes.me.counters.shed", "up",
            {"service_time_ms": 20, "users.rate_rps": 120, "users.classes": [{"name": "low", "priority": 3}]},
        ),
        Proof(
            "shed.at_utilisation", 0.99, "nodes.me.counters.shed", "down",
            {"shed": {}, "service_time_ms": 20, "users.rate_rps": 90, "users.classes": [{"name": "low", "priority": 3}]},
        ),
        Proof(
            "shed.window_s", 20, "nodes.me.counters.shed", "change",
            {"shed": {}, "service_time_ms": 20, "users.rate_rps": 120, "users.classes": [{"name": "low", "priority": 3}]},
        ),
    )  # fmt: skip

    @classmethod
    def example(cls) -> dict[str, Any]:
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "keys_n": 2000}}
        nodes = [users, {"id": "me", "kind": "api_gateway"}, {"id": "redis", "kind": "cache"}]
        nodes += [{"id": name, "kind": "service"} for name in ("next", "next2")]
        links = [{"id": "in", "source": "users", "target": "me"}]
        links += [{"id": name.replace("next", "out"), "source": "me", "target": name} for name in ("next", "next2")]
        return {"format": 1, "nodes": nodes, "links": links}

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        limit = node.filled["rate_limit"]
        if limit is not None and limit["store"] is not None:
            yield Wire("limits", node.id, limit["store"], "operate", {"timeout_ms": 100})

    def program(self, asm: Assembler) -> None:
        cores, work = main_station(asm, "cpu_cores"), asm.law(service_law())
        limited, shed = asm.counter("limited"), asm.counter("shed")
        limit = RateLimit(asm) if asm.params["rate_limit"] is not None else None
        if limit is None:
            asm.total("store_failures")
        shedding = Shedding(asm, cores) if asm.params["shed"] is not None else None
        ways = {link.id: Way(asm, link) for link in asm.links}
        done = asm.label()

        def over_limit() -> None:
            asm.bump(limited)
            asm.fail("limited")

        def too_much() -> None:
            asm.bump(shed)
            asm.fail("shed")

        with asm.entry():
            if shedding:
                shedding.guard(asm.later(too_much))
            enter(asm, cores)
            asm.serve(work)
            asm.release(cores)
            if limit:
                refuse = asm.later(over_limit)
                limit.guard(refuse, refuse)
            self.route(asm, ways, done)
            asm.place(done)
            if limit:
                limit.leave()
            asm.branch(asm.later(lambda: asm.reply(STATUS)), STATUS, "!=", 0)
            answer(asm, None)
        if shedding:
            shedding.write_meter()

    def route(self, asm: Assembler, ways: Mapping[str, Way], done: Any) -> None:
        rows = asm.params["routes"] or [{"link": next(iter(ways)), "match": "any", "weight": 1.0}]
        writes = asm.label()
        asm.branch(writes, WRITE, "!=", 0)
        self.choose(asm, ways, [row for row in rows if row["match"] in ("any", "read")], done)
        asm.place(writes)
        self.choose(asm, ways, [row for row in rows if row["match"] in ("any", "write")], done)

    def choose(self, asm: Assembler, ways: Mapping[str, Way], rows: list[Mapping[str, Any]], done: Any) -> None:
        """One of the rows by weight; a request that none is for fails."""
        if not rows:
            asm.fail("error")
            return
        left = sum(row["weight"] for row in rows)
        for row in rows[:-1]:
            _, other = decide(asm, probability(row["weight"] / left if left else 0), "route")
            call(asm, ways[row["link"]])
            asm.jump(done)
            asm.place(other)
            left -= row["weight"]
        call(asm, ways[rows[-1]["link"]])
        asm.jump(done)
