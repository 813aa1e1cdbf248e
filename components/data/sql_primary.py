"""SQL primary: connections, reads, writes and a write-ahead log with group commit."""

from __future__ import annotations

from components.base import Choice, Flag, Group, Integer, Number
from components.work import Worker


class SqlPrimary(Worker):
    """A relational database that takes all writes.

    5 ms a statement and 1 ms an fsync are orders of magnitude to calibrate with pgbench (proposal, 2025).
    """

    kind, label, icon = "sql_primary", "Database", "database"
    sends = (0, 0)
    facts = ("max_conns", "service_time_ms")
    knobs = ("max_conns", "service_time_ms", "write_time_ms", "queue_cap")

    max_conns = Integer(default=100, minimum=1, maximum=100_000, log=True, label="Connections", help="Statements in progress at once, per replica.")
    service_time_ms = Number(default=5.0, maximum=60_000, unit="ms", log=True, label="Read time", help="Mean time of a read.")
    write_time_ms = Number(default=5.0, maximum=60_000, unit="ms", log=True, label="Write time", help="Mean time of a write before it reaches the log.")
    wal = Group(
        default={}, label="Write-ahead log", help="A write waits until the log is on disk; null = no log.",
        fields={
            "fsync_ms": Number(default=1.0, maximum=10_000, unit="ms", log=True, help="Time of one flush to disk."),
            "group_commit": Flag(default=True, help="One flush takes all writes that wait for it."),
            "sync_commit": Choice(default="on", choices=("on", "off"), help="off answers before the flush."),
        },
    )  # fmt: skip
