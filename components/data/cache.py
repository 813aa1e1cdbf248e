"""Cache: real keys under a real policy in front of one target."""

from __future__ import annotations

from typing import Any

from components.base import Choice, Component, Flag, Group, Integer, Metric, Number, Proof
from components.program import Assembler, Op, Own, answer, constant_law, main_station, seconds, service_law
from components.program.front import Front
from components.program.shelf import Shelf
from components.work import Worker


class Cache(Worker):
    """Keeps keys that were asked for; asks its target for the others.

    0.01 ms an operation on one thread: Redis serves about 100,000 operations a second (redis-benchmark, 2023).
    """

    kind, label, icon = "cache", "Cache", "bolt"
    faults = ("crash", "pause", "slow", "error", "cache_flush")
    metrics = (
        Metric("hits", "answered from memory"),
        Metric("misses", "asked from the target"),
        Metric("evictions", "pushed out by a newer key", item="keys", field="EVICTIONS"),
        Metric("expired", "found, but older than the time to live"),
        Metric("coalesced", "waited for another request that was loading the same key"),
        Metric("stale_reads", "answered with an older version than the committed one"),
        Metric("stale_ms", "sum of how long the newer version had been committed"),
        Metric("stale_most_ms", "the oldest of these", top=True),
        Metric("lost_writes", "answered, and lost before the target had them"),
    )
    sends, keyed, reads_truth = (0, 1), True, True
    facts = ("capacity_items", "ttl_s")
    knobs = ("capacity_items", "ttl_s", "eviction", "mode", "coalesce", "replicas")

    service_time_ms = Number(
        default=0.01, maximum=60_000, unit="ms", log=True, help="Time of one operation; one at a time."
    )
    service_dist = Choice(
        default="const",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from request to request.",
    )
    engine = Choice(
        default="redis", choices=("redis", "memcached"), help="redis: one thread for all commands. memcached: several."
    )
    threads = Integer(default=4, minimum=1, maximum=128, help="Commands at once; memcached only.")
    capacity_items = Integer(
        default=10_000,
        minimum=1,
        maximum=5_000_000,
        log=True,
        label="Capacity",
        unit="items",
        help="Keys that fit, per replica.",
    )
    eviction = Choice(
        default="lru", choices=("lru", "lfu", "fifo", "random", "ttl_only"),
        help="Who goes when it is full: unused for longest, least used, oldest, anyone; or nobody before its time.",
    )  # fmt: skip
    ttl_s = Number(
        default=300.0,
        minimum=0.001,
        maximum=31_536_000,
        unit="s",
        log=True,
        nullable=True,
        label="Time to live",
        help="Age at which a key is asked again; null = never.",
    )
    ttl_jitter = Number(
        default=0.0, maximum=1, help="Random share added to the time to live, so keys do not expire together."
    )
    swr_s = Number(
        default=0.0, maximum=31_536_000, unit="s", live=False, label="Stale while revalidating",
        help="How long after its time a key is still served while one request renews it.",
    )  # fmt: skip
    mode = Choice(
        default="aside", choices=("aside", "read_through", "write_through", "write_back", "write_around"),
        help="aside: the caller fills after a miss and deletes after a write. read_through: the cache loads by itself, in order. "
        "write_through: both are written. write_back: the target gets it later. write_around: only the target.",
    )  # fmt: skip
    flush_interval_s = Number(
        default=1.0, minimum=0.001, maximum=86_400, unit="s", log=True, label="Flush interval",
        help="Pause between two rounds of writing what is dirty; write_back only.",
    )  # fmt: skip
    coalesce = Flag(
        default=False, help="Of all who miss a key at once, one asks the target and the others wait for it."
    )
    lease_s = Number(
        default=10.0, minimum=0.001, maximum=3600, unit="s", log=True, live=False, label="Lease",
        help="How long others wait for the one who loads; coalesce and stale-while-revalidate.",
    )  # fmt: skip
    slow_command = Group(
        default=None, label="Slow command", help="A command that holds a thread for long, such as KEYS; null = none.",
        fields={
            "every_s": Number(default=10.0, minimum=0.001, maximum=86_400, unit="s", log=True, help="Pause between two."),
            "ms": Number(default=50.0, maximum=60_000, unit="ms", log=True, help="How long it holds the thread."),
        },
    )  # fmt: skip

    proofs = (
        Proof("engine", "memcached", "nodes.me.latency_ms.p99", "down", {"service_time_ms": 9}),
        Proof("threads", 8, "nodes.me.utilisation", "down", {"engine": "memcached", "service_time_ms": 9}),
        Proof("discipline", "lifo", "nodes.me.latency_ms.p99", "down", {"service_time_ms": 15}),
        Proof("capacity_items", 50, "nodes.me.counters.evictions"),
        Proof("eviction", "lfu", "nodes.me.counters.hits", "change", {"capacity_items": 50}),
        Proof("ttl_s", 0.5, "nodes.me.counters.expired"),
        Proof("ttl_jitter", 1, "nodes.me.counters.expired", "down", {"ttl_s": 1}),
        Proof("swr_s", 5, "client.latency_ms.mean", "down", {"ttl_s": 0.5}),
        Proof("mode", "write_around", "nodes.me.counters.stale_reads"),
        Proof("flush_interval_s", 5, "nodes.next.arrivals", "down", {"mode": "write_back", "flush_interval_s": 0.1}),
        Proof("coalesce", True, "nodes.me.counters.coalesced", "up", {"next.service_time_ms": 200}),
        Proof("lease_s", 0.05, "nodes.me.counters.misses", "up", {"coalesce": True, "next.service_time_ms": 200}),
        Proof("slow_command", {"every_s": 0.5, "ms": 200}, "nodes.me.latency_ms.p99"),
        Proof("slow_command.every_s", 0.2, "nodes.me.utilisation", "up", {"slow_command": {}}),
        Proof("slow_command.ms", 500, "nodes.me.utilisation", "up", {"slow_command": {"every_s": 1}}),
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """In front of a database."""
        return in_front_of_a_database(cls)

    def program(self, asm: Assembler) -> None:
        thread = main_station(asm, "threads" if asm.params["engine"] == "memcached" else 1)
        shelf = Shelf(asm, "capacity_items", asm.params["eviction"])
        work = asm.law(service_law())
        with asm.entry("operate"):  # on a counter of somebody's, such as a rate limit
            asm.acquire(thread)
            asm.serve(work)
            answer(asm, thread)
        Front(asm, thread, work, shelf, asm.params["mode"], asm.params["coalesce"]).write()
        if asm.params["slow_command"] is not None:
            slow_commands(asm, thread)


def in_front_of_a_database(kind: type[Component]) -> dict[str, Any]:
    users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "keys_n": 2000, "read_share": 0.8}}
    nodes = [users, {"id": "me", "kind": kind.kind}, {"id": "next", "kind": "sql_primary"}]
    links = [{"id": "in", "source": "users", "target": "me"}, {"id": "out", "source": "me", "target": "next"}]
    return {"format": 1, "nodes": nodes, "links": links}


def slow_commands(asm: Assembler, thread: Own) -> None:
    """Now and then somebody holds a thread for long; everybody else waits behind it."""
    work, pause = (
        asm.law(constant_law("slow_command", "slow_command.ms", 1e6)),
        asm.live("slow_command.every_s", seconds),
    )
    again = asm.label()
    with asm.daemon(), asm.forever():
        asm.place(again)
        with asm.local() as nap:
            asm.move(nap, pause)
            asm.emit(Op.SLEEP, nap)
        asm.acquire(thread, again)
        asm.serve(work)
        asm.release(thread)
