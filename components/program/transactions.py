"""Transactions of several statements on a few hot rows, under an isolation level; the anomalies are counted where they happen.

A transaction reads its row, works for txn_ms, and writes the row; one with two rows also reads the row's partner (two doctors
on call: each reads both rows and writes one). Berenson et al. (1995) name the anomalies; rr is the snapshot isolation of
PostgreSQL. ssi aborts a transaction whose partner row was changed by one that read both rows: the rw-antidependency in
both directions of Cahill et al. (2008), checked at commit. 2pl holds exclusive locks from the first read to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from components.program.assembler import Assembler, Label, Law, Reg
from components.program.locks import Locks
from components.program.op import Op
from components.program.units import probability

SNAPSHOTS = ("rr", "si", "ssi")


def txn_law() -> Law:
    """How long a transaction works between its reads and its write."""

    def row(params: Mapping[str, Any]) -> tuple[str, float, float, float]:
        return ("EXP" if params["txn_dist"] == "exp" else "CONST", params["txn_ms"] * 1e6, 0.0, 0.0)

    return Law("txn", row, ("txn_ms",))


class Transactions:
    """Reads hot_rows, isolation, txn_ms, txn_dist, two_row_share, rollback_p, ordered_locks, lock_timeout_ms."""

    def __init__(self, asm: Assembler) -> None:
        params = asm.params
        self.asm, self.rows, self.level = asm, params["hot_rows"], params["isolation"]
        self.ordered = params["ordered_locks"]
        self.versions = asm.table("row_versions", self.rows, keep=True)
        self.paired = asm.table("row_paired", self.rows, keep=True)  # versions written by who had read both rows
        self.dirty = asm.table("row_dirty", self.rows)  # 1 + readers of what is written and not committed
        self.locks = Locks(asm, self.rows, params["lock_timeout_ms"], detect=params["deadlock_detection"])
        self.work = asm.law(txn_law())
        self.lost, self.skew, self.dirty_reads, self.aborts = (
            asm.counter(name) for name in ("lost_updates", "write_skew", "dirty_reads", "aborts")
        )

    # -- a write: the whole transaction ---------------------------------------------------------------
    def run(self, commit: Callable[[], None], aborted: Label) -> None:
        """`commit` puts it in the log and waits until it is safe. Ends at `aborted` with nothing in hand, or goes on."""
        asm, give_up, undo, over = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        with asm.local() as row, asm.local() as other, asm.local() as seen, asm.local() as seen_other:
            self.choose(row, other)
            if self.level == "2pl":
                self.lock_both(row, other, aborted)
            self.read(row, other, seen, seen_other)
            asm.serve(self.work)
            if self.level != "2pl":
                self.locks.take(row, aborted)
            self.check(row, other, seen, seen_other, give_up)
            if self.level == "ru":
                asm.emit(Op.STX, 1, self.dirty, row)
            asm.emit(Op.BRP, undo, asm.live("rollback_p", probability), asm.stream("rollback"))
            self.raise_version(row, other)
            commit()
            self.unlock(row, other)
            asm.jump(over)

            asm.place(undo)  # written, not committed: others of level ru see it until it is taken back
            asm.serve(self.work)
            if self.level == "ru":
                with asm.local() as readers:
                    asm.emit(Op.LDX, readers, self.dirty, row)
                    asm.emit(Op.SUB, readers, readers, 1)
                    asm.add(self.dirty_reads, self.dirty_reads, readers)
            asm.place(give_up)
            self.unlock(row, other)
            asm.jump(aborted)
        asm.place(over)

    def choose(self, row: Reg, other: Reg) -> None:
        """Rows 2n and 2n+1 are partners; other = -1 for a transaction of one row."""
        asm, two, done = self.asm, self.asm.label(), self.asm.label()
        asm.emit(Op.RAND, row, self.rows, asm.stream("row"))
        asm.move(other, -1)
        asm.emit(Op.BRP, two, asm.live("two_row_share", probability), asm.stream("two_rows"))
        asm.jump(done)
        asm.place(two)
        asm.emit(Op.MOD, other, row, 2)
        asm.emit(Op.MUL, other, other, -2)
        asm.add(other, other, row)
        asm.add(other, other, 1)
        asm.place(done)

    def lock_both(self, row: Reg, other: Reg, aborted: Label) -> None:
        """The lower row first, or (ordered_locks off) the own row first, which is how deadlocks come about."""
        asm, plain, backwards, give_back, got = self.asm, *(self.asm.label() for _ in range(4))
        asm.branch(plain, other, "<", 0)
        refused = {row: asm.label(), other: asm.label()}
        if self.ordered:
            asm.branch(backwards, other, "<", row)
        self.locks.take(row, aborted)
        self.locks.take(other, refused[row], row)
        asm.jump(got)
        if self.ordered:
            asm.place(backwards)
            self.locks.take(other, aborted)
            self.locks.take(row, refused[other], other)
            asm.jump(got)
            asm.place(refused[other])
            self.locks.release(other)
            asm.jump(aborted)
        asm.place(refused[row])
        self.locks.release(row)
        asm.jump(aborted)
        asm.place(plain)
        self.locks.take(row, aborted)
        asm.place(give_back)
        asm.place(got)

    def read(self, row: Reg, other: Reg, seen: Reg, seen_other: Reg) -> None:
        asm = self.asm
        asm.emit(Op.LDX, seen, self.versions, row)
        if self.level == "ru":
            self.see_dirty(row)
        asm.move(seen_other, 0)
        with asm.when(other, ">=", 0):
            asm.emit(Op.LDX, seen_other, self.paired, other)

    def see_dirty(self, row: Reg) -> None:
        asm = self.asm
        with asm.local() as readers:
            asm.emit(Op.LDX, readers, self.dirty, row)
            with asm.when(readers, "!=", 0):
                asm.bump(readers)
                asm.emit(Op.STX, readers, self.dirty, row)

    def check(self, row: Reg, other: Reg, seen: Reg, seen_other: Reg, give_up: Label) -> None:
        """First committer wins, or what the level lets through is counted."""
        asm = self.asm
        with asm.local() as now:
            asm.emit(Op.LDX, now, self.versions, row)
            if self.level in SNAPSHOTS:
                asm.branch(give_up, now, "!=", seen)
            else:
                with asm.when(now, "!=", seen):
                    asm.bump(self.lost)
            with asm.when(other, ">=", 0):
                asm.emit(Op.LDX, now, self.paired, other)
                if self.level == "ssi":
                    asm.branch(give_up, now, "!=", seen_other)
                else:
                    with asm.when(now, "!=", seen_other):
                        asm.bump(self.skew)

    def raise_version(self, row: Reg, other: Reg) -> None:
        """The point of commit: who comes later is after it."""
        asm = self.asm
        with asm.local() as version:
            asm.emit(Op.LDX, version, self.versions, row)
            asm.bump(version)
            asm.emit(Op.STX, version, self.versions, row)
            with asm.when(other, ">=", 0):
                asm.emit(Op.LDX, version, self.paired, row)
                asm.bump(version)
                asm.emit(Op.STX, version, self.paired, row)

    def unlock(self, row: Reg, other: Reg) -> None:
        asm = self.asm
        if self.level == "ru":
            asm.emit(Op.STX, 0, self.dirty, row)
        self.locks.release(row)
        if self.level == "2pl":
            with asm.when(other, ">=", 0):
                self.locks.release(other)

    # -- a read: one statement ------------------------------------------------------------------------
    def read_one(self, aborted: Label) -> None:
        """ru sees what is not committed; 2pl waits for who has the row; the others read the last committed version."""
        asm = self.asm
        if self.level not in ("ru", "2pl"):
            return
        with asm.local() as row:
            asm.emit(Op.RAND, row, self.rows, asm.stream("row"))
            if self.level == "ru":
                self.see_dirty(row)
            else:
                self.locks.take(row, aborted)
                self.locks.release(row)
