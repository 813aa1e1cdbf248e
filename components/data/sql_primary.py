"""SQL primary: connections, reads, writes and a write-ahead log with group commit."""

from __future__ import annotations

from components.base import Choice, Flag, Group, Integer, Metric, Number
from components.program import (
    WRITE,
    Assembler,
    Op,
    answer,
    commit,
    constant_law,
    current,
    enter,
    main_station,
    service_law,
)
from components.work import Worker


class SqlPrimary(Worker):
    """A relational database that takes all writes.

    5 ms a statement and 1 ms an fsync are orders of magnitude to calibrate with pgbench (proposal, 2025).
    """

    kind, label, icon = "sql_primary", "Database", "database"
    metrics = (Metric("writes", "statements that changed something"),)
    sends, keeps_truth = (0, 0), True
    facts = ("max_conns", "service_time_ms")
    knobs = ("max_conns", "service_time_ms", "write_time_ms", "queue_cap")

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
            "sync_commit": Choice(default="on", choices=("on", "off"), help="off answers before the flush."),
        },
    )  # fmt: skip

    def program(self, asm: Assembler) -> None:
        conns = main_station(asm, "max_conns")
        read, write = asm.law(service_law()), asm.law(service_law("write_time_ms", "write"))
        done, changes = asm.label(), asm.counter("writes")

        def writes() -> None:
            asm.bump(changes)
            asm.serve(write)
            if log is not None:
                log.commit()
            commit(asm)
            asm.jump(done)

        log = Log(asm) if asm.params["wal"] is not None else None
        with asm.entry():
            enter(asm, conns)
            asm.branch(asm.later(writes), WRITE, "!=", 0)
            asm.serve(read)
            current(asm)
            asm.place(done)
            answer(asm, conns)
        if log is not None:
            log.write_flusher()


class Log:
    """The write-ahead log: positions rise by one a write; a flush makes all of them durable that were there when it began."""

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        wal = asm.params["wal"]
        self.grouped, self.waits = wal["group_commit"], wal["sync_commit"] == "on"
        self.written, self.flushed = asm.word("log_written"), asm.word("log_flushed")
        self.work, self.durable = asm.queue("log_work"), asm.queue("log_durable")
        self.fsync = asm.law(constant_law("fsync", "wal.fsync_ms", 1e6))

    def commit(self) -> None:
        asm = self.asm
        asm.bump(self.written)
        asm.notify(self.work, 1)
        if self.waits:
            with asm.local() as mine:
                asm.move(mine, self.written)
                with asm.repeat_while(self.flushed, "<", mine):
                    asm.wait(self.durable)

    def write_flusher(self) -> None:
        """Waiters stand in the order of their positions, so waking as many as became durable wakes just those."""
        asm = self.asm
        with asm.daemon(), asm.forever():
            with asm.repeat_while(self.flushed, "==", self.written):
                asm.wait(self.work)
            with asm.local() as upto, asm.local() as batch:
                asm.move(upto, self.written)
                if not self.grouped:
                    asm.add(upto, self.flushed, 1)
                asm.emit(Op.SUB, batch, upto, self.flushed)
                asm.serve(self.fsync)
                asm.move(self.flushed, upto)
                asm.notify(self.durable, batch)
