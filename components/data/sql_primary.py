"""SQL primary: connections, statements and transactions under an isolation level, and a write-ahead log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Flag, Group, Id, Integer, Metric, Number, Pointer, Proof, Rows, Wire
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
from components.program.pages import MOST_PAGES, Pages, Shape
from components.program.ship import Shipping, commit_position, is_shipped
from components.program.storage import Storage, storage_wires, write_copier
from components.program.wal import write_checkpointer
from components.work import Worker, narrow_proofs

HOT = {"hot_rows": 4, "txn_ms": 20}
PAGED = {"storage": "disk", "rows": 20_000, "buffer_pool_gb": 0.001}
ASKED = PAGED | {"query": {}}


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
        Proof("storage", "disk", "nodes.disk.counters.fsyncs", "up"),
        Proof("rows", 200, "nodes.me.counters.page_reads", "down", PAGED),
        Proof("row_bytes", 2000, "nodes.me.counters.page_misses", "up", PAGED),
        Proof("page_kb", 64, "nodes.disk.counters.kb", "up", PAGED),
        Proof("btree_fanout", 10, "nodes.me.counters.page_reads", "up", PAGED),
        Proof("buffer_pool_gb", 1, "nodes.me.counters.page_misses", "down", PAGED),
        Proof("indexes", [{"column": "column"}], "nodes.me.counters.page_writes", "up", PAGED),
        Proof("partitions", 100, "nodes.me.counters.page_reads", "down", PAGED | {"btree_fanout": 10}),
        Proof("query.one_partition", True, "nodes.me.counters.page_reads", "down", ASKED | {"partitions": 10}),
        Proof("query", {}, "nodes.me.counters.scans", "up", PAGED),
        Proof("query.share", 0.2, "nodes.me.counters.scans", "down", ASKED),
        Proof("query.column", "other", "nodes.me.counters.scans", "up", ASKED | {"indexes": [{"column": "column"}]}),
        Proof("query.selectivity", 0.5, "nodes.me.counters.scans", "up", ASKED | {"indexes": [{"column": "column"}]}),
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

    storage = Pointer(
        kinds=("disk",), live=False, help="The disk under it: flushes, pages and backups share it; null = none."
    )
    rows = Integer(
        default=None, nullable=True, minimum=1, maximum=1_000_000_000, log=True, live=False,
        help="Rows of the table. Statements then read and change pages, in memory or on the disk; null = no pages.",
    )  # fmt: skip
    row_bytes = Integer(default=200, minimum=1, maximum=100_000, log=True, live=False, help="Size of a row in bytes.")
    page_kb = Integer(default=8, minimum=1, maximum=1024, log=True, live=False, unit="kb", help="Size of a page.")
    btree_fanout = Integer(
        default=300,
        minimum=2,
        maximum=10_000,
        log=True,
        live=False,
        label="B-tree fan-out",
        help="Entries in a page of an index.",
    )
    buffer_pool_gb = Number(
        default=8.0,
        minimum=0.0001,
        maximum=10_000,
        log=True,
        live=False,
        unit="gb",
        help="Memory for pages; the oldest go first.",
    )
    partitions = Integer(
        default=1, minimum=1, maximum=1000, log=True, live=False,
        help="Ranges of rows, such as months, each with trees of its own: lower trees, and queries may need one range alone.",
    )  # fmt: skip
    indexes = Rows(
        most=10, required=("column",), unique="column", help="Further indexes. Every write changes each of them.",
        fields={
            "column": Id(default="column", help="What it is sorted by."),
            "covering": Flag(default=False, help="It holds all that the query wants: rows need not be read."),
        },
    )  # fmt: skip
    query = Group(
        help="Reads that look for a value of a column instead of the primary key: by an index if that costs less than "
        "reading everything.",
        fields={
            "share": Number(default=1.0, maximum=1, help="Share of the reads."),
            "column": Id(default="column", live=False, help="The column that is asked for."),
            "one_partition": Flag(default=False, help="It names the partition: the others are left out."),
            "selectivity": Number(default=0.0001, maximum=1, log=True, live=False, help="Share of the rows that match."),
        },
    )  # fmt: skip

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        rows = params["hot_rows"]
        if rows is not None and rows % 2 and params["two_row_share"] > 0:
            yield "hot_rows", rows, "must be even when two_row_share is above 0: rows have partners"
        if params["rows"] is not None:
            if params["storage"] is None:
                yield "rows", params["rows"], "must have a disk for its pages: set storage"
            elif (pages := Shape(params).pages) > MOST_PAGES:
                yield "rows", params["rows"], f"must fit in {MOST_PAGES} pages with its indexes: they are {pages}"
        elif params["query"] is not None:
            yield "query", params["query"], "must have rows to look for"

    @classmethod
    def sees_keys(cls, params: Mapping[str, Any]) -> bool:
        return params["rows"] is not None

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
