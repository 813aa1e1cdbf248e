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
from components.program.units import ms, seconds

REPLAY_NS = 20_000  # ns a record at a restart: 50,000 records a second, an order of magnitude (proposal, 2025)
LEVELS = {"remote_write": 0, "on": 1, "remote_apply": 2}
"""What a synchronous replica must have done before it confirms: received, flushed, applied."""


class Log:
    """Reads `wal` and `checkpoint_s`. `flush`: emits one flush; None = fsync_ms.

    After a crash the daemon counts what was acknowledged and not flushed, and reads the log since the last checkpoint
    again; until then `recovering` is 1.
    """

    def __init__(self, asm: Assembler, flush: Callable[[], None] | None = None) -> None:
        self.asm, self.wal = asm, asm.params["wal"]
        self.mode = self.wal["sync_commit"]
        self.written, self.flushed = asm.counter("log_written"), asm.counter("log_flushed")
        self.lost, self.flushes = asm.counter("lost_acks"), asm.counter("flushes")
        self.work, self.durable = asm.queue("log_work"), asm.queue("log_durable")
        self.checked, self.recovering = asm.counter("log_checked"), asm.word("recovering", keep=True)
        self.started = asm.counter("log_started")
        self.flush = flush or self.own_flush()
        self.after_flush: Callable[[], None] = lambda: None
        self.remote: Callable[[Reg], None] | None = None

    def own_flush(self) -> Callable[[], None]:
        law = self.asm.law(constant_law("fsync", "wal.fsync_ms", 1e6))
        return lambda: self.asm.serve(law)

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
        self.write_checkpointer()

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
            self.flush()
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

    def write_checkpointer(self) -> None:
        asm = self.asm
        with asm.daemon(), asm.forever(), asm.local() as pause:
            asm.move(pause, asm.live("checkpoint_s", seconds))
            asm.emit(Op.SLEEP, pause)
            asm.move(self.checked, self.flushed)


def refuse_while_recovering(asm: Assembler) -> None:
    """A database that reads its log again takes no connections."""
    asm.branch(asm.later(lambda: asm.fail("node_down")), Own("recovering"), "!=", 0)
