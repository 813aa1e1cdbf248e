"""Quorum key-value store: replicas on a ring, coordinators, quorums, and what repairs their copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Flag, Group, Integer, Metric, Number, Proof, Wire, example_of
from components.program import USER, Assembler, Index, Own, enter, main_station, service_law
from components.program.anti_entropy import AntiEntropy
from components.program.copies import MOST_VECTOR, Copies
from components.program.lsm import Lsm
from components.program.quorum import Quorum
from components.program.suspects import GOSSIP_NS, sleep
from components.program.wars import Legs
from components.work import Worker

SMALL = {"memtable_keys": 8}
DISK = {"latency.preset": "lnkd_disk", "users.keys_n": 20}


def leg(help: str) -> Number:
    return Number(
        default=None, nullable=True, maximum=60_000, unit="ms", log=True, live=False, help=f"{help} Mean, exponential."
    )


class QuorumKv(Worker):
    """Keeps every key on n of its nodes; answers when enough of them have (Dynamo style).

    Any node coordinates a request: it asks all n, and answers after r reads or w writes. Nodes that do not answer are
    suspected for a second. Delays by the fits of Bailis et al. (2012); 1 ms an operation is a proposal (2026).
    """

    kind, label, icon = "quorum_kv", "Quorum store", "topology-ring-3"
    sends, keyed, keeps_truth, reads_truth = (0, 0), True, True, True
    facts = ("n", "r")
    knobs = ("n", "r", "w", "conflict")
    metrics = (
        Metric("stale_reads", "reads older than the newest write that was committed when they began"),
        Metric("stale_ms", "sum over stale reads: how long the newest write had been committed, ms"),
        Metric("stale_most_ms", "the oldest stale read, ms", top=True),
        Metric("stale_versions", "sum over stale reads: how many writes they were behind"),
        Metric("lost_updates", "committed writes that the newest value does not hold; last write wins only"),
        Metric("siblings", "values beyond the first in reads that found several; vector clocks only"),
        Metric("hints", "writes kept for a node that was away"),
        Metric("hints_delivered", "of those, delivered"),
        Metric("synced", "keys that anti-entropy exchanged"),
        Metric("disk_reads", "reads of runs on disk; LSM tree only"),
        Metric("bloom_wrong", "disk reads for nothing: a Bloom filter said yes to a key that is not there"),
        Metric("bloom_saved", "disk reads that Bloom filters made needless"),
        Metric("compacted", "entries that flushes and compactions wrote to disk"),
        Metric("repairs", "reads whose copies differed and were repaired"),
    )

    proofs = (
        Proof("replicas", 12, "nodes.me.utilisation", "down"),
        Proof("n", 1, "nodes.me.utilisation", "down"),
        Proof("r", 3, "nodes.me.counters.stale_reads", "down", DISK),
        Proof("w", 3, "nodes.me.counters.stale_reads", "down", DISK),
        Proof("service_time_ms", 30, "client.latency_ms.mean", "up"),
        Proof("service_dist", "lognormal", "client.latency_ms.p99", "change", {"service_cv": 3}),
        Proof("service_cv", 4, "client.latency_ms.p99", "up", {"service_dist": "lognormal", "n": 1}),
        Proof("slow_p", 0.5, "client.latency_ms.mean", "change", {"service_dist": "bimodal"}),
        Proof("slow_factor", 200, "client.latency_ms.p99", "up", {"service_dist": "bimodal", "n": 1, "slow_p": 0.2}),
        Proof("workers", 1, "client.latency_ms.mean", "up", {"service_time_ms": 8}),
        Proof("queue_cap", 0, "client.failed.queue_full", "up", {"service_time_ms": 60, "workers": 1}),
        Proof("discipline", "lifo", "client.latency_ms.p99", "up", {"service_time_ms": 9, "workers": 1}),
        Proof("vnodes", 1, "client.latency_ms.mean", "up", {"replicas": 10, "n": 1, "workers": 1, "service_time_ms": 30, "users.zipf_alpha": 0}),
        Proof("timeout_ms", 2, "client.failed.timeout", "up", DISK | {"w": 3}),
        Proof("read_repair", False, "nodes.me.counters.stale_reads", "up", DISK),
        Proof("hinted_handoff", False, "nodes.me.counters.stale_reads", "up", DISK | {"read_repair": False}),
        Proof("anti_entropy_s", 1, "nodes.me.counters.stale_reads", "down", DISK | {"read_repair": False, "hinted_handoff": False}),
        Proof("conflict", "vector_clock", "nodes.me.counters.siblings", "up", DISK),
        Proof("latency", {"preset": "wan"}, "client.latency_ms.mean", "up"),
        Proof("latency.preset", "ymmr", "client.latency_ms.mean", "up"),
        Proof("latency.w_ms", 20, "client.latency_ms.mean", "up"),
        Proof("latency.a_ms", 20, "client.latency_ms.mean", "up"),
        Proof("latency.r_ms", 20, "client.latency_ms.mean", "up"),
        Proof("latency.s_ms", 20, "client.latency_ms.mean", "up"),
        Proof("lsm", SMALL, "nodes.me.counters.disk_reads", "up"),
        Proof("lsm.memtable_keys", 100, "nodes.me.counters.compacted", "down", {"lsm": SMALL}),
        Proof("lsm.levels", 1, "nodes.me.counters.compacted", "up", {"lsm": SMALL}),
        Proof("lsm.bloom_bits", 0, "nodes.me.counters.disk_reads", "up", {"lsm": SMALL}),
        Proof("lsm.bloom_hashes", 1, "nodes.me.counters.bloom_wrong", "up", {"lsm": SMALL}),
        Proof("lsm.compaction", "tiered", "nodes.me.counters.compacted", "down", {"lsm": SMALL}),
        Proof("lsm.disk_ms", 9, "client.latency_ms.mean", "up", {"lsm": SMALL}),
    )  # fmt: skip

    replicas = Integer(default=3, minimum=1, maximum=50, live=False, label="Nodes", help="Nodes that share the keys.")
    n = Integer(default=3, minimum=1, maximum=7, live=False, label="Copies (n)", help="Nodes that keep each key.")
    r = Integer(
        default=1, minimum=1, maximum=7, live=False, label="Read quorum (r)", help="Answers that a read waits for."
    )
    w = Integer(
        default=1, minimum=1, maximum=7, live=False, label="Write quorum (w)", help="Answers that a write waits for."
    )
    service_time_ms = Number(
        default=1.0, maximum=60_000, unit="ms", log=True, help="Mean time of a read or write of one copy."
    )
    workers = Integer(default=16, minimum=1, maximum=10_000, log=True, help="Operations in progress at once, per node.")
    vnodes = Integer(
        default=100, minimum=1, maximum=1000, log=True, live=False, label="Virtual nodes",
        help="Places of each node on the ring; more spread the keys more evenly.",
    )  # fmt: skip
    timeout_ms = Number(
        default=500.0, minimum=1, maximum=600_000, unit="ms", log=True, live=False,
        help="How long a coordinator waits for the next answer of a node.",
    )  # fmt: skip
    read_repair = Flag(default=True, help="A read whose copies differ writes the newest one to all of them.")
    hinted_handoff = Flag(default=True, help="Writes for a node that is away are kept and delivered when it is back.")
    anti_entropy_s = Number(
        default=None, nullable=True, minimum=0.1, maximum=86_400, unit="s", log=True, live=False, label="Anti-entropy",
        help="How often a node compares its copies with another; null = never.",
    )  # fmt: skip
    conflict = Choice(
        default="lww", choices=("lww", "vector_clock", "crdt"), label="Conflicts",
        help="Last write wins, vector clocks that keep siblings, or counters that merge.",
    )  # fmt: skip
    latency = Group(
        default={}, help="Delays between nodes; a leg without a value follows the preset.",
        fields={
            "preset": Choice(
                default="none", choices=("none", "lnkd_ssd", "lnkd_disk", "ymmr", "wan"),
                help="Measured stores; none is a plain network of 0.5 ms.",
            ),
            "w_ms": leg("Write to a node."), "a_ms": leg("Its answer."),
            "r_ms": leg("Read of a node."), "s_ms": leg("Its answer."),
        },
    )  # fmt: skip

    lsm = Group(
        label="LSM tree", help="Copies lie in a memtable and sorted runs on disk, as in Cassandra; null = where one read finds them.",
        fields={
            "memtable_keys": Integer(default=4096, minimum=1, maximum=1_000_000, log=True, help="Keys in memory before a flush."),
            "levels": Integer(default=4, minimum=1, maximum=7, live=False, help="Levels of runs on disk."),
            "bloom_bits": Integer(default=10, maximum=32, live=False, help="Bits of the Bloom filters for each key; 0 = no filters."),
            "bloom_hashes": Integer(default=7, minimum=1, maximum=16, live=False, help="Bits that each key sets."),
            "compaction": Choice(
                default="leveled", choices=("leveled", "tiered"),
                help="One run a level, rewritten often; or four, merged when the level is full.",
            ),
            "disk_ms": Number(default=0.15, maximum=1000, unit="ms", log=True, help="Time of a random read."),
        },
    )  # fmt: skip

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A node is away for a while."""
        away = {
            "at_s": 4,
            "command": "inject",
            "id": "away",
            "fault": "crash",
            "target": "me",
            "selector": "one",
            "for_s": 3,
        }
        return example_of(cls) | {"script": [away]}

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        n = params["n"]
        if n > params["replicas"]:
            yield "n", n, f"must be at most the nodes ({params['replicas']})"
        for quorum in ("r", "w"):
            if params[quorum] > n:
                yield quorum, params[quorum], f"must be at most n ({n})"
        if params["conflict"] != "lww" and n > MOST_VECTOR:
            yield (
                "n",
                n,
                f"must be at most {MOST_VECTOR} with {params['conflict']}: a message has room for so many entries",
            )

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        plain = node.filled["latency"]["preset"] == "none"
        patience = node.filled["timeout_ms"]  # a wire with a time-out loses messages without a word
        network = {"rtt_ms": 0.5 if plain else 0, "timeout_ms": patience}
        for name in ("put", "get", "ping", "tree", "sync"):
            yield Wire(name, node.id, node.id, name, network)
        yield Wire("forward", node.id, node.id, "main", network | {"timeout_ms": 2 * patience})

    def program(self, asm: Assembler) -> None:
        slots, work = main_station(asm, "workers"), asm.law(service_law())
        quorum = Quorum(asm)
        repair = None
        if asm.params["anti_entropy_s"] is not None and asm.around.replicas > 1:
            repair = AntiEntropy(asm, quorum.copies, quorum.ring, quorum.suspects, quorum.patience)
        with asm.entry():
            quorum.request()
        self.copy_doors(asm, slots, work, quorum.copies)
        for metric in self.metrics:  # of mechanisms that are off
            if metric.name not in asm.items and not metric.top:
                asm.counter(metric.name)
        quorum.suspects.write_door()
        with asm.daemon(), asm.forever():
            sleep(asm, GOSSIP_NS)
            quorum.suspects.ask_again()
            if quorum.hints:
                quorum.hints.deliver()
        if repair:
            repair.write_doors(slots, work)
            repair.write_daemon()

    def copy_doors(self, asm: Assembler, slots: Own, work: Index, copies: Copies) -> None:
        """What a replica does for a coordinator: put and get one copy."""
        legs, do, read = Legs(asm, asm.params["latency"], USER), asm.label(), asm.label()
        lsm = Lsm(asm) if asm.params["lsm"] is not None else None
        with asm.local() as writes:
            with asm.entry("put"):
                legs.travel("w")
                asm.move(writes, 1)
                asm.jump(do)
            with asm.entry("get"):
                legs.travel("r")
                asm.move(writes, 0)
            asm.place(do)
            enter(asm, slots)
            asm.serve(work)
            asm.release(slots)
            asm.branch(read, writes, "==", 0)
        if lsm:
            lsm.write()
        copies.absorb()
        legs.travel("a")
        asm.reply()
        asm.place(read)
        if lsm:
            lsm.read()
        copies.load()
        legs.travel("s")
        asm.reply()
        if lsm:
            lsm.write_daemon()
