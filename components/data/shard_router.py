"""Shard router: sends each request to the shard that owns its key, and moves keys when shards are added."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from components.base import Choice, Group, Integer, Metric, Number, Proof
from components.program import (
    STATUS,
    WRITE,
    Assembler,
    Op,
    Reg,
    Way,
    answer,
    call,
    enter,
    main_station,
    probability,
    service_law,
)
from components.program.dispatch import call_first, call_one
from components.program.inside import decide
from components.program.resharding import Resharding
from components.program.shards import STRATEGIES, Shards
from components.work import Worker

ANY_NUMBER = 1 << 30  # slots: the router itself never queues
OWN_CRASH = [{"at_s": 2, "command": "inject", "id": "c", "fault": "crash", "target": "me", "selector": "one"}]
GROW = {"shards": 3, "script": [{"at_s": 4, "command": "set", "target": "me", "param": "shards", "value": 4}]}
HOT = {"users.zipf_alpha": 1.2, "hot_split": {}}


class ShardRouter(Worker):
    """Sends each request to the shard that owns its key.

    Each outgoing link leads to one shard. A hash modulo the shards moves most keys when one is added, a ring one part of
    them (Karger et al. 1997); ranges keep the order, and the newest keys meet on the last shard. 0.05 ms a request is a proposal (2026).
    """

    kind, label, icon = "shard_router", "Shard router", "route-2"
    metrics = (
        Metric("moved", "keys that got a new owner"),
        Metric("move_failures", "copies of a key that failed and had to be made again"),
        Metric("scattered", "requests asked of all shards"),
    )
    sends, keyed, balances = (1, None), True, True
    without, idle = ("codel",), ("queue_cap", "discipline")  # it never queues
    facts = ("strategy", "shards")
    knobs = ("shards", "scatter_gather_share", "resharding")

    service_time_ms = Number(
        default=0.05, maximum=60_000, unit="ms", log=True, help="Time to route a request; any number at once."
    )
    service_dist = Choice(
        default="const",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from request to request.",
    )
    strategy = Choice(
        default="hash_mod", choices=STRATEGIES, live=False,
        help="Even ranges of keys in order, a hash modulo the shards, a hash ring, or a directory with as many keys on each.",
    )  # fmt: skip
    vnodes = Integer(
        default=100, minimum=1, maximum=10_000, log=True, live=False, label="Virtual nodes",
        help="Points of each shard on the ring; consistent only.",
    )  # fmt: skip
    key = Choice(default="key", choices=("key", "user"), live=False, help="What requests are sharded by.")
    shards = Integer(
        default=None, nullable=True, minimum=1, maximum=1000,
        help="How many shards are in use, the first links; a change moves keys. null = all.",
    )  # fmt: skip
    scatter_gather_share = Number(
        default=0.0, maximum=1, help="Share of the reads that name no key: all shards are asked, the slowest decides."
    )
    resharding = Group(
        default={}, nullable=False, help="How keys move when the number of shards changes.",
        fields={
            "rate_mb_s": Number(default=10.0, minimum=0.001, maximum=100_000, unit="mb_s", log=True, label="Rate", help="Copied a second."),
            "key_kb": Number(default=10.0, minimum=0.001, maximum=1_000_000, unit="kb", log=True, label="Size of a key", help="Data that one key stands for."),
        },
    )  # fmt: skip
    hot_split = Group(
        help="Spread the rows of the hottest keys over several shards (a salt in the key); each request wants one row.",
        fields={
            "keys": Integer(default=1, minimum=1, maximum=100_000, log=True, help="The hottest so many keys."),
            "shards": Integer(default=4, minimum=2, maximum=1000, help="Shards that each of them is spread over, at most all."),
        },
    )  # fmt: skip

    proofs = (
        Proof("replicas", 3, "client.failed.*", "down", {"script": OWN_CRASH}),
        *(Proof("strategy", name, "nodes.next4.completions", "change") for name in STRATEGIES if name != "hash_mod"),
        Proof("vnodes", 1, "nodes.next4.completions", "change", {"strategy": "consistent"}),
        Proof("key", "user", "nodes.next4.completions", "change", {"users.tenants_n": 50}),
        Proof("shards", 2, "nodes.next4.completions", "down"),
        Proof("scatter_gather_share", 1, "client.latency_ms.mean"),
        Proof("resharding", {"rate_mb_s": 0.1}, "nodes.me.counters.moved", "down", GROW),
        Proof("resharding.rate_mb_s", 0.1, "nodes.me.counters.moved", "down", GROW),
        Proof("resharding.key_kb", 1000, "nodes.me.counters.moved", "down", GROW),
        Proof("hot_split", {}, "nodes.next.completions", "change", {"users.zipf_alpha": 1.2}),
        Proof("hot_split.keys", 20, "nodes.next.completions", "change", HOT),
        Proof("hot_split.shards", 2, "nodes.next.completions", "change", HOT),
    )  # fmt: skip

    @classmethod
    def example(cls) -> dict[str, Any]:
        """Four shards."""
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 200, "keys_n": 2000}}
        names = ("next", "next2", "next3", "next4")
        nodes = [users, {"id": "me", "kind": "shard_router"}, *({"id": name, "kind": "service"} for name in names)]
        links = [{"id": "in", "source": "users", "target": "me"}]
        links += [{"id": name.replace("next", "out"), "source": "me", "target": name} for name in names]
        return {"format": 1, "nodes": nodes, "links": links}

    def fits(self, node: Any, design: Any) -> Iterable[tuple[str, Any, str]]:
        links = sum(link.filled["mirror"] is None for link in design.links_from(node.id))
        if node.filled["shards"] is not None and node.filled["shards"] > links:
            yield "shards", node.filled["shards"], f"must be at most the shards that links lead to ({links})"

    def program(self, asm: Assembler) -> None:
        Program(asm).write()


class Program:
    """The way of a request to its shard."""

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        self.slots, self.work = main_station(asm, ANY_NUMBER), asm.law(service_law())
        ways = [Way(asm, link) for link in asm.links]
        self.shadows = [way for way in ways if way.shadow]
        self.ways = [way for way in ways if not way.shadow]
        self.scattered = asm.counter("scattered")
        self.shards = Shards(asm, max(1, len(self.ways)))
        self.mover = Resharding(asm, self.shards, self.call_shard)

    def write(self) -> None:
        asm, done = self.asm, self.asm.label()

        def failed() -> None:
            asm.release(self.slots)
            asm.reply(STATUS)

        with asm.entry():
            enter(asm, self.slots)
            asm.serve(self.work)
            for way in self.shadows:
                call(asm, way)
            one = asm.label()
            asm.branch(one, WRITE, "!=", 0)
            _, one_read = decide(asm, asm.live("scatter_gather_share", probability), "scatter")
            asm.bump(self.scattered)
            call_first(asm, self.ways, self.mover.reach)
            asm.jump(done)
            asm.place(one_read)
            asm.place(one)
            with asm.local() as shard:
                self.pick(shard)
                self.call_shard(shard)
            asm.place(done)
            asm.branch(asm.later(failed), STATUS, "!=", 0)
            answer(asm, self.slots)
        self.mover.write_mover()

    def pick(self, shard: Reg) -> None:
        asm, cold = self.asm, self.asm.label()
        with asm.local() as key:
            self.shards.key(key)
            self.shards.owner(shard, key)
            if asm.params["hot_split"] is None:
                return
            asm.branch(cold, key, ">=", asm.live("hot_split.keys"))
            asm.emit(Op.MIN, key, asm.live("hot_split.shards"), self.mover.reach)
            asm.emit(Op.RAND, key, key, asm.stream("salt"))
            asm.add(shard, shard, key)
            asm.emit(Op.MOD, shard, shard, self.mover.reach)
            asm.place(cold)

    def call_shard(self, shard: Reg) -> None:
        call_one(self.asm, self.ways, shard)
