"""Transactions over several participants: two-phase commit, try-confirm-cancel, and a saga with compensations.

2pc holds the row at all participants from the first message to the last; a decision is logged before it is told, and without
one in the log a coordinator that comes back aborts (presumed abort: Mohan, Lindsay, Obermarck 1986). A saga holds no row: each step is
seen at once, and is taken back by a compensation (Garcia-Molina, Salem 1987).
"""

from __future__ import annotations

from collections.abc import Sequence

from components.program.assembler import ARRIVED, KEY, STATUS, WRITE, Assembler, Label, Law
from components.program.calls import Way, call
from components.program.gate import Gate
from components.program.inside import sleep
from components.program.laws import constant_law
from components.program.op import Op
from components.program.parallel import call_all
from components.program.units import ms, probability

PROTOCOLS = ("2pc", "saga_orchestrated", "tcc")
AGAIN_NS = 10_000_000  # before what must succeed is tried again
ASK_NS = 2_000_000  # how often a transaction asks for a row that another one has


class TwoPhase:
    """Reads protocol, lock_ms, log_fsync_ms, timeout_ms and compensation. What is in progress stands still while its coordinator is down."""

    def __init__(self, asm: Assembler, ways: Sequence[Way]) -> None:
        self.asm, self.ways, self.protocol = asm, ways, asm.params["protocol"]
        self.gate = Gate(asm)
        self.fsync = asm.law(constant_law("log", "log_fsync_ms", 1e6))
        self.timeout = asm.live("timeout_ms", ms)
        self.rows = asm.shared_table("locked_rows", asm.around.keys_n)
        names = (
            "committed",
            "aborted",
            "blocked",
            "compensations",
            "compensation_failures",
            "in_doubt",
            "partial",
            "effects",
        )
        self.counters = {name: asm.counter(name) for name in names}

    def count(self, name: str, by: int = 1) -> None:
        self.asm.add(self.counters[name], self.counters[name], by)

    def run(self, committed: Label, aborted: Label) -> None:
        """One transaction, from its first message to its last; ends at one of the two."""
        self.asm.move(WRITE, 1)
        if self.protocol == "saga_orchestrated":
            self.saga(committed, aborted)
        else:
            self.two_phases(committed, aborted)

    def log(self) -> None:
        self.asm.serve(self.fsync)
        self.gate.pass_through()

    def unless_late(self, late: Label) -> None:
        """Go to `late` when the transaction is older than timeout_ms."""
        asm = self.asm
        with asm.local() as age:
            asm.now(age)
            asm.emit(Op.SUB, age, age, ARRIVED)
            asm.branch(late, age, ">", self.timeout)

    # -- votes first, then the decision --------------------------------------------------------------
    def two_phases(self, committed: Label, aborted: Label) -> None:
        asm, abort, down = self.asm, self.asm.label(), self.asm.label()
        if self.protocol == "2pc":
            self.lock(aborted)
        self.count("in_doubt")
        call_all(asm, self.ways)
        asm.branch(down, self.gate.shut, "!=", 0)
        asm.branch(abort, STATUS, "!=", 0)
        self.unless_late(abort)
        asm.serve(self.fsync)
        asm.branch(down, self.gate.shut, "!=", 0)
        self.tell()
        self.count("effects", len(self.ways))
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
        self.count("in_doubt", -1)
        if self.protocol == "2pc":
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
            self.count("blocked")
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

    # -- step by step -------------------------------------------------------------------------------
    def saga(self, committed: Label, aborted: Label) -> None:
        """Each step is in force as soon as it is done; a step that fails takes back those before it, the last one first."""
        asm, undo = self.asm, [self.asm.label() for _ in self.ways]
        last = len(self.ways) - 1
        for number, way in enumerate(self.ways):
            call(asm, way)
            self.gate.pass_through()
            asm.branch(undo[number], STATUS, "!=", 0)
            self.count("effects")
            if number == 0 and last > 0:
                self.count("partial")
            self.log()
            if number < last:
                self.unless_late(undo[number + 1])
        if last > 0:
            self.count("partial", -1)
        asm.jump(committed)
        for number in range(last, 0, -1):
            asm.place(undo[number])
            self.compensate(self.ways[number - 1])
        if last > 0:
            self.count("partial", -1)
        asm.place(undo[0])
        asm.jump(aborted)

    def compensate(self, way: Way) -> None:
        """Again until it works: a compensation may not fail for good."""
        asm, again, failed, over = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        self.count("compensations")
        asm.place(again)
        asm.serve(asm.law(self.cost()))
        self.gate.pass_through()
        asm.emit(Op.BRP, failed, asm.live("compensation.p_fail", probability), asm.stream("compensation"))
        call(asm, way)
        self.gate.pass_through()
        asm.branch(over, STATUS, "==", 0)
        asm.place(failed)
        self.count("compensation_failures")
        sleep(asm, AGAIN_NS)
        asm.jump(again)
        asm.place(over)
        self.count("effects", -1)
        self.log()

    def cost(self) -> Law:
        return constant_law("compensation", "compensation.cost_ms", 1e6)
