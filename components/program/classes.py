"""The classes of requests that a client sends, with their priorities and deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.program.assembler import STATUS, Assembler
from components.program.deadline import set_deadline, unless_in_time
from components.program.op import REASON
from components.program.parts import Parts


@contextmanager
def classed(asm: Assembler) -> Iterator[None]:
    """The block sends the request and leaves in STATUS how it went."""
    if not asm.params["classes"]:
        yield
        return
    classes = Parts(asm, "classes", asm.params["classes"])
    classes.draw(lambda number, row: set_deadline(asm, row["deadline_ms"], row["priority"], number))
    yield
    classes.count()


def count_late_as_failed(asm: Assembler) -> None:
    """An answer after the deadline of its class is no success."""
    if all(row["deadline_ms"] is None for row in asm.params["classes"]):
        return
    done = asm.label()

    def late() -> None:
        asm.blame("expired")
        asm.move(STATUS, REASON["expired"])
        asm.jump(done)

    asm.branch(done, STATUS, "!=", 0)
    unless_in_time(asm, asm.later(late))
    asm.place(done)
