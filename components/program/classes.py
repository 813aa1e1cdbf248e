"""The sorts of requests that a client sends: one is drawn for each, and what it came to is counted by sort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from components.program.assembler import STATUS, Assembler, Reg, Shared
from components.program.deadline import set_deadline, unless_in_time
from components.program.op import REASON, Op
from components.program.units import thousandths


@contextmanager
def classed(asm: Assembler) -> Iterator[None]:
    """The block sends the request and leaves in STATUS how it went."""
    rows: list[Mapping[str, Any]] = asm.params["classes"]
    if not rows:
        yield
        return
    books = [asm.part("classes", row["name"]) for row in rows]
    with asm.local() as mine:
        draw(asm, mine, rows, books)
        yield
        count(asm, mine, books)


def draw(asm: Assembler, mine: Reg, rows: list[Mapping[str, Any]], books: list[Shared]) -> None:
    """A class by weight: its number, its deadline, its priority."""
    weights = [thousandths(row["weight"]) for row in rows]
    done, upto = asm.label(), 0
    asm.emit(Op.RAND, mine, sum(weights), asm.stream("class"))
    for number, (row, weight) in enumerate(zip(rows, weights, strict=True)):
        upto += weight
        following = asm.label()
        if number + 1 < len(rows):
            asm.branch(following, mine, ">=", upto)
        asm.move(mine, number)
        asm.bump(Shared(books[number].name, "OFFERED"))
        set_deadline(asm, row["deadline_ms"], row["priority"])
        asm.jump(done)
        asm.place(following)
    asm.place(done)


def count(asm: Assembler, mine: Reg, books: list[Shared]) -> None:
    done = asm.label()
    for number, book in enumerate(books):
        following = asm.label()
        if number + 1 < len(books):
            asm.branch(following, mine, "!=", number)
        asm.emit(Op.COUNT, book)
        asm.jump(done)
        asm.place(following)
    asm.place(done)


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
