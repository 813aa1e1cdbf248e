"""Which of several links is called is known only when the request comes: one of them by its number, or the first so many at once."""

from __future__ import annotations

from collections.abc import Sequence

from components.program.assembler import STATUS, Assembler, Label, Reg, Value
from components.program.calls import Way, call
from components.program.inside import forked, next_fork
from components.program.op import Op


def call_one(asm: Assembler, ways: Sequence[Way], number: Reg) -> None:
    """Call the link of that number with all its options; it is found by halves."""
    done = asm.label()
    _branch_to(asm, list(enumerate(ways)), number, done)
    asm.place(done)


def _branch_to(asm: Assembler, ways: Sequence[tuple[int, Way]], number: Reg, done: Label) -> None:
    if len(ways) < 2:
        for _, way in ways:
            call(asm, way)
        asm.jump(done)
        return
    half, upper = len(ways) // 2, asm.label()
    asm.branch(upper, number, ">=", ways[half][0])
    _branch_to(asm, ways[:half], number, done)
    asm.place(upper)
    _branch_to(asm, ways[half:], number, done)


def call_first(asm: Assembler, ways: Sequence[Way], count: Value) -> None:
    """Call the first `count` links at once and wait for all answers; STATUS = the first failure, 0 if there is none."""
    with asm.local() as tag, asm.local() as worst, asm.local() as left:
        asm.move(worst, 0)
        asm.move(left, 0)
        for number, way in enumerate(ways):
            unused = asm.label()
            asm.branch(unused, count, "<=", number)
            with forked(asm, number, frozenset()):
                call(asm, way)
            asm.bump(left)
            asm.place(unused)
        with asm.repeat_while(left, ">", 0):
            next_fork(asm, tag)
            with asm.when(worst, "==", 0):
                asm.move(worst, STATUS)
            asm.emit(Op.SUB, left, left, 1)
        asm.move(STATUS, worst)
