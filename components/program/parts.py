"""Requests of several sorts: one is drawn by weight, and what it came to is counted by sort."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from components.program.assembler import Assembler
from components.program.deadline import CLASS_BITS, get_sort, set_sort
from components.program.op import Op
from components.program.symbols import Label, Shared
from components.program.units import thousandths


class Parts:
    """The sorts of `rows`, each with a name and a weight, as a section of the summary. Which it is rides with the request."""

    def __init__(self, asm: Assembler, section: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.asm, self.section, self.rows = asm, section, rows
        self.books = [asm.part(section, row["name"]) for row in rows]

    def draw(self, begin: Callable[[int, Mapping[str, Any]], None] | None = None) -> None:
        """A sort by weight, which is counted as offered. `begin` writes how its number comes to ride along."""
        asm, upto, doors = self.asm, 0, [self.asm.label() for _ in self.rows]
        with asm.local() as chance:
            asm.emit(Op.RAND, chance, sum(thousandths(row["weight"]) for row in self.rows), asm.stream(self.section))
            for door, row in zip(doors[:-1], self.rows, strict=False):
                upto += thousandths(row["weight"])
                asm.branch(door, chance, "<", upto)
            asm.jump(doors[-1])
        for number in self._cases(doors):
            asm.bump(Shared(self.books[number].name, "OFFERED"))
            if begin:
                begin(number, self.rows[number])
            else:
                set_sort(asm, number)

    def each(self) -> Iterator[int]:
        """What is written for a number runs for its sort alone."""
        asm, doors = self.asm, [self.asm.label() for _ in self.rows]
        with asm.local() as mine:
            get_sort(asm, mine)
            for number, door in enumerate(doors[:-1]):
                asm.branch(door, mine, "==", number << CLASS_BITS)
            asm.jump(doors[-1])
        return self._cases(doors)

    def count(self) -> None:
        """The request is over; STATUS says how it went."""
        for number in self.each():
            self.asm.emit(Op.COUNT, self.books[number])

    def _cases(self, doors: list[Label]) -> Iterator[int]:
        asm, over = self.asm, self.asm.label()
        for number, door in enumerate(doors):
            asm.place(door)
            yield number
            if number + 1 < len(doors):
                asm.jump(over)
        asm.place(over)
