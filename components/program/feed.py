"""A feed: events with numbers, kept for who comes later, and how long each took to a client."""

from __future__ import annotations

from components.program.assembler import CALLED, Assembler, Reg, Value
from components.program.op import Op
from components.program.units import ms

KEPT = 4096  # events that can be asked for; older ones are missed


class Feed:
    """One for all replicas; `here` = the newest event that this replica knows of. Reads rtt_ms, of the clients."""

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        self.times = asm.shared_table("feed_times", KEPT)
        self.published, self.here = asm.total("published"), asm.word("feed_here", keep=False)
        self.pushed, self.missed = asm.counter("pushed"), asm.counter("missed")
        self.delay, self.rtt = asm.times("delay_ms"), asm.live("rtt_ms", ms)

    def publish(self, number: Value) -> None:
        """The request is an event; its time counts from the call."""
        asm = self.asm
        asm.bump(self.published)
        asm.move(number, self.published)
        with asm.local() as at:
            asm.emit(Op.MOD, at, number, KEPT)
            asm.emit(Op.STX, CALLED, self.times, at)

    def rewind(self, seen: Reg, moment: Value) -> None:
        """seen = the newest event, not after it, that was there at that moment."""
        asm, found = self.asm, self.asm.label()
        with asm.repeat_while(seen, ">", 0), asm.local() as at:
            asm.emit(Op.MOD, at, seen, KEPT)
            asm.emit(Op.LDX, at, self.times, at)
            asm.branch(found, at, "<=", moment)
            asm.emit(Op.SUB, seen, seen, 1)
        asm.place(found)

    def deliver(self, seen: Reg, last: Value, clients: Value) -> None:
        """All events after `seen` up to `last` to so many clients, half a round trip away; then seen = last."""
        asm = self.asm
        with asm.local() as at, asm.local() as took:
            asm.emit(Op.SUB, at, last, KEPT)
            with asm.when(seen, "<", at):
                asm.emit(Op.SUB, took, at, seen)
                asm.emit(Op.MUL, took, took, clients)
                asm.add(self.missed, self.missed, took)
                asm.move(seen, at)
            with asm.repeat_while(seen, "<", last):
                asm.bump(seen)
                asm.emit(Op.MOD, at, seen, KEPT)
                asm.emit(Op.LDX, at, self.times, at)
                asm.emit(Op.SHR, took, self.rtt, 1)
                asm.now(took, took)
                asm.emit(Op.SUB, took, took, at)
                asm.emit(Op.OBS, self.delay, took, clients)
                asm.add(self.pushed, self.pushed, clients)

    def miss(self, seen: Reg) -> None:
        """One client never gets what came after `seen`."""
        asm = self.asm
        with asm.when(seen, "<", self.here):
            asm.add(self.missed, self.missed, self.here)
            asm.emit(Op.SUB, self.missed, self.missed, seen)
            asm.move(seen, self.here)
