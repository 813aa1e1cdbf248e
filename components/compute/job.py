"""Job: work on a schedule that copies the data of a database in chunks: backups, log archives, extracts, compaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from components.base import Choice, Component, Integer, Metric, Number, Pointer, Proof, Wire
from components.program import (
    AUX,
    NOWHERE,
    STATUS,
    VALUE,
    VERSION,
    Assembler,
    Label,
    Op,
    Own,
    Reg,
    seconds,
    thousandths,
    wire_lanes,
)  # fmt: skip
from components.program.storage import CLOSE, OPEN

CHUNK_KB = 1000
NS, NS_PER_MS, NEVER = 1_000_000_000, 1_000_000, 1 << 60
CABLE = {"rtt_ms": 0.5, "timeout_ms": None}
INCREMENTAL = ("backup_incr", "wal_archive")
COPIES = ("backup_full", "backup_incr", "wal_archive")

RESTORED = {"job": "restore", "backup": "full", "log": "kept", "schedule_s": 5}


class Job(Component):
    """Copies a database at intervals, and takes the time of its disk.

    Each chunk of a megabyte is an operation of the disk among all others, so a backup makes queries slower unless it is
    slowed down itself (Google SRE book, 2016, on throttled backups).
    """

    kind, label, icon = "job", "Scheduled job", "calendar-time"
    faults: ClassVar[tuple[str, ...]] = ("crash", "pause")
    metrics = (
        Metric("runs", "times it was done"),
        Metric("job_failures", "times it was given up"),
        Metric("kb", "kilobytes that were copied"),
        Metric("lost_records", "commits that a restore could not bring back"),
        Metric("took_ms", "how long the last run took", gauge=True),
        Metric("rpo_ms", "age of the newest finished copy: what a loss of the database would cost now", gauge=True),
        Metric("rpo_most_ms", "the highest such age", top=True),
    )
    sends, receives = (0, 0), False
    facts = ("job", "schedule_s")
    knobs = ("schedule_s", "mb_s", "throttle")

    proofs = (
        Proof("of", None, "nodes.me.counters.kb", "down"),
        Proof("job", "wal_archive", "nodes.me.counters.kb", "down"),
        Proof("schedule_s", 5, "nodes.me.counters.runs", "down"),
        Proof("mb_s", 10, "nodes.me.counters.took_ms", "up"),
        Proof("throttle", 0.9, "nodes.me.counters.took_ms", "up"),
        Proof("row_bytes", 2000, "nodes.me.counters.kb", "up", {"job": "wal_archive"}),
        Proof("size_gb", 0.001, "nodes.me.counters.kb", "down"),
        Proof("backup", "full", "nodes.me.counters.runs", "up", {"job": "restore"}),
        Proof(
            "log",
            "kept",
            "nodes.me.counters.lost_records",
            "down",
            {"job": "restore", "backup": "full", "schedule_s": 5},
        ),
        Proof("replay_factor", 0.5, "nodes.me.counters.took_ms", "up", RESTORED),
        Proof("price_per_hour", 7, "cost.per_month", "up"),
    )

    of = Pointer(kinds=("sql_primary",), live=False, help="The database; null = none.")
    job = Choice(
        default="backup_full", choices=(*COPIES, "restore", "etl", "compaction"),
        help="A full copy, the rows changed since the last run, the log since then, writing a copy back once, an extract, or "
        "rewriting everything.",
    )  # fmt: skip
    backup = Pointer(kinds=("job",), live=False, help="restore: the job whose newest copy is written back.")
    log = Pointer(
        kinds=("job",),
        live=False,
        help="restore: the job that keeps the log since; null = what came after the copy is lost.",
    )
    replay_factor = Number(
        default=4.0,
        minimum=0.01,
        maximum=10_000,
        log=True,
        help="restore: how many times faster the log is replayed than it was written.",
    )
    schedule_s = Number(
        default=86_400.0, minimum=1, maximum=31_536_000, unit="s", log=True, help="From the end of a run to the next."
    )
    mb_s = Number(
        default=100.0, minimum=0.01, maximum=100_000, unit="mb_s", log=True, label="Speed", help="Megabytes a second."
    )
    throttle = Number(default=0.0, maximum=0.99, help="Share of the time that it rests, to leave the disk to others.")
    size_gb = Number(
        default=10.0, minimum=0.001, maximum=1_000_000, unit="gb", log=True, live=False,
        help="All of the data; a run that copies changes copies less.",
    )  # fmt: skip
    row_bytes = Integer(
        default=200, minimum=1, maximum=100_000, log=True, live=False, help="Size of a changed row in bytes."
    )
    price_per_hour = Number(
        default=None, maximum=1_000_000, nullable=True, live=False, label="Price per hour",
        help="Dollars for it; null = from the dated price list.",
    )  # fmt: skip

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        if node.filled["of"] is not None:
            yield Wire("copy", node.id, node.filled["of"], "copy", CABLE)
            for name in ("backup", "log"):
                if node.filled[name] is not None:
                    yield Wire(name, node.id, node.filled[name], "state", CABLE)

    def program(self, asm: Assembler) -> None:
        self.lanes, count = wire_lanes(asm, "copy")
        runs, failures = asm.counter("runs"), asm.counter("job_failures")
        self.moved, took = asm.counter("kb"), asm.counter("took_ms")
        self.lost = asm.counter("lost_records")
        self.copied_at, self.last = asm.word("durable_at", keep=True), asm.word("last_position", keep=True)
        once = asm.params["job"] == "restore"
        with asm.daemon(), asm.forever(), asm.local() as start, asm.local() as left:
            asm.now(start)
            asm.move(left, asm.live("schedule_s", seconds))
            asm.emit(Op.SLEEP, left)
            if count and (not once or asm.params["backup"] is not None):
                over = asm.label()
                asm.now(start)
                (self.restore if once else self.copy_all)(asm, left, over)
                asm.bump(runs)
                asm.move(self.copied_at, start)
                asm.place(over)
                with asm.when(STATUS, "!=", 0):
                    asm.bump(failures)
                with asm.local() as end:
                    asm.now(end)
                    asm.emit(Op.SUB, end, end, start)
                    asm.emit(Op.DIV, took, end, NS_PER_MS)
                if once:
                    with asm.forever():
                        asm.move(left, NEVER)
                        asm.emit(Op.SLEEP, left)
        self.write_age(asm)
        with asm.entry("state"):
            asm.move(VALUE, self.copied_at)
            asm.move(VERSION, self.last)
            asm.reply()

    def write_age(self, asm: Assembler) -> None:
        """Once a second: how old is the newest copy?"""
        rpo, most = asm.counter("rpo_ms"), asm.total("rpo_most_ms")
        if asm.params["job"] in COPIES:
            with asm.daemon(), asm.forever(), asm.local() as at:
                asm.move(at, NS)
                asm.emit(Op.SLEEP, at)
                asm.now(at)
                asm.emit(Op.SUB, at, at, self.copied_at)
                asm.emit(Op.DIV, rpo, at, NS_PER_MS)
                asm.emit(Op.MAX, most, most, rpo)

    def copy_all(self, asm: Assembler, left: Reg, failed: Label) -> None:
        self.measure(asm, self.lanes, left, self.last)
        self.copy(asm, self.lanes, left, self.moved, failed)

    def restore(self, asm: Assembler, left: Reg, failed: Label) -> None:
        """Shut the database, write the newest backup into it, replay the log that was kept since, open it again.

        What was committed after the end of that log is lost.
        """
        asm.move(VALUE, CLOSE)
        asm.emit(Op.CALL, self.lanes, NOWHERE)
        with asm.local() as now_at, asm.local() as position, asm.local() as replay:
            asm.move(now_at, VALUE)
            self.ask_state(asm, "backup")
            asm.move(position, VERSION)
            asm.move(replay, 0)
            if asm.params["log"] is not None:
                asm.move(replay, VALUE)
                self.ask_state(asm, "log")
                asm.move(position, VERSION)
                asm.emit(Op.SUB, replay, VALUE, replay)
                asm.emit(Op.MAX, replay, replay, 0)
                asm.emit(Op.MUL, replay, replay, 1000)
                asm.emit(Op.DIV, replay, replay, asm.live("replay_factor", thousandths))
            asm.emit(Op.SUB, AUX, now_at, position)
            asm.add(self.lost, self.lost, AUX)
            asm.move(left, round(asm.params["size_gb"] * 1e6))
            asm.move(position, AUX)
            with asm.when(replay, ">", 0):
                asm.emit(Op.SLEEP, replay)
            asm.move(self.last, position)
        self.copy(asm, self.lanes, left, self.moved, failed)
        asm.move(AUX, self.last)
        asm.move(VALUE, OPEN)
        asm.emit(Op.CALL, self.lanes, NOWHERE)

    def ask_state(self, asm: Assembler, of: str) -> None:
        """VALUE = when the newest copy of that job was begun, VERSION = the position of the log then."""
        lanes, _ = wire_lanes(asm, of)
        asm.emit(Op.CALL, lanes, NOWHERE)

    def measure(self, asm: Assembler, lanes: Own, left: Reg, last: Own) -> None:
        """left = kilobytes to copy."""
        params = asm.params
        asm.move(VALUE, 0)
        asm.emit(Op.CALL, lanes, NOWHERE)
        size = round(params["size_gb"] * 1e6)
        asm.move(left, 2 * size if params["job"] == "compaction" else size)
        if params["job"] in INCREMENTAL:
            asm.emit(Op.SUB, left, VALUE, last)
            asm.emit(Op.MUL, left, left, params["row_bytes"])
            asm.emit(Op.DIV, left, left, 1000)
            if params["job"] == "backup_incr":
                asm.emit(Op.MIN, left, left, size)
        asm.move(last, VALUE)

    def copy(self, asm: Assembler, lanes: Own, left: Reg, moved: Own, failed: Any) -> None:
        """Chunk after chunk, none sooner than the speed and the throttle allow."""
        speed = asm.live("mb_s", lambda mb_s: round(1e6 / mb_s))
        throttle = asm.live("throttle", thousandths)
        with asm.repeat_while(left, ">", 0), asm.local() as pace, asm.local() as busy, asm.local() as rest:
            asm.emit(Op.MIN, VALUE, left, CHUNK_KB)
            asm.add(moved, moved, VALUE)
            asm.emit(Op.SUB, left, left, VALUE)
            asm.emit(Op.MUL, pace, VALUE, speed)
            asm.emit(Op.MUL, pace, pace, 1000)
            asm.emit(Op.SUB, rest, 1000, throttle)
            asm.emit(Op.DIV, pace, pace, rest)
            asm.now(busy)
            asm.emit(Op.CALL, lanes, NOWHERE)
            asm.branch(failed, STATUS, "!=", 0)
            asm.now(rest)
            asm.emit(Op.SUB, busy, rest, busy)
            asm.emit(Op.SUB, pace, pace, busy)
            with asm.when(pace, ">", 0):
                asm.emit(Op.SLEEP, pace)

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A database on a disk that is copied every two seconds."""
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "read_share": 0.5}}
        db = {"id": "db", "kind": "sql_primary", "params": {"storage": "disk"}}
        me = {"id": "me", "kind": "job", "params": {"of": "db", "schedule_s": 2, "size_gb": 0.05}}
        others = [
            {"id": "full", "kind": "job", "params": {"of": "db", "schedule_s": 3, "size_gb": 0.01}},
            {
                "id": "kept",
                "kind": "job",
                "params": {"of": "db", "schedule_s": 1, "job": "wal_archive", "size_gb": 0.01},
            },
        ]
        nodes = [users, db, {"id": "disk", "kind": "disk"}, me, *others]
        return {"format": 1, "nodes": nodes, "links": [{"id": "in", "source": "users", "target": "db"}]}
