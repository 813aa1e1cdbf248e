"""Consensus group: members that elect a leader and agree on one log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Flag, Group, Integer, Metric, Number, Proof, Wire, example_of
from components.program import Assembler, main_station, service_law
from components.program.election import Election
from components.program.proposals import Proposals
from components.program.raft import WIRES, Member
from components.program.replication import Replication
from components.work import Worker


class ConsensusGroup(Worker):
    """Keeps small data on all members, which elect a leader and agree on every write (Raft).

    Time-outs of 150-300 ms as in Ongaro and Ousterhout (2014), 9.3; etcd ships 100 ms heartbeats and 1 s. 0.03 ms a request
    is the 30,000 requests a second of the etcd documentation; its fsync takes less than 1 ms on an SSD.
    """

    kind, label, icon = "consensus_group", "Consensus group", "crown"
    fixed = ("nodes",)  # members do not join or leave: that would take another protocol
    sends, keyed, keeps_truth, reads_truth = (0, 0), True, True, True
    copies = "nodes"
    without = ("replicas",)
    facts = ("nodes", "heartbeat_ms")
    knobs = ("nodes", "heartbeat_ms", "fsync_ms", "reads")
    metrics = (
        Metric("term", "the highest term so far", top=True),
        Metric("elections", "terms that somebody stood for election in"),
        Metric("split_votes", "elections that nobody won"),
        Metric("leader_changes", "elections that somebody won"),
        Metric("unavailable_ms", "from the last heartbeat of each leader to the election of the next, ms"),
        Metric("lost_acks", "acknowledged entries that a later leader lacked"),
        Metric("stale_reads", "reads older than the newest committed write"),
        Metric("stale_ms", "sum over stale reads: how long the newest write had been committed, ms"),
        Metric("stale_most_ms", "the oldest stale read, ms", top=True),
    )

    proofs = (
        Proof("nodes", 5, "nodes.me.counters.unavailable_ms", "down"),
        Proof("service_time_ms", 4, "client.latency_ms.mean", "up"),
        Proof("service_dist", "lognormal", "client.latency_ms.p99", "change", {"service_cv": 3}),
        Proof("service_cv", 4, "client.latency_ms.mean", "up", {"service_dist": "lognormal", "service_time_ms": 5}),
        Proof("slow_p", 0.3, "client.latency_ms.mean", "change", {"service_dist": "bimodal"}),
        Proof("slow_factor", 200, "client.latency_ms.mean", "up", {"service_dist": "bimodal", "service_time_ms": 5}),
        Proof("discipline", "lifo", "client.latency_ms.p99", "up", {"service_time_ms": 9}),
        Proof("heartbeat_ms", 140, "nodes.me.counters.stale_reads", "up", {"reads": "stale", "users.keys_n": 20}),
        Proof("election_ms", {"low": 1000, "high": 2000}, "nodes.me.counters.unavailable_ms", "up"),
        Proof("election_ms.low", 290, "nodes.me.counters.unavailable_ms", "up"),
        Proof("election_ms.high", 3000, "nodes.me.counters.unavailable_ms", "up"),
        Proof("prevote", False, "nodes.me.counters.elections", "up"),
        Proof("fsync_ms", 20, "client.latency_ms.mean", "up"),
        Proof("batch", 1, "client.latency_ms.mean", "up", {"fsync_ms": 15}),
        Proof("reads", "leader_lease", "client.latency_ms.mean", "down"),
        Proof("rtt_ms", 30, "client.latency_ms.mean", "up"),
        Proof("jitter_ms", 30, "client.latency_ms.mean", "up"),
        Proof("timeout_ms", 20, "client.failed.timeout", "up", {"in.timeout_ms": 5000}),
    )  # fmt: skip

    nodes = Integer(
        default=3, minimum=3, maximum=7, live=False, label="Members", help="3 survive one failure, 5 two, 7 three."
    )
    service_time_ms = Number(
        default=0.03,
        maximum=60_000,
        unit="ms",
        log=True,
        help="Mean time of a request at the leader, before disk and network.",
    )
    heartbeat_ms = Number(
        default=50.0, minimum=1, maximum=10_000, unit="ms", log=True, help="How often the leader is heard."
    )
    election_ms = Group(
        default={}, nullable=False, label="Election time-out", help="Silence after which a member stands for election; drawn anew each time.",
        fields={
            "low": Number(default=150.0, minimum=1, maximum=60_000, unit="ms", log=True, help="The shortest."),
            "high": Number(default=300.0, minimum=1, maximum=60_000, unit="ms", log=True, help="The longest."),
        },
    )  # fmt: skip
    prevote = Flag(
        default=True, help="Ask first whether one would win, so that a member that comes back disturbs nobody."
    )
    fsync_ms = Number(
        default=1.0, maximum=10_000, unit="ms", log=True, help="Time of one flush of log or vote to disk."
    )
    batch = Integer(
        default=64, minimum=1, maximum=10_000, log=True, help="Entries that one message and one flush may take."
    )
    reads = Choice(
        default="read_index", choices=("leader_lease", "read_index", "stale"),
        help="The leader alone while its lease lasts; after a majority confirmed it; or any member, perhaps old.",
    )  # fmt: skip
    rtt_ms = Number(
        default=0.5,
        maximum=10_000,
        unit="ms",
        log=True,
        live=False,
        label="Round trip",
        help="Network between members.",
    )
    jitter_ms = Number(
        default=0.0,
        maximum=10_000,
        unit="ms",
        log=True,
        live=False,
        help="Mean of an exponential delay on top, each way.",
    )
    timeout_ms = Number(
        default=1000.0, minimum=1, maximum=600_000, unit="ms", log=True, help="How long a request looks for the leader."
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """Two members are away, for a second both at once."""
        fault = {"command": "inject", "fault": "crash", "target": "me", "selector": "one", "for_s": 2}
        return example_of(cls) | {"script": [fault | {"at_s": 4, "id": "a"}, fault | {"at_s": 5, "id": "b"}]}

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        low, high = params["election_ms"]["low"], params["election_ms"]["high"]
        if high < low:
            yield "election_ms.high", high, f"must be at least low ({low:g})"
        if params["heartbeat_ms"] > low:
            yield "heartbeat_ms", params["heartbeat_ms"], f"must be at most election_ms.low ({low:g})"

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        network = {"rtt_ms": node.filled["rtt_ms"], "jitter_ms": node.filled["jitter_ms"]}
        for name in WIRES:
            yield Wire(name, node.id, node.id, name, network | {"timeout_ms": None})
        patience = max(node.filled["election_ms"]["high"], 20 * node.filled["rtt_ms"])
        yield Wire("propose", node.id, node.id, "propose", network | {"timeout_ms": patience})

    def program(self, asm: Assembler) -> None:
        slots, work = main_station(asm, 1), asm.law(service_law())
        member = Member(asm)
        replication = Replication(member)
        election = Election(member, replication)
        Proposals(member, replication, slots, work).write_doors()
        election.write_doors()
        replication.write_doors()
        replication.write_heartbeats()
        election.write_daemon()
        replication.write_daemon()
