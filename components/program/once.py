"""Done once: which messages were done, for leaving them alone a second time and for counting those that were done twice."""

from __future__ import annotations

from components.program.assembler import KEY, Assembler, Label, Reg
from components.program.message import name_of, place_of
from components.program.op import Op
from components.program.units import seconds

REMEMBERED = 1 << 16  # names of messages, by their hash; a name that comes later pushes an older one out
KEYS = 1 << 12  # keys that are equal modulo this share their order


class Once:
    """One memory for all replicas. `dedupe` of the node, or a queue that delivers exactly once, makes it matter."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, self.group = asm, asm.params["dedupe"]
        self.exactly = any(caller.get("delivery") == "exactly" for caller in asm.around.callers)
        self.names = asm.shared_table("done_names", REMEMBERED)
        self.times = asm.shared_table("done_times", REMEMBERED)
        self.newest = asm.shared_table("newest", KEYS)
        self.duplicates, self.skipped = asm.counter("duplicates"), asm.counter("deduplicated")
        self.violations = asm.counter("order_violations")

    def unless_done(self, done: Label) -> None:
        """Go to `done` if the message must not be done twice and is known to be done."""
        if self.group is None and not self.exactly:
            return
        asm, go = self.asm, self.asm.label()

        def skip() -> None:
            asm.bump(self.skipped)
            asm.jump(done)

        with asm.local() as place, asm.local() as known:
            self.find(place, known, go)
            self.unless_remembered(place, known, go)
        asm.jump(asm.later(skip))
        asm.place(go)

    def find(self, place: Reg, name: Reg, other: Label) -> None:
        """place = where the message is remembered; go on if it is. On to `other` if not, or if this is no message."""
        asm = self.asm
        name_of(asm, name)
        asm.emit(Op.HASH, place, name, 7)
        asm.emit(Op.AND, place, place, REMEMBERED - 1)
        asm.branch(other, name, "==", 0)
        with asm.local() as known:
            asm.emit(Op.LDX, known, self.names, place)
            asm.branch(other, known, "!=", name)

    def unless_remembered(self, place: Reg, spare: Reg, forgotten: Label) -> None:
        """Go on if it matters that the message was done: to its queue, or to this worker and still within its window."""
        asm = self.asm
        if self.exactly:
            return
        if self.group is None:
            asm.jump(forgotten)
            return
        asm.emit(Op.LDX, spare, self.times, place)
        asm.add(spare, spare, asm.live("dedupe.window_s", seconds))
        with asm.local() as now:
            asm.now(now)
            asm.branch(forgotten, spare, "<", now)

    def record(self) -> None:
        """The message is done now."""
        asm, over, first, twice = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        with asm.local() as place, asm.local() as spare:
            name_of(asm, spare)
            asm.branch(over, spare, "==", 0)
            self.find(place, spare, first)
            self.unless_remembered(place, spare, twice)
            asm.bump(self.skipped)
            asm.jump(over)
            asm.place(twice)
            asm.bump(self.duplicates)
            asm.jump(over)
            asm.place(first)
            name_of(asm, spare)
            asm.emit(Op.STX, spare, self.names, place)
            asm.now(spare)
            asm.emit(Op.STX, spare, self.times, place)
            self.check_order(place, spare)
        asm.place(over)

    def check_order(self, place: Reg, mine: Reg) -> None:
        asm, newer = self.asm, self.asm.label()
        place_of(asm, mine)
        asm.emit(Op.AND, place, KEY, KEYS - 1)
        with asm.local() as last:
            asm.emit(Op.LDX, last, self.newest, place)
            asm.branch(newer, last, "<=", mine)
            asm.bump(self.violations)
            asm.place(newer)
            asm.emit(Op.MAX, last, last, mine)
            asm.emit(Op.STX, last, self.newest, place)
