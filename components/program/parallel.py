"""Several links called at once, each with all its options."""

from __future__ import annotations

from collections.abc import Sequence

from components.program.assembler import STATUS, Assembler
from components.program.calls import Way, call
from components.program.inside import forked, next_fork


def call_all(asm: Assembler, ways: Sequence[Way]) -> None:
    """Call every link in a child of its own and wait for all answers; STATUS = the first failure, 0 if there is none."""
    with asm.local() as tag, asm.local() as worst:
        asm.move(worst, 0)
        for number, way in enumerate(ways):
            with forked(asm, number, frozenset()):
                call(asm, way)
        for _ in ways:
            next_fork(asm, tag)
            with asm.when(worst, "==", 0):
                asm.move(worst, STATUS)
        asm.move(STATUS, worst)
