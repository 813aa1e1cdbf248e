"""Write-back: a write is answered when the cache has it, and written to the target some time later.

A key that was written is dirty until the target has it. What is dirty when the memory is lost is lost: counted in
lost_writes. A dirty key that is pushed out is written before the request that pushed it out goes on.
"""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import (
    AUX,
    DEADLINE,
    KEY,
    REQUEST,
    STATUS,
    USER,
    VALUE,
    VERSION,
    WRITE,
    Assembler,
    Label,
    Own,
    Reg,
    Shared,
)
from components.program.op import Op
from components.program.units import seconds

DIRTY, WRITING, IN_RING = 1, 2, 4
HERE = DIRTY | WRITING  # the newest value is nowhere but here, or on its way
FLUSHERS = 8  # writes to the target at once


class WriteBack:
    """A word of flags a key and a ring of keys that were written, each in it once. `send` calls the target."""

    def __init__(self, asm: Assembler, send: Callable[[], None], versions: Own | Shared, interval: str) -> None:
        self.asm, self.send, self.versions, self.interval = asm, send, versions, interval
        self.size = asm.around.keys_n
        self.flags = asm.table("flags", self.size, memory=True)
        self.ring = asm.table("ring", self.size, memory=True)
        self.ins, self.outs = asm.word("ring_in", memory=True), asm.word("ring_out", memory=True)
        asm.counter("lost_writes")
        self.dirty = asm.word("dirty", lost="lost_writes")

    def written(self) -> None:
        """KEY was written here."""
        asm, known, listed = self.asm, self.asm.label(), self.asm.label()
        with asm.local() as flags, asm.local() as part:
            asm.emit(Op.LDX, flags, self.flags, KEY)
            asm.emit(Op.AND, part, flags, HERE)
            asm.branch(known, part, "!=", 0)
            asm.bump(self.dirty)
            asm.place(known)
            asm.emit(Op.AND, part, flags, IN_RING)
            asm.branch(listed, part, "!=", 0)
            self.enter(part)
            asm.place(listed)
            asm.emit(Op.OR, flags, flags, DIRTY | IN_RING)
            asm.emit(Op.STX, flags, self.flags, KEY)

    def enter(self, spare: Reg) -> None:
        asm = self.asm
        asm.emit(Op.MOD, spare, self.ins, self.size)
        asm.emit(Op.STX, KEY, self.ring, spare)
        asm.bump(self.ins)

    def if_here(self, here: Label) -> None:
        """Go to `here` if KEY waits to be written: then its value is known, pushed out or not."""
        asm = self.asm
        with asm.local() as flags:
            asm.emit(Op.LDX, flags, self.flags, KEY)
            asm.emit(Op.AND, flags, flags, HERE)
            asm.branch(here, flags, "!=", 0)

    def save_evicted(self, evicted: Own | Shared) -> None:
        """Write the key that had to go, if it is dirty and nobody is writing it. KEY stays, WRITE and USER do not.

        A call may need all locals, but the context goes down and never comes back: USER keeps the key meanwhile.
        """
        asm, clean = self.asm, self.asm.label()
        asm.branch(clean, evicted, "<", 0)
        with asm.local() as flags:
            asm.emit(Op.LDX, flags, self.flags, evicted)
            asm.emit(Op.AND, flags, flags, HERE)
            asm.branch(clean, flags, "!=", DIRTY)
        asm.move(USER, KEY)
        asm.move(KEY, evicted)
        self.write_out()
        asm.move(KEY, USER)
        asm.emit(Op.LDX, VERSION, self.versions, KEY)
        asm.move(STATUS, 0)
        asm.place(clean)

    def write_out(self) -> None:
        """Write KEY, which is dirty, to the target; it stays dirty if that fails or it was written again meanwhile."""
        asm, over = self.asm, self.asm.label()
        with asm.local() as flags:
            asm.emit(Op.LDX, flags, self.flags, KEY)
            asm.emit(Op.SUB, flags, flags, DIRTY - WRITING)
            asm.emit(Op.STX, flags, self.flags, KEY)
        asm.move(WRITE, 1)
        self.send()
        with asm.local() as flags, asm.local() as part:
            asm.emit(Op.LDX, flags, self.flags, KEY)
            asm.emit(Op.AND, part, flags, WRITING)
            asm.branch(over, part, "==", 0)  # the memory was flushed meanwhile
            asm.emit(Op.SUB, flags, flags, WRITING)
            asm.emit(Op.AND, part, flags, DIRTY)
            with asm.when(STATUS, "!=", 0):
                asm.emit(Op.OR, flags, flags, DIRTY)
                asm.emit(Op.AND, part, flags, IN_RING)
                with asm.when(part, "==", 0):
                    self.enter(part)
                asm.emit(Op.OR, flags, flags, IN_RING)
                asm.move(part, DIRTY)
            with asm.when(part, "==", 0):
                asm.emit(Op.SUB, self.dirty, self.dirty, 1)
                asm.emit(Op.STX, VERSION, self.versions, KEY)
            asm.emit(Op.STX, flags, self.flags, KEY)
        asm.place(over)

    def flushers(self) -> None:
        """The program that writes what is dirty, every interval; after a failure it waits for the next one."""
        asm, pause = self.asm, self.asm.live(self.interval, seconds)
        with asm.daemon(FLUSHERS), asm.forever():
            for register in (VALUE, VERSION, AUX, USER, DEADLINE, REQUEST, STATUS):
                asm.move(register, 0)
            with asm.local() as nap:
                asm.move(nap, pause)
                asm.emit(Op.SLEEP, nap)
            asm.move(USER, self.ins)  # the end of this round; like in save_evicted
            with asm.repeat_while(self.outs, "<", USER):
                self.next_one()

    def next_one(self) -> None:
        asm, over = self.asm, self.asm.label()
        with asm.local() as flags, asm.local() as part:
            asm.emit(Op.MOD, part, self.outs, self.size)
            asm.emit(Op.LDX, KEY, self.ring, part)
            asm.bump(self.outs)
            asm.emit(Op.LDX, flags, self.flags, KEY)
            asm.emit(Op.AND, part, flags, WRITING)
            busy = asm.later(lambda: self.later_again(over))
            asm.branch(busy, part, "!=", 0)
            asm.emit(Op.SUB, flags, flags, IN_RING)
            asm.emit(Op.STX, flags, self.flags, KEY)
            asm.branch(over, flags, "!=", DIRTY)
        self.write_out()
        with asm.when(STATUS, "!=", 0):
            asm.move(USER, 0)
        asm.place(over)

    def later_again(self, over: Label) -> None:
        """Somebody is writing it: back to the end of the ring, where it still counts as in."""
        asm, spare = self.asm, self.spare()
        asm.emit(Op.MOD, spare, self.ins, self.size)
        asm.emit(Op.STX, KEY, self.ring, spare)
        asm.bump(self.ins)
        asm.jump(over)

    def spare(self) -> Own:
        if "ring_spare" not in self.asm.items:
            self.asm.word("ring_spare")
        return Own("ring_spare")
