"""Leases: of all who miss a key at once, the first loads it and the others wait for what it brings.

Facebook's memcache (Nishtala et al., NSDI 2013) gives the holder of a lease ten seconds, and takes the lease away when the
key is changed meanwhile, so that no older value is kept after a newer one. Go's singleflight shares the outcome, a
failure included; so does this.
"""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import KEY, SELF, STATUS, VERSION, Assembler, Label, Offset, Own, Reg
from components.program.op import Op

QUEUES = 256  # waiters of keys that are equal modulo this stand in one queue, and look again when it moves
QUEUE_WORDS = 3
CHANGED = 1  # added to a stamp: the key was changed since the lease was given


class Lease:
    """One word a key: the stamp of its lease (2 now + 2), 0 = nobody loads it, -status = the last load failed so."""

    def __init__(self, asm: Assembler, length_ns: int, counter: Own | None, versions: Own) -> None:
        self.asm, self.counter, self.versions = asm, counter, versions
        self.loading = asm.table("loading", asm.around.keys_n)
        self.waiting = asm.queues("waiting", QUEUES)
        self.timers = asm.timers("lease", length_ns)

    def join(self, mine: Reg, shared: Callable[[], None]) -> None:
        """Take the lease of KEY: `mine` = its stamp. Or wait until its holder is back: `shared` answers, or it fails alike.

        Who waits for longer than a lease lasts takes it over.
        """
        asm, lead, again, counted = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        self.unless_held(mine, lead)
        if self.counter is not None:
            asm.bump(self.counter)
        asm.jump(counted)
        asm.place(again)
        self.unless_held(mine, lead)
        asm.place(counted)
        self.queue(mine)
        asm.wait(mine, again, self.timers)
        asm.emit(Op.LDX, mine, self.loading, KEY)
        asm.branch(again, mine, ">", 0)
        failed = asm.label()
        asm.branch(failed, mine, "<", 0)
        asm.emit(Op.LDX, VERSION, self.versions, KEY)
        shared()
        asm.place(failed)
        asm.emit(Op.SUB, mine, 0, mine)
        asm.reply(mine)
        asm.place(lead)
        self.give(mine)

    def try_take(self, mine: Reg, held: Label) -> None:
        """Take the lease, or go to `held` if somebody has it."""
        asm, lead = self.asm, self.asm.label()
        self.unless_held(mine, lead)
        asm.jump(held)
        asm.place(lead)
        self.give(mine)

    def unless_held(self, mine: Reg, lead: Label) -> None:
        """Go to `lead` if nobody has the lease, or had it for longer than it lasts."""
        asm = self.asm
        asm.emit(Op.LDX, mine, self.loading, KEY)
        asm.branch(lead, mine, "<=", 0)
        with asm.local() as now:
            asm.emit(Op.SHR, mine, mine, 1)
            asm.add(mine, mine, Own(self.timers.name, "DURATION"))
            asm.now(now)
            asm.branch(lead, mine, "<=", now)

    def give(self, mine: Reg) -> None:
        self.asm.now(mine, 1)
        self.asm.emit(Op.SHL, mine, mine, 1)
        self.asm.emit(Op.STX, mine, self.loading, KEY)

    def queue(self, to: Reg) -> None:
        """to = address of the queue of KEY."""
        asm = self.asm
        asm.emit(Op.AND, to, KEY, QUEUES - 1)
        asm.emit(Op.MUL, to, to, QUEUE_WORDS)
        asm.add(to, to, SELF)
        asm.add(to, to, Offset(self.waiting.name))

    def end(self, mine: Reg, keep: Callable[[], None]) -> None:
        """The holder is back, with an outcome in STATUS: keep what it brought if the key was not changed; wake the others."""
        asm, over, free, unchanged = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        with asm.local() as held:
            asm.emit(Op.LDX, held, self.loading, KEY)
            asm.emit(Op.SUB, held, held, mine)
            asm.branch(unchanged, held, "==", 0)
            asm.branch(free, held, "==", CHANGED)
            asm.jump(over)
            asm.place(unchanged)
            with asm.when(STATUS, "==", 0):
                keep()
            asm.place(free)
            asm.emit(Op.SUB, held, 0, STATUS)
            asm.emit(Op.STX, held, self.loading, KEY)
            self.queue(held)
            asm.notify(held, -1)
        asm.place(over)

    def changed(self) -> None:
        """The key has a newer value than whoever is loading it will bring."""
        asm, over = self.asm, self.asm.label()
        with asm.local() as held:
            asm.emit(Op.LDX, held, self.loading, KEY)
            asm.branch(over, held, "<=", 0)
            asm.emit(Op.OR, held, held, CHANGED)
            asm.emit(Op.STX, held, self.loading, KEY)
        asm.place(over)
