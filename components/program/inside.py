"""Work beside the main line: code of a child whose answer is waited for, and code that nobody waits for.

A child has all registers of its own, copied. `kept` are the locals that its code reads; the others are free for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.program.assembler import NOWHERE, STATUS, Assembler, Label, Own, Reg, Value
from components.program.op import Op
from components.program.units import NEVER_NS

FOREVER = "forever"  # the timer list of waits that have no end


@contextmanager
def forked(asm: Assembler, tag: Value, kept: frozenset[int]) -> Iterator[None]:
    """The block runs in a child; what it leaves in STATUS and in the message is its answer."""
    body, on = asm.label(), asm.label()
    asm.emit(Op.FORK, body, tag)
    asm.jump(on)
    asm.place(body)
    with asm.fresh_locals(kept):
        yield
    asm.reply(STATUS)
    asm.place(on)


@contextmanager
def beside(asm: Assembler, kept: frozenset[int]) -> Iterator[None]:
    """The block runs on its own; the main line goes on at once."""
    body, on = asm.label(), asm.label()
    asm.emit(Op.SPAWN, body)
    asm.jump(on)
    asm.place(body)
    with asm.fresh_locals(kept):
        yield
    asm.emit(Op.END)
    asm.place(on)


def alarm(asm: Assembler, tag: Value, ns: Value, kept: frozenset[int]) -> None:
    """A child that answers after `ns`, which may be another time each time."""
    with forked(asm, tag, kept), asm.local() as nap:
        asm.move(nap, ns)
        asm.emit(Op.SLEEP, nap)


def next_fork(asm: Assembler, tag: Reg | Own) -> None:
    """Wait for the next answer of a child: its tag, STATUS and the message. A child is never lost: no time-out."""
    if FOREVER not in asm.items:
        asm.timers(FOREVER, NEVER_NS)
    asm.emit(Op.AWAIT, tag, NOWHERE, Own(FOREVER))


def sleep(asm: Assembler, ns: Value) -> None:
    with asm.local() as nap:
        asm.move(nap, ns)
        asm.emit(Op.SLEEP, nap)


def decide(asm: Assembler, chance: Value, stream: str) -> tuple[Label, Label]:
    """(yes, no): jumps to yes with the chance, else falls to where `no` is to be placed by the caller."""
    yes, no = asm.label(), asm.label()
    asm.emit(Op.BRP, yes, chance, asm.stream(stream))
    asm.jump(no)
    return asm.place(yes), no
