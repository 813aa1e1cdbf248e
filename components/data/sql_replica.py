"""SQL replica: a copy of a primary that follows its log, answers reads, and may take over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from components.base import Flag, Group, Integer, Metric, Number, Pointer, Proof, View, Wire
from components.program import (
    VALUE,
    WRITE,
    Assembler,
    Own,
    answer,
    enter,
    main_station,
    service_law,
)
from components.program.failover import fail_over
from components.program.standby import BEHIND, Standby
from components.work import Worker, narrow_proofs

NS = 1_000_000_000
FRESH = {"users.read_share": 0.5, "users.keys_n": 20}
DOWN = {"auto_promote": {"detect_s": 1, "promote_s": 1}}


class SqlReplica(Worker):
    """A copy of a database that follows its log and answers reads.

    It applies the records one by one, as PostgreSQL and MySQL do by default; 1200 a second is 1.2 times a busy primary of
    1000 writes a second (proposal, 2025).
    """

    kind, label, icon = "sql_replica", "Database replica", "database-share"
    metrics = (
        Metric("stale_reads", "answered with an older version than the committed one"),
        Metric("stale_ms", "sum of their ages in ms"),
        Metric("stale_most_ms", "the oldest of them, in ms", top=True),
        Metric("behind", "reads that asked for more than was applied, and went to the primary"),
        Metric("lag_records", "records that the primary has and that are not applied, now", gauge=True),
        Metric("lag_ms", "age in ms of the record that was applied last", gauge=True),
        Metric("lag_most_ms", "the highest such age", top=True),
        Metric("writes", "statements that changed something, as the leader"),
    )
    sends, keyed, reads_truth = (0, 0), True, True
    facts = ("max_conns", "apply_rate_rps")
    knobs = ("max_conns", "service_time_ms", "apply_rate_rps", "delayed_s")
    control_every = "check_s"

    proofs = (
        Proof("of", None, "nodes.me.counters.lag_ms", "down"),
        *narrow_proofs(max_conns=1),
        Proof("max_conns", 1, "nodes.me.queue_mean", "up", {"service_time_ms": 15}),
        Proof("apply_rate_rps", 3, "nodes.me.counters.lag_records", "up"),
        Proof("rtt_ms", 900, "nodes.me.counters.lag_ms", "up"),
        Proof("sync", True, "nodes.primary.own_ms.mean", "up", {"rtt_ms": 50}),
        Proof("delayed_s", 3, "nodes.me.counters.stale_reads", "up", FRESH),
        Proof("fsync_ms", 60, "nodes.primary.own_ms.mean", "up", {"sync": True}),
        Proof("write_time_ms", 40, "nodes.me.own_ms.p99", "up", DOWN),
        Proof("check_s", 4, "client.failed.*", "up", DOWN),
        Proof("auto_promote", {"detect_s": 1, "promote_s": 1}, "client.failed.*", "down"),
        Proof("auto_promote.detect_s", 3, "client.failed.*", "up", DOWN),
        Proof("auto_promote.promote_s", 3, "client.failed.*", "up", DOWN),
        Proof(
            "auto_promote.fence",
            False,
            "nodes.primary.counters.split_writes",
            "up",
            {"auto_promote": {"detect_s": 1, "promote_s": 0.5, "follow_s": 1.5}},
        ),
        Proof("auto_promote.follow_s", 3, "client.failed.*", "up", DOWN),
    )

    of = Pointer(kinds=("sql_primary",), live=False, help="The primary whose log it follows; null = none.")
    max_conns = Integer(
        default=100, minimum=1, maximum=100_000, log=True, label="Connections", help="Statements in progress at once."
    )
    service_time_ms = Number(
        default=5.0, maximum=60_000, unit="ms", log=True, label="Read time", help="Mean time of a read."
    )
    write_time_ms = Number(
        default=5.0, maximum=60_000, unit="ms", log=True, label="Write time",
        help="Mean time of a write before it reaches the log, once this one leads.",
    )  # fmt: skip
    apply_rate_rps = Number(
        default=1200.0, minimum=1, maximum=1e6, unit="rps", log=True, help="Records that it can apply a second."
    )
    rtt_ms = Number(
        default=0.5,
        maximum=10_000,
        unit="ms",
        log=True,
        live=False,
        label="Round trip",
        help="Network time to the primary.",
    )
    sync = Flag(default=False, help="The primary may wait for it: see its wal.sync_commit.")
    delayed_s = Number(
        default=0.0, maximum=86_400, unit="s", help="Age at which a record is applied: time to undo a mistake."
    )
    fsync_ms = Number(
        default=1.0, maximum=10_000, unit="ms", log=True, help="Time of one flush of the log that it receives."
    )
    check_s = Number(
        default=1.0, minimum=0.1, maximum=600, unit="s", live=False, help="How often it looks for signs of the primary."
    )
    auto_promote = Group(
        help="Take over when the primary is silent; of several replicas the one with the most records does.",
        fields={
            "detect_s": Number(default=10.0, minimum=0.5, maximum=3600, unit="s", help="Silence that counts as a failure."),
            "promote_s": Number(default=20.0, maximum=3600, unit="s", help="From then until it takes writes."),
            "fence": Flag(default=True, help="The old primary is stopped from writing first; off may split the brain."),
            "follow_s": Number(default=0.0, maximum=3600, unit="s", help="From then until callers know the new leader."),
        },
    )  # fmt: skip

    def fits(self, node: Any, design: Any) -> Iterable[tuple[str, Any, str]]:
        of = node.filled["of"]
        if of is None:
            return
        primary = design.node(of).filled
        if primary["wal"] is None:
            yield "of", of, "must have a log: its wal is null"
        if primary["replicas"] != 1:
            yield "of", of, f"must be one primary: it has {primary['replicas']} replicas"

    def reads_for(self, params: Any) -> str | None:
        return str(params["of"]) if params["of"] else None

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        if node.filled["of"] is not None:
            name = "ship_sync" if node.filled["sync"] else "ship"
            options = {"rtt_ms": node.filled["rtt_ms"], "timeout_ms": max(10_000, 4 * node.filled["rtt_ms"])}
            yield Wire(name, node.filled["of"], node.id, "ship", options)

    def program(self, asm: Assembler) -> None:
        conns = main_station(asm, "max_conns")
        read, write = asm.law(service_law()), asm.law(service_law("write_time_ms", "write"))
        standby, changes, done = Standby(asm), asm.counter("writes"), asm.label()

        def refuse() -> None:
            asm.release(conns)
            asm.fail("error")

        def writes() -> None:
            asm.branch(read_only, Own("leading"), "==", 0)
            asm.bump(changes)
            asm.serve(write)
            standby.commit()
            asm.jump(done)

        def behind() -> None:
            asm.bump(standby.behind)
            asm.move(VALUE, BEHIND)
            asm.jump(done)

        read_only = asm.later(refuse)
        with asm.entry():
            enter(asm, conns)
            asm.branch(asm.later(writes), WRITE, "!=", 0)
            asm.serve(read)
            standby.read(asm.later(behind))
            asm.place(done)
            answer(asm, conns)
        standby.write_door(asm.later(lambda: asm.fail("error")))
        standby.write_daemons()

    def control(self, view: View, now: int) -> None:
        if view.params["of"] and view.params["auto_promote"]:
            fail_over(view, now, self.kind)

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A primary that takes writes, a replica that takes reads. It is cut off for a while; later the primary dies."""
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "keys_n": 2000, "read_share": 0.8}}
        me = {"id": "me", "kind": "sql_replica", "params": {"of": "primary"}}
        nodes = [users, {"id": "primary", "kind": "sql_primary"}, me]
        links = [{"id": "in", "source": "users", "target": "primary", "params": {"consistency": "any_replica"}}]
        script = [
            {"at_s": 2, "command": "inject", "id": "cut", "fault": "loss", "target": "me", "p": 1, "for_s": 3.5},
            {"at_s": 7, "command": "inject", "id": "dead", "fault": "crash", "target": "primary", "for_s": 100},
        ]
        return {"format": 1, "nodes": nodes, "links": links, "script": script}
