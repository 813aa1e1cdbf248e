"""Counts of what happened in the last so many seconds, in a ring of ten buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import Own, Reg, Shared
from components.program.op import Op
from components.program.units import seconds

if TYPE_CHECKING:
    from components.program.calls import Way

BUCKETS = 10


def bucket_ns(window_s: float) -> int:
    """Length of a bucket; how an option of seconds becomes the word that a Window looks at."""
    return max(1, seconds(window_s) // BUCKETS)


class Window:
    """Counters of one option of a link that forget. `length` = word with the ns of a bucket."""

    def __init__(self, way: Way, name: str, length: Shared, counters: tuple[str, ...]) -> None:
        self.asm, self.length = way.asm, length
        self.bucket = way.word(f"{name}_bucket")
        self.old = way.word(f"{name}_old")  # for a moment: registers are few
        self.totals = {counter: way.word(f"{name}_{counter}") for counter in counters}
        self.rings = {counter: way.table(f"{name}_{counter}_ring", BUCKETS) for counter in counters}

    def __getitem__(self, counter: str) -> Own:
        """How many there were within the window, as of the last `roll`."""
        return self.totals[counter]

    def tally(self, counter: str, slot: Reg, spare: Reg) -> None:
        """One more, now."""
        self.asm.emit(Op.LDX, spare, self.rings[counter], slot)
        self.asm.bump(spare)
        self.asm.emit(Op.STX, spare, self.rings[counter], slot)
        self.asm.bump(self.totals[counter])

    def roll(self, slot: Reg, spare: Reg) -> None:
        """Forget the buckets that left the window; `slot` = place of the bucket of now."""
        asm = self.asm
        asm.now(spare)
        asm.emit(Op.DIV, spare, spare, self.length)
        asm.emit(Op.SUB, slot, spare, BUCKETS)
        asm.emit(Op.MAX, self.bucket, self.bucket, slot)
        with asm.repeat_while(self.bucket, "<", spare):
            asm.bump(self.bucket)
            asm.emit(Op.MOD, slot, self.bucket, BUCKETS)
            for counter, total in self.totals.items():
                asm.emit(Op.LDX, self.old, self.rings[counter], slot)
                asm.emit(Op.SUB, total, total, self.old)
                asm.emit(Op.STX, 0, self.rings[counter], slot)
        asm.emit(Op.MOD, slot, self.bucket, BUCKETS)

    def clear(self) -> None:
        for counter, total in self.totals.items():
            self.asm.move(total, 0)
            for place in range(BUCKETS):
                self.asm.emit(Op.STX, 0, self.rings[counter], place)
