"""Log broker: partitions that consumers read in order, each group at its own position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Integer, Metric, Number, Proof, View, Wire
from components.program import Assembler, answer, enter, main_station, service_law
from components.program.assembler import VALUE
from components.program.log_fetch import LogFetch
from components.program.log_store import LogStore, copies_of
from components.work import Worker

CONSUMER_CRASH = [
    {"at_s": 4, "command": "inject", "id": "c", "fault": "crash", "target": "next", "selector": "one", "for_s": 30}
]
BROKER_CRASH = [
    {"at_s": 4, "command": "inject", "id": "b", "fault": "crash", "target": "me", "selector": "one", "for_s": 30}
]


class LogBroker(Worker):
    """Appends records to partitions; every consumer group reads each partition in order.

    Each outgoing link is a group, the replicas of its target are the members. Names and defaults as in Kafka: 12 partitions on
    3 brokers, 200 MB/s a broker (Confluent, 2020), acknowledgements 0, 1 or all, linger 5 ms, batches of 16 kB. The
    controller elects the longest copy in step when a leader has been silent for the session timeout.
    """

    kind, label, icon = "log_broker", "Log broker", "wave-square"
    faults = ("crash", "pause", "slow", "error")
    metrics = (
        Metric("delivered", "records given to a member, repeated ones too"),
        Metric("acked", "records done by a group"),
        Metric("redelivered", "records given again after a failure"),
        Metric("expired", "records pushed out before a group read them"),
        Metric("lag", "records that groups have not read yet", gauge=True),
        Metric("lost_acks", "records lost after their producer was told that they are safe"),
        Metric("isr_shrinks", "followers that fell out of step"),
        Metric("rebalances", "times that a group's partitions were given out anew"),
        Metric("elections", "partitions that got a new leader"),
    )
    times = (Metric("age_ms", "from taken to done by a group"),)
    sends, keyed, decouples = (0, None), True, True
    link_options = ("preset", "rtt_ms", "jitter_ms", "loss_p")
    copies, without = "brokers", ("replicas", "queue_cap", "discipline", "codel")
    facts = ("partitions", "acks")
    knobs = ("partitions", "acks", "linger_ms", "commit_every")
    control_every = "heartbeat_s"

    brokers = Integer(default=3, minimum=1, maximum=30, live=False, help="Processes that share the partitions.")
    partitions = Integer(
        default=12, minimum=1, maximum=200, live=False, help="Each is one order, read by one member of a group."
    )
    rf = Integer(
        default=3, minimum=1, maximum=10, live=False, label="Replication factor", help="Copies of each partition."
    )
    acks = Choice(
        default="all",
        choices=("0", "1", "all"),
        help="Who has a record when its producer is told: nobody, the leader, all copies in step.",
    )
    min_isr = Integer(
        default=2, minimum=1, maximum=10, help="Copies in step that acks all must have; fewer refuse the record."
    )
    key_by = Choice(
        default="key", choices=("key", "user", "none"), help="What keeps its order in one partition; none goes round."
    )
    linger_ms = Number(
        default=5.0, maximum=60_000, unit="ms", log=True, live=False, help="How long a batch waits for more records."
    )
    batch_kb = Number(
        default=16.0, minimum=0.1, maximum=100_000, unit="kb", log=True, help="Size of a batch that waits no longer."
    )
    record_kb = Number(
        default=1.0, minimum=0.01, maximum=10_000, unit="kb", log=True, live=False, help="Size of a record."
    )
    request_ms = Number(default=0.1, maximum=60_000, unit="ms", log=True, help="Time of one append, beside its bytes.")
    mb_s_per_broker = Number(
        default=200.0, minimum=0.001, maximum=1e6, unit="", log=True, help="Bytes that a broker appends a second."
    )
    retention_records = Integer(
        default=10_000, minimum=1, maximum=1_000_000, log=True, live=False, help="Records kept in a partition."
    )
    commit_every = Integer(
        default=100, minimum=1, maximum=100_000, log=True, help="Records done before a group remembers its position."
    )
    poll_timeout_s = Number(
        default=30.0,
        minimum=0.001,
        maximum=86_400,
        unit="s",
        log=True,
        live=False,
        help="How long a member may work on a record.",
    )
    heartbeat_s = Number(
        default=3.0,
        minimum=0.1,
        maximum=600,
        unit="s",
        log=True,
        help="How often the controller looks after brokers and members.",
    )
    session_timeout_s = Number(
        default=10.0, maximum=3600, unit="s", log=True, help="Silence after which a broker or member is taken for dead."
    )
    rebalance_s = Number(
        default=10.0, maximum=3600, unit="s", log=True, help="How long a group stands still when its members change."
    )
    peer_rtt_ms = Number(
        default=0.5, maximum=10_000, unit="ms", log=True, live=False, help="Round trip between brokers."
    )
    service_time_ms = Number(
        default=0.01, maximum=60_000, unit="ms", log=True, help="Time of a broker to take one record in."
    )
    service_dist = Choice(
        default="const", choices=("exp", "const", "lognormal", "bimodal"), help="How that time varies."
    )

    proofs = (
        Proof("brokers", 1, "nodes.me.latency_ms.mean", "down"),
        Proof("partitions", 1, "nodes.me.counters.acked", "down", {"next.service_time_ms": 20}),
        Proof("rf", 1, "nodes.me.latency_ms.mean", "down"),
        Proof("acks", "0", "client.latency_ms.mean", "down"),
        Proof("min_isr", 5, "client.failed.error", "up"),
        Proof("key_by", "none", "nodes.next.counters.order_violations", "up", {"users.keys_n": 20, "next.service_dist": "exp"}),
        Proof("linger_ms", 60, "nodes.me.latency_ms.mean"),
        Proof("batch_kb", 1, "nodes.me.latency_ms.mean", "down", {"linger_ms": 80}),
        Proof("record_kb", 2000, "nodes.me.latency_ms.mean"),
        Proof("request_ms", 30, "nodes.me.latency_ms.mean"),
        Proof("mb_s_per_broker", 0.1, "nodes.me.latency_ms.mean"),
        Proof("retention_records", 2, "nodes.me.counters.expired", "up", {"next.service_time_ms": 400}),
        Proof("commit_every", 1, "nodes.next.counters.duplicates", "down", {"script": CONSUMER_CRASH, "session_timeout_s": 1, "rebalance_s": 1}),
        Proof("poll_timeout_s", 0.01, "nodes.me.counters.redelivered", "up", {"next.service_time_ms": 12}),
        Proof("heartbeat_s", 0.5, "nodes.me.counters.acked", "change", {"script": CONSUMER_CRASH, "session_timeout_s": 0, "rebalance_s": 0}),
        Proof("session_timeout_s", 0, "nodes.me.counters.acked", "up", {"script": CONSUMER_CRASH, "heartbeat_s": 0.5, "rebalance_s": 0}),
        Proof("rebalance_s", 0, "nodes.me.counters.acked", "up", {"script": CONSUMER_CRASH, "heartbeat_s": 0.5, "session_timeout_s": 0}),
        Proof("peer_rtt_ms", 30, "nodes.me.latency_ms.mean"),
        Proof("service_time_ms", 9, "nodes.me.own_ms.mean"),
        Proof("slow_factor", 200, "nodes.me.own_ms.p99", "change", {"service_dist": "bimodal", "service_time_ms": 5}),
        Proof("slow_p", 0.3, "nodes.me.own_ms.p99", "change", {"service_dist": "bimodal", "service_time_ms": 5}),
        Proof("service_cv", 4, "nodes.me.own_ms.p99", "up", {"service_dist": "lognormal", "service_time_ms": 5}),
        Proof("service_dist", "lognormal", "nodes.me.own_ms.p99", "change", {"service_cv": 3, "service_time_ms": 5}),
    )  # fmt: skip

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        if params["rf"] > params["brokers"] > 1:
            yield "rf", params["rf"], f"must be at most the number of brokers, {params['brokers']}"

    @classmethod
    def example(cls) -> dict[str, Any]:
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "keys_n": 2000}}
        nodes = [users, {"id": "me", "kind": "log_broker"}, {"id": "next", "kind": "worker", "params": {"replicas": 2}}]
        links = [{"id": "in", "source": "users", "target": "me"}, {"id": "out", "source": "me", "target": "next"}]
        return {"format": 1, "nodes": nodes, "links": links}

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        options = {"rtt_ms": node.filled["peer_rtt_ms"], "timeout_ms": None}
        yield Wire("append", node.id, node.id, "append", options)
        yield Wire("copy", node.id, node.id, "copy", options)

    def program(self, asm: Assembler) -> None:
        for name in ("lost_acks", "rebalances", "elections"):
            asm.total(name)
        slots, take = main_station(asm, 1, ""), asm.law(service_law())
        store = LogStore(asm)
        fetch = LogFetch(asm, store)
        with asm.entry():
            enter(asm, slots)
            asm.serve(take)
            asm.release(slots)
            with asm.local() as partition:
                store.partition(partition)
                asm.move(VALUE, partition)
            store.forward()
            answer(asm, None)
        store.write_append()
        store.write_follower(slots)
        store.write_start()
        store.write_flushers(slots)
        store.write_replicators()
        fetch.write()

    # -- the controller ---------------------------------------------------------------------------
    def control(self, view: View, now: int) -> None:
        patience = view.params["session_timeout_s"] * 1e9
        alive = living(view, view.id, patience, now)
        changed = self.look_after_partitions(view, alive)
        for group, (_, node) in enumerate(view.targets()):
            changed |= self.look_after_group(view, group, living(view, node, patience, now), now)
        if changed:
            for broker in range(view.replicas()):
                view.notify("waiting", broker)

    def look_after_partitions(self, view: View, alive: list[int]) -> bool:
        brokers, changed = view.replicas(), False
        for partition in range(view.params["partitions"]):
            leader = view.word("leader", plus=partition)
            if leader not in alive:
                changed |= self.elect(view, partition, alive)
                leader = view.word("leader", plus=partition)
            if leader < 0:
                continue
            end = view.word("end", leader, partition)
            assigned = copies_of(partition, min(view.params["rf"], brokers), brokers)
            bits = view.word("in_step", plus=partition) | 1 << leader
            for broker in range(brokers):
                if assigned >> broker & 1 and broker != leader:
                    up = view.is_up("", broker)
                    bits = bits | 1 << broker if up else bits & ~(1 << broker)
                    if (
                        up
                        and view.word("end", broker, partition) < end
                        and not view.word("in_step", plus=partition) >> broker & 1
                    ):
                        view.write("end", end, broker, partition)
            view.write("in_step", bits, plus=partition)
        return changed

    def elect(self, view: View, partition: int, alive: list[int]) -> bool:
        """The longest copy in step leads. What a producer was told and it does not have is lost."""
        bits = view.word("in_step", plus=partition)
        ends = [(view.word("end", broker, partition), -broker) for broker in alive if bits >> broker & 1]
        if not ends:
            view.write("leader", -1, plus=partition)
            return True
        end, broker = max(ends)
        told = view.word("told", plus=partition)
        view.write("lost_acks", view.word("lost_acks") + max(0, told - end))
        view.write("elections", view.word("elections") + 1)
        for name in ("tail", "told"):
            view.write(name, end, plus=partition)
        readable = view.word("readable", plus=partition)
        groups = len(view.targets())
        view.write("lag", view.word("lag") + (end - readable) * groups)
        view.write("readable", end, plus=partition)
        for group in range(groups):
            cell = group * view.params["partitions"] + partition
            for name in ("position", "committed"):
                view.write(name, min(end, view.word(name, plus=cell)), plus=cell)
        view.write("leader", -broker, plus=partition)
        return True

    def look_after_group(self, view: View, group: int, members: list[int], now: int) -> bool:
        """Other members: stand still, then give the partitions out anew, from the last commit."""
        memory = view.memory.setdefault(f"group {group}", {"members": None, "until": None})
        cells = range(group * view.params["partitions"], (group + 1) * view.params["partitions"])
        if members != memory["members"]:
            first = memory["members"] is None
            memory |= {"members": members, "until": now if first else now + view.params["rebalance_s"] * 1e9}
            if not first:
                view.write("rebalances", view.word("rebalances") + 1)
                view.write("epoch", view.word("epoch", plus=group) + 1, plus=group)
                view.event("rebalance", group=view.targets()[group][0], members=len(members))
            for cell in cells:
                view.write("owner", -1, plus=cell)
        if memory["until"] is None or now < memory["until"]:
            return False
        memory["until"] = None
        for number, cell in enumerate(cells):
            done, read = view.word("committed", plus=cell), view.word("position", plus=cell)
            view.write("lag", view.word("lag") + read - done)
            view.write("position", done, plus=cell)
            view.write("owner", members[number % len(members)] if members else -1, plus=cell)
        return True


def living(view: View, node: str, patience_ns: float, now: int) -> list[int]:
    """Replicas that were up within the session timeout."""
    seen = view.memory.setdefault(f"seen {node}", {})
    for replica in range(view.replicas(node)):
        if view.is_up(node, replica):
            seen[str(replica)] = now
    return [replica for replica in range(view.replicas(node)) if now - seen.get(str(replica), -1) <= patience_ns]
