"""A standby: takes over the records that a primary ships, applies them one by one, and answers reads from what is applied.

Leading, it commits writes of its own: a group shares a flush as whoever has the disk flushes for all that are written.
"""

from __future__ import annotations

from components.program.assembler import AUX, KEY, VALUE, VERSION, Assembler, Index, Label, Law, Reg
from components.program.laws import constant_law
from components.program.op import Op
from components.program.ship import NO_RECORDS, Ring, commit_position
from components.program.truth import VERSIONS, Staleness
from components.program.units import ms, seconds

GAP_NS = 200_000_000  # how long a message waits for the one before it
NS_PER_MS = 1_000_000
BEHIND = -1
"""VALUE of an answer from a standby that has not applied what was asked for."""
ASK = 1 << 60
"""A read asks in VALUE: ASK + p = all records to position p must be here; -(ASK + ns) = nothing that was committed so long
ago may be missing; anything less far from 0 asks for nothing."""


def apply_law() -> Law:
    return Law("apply", lambda params: ("CONST", 1e9 / params["apply_rate_rps"], 0.0, 0.0), ("apply_rate_rps",))


class Standby:
    """Reads apply_rate_rps, delayed_s, fsync_ms."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, self.ring = asm, Ring(asm)
        self.versions = asm.table("versions", asm.around.keys_n, keep=True)
        self.known, self.received, self.flushed, self.applied = (
            asm.counter(f"log_{name}") for name in ("known", "received", "flushed", "applied")
        )
        self.heard = asm.word("log_heard", keep=True)  # when the primary was heard last, ns
        self.fork = asm.word("log_fork", keep=True)  # where it took over, and to where the one before had got
        self.theirs = asm.word("log_theirs", keep=True)
        self.source = asm.word("log_source", keep=True)  # address of the primary's ring
        self.leading = asm.word("leading", keep=True)
        self.disk = asm.station("log_disk", 1)
        self.arrived, self.work, self.done = (asm.queue(f"log_{name}") for name in ("arrived", "work", "done"))
        self.promoted = asm.queue("promoted")
        self.patience = asm.timers("log_gap", GAP_NS)
        self.fsync: Index = asm.law(constant_law("fsync", "fsync_ms", 1e6))
        self.stale = Staleness(asm)
        self.behind = asm.counter("behind")
        self.lag_records, self.lag_ms = asm.counter("lag_records"), asm.total("lag_ms")
        self.lag_most_ms = asm.total("lag_most_ms")

    # -- taking records -------------------------------------------------------------------------------
    def write_door(self, refused: Label) -> None:
        """A message: KEY = first position, VALUE = last, VERSION = what must be done before the answer, AUX = address of the
        sender's ring. The answer's VALUE is the last position that is here. A leader takes none."""
        asm, late, beat, go = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        with asm.entry("ship"):
            asm.branch(refused, self.leading, "!=", 0)
            asm.now(self.heard)
            asm.emit(Op.MAX, self.known, self.known, VALUE)
            self.tell_lag()
            asm.branch(beat, VERSION, "==", NO_RECORDS)
            asm.move(self.source, AUX)
            with asm.local() as position:
                asm.place(go)
                asm.emit(Op.SUB, position, KEY, 1)
                arrived = asm.label()
                asm.branch(arrived, self.received, ">=", position)
                asm.wait(self.arrived, late, self.patience)
                asm.jump(go)
                asm.place(arrived)
                self.copy(position)
            asm.notify(self.arrived, -1)
            asm.notify(self.work, 1)
            done = asm.label()
            asm.branch(done, VERSION, "<", 1)
            with asm.local() as upto:
                asm.move(upto, VALUE)
                self.flush(upto)
                asm.branch(done, VERSION, "<", 2)
                with asm.repeat_while(self.applied, "<", upto):
                    asm.wait(self.done)
            asm.place(done)
            asm.place(late)
            asm.move(VALUE, self.received)
            asm.place(beat)
            asm.reply()

    def copy(self, position: Reg) -> None:
        """Into the own ring, what is new of it."""
        asm = self.asm
        asm.add(position, self.received, 1)
        with asm.repeat_while(position, "<=", VALUE), asm.local() as at, asm.local() as word:
            self.ring.place(at, position)
            for _ in range(2):
                asm.emit(Op.LDX, word, AUX, at)
                asm.emit(Op.STX, word, self.ring.records, at)
                asm.bump(at)
            asm.bump(position)
        asm.emit(Op.MAX, self.received, self.received, VALUE)
        self.tell_lag()

    def tell_lag(self) -> None:
        self.asm.emit(Op.SUB, self.lag_records, self.known, self.applied)

    def flush(self, upto: Reg) -> None:
        """Until the own disk has all to `upto`: whoever gets the disk flushes all that is here."""
        asm, over = self.asm, self.asm.label()
        asm.branch(over, self.flushed, ">=", upto)
        asm.acquire(self.disk, over)  # its queue has no end
        with asm.when(self.flushed, "<", upto), asm.local() as here:
            asm.move(here, self.received)
            asm.serve(self.fsync)
            asm.move(self.flushed, here)
        asm.release(self.disk)
        asm.place(over)

    # -- applying them --------------------------------------------------------------------------------
    def write_daemons(self) -> None:
        asm, law = self.asm, self.asm.law(apply_law())
        with asm.daemon(), asm.forever():
            with asm.repeat_while(self.applied, "==", self.received):
                asm.wait(self.work)
            with asm.local() as at, asm.local() as time, asm.local() as wait:
                asm.add(at, self.applied, 1)
                self.ring.time(time, at)
                delay, due = asm.live("delayed_s", seconds), asm.label()
                asm.branch(due, delay, "==", 0)
                asm.add(wait, time, delay)
                asm.now(at)
                asm.emit(Op.SUB, wait, wait, at)
                with asm.when(wait, ">", 0):
                    asm.emit(Op.SLEEP, wait)
                asm.place(due)
                asm.serve(law)
                asm.add(wait, self.applied, 1)
                self.ring.place(at, wait)
                asm.emit(Op.LDX, at, self.ring.records, at)
                asm.emit(Op.STX, wait, self.versions, at)
                asm.move(self.applied, wait)
                asm.now(at)
                asm.emit(Op.SUB, at, at, time)
                asm.emit(Op.DIV, self.lag_ms, at, NS_PER_MS)
                asm.emit(Op.MAX, self.lag_most_ms, self.lag_most_ms, self.lag_ms)
            self.tell_lag()
            asm.notify(self.done, -1)
        self.write_reconciler()

    def write_reconciler(self) -> None:
        """Who takes over sets the truth of what only the one before had committed: those records are gone."""
        asm = self.asm
        with asm.daemon(), asm.forever(), asm.local() as position:
            asm.wait(self.promoted)
            if asm.around.truth:
                nothing = asm.label()
                asm.branch(nothing, self.source, "==", 0)
                asm.add(position, self.fork, 1)
                with asm.repeat_while(position, "<=", self.theirs), asm.local() as at, asm.local() as version:
                    self.ring.place(at, position)
                    asm.emit(Op.LDX, at, self.source, at)
                    asm.emit(Op.LDX, version, self.versions, at)
                    asm.emit(Op.STX, version, VERSIONS, at)
                    asm.bump(position)
                asm.place(nothing)

    # -- what clients want ----------------------------------------------------------------------------
    def read(self, behind: Label) -> None:
        """VERSION of KEY as applied here, counted if it is stale; or `behind` if more was asked for."""
        asm, fine, aged, recent = self.asm, *(self.asm.label() for _ in range(3))
        asm.branch(fine, self.leading, "!=", 0)
        asm.branch(recent, VALUE, ">=", ASK)
        asm.branch(aged, VALUE, "<=", -ASK)
        asm.jump(fine)
        asm.place(recent)
        asm.emit(Op.SUB, VALUE, VALUE, ASK)
        asm.branch(behind, self.applied, "<", VALUE)
        asm.jump(fine)
        asm.place(aged)
        asm.add(VALUE, VALUE, ASK)
        with asm.local() as since, asm.local() as now:
            asm.now(now)
            asm.add(now, now, VALUE)  # what was committed before then must be here
            asm.add(since, self.heard, ms(1000))
            asm.branch(behind, since, "<", now)
            asm.branch(fine, self.applied, "==", self.received)
            asm.add(since, self.applied, 1)
            self.ring.time(since, since)
            asm.branch(behind, since, "<", now)
        asm.place(fine)
        asm.emit(Op.LDX, VERSION, self.versions, KEY)
        self.stale.observe(VERSION)

    def commit(self) -> None:
        """A write of a leader."""
        asm = self.asm
        with asm.local() as mine:
            asm.bump(self.received)
            asm.move(mine, self.received)
            asm.now(VERSION)
            self.ring.put(mine, KEY, VERSION)
            asm.emit(Op.STX, mine, self.versions, KEY)
            asm.move(self.applied, mine)
            asm.move(self.known, mine)
            self.flush(mine)
            commit_position(asm, mine)
