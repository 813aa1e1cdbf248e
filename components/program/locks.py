"""Row locks: one owner a row, first come first served; a cycle of waiters is found when it closes, and who closes it is the victim.

InnoDB looks for deadlocks at every wait and gives up a wait after innodb_lock_wait_timeout (MySQL 8.4 manual, 2024).
"""

from __future__ import annotations

from components.program.assembler import SELF, Assembler, Label, Offset, Reg, Value
from components.program.op import Op
from components.program.units import ms

QUEUE_WORDS, LENGTH = 3, 2


class Locks:
    """Locks of `rows` rows. A transaction waits for one row at a time, with at most one other in hand."""

    def __init__(self, asm: Assembler, rows: int, timeout_ms: float | None, *, detect: bool) -> None:
        self.asm, self.detect = asm, detect
        self.owned = asm.table("row_owned", rows)  # 1 = somebody has it
        self.wanted = asm.table("row_wanted", rows)  # 1 + the row that the owner of this one waits for
        self.waiting = asm.queues("row_waiting", rows)
        self.patience = asm.timers("row_patience", ms(timeout_ms))
        self.waits, self.deadlocks = asm.counter("lock_waits"), asm.counter("deadlocks")

    def take(self, row: Reg, refused: Label, held: Reg | None = None) -> None:
        """Own the row, or go to `refused`: after the time-out, or as the victim of a deadlock. Waits with `held` in hand."""
        asm, free, got, late = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        with asm.local() as at:
            asm.emit(Op.LDX, at, self.owned, row)
            asm.branch(free, at, "==", 0)
            asm.bump(self.waits)
            if held is not None:
                if self.detect:
                    self.look_for_cycle(row, held, at, refused)
                asm.add(at, row, 1)
                asm.emit(Op.STX, at, self.wanted, held)
            self.queue(at, row)
            asm.wait(at, late, self.patience)
            if held is not None:
                asm.emit(Op.STX, 0, self.wanted, held)
            asm.jump(got)
        asm.place(late)
        if held is not None:
            asm.emit(Op.STX, 0, self.wanted, held)
        asm.jump(refused)
        asm.place(free)
        asm.emit(Op.STX, 1, self.owned, row)
        asm.place(got)

    def look_for_cycle(self, row: Reg, held: Reg, at: Reg, victim: Label) -> None:
        """Follow who waits for whom, from the row that is wanted; is the end the row in hand?"""
        asm, none, cycle = self.asm, self.asm.label(), self.asm.label()
        asm.move(at, row)
        top = asm.here()
        asm.emit(Op.LDX, at, self.wanted, at)
        asm.branch(none, at, "==", 0)
        asm.emit(Op.SUB, at, at, 1)
        asm.branch(top, at, "!=", held)
        asm.place(cycle)
        asm.bump(self.deadlocks)
        asm.jump(victim)
        asm.place(none)

    def release(self, row: Value) -> None:
        """Hand the row to who waits longest, or set it free."""
        asm, free, done = self.asm, self.asm.label(), self.asm.label()
        with asm.local() as at, asm.local() as length:
            self.queue(at, row)
            asm.emit(Op.LDX, length, at, LENGTH)
            asm.branch(free, length, "==", 0)
            asm.notify(at, 1)
        asm.jump(done)
        asm.place(free)
        asm.emit(Op.STX, 0, self.owned, row)
        asm.place(done)

    def queue(self, to: Reg, row: Value) -> None:
        """to = address of the queue in front of the row."""
        self.asm.emit(Op.MUL, to, row, QUEUE_WORDS)
        self.asm.add(to, to, SELF)
        self.asm.add(to, to, Offset(self.waiting.name))
