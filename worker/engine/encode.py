"""From symbolic instructions to six int64 each."""

from __future__ import annotations

from collections.abc import Sequence

from components.program import NOWHERE, Field, Index, Label, Offset, Op, Own, Reg, Shared
from components.program.assembler import Operand
from worker.engine.place import RECORDS, PlacedNode

WIDTH = 6
REGISTER, OWN, ABSOLUTE, IMMEDIATE = range(4)


def plain(offset: int, mode: int) -> int:
    """An operand: `offset << 2 | mode`."""
    return offset << 2 | mode


class Encoder:
    """Encodes the code of one placed node. `zipf` = where its alias table begins."""

    def __init__(self, placed: PlacedNode, zipf: int) -> None:
        self.placed, self.zipf = placed, zipf

    def program(self) -> list[int]:
        words: list[int] = []
        for op, operands in self.placed.asm.code:
            words += self.instruction(op, operands)
        return words

    def instruction(self, op: Op, operands: Sequence[Operand]) -> list[int]:
        encoded = [int(op), *(self.operand(operand) for operand in operands)]
        return encoded + [0] * (WIDTH - len(encoded))

    def operand(self, operand: Operand) -> int:
        placed = self.placed
        match operand:
            case int():
                return plain(operand, IMMEDIATE)
            case Reg(number):
                return plain(number, REGISTER)
            case Own(name, field, plus):
                return plain(placed.offset(name, field, plus), OWN)
            case Shared(name, field, plus):
                return plain(placed.shared_address(name, field, plus), ABSOLUTE)
            case Offset(name, field, plus):
                return plain(placed.offset(name, field, plus), IMMEDIATE)
            case Field(record, field):
                return plain(int(RECORDS[record][field]), IMMEDIATE)
            case Label():
                return self.target(operand)
            case Index("law", name):
                return placed.laws[name]
            case Index("stream", name):
                return placed.streams[name]
            case Index("hist", name):
                return placed.hists[name]
            case Index("truth", name):
                return plain(placed.truth[name], IMMEDIATE)
            case Index("zipf", _):
                return plain(self.zipf, IMMEDIATE)
        raise TypeError(f"not an operand: {operand!r}")

    def target(self, label: Label) -> int:
        if label is NOWHERE:
            return -1
        if label.at < 0:
            raise ValueError(f"a jump of {self.placed.node.kind} leads nowhere")
        return self.placed.pc + label.at
