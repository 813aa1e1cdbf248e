"""Transactions over several participants at once: two-phase commit, and try-confirm-cancel.

2pc holds the row at all participants from the first message to the last; a decision is logged before it is told, and without
one in the log a coordinator that comes back aborts (presumed abort: Mohan, Lindsay, Obermarck 1986). tcc reserves, and locks no row.
"""

from __future__ import annotations

from components.program.assembler import KEY, STATUS, Label
from components.program.inside import sleep
from components.program.op import Op
from components.program.parallel import call_all
from components.program.transaction_books import AGAIN_NS, Books
from components.program.units import ms

ASK_NS = 2_000_000  # how often a transaction asks for a row that another one has


class TwoPhase:
    """Reads protocol and lock_ms."""

    def __init__(self, books: Books) -> None:
        self.books, self.asm, self.ways = books, books.asm, books.ways
        self.gate, self.fsync, self.locks = books.gate, books.fsync, books.asm.params["protocol"] == "2pc"
        if self.locks:
            self.rows = self.asm.shared_table("locked_rows", self.asm.around.keys_n)

    def run(self, committed: Label, aborted: Label) -> None:
        """Votes first, then the decision."""
        asm, abort, down = self.asm, self.asm.label(), self.asm.label()
        if self.locks:
            self.lock(aborted)
        self.books.count("in_doubt")
        call_all(asm, self.ways)
        asm.branch(down, self.gate.shut, "!=", 0)
        asm.branch(abort, STATUS, "!=", 0)
        self.books.unless_late(abort)
        asm.serve(self.fsync)
        asm.branch(down, self.gate.shut, "!=", 0)
        self.tell()
        self.books.count("effects", len(self.ways))
        self.end()
        asm.jump(committed)

        asm.place(down)  # no decision in the log: when the coordinator is back, it aborts
        self.gate.pass_through()
        asm.place(abort)  # told once: a participant that does not hear it asks, and is told then
        call_all(asm, self.ways)
        self.gate.pass_through()
        self.end()
        asm.jump(aborted)

    def end(self) -> None:
        self.books.count("in_doubt", -1)
        if self.locks:
            self.unlock()

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

    def lock(self, refused: Label) -> None:
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
            self.gate.pass_through()
            asm.emit(Op.LDX, held, self.rows, KEY)
            asm.branch(free, held, "==", 0)
            asm.now(held)
            asm.branch(ask, held, "<", until)
            asm.jump(refused)
        asm.place(free)
        asm.emit(Op.STX, 1, self.rows, KEY)

    def unlock(self) -> None:
        self.asm.emit(Op.STX, 0, self.rows, KEY)
