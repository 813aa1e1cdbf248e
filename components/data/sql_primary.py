"""SQL primary: connections, statements and transactions under an isolation level, and a write-ahead log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Flag, Group, Integer, Metric, Number, Proof, Wire
from components.isolation import Isolated
from components.paged import Paged
from components.program import (
    STATUS,
    WRITE,
    Assembler,
    Index,
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
from components.program.pages import Pages
from components.program.ship import Shipping, commit_position, is_shipped
from components.program.storage import Storage, storage_wires, write_copier
from components.program.wal import write_checkpointer
from components.work import narrow_proofs


class SqlPrimary(Paged, Isolated):
    """A relational database that takes all writes.

    5 ms a statement and 1 ms an fsync are orders of magnitude to calibrate with pgbench (proposal, 2025).
    """

    kind, label, icon = "sql_primary", "Database", "database"
    faults = (*Paged.faults, "leak")
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
        Metric("page_reads", "pages that statements looked at"),
        Metric("page_misses", "pages that were not in memory"),
        Metric("page_writes", "pages that statements changed"),
        Metric("scans", "queries that read the whole table"),
        Metric("lock_waits", "times a transaction waited for a row"),
    )
    sends, keeps_truth = (0, 0), True
    facts = ("max_conns", "service_time_ms")
    knobs = ("max_conns", "service_time_ms", "write_time_ms", "queue_cap")

    proofs = (
        Proof("slow_factor", 200, "nodes.me.own_ms.p999", "up", {"service_dist": "bimodal"}),
        *narrow_proofs(max_conns=1),
        Proof("max_conns", 1, "nodes.me.queue_mean", "up"),
        Proof("cpu_cores", 1, "nodes.me.latency_ms.mean", "up", {"service_time_ms": 8}),
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
        Proof("ship_delay_ms", 300, "nodes.copy.counters.lag_ms", "up", {"copy.of": "me"}),
    )  # fmt: skip

    max_conns = Integer(
        default=100,
        minimum=1,
        maximum=100_000,
        log=True,
        label="Connections",
        help="Statements in progress at once, per replica.",
    )
    cpu_cores = Integer(
        default=None, nullable=True, minimum=1, maximum=1024, log=True, live=False,
        help="Statements that compute at once; the others wait with their connection. null = one core a connection.",
    )  # fmt: skip
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

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        return [*self.check_transactions(params), *self.check_pages(params)]

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        return storage_wires(node.id, node.filled["storage"])

    @classmethod
    def example(cls) -> dict[str, Any]:
        """With a crash in the middle, for what a restart costs; with a replica and a disk that are not in use."""
        crash = {"at_s": 6, "command": "inject", "id": "c", "fault": "crash", "target": "me", "for_s": 0.5}
        plain = super().example()
        others = [{"id": "disk", "kind": "disk"}, {"id": "copy", "kind": "sql_replica"}]
        return plain | {"nodes": [*plain["nodes"], *others], "script": [crash]}

    def program(self, asm: Assembler) -> None:
        conns = main_station(asm, "max_conns")
        read, write = asm.law(service_law()), asm.law(service_law("write_time_ms", "write"))
        done, changes = asm.label(), asm.counter("writes")

        def fail_on_disk() -> None:
            asm.release(conns)
            asm.reply(STATUS)

        storage = Storage(asm) if asm.params["storage"] is not None else None
        log = Log(asm, storage) if asm.params["wal"] is not None else None
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

        cores = asm.station("cores", "cpu_cores") if asm.params["cpu_cores"] is not None else None

        def refuse_work() -> None:
            asm.release(conns)
            asm.fail("queue_full")

        def compute(law: Index) -> None:
            """Work that needs a core; who waits for one keeps the connection."""
            if cores is not None:
                asm.acquire(cores, asm.later(refuse_work))
            asm.serve(law)
            if cores is not None:
                asm.release(cores)

        failed = asm.later(fail_on_disk)
        pages = Pages(asm, storage, failed) if storage is not None and asm.params["rows"] is not None else None
        if pages is None:
            for name in ("page_reads", "page_misses", "page_writes", "scans"):
                asm.counter(name)

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
            compute(write)
            if pages is not None:
                pages.write()
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
            compute(read)
            if pages is not None:
                pages.read()
            if rows is not None:
                rows.read_one(aborted)
            current(asm)
            asm.place(done)
            answer(asm, conns)
        if log is not None:
            log.write_daemons()
        if pages is not None or log is not None:
            write_checkpointer(asm, log, pages.clean if pages is not None else None)
        write_copier(asm, storage, log.written if log is not None else None)
        if shipping is not None:
            shipping.write_daemons()
