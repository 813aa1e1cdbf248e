"""The write-ahead log: positions rise by one a commit; a flush makes all of them durable that were there when it began.

Who waits for what is PostgreSQL's synchronous_commit (documentation of version 17, 2024): off answers before the flush and
leaves it to a writer that wakes every wal_writer_delay_ms; local waits for the own disk; the others also wait for one
synchronous replica to have the record in memory (remote_write), on its disk (on) or applied (remote_apply).
"""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import Assembler, Own, Reg
from components.program.laws import constant_law
from components.program.op import Op
from components.program.storage import Storage
from components.program.units import ms, seconds

REPLAY_NS = 20_000  # ns a record at a restart: 50,000 records a second, an order of magnitude (proposal, 2025)
LOG_PAGE_KB = 8  # a flush writes whole pages of the log
LEVELS = {"remote_write": 0, "on": 1, "remote_apply": 2}
"""What a synchronous replica must have done before it confirms: received, flushed, applied."""


class Log:
    """Reads `wal`. A flush goes to the disk `storage`; without one it takes fsync_ms.

    After a crash the daemon counts what was acknowledged and not flushed, and reads the log since the last checkpoint
    again; until then `recovering` is 1.
    """

    def __init__(self, asm: Assembler, storage: Storage | None = None) -> None:
        self.asm, self.wal = asm, asm.params["wal"]
        self.mode = self.wal["sync_commit"]
        self.written, self.flushed = asm.counter("log_written"), asm.counter("log_flushed")
        self.lost, self.flushes = asm.counter("lost_acks"), asm.counter("flushes")
        self.work, self.durable = asm.queue("log_work"), asm.queue("log_durable")
        self.checked, self.recovering = asm.counter("log_checked"), asm.word("recovering", keep=True)
        self.started = asm.counter("log_started")
        self.storage = storage
        self.fsync = asm.law(constant_law("fsync", "wal.fsync_ms", 1e6)) if storage is None else None
        self.after_flush: Callable[[], None] = lambda: None
        self.remote: Callable[[Reg], None] | None = None

    def flush(self, upto: Reg, kb: Reg) -> None:
        """Make the records to `upto` durable; with a disk, after writing them."""
        asm = self.asm
        if self.storage is None:
            assert self.fsync is not None
            asm.serve(self.fsync)
            return
        asm.emit(Op.SUB, kb, upto, self.flushed)
        asm.emit(Op.MUL, kb, kb, asm.params["row_bytes"])
        asm.emit(Op.DIV, kb, kb, 1000)
        asm.add(kb, kb, LOG_PAGE_KB)
        self.storage.flush(kb)

    def append(self, mine: Reg) -> None:
        """The commit is in the log, in memory; `mine` = its position."""
        self.asm.bump(self.written)
        self.asm.move(mine, self.written)
        if self.mode != "off":
            self.asm.notify(self.work, 1)

    def settle(self, mine: Reg) -> None:
        """Wait until the commit at this position is as safe as sync_commit asks."""
        asm = self.asm
        if self.mode == "off":
            return
        with asm.repeat_while(self.flushed, "<", mine):
            asm.wait(self.durable)
        if self.remote is not None and self.mode in LEVELS:
            self.remote(mine)

    def write_daemons(self) -> None:
        asm = self.asm
        with asm.daemon():
            self.recover()
            with asm.forever():
                if self.mode == "off":
                    self.nap()
                else:
                    self.await_work()
                self.flush_once()

    def nap(self) -> None:
        """The writer's pause; nothing to write, the next one."""
        asm, top = self.asm, self.asm.here()
        with asm.local() as pause:
            asm.move(pause, asm.live("wal.wal_writer_delay_ms", ms))
            asm.emit(Op.SLEEP, pause)
        asm.branch(top, self.flushed, "==", self.written)

    def await_work(self) -> None:
        asm = self.asm
        with asm.repeat_while(self.flushed, "==", self.written):
            asm.wait(self.work)
        delay, at_once = asm.live("wal.commit_delay_us", lambda us: round(us * 1000)), asm.label()
        asm.branch(at_once, delay, "==", 0)
        with asm.local() as pause:
            asm.move(pause, delay)
            asm.emit(Op.SLEEP, pause)
        asm.place(at_once)

    def flush_once(self) -> None:
        """Waiters stand in the order of their positions, so waking as many as became durable wakes just those."""
        asm = self.asm
        with asm.local() as upto, asm.local() as batch:
            asm.move(upto, self.written)
            if not self.wal["group_commit"] and self.mode != "off":
                asm.add(upto, self.flushed, 1)
            self.flush(upto, batch)
            asm.emit(Op.SUB, batch, upto, self.flushed)
            asm.move(self.flushed, upto)
            asm.bump(self.flushes)
            asm.notify(self.durable, batch)
        self.after_flush()

    def recover(self) -> None:
        """After a crash: what was not flushed is gone; the log since the last checkpoint is read again."""
        asm = self.asm
        with asm.when(self.started, ">", 0), asm.local() as left:
            if self.mode == "off":
                asm.emit(Op.SUB, left, self.written, self.flushed)
                asm.add(self.lost, self.lost, left)
            asm.move(self.written, self.flushed)
            asm.move(self.recovering, 1)
            asm.emit(Op.SUB, left, self.flushed, self.checked)
            asm.emit(Op.MUL, left, left, REPLAY_NS)
            asm.emit(Op.SLEEP, left)
            asm.move(self.recovering, 0)
        asm.move(self.started, 1)


def write_checkpointer(asm: Assembler, log: Log | None, clean: Callable[[], None] | None) -> None:
    """Now and then: write the pages that were changed, then forget the log before."""
    with asm.daemon(), asm.forever():
        with asm.local() as pause:
            asm.move(pause, seconds(asm.params["checkpoint_s"]))
            asm.emit(Op.SLEEP, pause)
        with asm.local() as upto:
            if log is not None:
                asm.move(upto, log.flushed)
            if clean is not None:
                clean()
            if log is not None:
                asm.move(log.checked, upto)


def refuse_while_recovering(asm: Assembler) -> None:
    """A database that reads its log again takes no connections."""
    asm.branch(asm.later(lambda: asm.fail("node_down")), Own("recovering"), "!=", 0)
