"""Leases: of all who miss a key at once, the first loads it and the others wait for what it brings.

Facebook's memcache (Nishtala et al., NSDI 2013) gives the holder of a lease ten seconds, and takes the lease away when the
key is changed meanwhile, so that no older value is kept after a newer one. Go's singleflight shares the outcome, a
failure included; so does this.
"""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import KEY, SELF, START, STATUS, VERSION, Assembler, Label, Offset, Own, Reg, Shared
from components.program.op import Op

QUEUES = 256  # waiters of keys that are equal modulo this stand in one queue, and look again when it moves
QUEUE_WORDS = 3
CHANGED = 1  # added to a holder: the key was changed since the lease was given


class Lease:
    """Two words a key: who loads it, 0 = nobody, -status = the last load failed so; and until when others wait for that.

    Who = twice the time of the holder's request, plus 2. No register is kept over the load: its link may need them all.
    """

    def __init__(self, asm: Assembler, length_ns: int, counter: Own, versions: Own | Shared) -> None:
        self.asm, self.counter, self.versions, self.length = asm, counter, versions, length_ns
        self.holders = asm.table("holders", asm.around.keys_n)
        self.until = asm.table("leased_until", asm.around.keys_n)
        self.waiting = asm.queues("waiting", QUEUES)
        self.timers = asm.timers("lease", length_ns)

    def join(self, shared: Callable[[], None]) -> None:
        """Take the lease of KEY and go on. Or wait until its holder is back: `shared` answers, or it fails alike.

        Who waits for longer than a lease lasts takes it over.
        """
        asm, lead, again, counted = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        with asm.local() as holder:
            self.unless_held(holder, lead)
            asm.bump(self.counter)
            asm.jump(counted)
            asm.place(again)
            self.unless_held(holder, lead)
            asm.place(counted)
            self.queue(holder)
            asm.wait(holder, again, self.timers)
            asm.emit(Op.LDX, holder, self.holders, KEY)
            asm.branch(again, holder, ">", 0)
            failed = asm.label()
            asm.branch(failed, holder, "<", 0)
            asm.emit(Op.LDX, VERSION, self.versions, KEY)
            shared()
            asm.place(failed)
            asm.emit(Op.SUB, holder, 0, holder)
            asm.reply(holder)
            asm.place(lead)
            self.give(holder, START)

    def take_over(self, held: Label) -> None:
        """Take the lease for an activation that is spawned now, or go to `held` if somebody has it."""
        asm, lead = self.asm, self.asm.label()
        with asm.local() as holder, asm.local() as now:
            self.unless_held(holder, lead)
            asm.jump(held)
            asm.place(lead)
            asm.now(now)
            self.give(holder, now)

    def unless_held(self, spare: Reg, lead: Label) -> None:
        """Go to `lead` if nobody has the lease, or had it for longer than it lasts."""
        asm = self.asm
        asm.emit(Op.LDX, spare, self.holders, KEY)
        asm.branch(lead, spare, "<=", 0)
        with asm.local() as now:
            asm.emit(Op.LDX, spare, self.until, KEY)
            asm.now(now)
            asm.branch(lead, spare, "<=", now)

    def give(self, spare: Reg, born: Reg) -> None:
        asm = self.asm
        self.name_of(spare, born)
        asm.emit(Op.STX, spare, self.holders, KEY)
        asm.now(spare, self.length)
        asm.emit(Op.STX, spare, self.until, KEY)

    def name_of(self, to: Reg, born: Reg) -> None:
        self.asm.add(to, born, 1)
        self.asm.emit(Op.SHL, to, to, 1)

    def queue(self, to: Reg) -> None:
        """to = address of the queue of KEY."""
        asm = self.asm
        asm.emit(Op.AND, to, KEY, QUEUES - 1)
        asm.emit(Op.MUL, to, to, QUEUE_WORDS)
        asm.add(to, to, SELF)
        asm.add(to, to, Offset(self.waiting.name))

    def end(self, keep: Callable[[], None], keep_if_newer: Callable[[], None]) -> None:
        """The holder is back, with an outcome in STATUS: keep what it brought if the key was not changed; wake the others.

        If its lease was taken over meanwhile, what it brought is still kept if it is the newest; a failure is its own.
        """
        asm, over, free, unchanged = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        with asm.local() as held:
            with asm.local() as mine:
                asm.emit(Op.LDX, held, self.holders, KEY)
                self.name_of(mine, START)
                asm.emit(Op.SUB, held, held, mine)
            asm.branch(unchanged, held, "==", 0)
            asm.branch(free, held, "==", CHANGED)
            asm.branch(over, STATUS, "!=", 0)
            keep_if_newer()
            asm.emit(Op.LDX, held, self.holders, KEY)
            asm.branch(over, held, "<=", 0)
            asm.jump(free)
            asm.place(unchanged)
            with asm.when(STATUS, "==", 0):
                keep()
            asm.place(free)
            asm.emit(Op.SUB, held, 0, STATUS)
            asm.emit(Op.STX, held, self.holders, KEY)
            self.queue(held)
            asm.notify(held, -1)
        asm.place(over)

    def changed(self) -> None:
        """The key has a newer value than whoever is loading it will bring."""
        asm, over = self.asm, self.asm.label()
        with asm.local() as held:
            asm.emit(Op.LDX, held, self.holders, KEY)
            asm.branch(over, held, "<=", 0)
            asm.emit(Op.OR, held, held, CHANGED)
            asm.emit(Op.STX, held, self.holders, KEY)
        asm.place(over)
