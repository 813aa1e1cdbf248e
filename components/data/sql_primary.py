"""SQL primary: connections, statements and transactions under an isolation level, and a write-ahead log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Flag, Group, Integer, Metric, Number, Proof
from components.program import (
    WRITE,
    Assembler,
    Log,
    Transactions,
    answer,
    commit,
    current,
    enter,
    main_station,
    refuse_while_recovering,
    service_law,
)
from components.program.ship import Shipping, commit_position, is_shipped
from components.work import Worker, narrow_proofs

HOT = {"hot_rows": 4, "txn_ms": 20}


class SqlPrimary(Worker):
    """A relational database that takes all writes.

    5 ms a statement and 1 ms an fsync are orders of magnitude to calibrate with pgbench (proposal, 2025).
    """

    kind, label, icon = "sql_primary", "Database", "database"
    metrics = (
        Metric("writes", "statements that changed something"),
        Metric("lost_acks", "commits that were acknowledged and are gone after a crash"),
        Metric("flushes", "times the log was made durable"),
        Metric("split_writes", "writes acknowledged here after another had taken over"),
        Metric("lost_updates", "writes over a version that their transaction had not read"),
        Metric("write_skew", "commits whose partner row was changed meanwhile by one that read both"),
        Metric("dirty_reads", "reads of what was rolled back later"),
        Metric("aborts", "transactions that were given up"),
        Metric("deadlocks", "cycles of waiting transactions that were broken"),
        Metric("lock_waits", "times a transaction waited for a row"),
    )
    sends, keeps_truth = (0, 0), True
    facts = ("max_conns", "service_time_ms")
    knobs = ("max_conns", "service_time_ms", "write_time_ms", "queue_cap")

    proofs = (
        Proof("slow_factor", 200, "nodes.me.own_ms.p999", "up", {"service_dist": "bimodal"}),
        *narrow_proofs(max_conns=1),
        Proof("max_conns", 1, "nodes.me.queue_mean", "up"),
        Proof("write_time_ms", 40, "nodes.me.own_ms.mean", "up"),
        Proof("wal", None, "nodes.me.own_ms.mean", "down"),
        Proof("wal.fsync_ms", 20, "nodes.me.own_ms.mean", "up"),
        Proof("wal.group_commit", False, "nodes.me.own_ms.mean", "up", {"users.read_share": 0, "wal.fsync_ms": 9}),
        Proof("wal.sync_commit", "off", "nodes.me.own_ms.mean", "down", {"wal.fsync_ms": 20}),
        Proof("wal.commit_delay_us", 30_000, "nodes.me.counters.flushes", "down"),
        Proof("wal.wal_writer_delay_ms", 2000, "nodes.me.counters.flushes", "down", {"wal.sync_commit": "off"}),
        Proof(
            "checkpoint_s", 1, "client.failed.node_down", "down",
            {"users.rate_rps": 2000, "users.read_share": 0, "write_time_ms": 1, "service_dist": "const"},
        ),
        Proof("isolation", "si", "nodes.me.counters.lost_updates", "down", HOT),
        Proof("hot_rows", 2, "nodes.me.counters.lost_updates", "up"),
        Proof("txn_ms", 60, "nodes.me.counters.lost_updates", "up", HOT),
        Proof("txn_dist", "exp", "nodes.me.own_ms.p99", "up", HOT),
        Proof("two_row_share", 1, "nodes.me.counters.write_skew", "up", HOT),
        Proof("rollback_p", 0.4, "client.failed.aborted", "up", HOT),
        Proof("ordered_locks", False, "nodes.me.counters.deadlocks", "up", HOT | {"isolation": "2pl", "two_row_share": 1}),
        Proof(
            "deadlock_detection", False, "nodes.me.counters.deadlocks", "down",
            HOT | {"isolation": "2pl", "two_row_share": 1, "ordered_locks": False},
        ),
        Proof("lock_timeout_ms", 5, "nodes.me.counters.aborts", "up", {"hot_rows": 1, "txn_ms": 20, "isolation": "2pl"}),
    )  # fmt: skip

    max_conns = Integer(
        default=100,
        minimum=1,
        maximum=100_000,
        log=True,
        label="Connections",
        help="Statements in progress at once, per replica.",
    )
    service_time_ms = Number(
        default=5.0, maximum=60_000, unit="ms", log=True, label="Read time", help="Mean time of a read."
    )
    write_time_ms = Number(
        default=5.0,
        maximum=60_000,
        unit="ms",
        log=True,
        label="Write time",
        help="Mean time of a write before it reaches the log.",
    )
    wal = Group(
        default={}, label="Write-ahead log", help="A write waits until the log is on disk; null = no log.",
        fields={
            "fsync_ms": Number(default=1.0, maximum=10_000, unit="ms", log=True, help="Time of one flush to disk."),
            "group_commit": Flag(default=True, help="One flush takes all writes that wait for it."),
            "sync_commit": Choice(
                default="on", choices=("off", "local", "remote_write", "on", "remote_apply"),
                help="When a commit is answered: off before the flush; the others after it, and after a replica did its part.",
            ),
            "commit_delay_us": Number(
                default=0.0, maximum=1_000_000, unit="us", help="Pause before a flush, so that more commits share it."
            ),
            "wal_writer_delay_ms": Number(
                default=200.0, minimum=1, maximum=10_000, unit="ms", log=True, help="How often sync_commit off flushes."
            ),
        },
    )  # fmt: skip
    checkpoint_s = Number(
        default=300.0, minimum=1, maximum=86_400, unit="s", log=True, live=False,
        help="How often a checkpoint is made; a restart reads the log since the last one again.",
    )  # fmt: skip
    ship_delay_ms = Number(
        default=0.0, maximum=600_000, unit="ms", log=True,
        help="How long records wait before they are sent to replicas: a slow network. A crash loses them.",
    )  # fmt: skip
    isolation = Choice(
        default="rc", choices=("ru", "rc", "rr", "si", "ssi", "2pl"),
        help="What transactions on hot rows see of each other; needs hot_rows.",
    )  # fmt: skip
    hot_rows = Integer(
        default=None, nullable=True, minimum=1, maximum=10_000, log=True, live=False,
        help="Every write is a transaction that reads and writes one of so many rows; null = writes never meet.",
    )  # fmt: skip
    txn_ms = Number(
        default=5.0, maximum=60_000, unit="ms", log=True, label="Transaction time",
        help="Work of a transaction between its reads and its write; needs hot_rows.",
    )  # fmt: skip
    txn_dist = Choice(default="const", choices=("const", "exp"), help="How the transaction time varies.")
    two_row_share = Number(
        default=0.0, maximum=1, help="Share of transactions that also read the partner row: two doctors on call."
    )
    rollback_p = Number(default=0.0, maximum=1, help="Share of transactions that take back what they wrote.")
    ordered_locks = Flag(
        default=True, help="2pl locks two rows in the order of their numbers; off lets deadlocks happen."
    )
    deadlock_detection = Flag(
        default=True, help="A wait that closes a cycle is given up at once; off waits for the time-out."
    )
    lock_timeout_ms = Number(
        default=1000.0, minimum=1, maximum=3_600_000, unit="ms", log=True, live=False,
        help="How long a transaction waits for a row before it is given up.",
    )  # fmt: skip

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        rows = params["hot_rows"]
        if rows is not None and rows % 2 and params["two_row_share"] > 0:
            yield "hot_rows", rows, "must be even when two_row_share is above 0: rows have partners"

    @classmethod
    def example(cls) -> dict[str, Any]:
        """With a crash in the middle, for what a restart costs."""
        crash = {"at_s": 6, "command": "inject", "id": "c", "fault": "crash", "target": "me", "for_s": 0.5}
        return super().example() | {"script": [crash]}

    def program(self, asm: Assembler) -> None:
        conns = main_station(asm, "max_conns")
        read, write = asm.law(service_law()), asm.law(service_law("write_time_ms", "write"))
        done, changes = asm.label(), asm.counter("writes")
        log = Log(asm) if asm.params["wal"] is not None else None
        if log is None:
            for name in ("lost_acks", "flushes"):
                asm.counter(name)
        rows = Transactions(asm) if asm.params["hot_rows"] is not None else None
        if rows is None:
            for name in ("lost_updates", "write_skew", "dirty_reads", "aborts", "deadlocks", "lock_waits"):
                asm.counter(name)
        aborted = asm.label()

        shipping = Shipping(asm, log) if log is not None and is_shipped(asm) else None
        if shipping is None:
            asm.counter("split_writes")

        def make_safe() -> None:
            if log is None:
                commit(asm)
                return
            with asm.local() as mine:
                log.append(mine)
                if shipping is not None:
                    shipping.record(mine)
                log.settle(mine)
                if shipping is not None:
                    commit_position(asm, mine)
                    shipping.acknowledge(mine)
            if shipping is None:
                commit(asm)

        def writes() -> None:
            if shipping is not None:
                shipping.refuse_if_fenced(read_only)
            asm.bump(changes)
            asm.serve(write)
            if rows is not None:
                rows.run(make_safe, aborted)
            else:
                make_safe()
            asm.jump(done)
            if rows is not None:
                asm.place(aborted)
                asm.bump(rows.aborts)
                asm.release(conns)
                asm.fail("aborted")

        def refuse() -> None:
            asm.release(conns)
            asm.fail("error")

        read_only = asm.later(refuse)
        with asm.entry():
            if log is not None:
                refuse_while_recovering(asm)
            enter(asm, conns)
            asm.branch(asm.later(writes), WRITE, "!=", 0)
            asm.serve(read)
            if rows is not None:
                rows.read_one(aborted)
            current(asm)
            asm.place(done)
            answer(asm, conns)
        if log is not None:
            log.write_daemons()
        if shipping is not None:
            shipping.write_daemons()
