"""Which registers hold something, on every way through a program.

The line of an activation still holds what somebody else left there, so a local that is read before it is written would
make a run depend on who ended where: on the size of the machine, not on the design.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.program import Op
from worker.engine.encode import REGISTER
from worker.engine.layout import CONTEXT, REGISTERS

EVERY, REQUEST = (1 << REGISTERS) - 1, (1 << CONTEXT) - 1
READ = "voqr"  # letters of a form; LEAST also reads where it begins


def unwritten(
    code: Sequence[Sequence[int]], forms: Sequence[str], doors: Sequence[int], others: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """(instruction, register) where a register may hold nothing yet. A request comes in at a door with its message and
    context; `others` begin with all registers. The code must have passed all checks of paths."""
    known: dict[int, int] = {}
    todo = [(pc, REQUEST) for pc in doors] + [(pc, EVERY) for pc in others]
    while todo:
        pc, bits = todo.pop()
        before = known.get(pc)
        bits = bits if before is None else bits & before
        if bits == before:
            continue
        known[pc] = bits
        op, *words = code[pc]
        todo += after(pc, op, words, forms[op], bits)
    for pc, bits in sorted(known.items()):
        op, *words = code[pc]
        for letter, word in zip(forms[op], words, strict=False):
            read = letter in READ or (op == Op.LEAST and letter == "d")
            if read and word & 3 == REGISTER and word >= 0 and not bits >> (word >> 2) & 1:
                yield pc, word >> 2


def after(pc: int, op: int, words: Sequence[int], form: str, bits: int) -> Iterator[tuple[int, int]]:
    """What follows, with the registers that hold something there."""
    written = 0
    for letter, word in zip(form, words, strict=False):
        if letter == "d" and word & 3 == REGISTER and word >= 0:
            written |= 1 << (word >> 2)
    for letter, word in zip(form, words, strict=False):
        if letter in "te" and word >= 0:
            yield word, bits if op == Op.AWAIT else bits | written  # a time-out brings no tag
    if op not in (Op.JMP, Op.SOURCE, Op.REPLY, Op.END):
        yield pc + 1, bits | written
