"""Done once: which messages were done, for leaving them alone a second time and for counting those that were done twice."""

from __future__ import annotations

from components.program.assembler import KEY, REQUEST, Assembler, Label, Own, Reg
from components.program.delivery import ONCE, POISON, number_of
from components.program.op import Op
from components.program.units import seconds

REMEMBERED = 1 << 16  # names of messages, by their hash; a name that comes later pushes an older one out
KEYS = 1 << 12  # keys that are equal modulo this share their order


class Once:
    """REQUEST holds the name of a message that comes from a queue; 0 = no message. One memory for all replicas."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, self.group = asm, asm.params["dedupe"]
        self.names = asm.shared_table("done_names", REMEMBERED)
        self.times = asm.shared_table("done_times", REMEMBERED)
        self.newest = asm.shared_table("newest", KEYS)
        self.duplicates, self.skipped = asm.counter("duplicates"), asm.counter("deduplicated")
        self.violations = asm.counter("order_violations")

    def unless_done(self, done: Label) -> None:
        """Go to `done` if the message must not be done twice and is known to be done."""
        asm, go = self.asm, self.asm.label()

        def skip() -> None:
            asm.bump(self.skipped)
            asm.jump(done)

        asm.branch(go, REQUEST, "==", 0)
        with asm.local() as place, asm.local() as known:
            self.slot(place)
            asm.emit(Op.LDX, known, self.names, place)
            asm.branch(go, known, "!=", REQUEST)
            self.unless_remembered(place, known, go)
        asm.jump(asm.later(skip))
        asm.place(go)

    def unless_remembered(self, place: Reg, spare: Reg, forgotten: Label) -> None:
        """Go on if it matters that the message was done: to this worker, or to its queue."""
        asm = self.asm
        if self.group is None:
            asm.branch(forgotten, REQUEST, "<", ONCE)
            return
        asm.emit(Op.LDX, spare, self.times, place)
        asm.add(spare, spare, asm.live("dedupe.window_s", seconds))
        with asm.local() as now:
            asm.now(now)
            asm.branch(forgotten, spare, "<", now)

    def fail_if_poison(self, slots: Own) -> None:
        """A poisoned message costs its work and fails."""
        asm, good = self.asm, self.asm.label()

        def fail() -> None:
            asm.release(slots)
            asm.fail("error")

        with asm.local() as mark:
            asm.emit(Op.AND, mark, REQUEST, POISON)
            asm.branch(good, mark, "==", 0)
        asm.jump(asm.later(fail))
        asm.place(good)

    def record(self) -> None:
        """The message is done now."""
        asm, over, first, twice = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        asm.branch(over, REQUEST, "==", 0)
        with asm.local() as place, asm.local() as known:
            self.slot(place)
            asm.emit(Op.LDX, known, self.names, place)
            asm.branch(first, known, "!=", REQUEST)
            self.unless_remembered(place, known, twice)
            asm.bump(self.skipped)
            asm.jump(over)
            asm.place(twice)
            asm.bump(self.duplicates)
            asm.jump(over)
            asm.place(first)
            asm.emit(Op.STX, REQUEST, self.names, place)
            asm.now(known)
            asm.emit(Op.STX, known, self.times, place)
            self.check_order(place, known)
        asm.place(over)

    def check_order(self, place: Reg, mine: Reg) -> None:
        asm, newer = self.asm, self.asm.label()
        number_of(asm, mine)
        asm.emit(Op.AND, place, KEY, KEYS - 1)
        with asm.local() as last:
            asm.emit(Op.LDX, last, self.newest, place)
            asm.branch(newer, last, "<=", mine)
            asm.bump(self.violations)
            asm.place(newer)
            asm.emit(Op.MAX, last, last, mine)
            asm.emit(Op.STX, last, self.newest, place)

    def slot(self, to: Reg) -> None:
        self.asm.emit(Op.HASH, to, REQUEST, 7)
        self.asm.emit(Op.AND, to, to, REMEMBERED - 1)
