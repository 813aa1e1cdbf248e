"""Transactions over several participants at once: two-phase commit, and try-confirm-cancel.

2pc holds the row at all participants from the first message to the last; a decision is logged before it is told, and without
one in the log a coordinator that comes back aborts (presumed abort: Mohan, Lindsay, Obermarck 1986). tcc reserves, and locks no row.
"""

from __future__ import annotations

from components.program.assembler import KEY, STATUS, Label, Reg
from components.program.held_rows import HeldRows
from components.program.inside import sleep
from components.program.parallel import call_all
from components.program.transaction_books import AGAIN_NS, Books


class TwoPhase:
    """Reads protocol."""

    def __init__(self, books: Books) -> None:
        self.books, self.asm, self.ways = books, books.asm, books.ways
        self.gate, self.fsync = books.gate, books.fsync
        self.locks = HeldRows(books) if books.asm.params["protocol"] == "2pc" else None

    def run(self, committed: Label, aborted: Label) -> None:
        """Votes first, then the decision."""
        with self.asm.local() as row:
            self.asm.move(row, KEY)
            self.vote_and_tell(row, committed, aborted)

    def vote_and_tell(self, row: Reg, committed: Label, aborted: Label) -> None:
        asm, abort, down = self.asm, self.asm.label(), self.asm.label()
        if self.locks:
            self.locks.take(aborted)
        self.books.count("in_doubt")
        call_all(asm, self.ways)
        asm.branch(down, self.gate.shut, "!=", 0)
        asm.branch(abort, STATUS, "!=", 0)
        self.books.unless_late(abort)
        asm.serve(self.fsync)
        asm.branch(down, self.gate.shut, "!=", 0)
        self.tell()
        self.books.count("effects", len(self.ways))
        self.end(row)
        asm.jump(committed)

        asm.place(down)  # no decision in the log: when the coordinator is back, it aborts
        self.gate.pass_through()
        asm.place(abort)  # told once: a participant that does not hear it asks, and is told then
        call_all(asm, self.ways)
        self.gate.pass_through()
        self.end(row)
        asm.jump(aborted)

    def end(self, row: Reg) -> None:
        self.books.count("in_doubt", -1)
        if self.locks:
            self.locks.release(row)

    def tell(self) -> None:
        """That it is committed, until all participants have it."""
        asm, known = self.asm, self.asm.label()
        again = asm.here()
        call_all(asm, self.ways)
        self.gate.pass_through()
        asm.branch(known, STATUS, "==", 0)
        sleep(asm, AGAIN_NS)
        asm.jump(again)
        asm.place(known)
