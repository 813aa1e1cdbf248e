"""Rows that prepared participants hold for a transaction: one owner a row, whatever becomes of the coordinator."""

from __future__ import annotations

from components.program.assembler import KEY, Label, Reg
from components.program.inside import sleep
from components.program.op import Op
from components.program.transaction_books import Books
from components.program.units import ms

ASK_NS = 2_000_000  # how often a transaction asks for a row that another one has


class HeldRows:
    """Reads lock_ms. The row is that of the request's key; all replicas of the coordinator meet the same rows."""

    def __init__(self, books: Books) -> None:
        self.books, self.asm = books, books.asm
        self.rows = self.asm.shared_table("locked_rows", self.asm.around.keys_n)

    def take(self, refused: Label) -> None:
        """The row at all participants, or after lock_ms nothing. Participants keep it whatever becomes of the coordinator."""
        asm, free, ask = self.asm, self.asm.label(), self.asm.label()
        wait = asm.live("lock_ms", ms)
        with asm.local() as held, asm.local() as until:
            asm.emit(Op.LDX, held, self.rows, KEY)
            asm.branch(free, held, "==", 0)
            self.books.count("blocked")
            asm.now(until, wait)
            asm.place(ask)
            sleep(asm, ASK_NS)
            self.books.gate.pass_through()
            asm.emit(Op.LDX, held, self.rows, KEY)
            asm.branch(free, held, "==", 0)
            asm.now(held)
            asm.branch(ask, held, "<", until)
            asm.jump(refused)
        asm.place(free)
        asm.emit(Op.STX, 1, self.rows, KEY)

    def release(self, row: Reg) -> None:
        self.asm.emit(Op.STX, 0, self.rows, row)
