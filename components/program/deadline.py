"""Deadlines and priorities: what rides down with a request beside its user, and when it is too late for it.

The context register DEADLINE holds (deadline - NEVER) * 64 + sort * 4 + priority, so that 0, which every activation begins
with, is no deadline and first class. The sort (a class, an endpoint: program/parts.py) means something to the node alone that
set it. A call carries a deadline only over a link that propagates it; it is then the caller's own or the end of the call's
time-out, whichever is sooner.
"""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import Assembler
from components.program.op import Op
from components.program.symbols import ARRIVAL_LINK, CALLED, DEADLINE, Field, Label, Own, Reg
from components.program.units import ms

NEVER = 1 << 56  # ns; twice as late as the longest run
NO_TIMEOUT = 1 << 55  # of a link that carries deadlines and waits for ever
CLASS_BITS, SORT_BITS = 2, 4
LOW_BITS = CLASS_BITS + SORT_BITS
LAST_CLASS, SORTS, LOW = (1 << CLASS_BITS) - 1, 1 << SORT_BITS, (1 << LOW_BITS) - 1


def carries(propagates: bool, timeout_ms: float | None) -> int:
    """The lane's word: ns from call to deadline, less NEVER; 0 carries none."""
    if not propagates:
        return 0
    return (NO_TIMEOUT if timeout_ms is None else ms(timeout_ms)) - NEVER


def set_deadline(asm: Assembler, deadline_ms: float | None, priority: int, sort: int) -> None:
    """A request begins."""
    low = sort << CLASS_BITS | priority
    if deadline_ms is None:
        asm.move(DEADLINE, low)
        return
    asm.now(DEADLINE, ms(deadline_ms) - NEVER)
    asm.emit(Op.SHL, DEADLINE, DEADLINE, LOW_BITS)
    if low:
        asm.add(DEADLINE, DEADLINE, low)


def set_sort(asm: Assembler, sort: int) -> None:
    asm.emit(Op.AND, DEADLINE, DEADLINE, ~((SORTS - 1) << CLASS_BITS))
    if sort:
        asm.add(DEADLINE, DEADLINE, sort << CLASS_BITS)


def get_sort(asm: Assembler, to: Reg) -> None:
    """Times 4."""
    asm.emit(Op.AND, to, DEADLINE, (SORTS - 1) << CLASS_BITS)


def priority_class(asm: Assembler, to: Reg) -> None:
    asm.emit(Op.AND, to, DEADLINE, LAST_CLASS)


def inherit_deadline(asm: Assembler) -> None:
    """On arrival: the deadline that the call carries, or none."""
    if not asm.around.dated:
        return
    done = asm.label()

    def forget() -> None:
        asm.emit(Op.AND, DEADLINE, DEADLINE, LOW)
        asm.jump(done)

    with asm.local() as end, asm.local() as low:
        asm.emit(Op.LDX, end, ARRIVAL_LINK, Field("lane", "CARRIES"))
        asm.branch(asm.later(forget), end, "==", 0)
        asm.add(end, end, CALLED)
        asm.emit(Op.SHL, end, end, LOW_BITS)
        asm.branch(done, DEADLINE, "<=", end)
        asm.emit(Op.AND, low, DEADLINE, LOW)
        asm.add(DEADLINE, end, low)
    asm.place(done)


def drop_expired(asm: Assembler, station: Own, refuse: Callable[[str], None]) -> None:
    """Nobody waits for the answer any more: give the slot back without working."""
    if not asm.around.dated:
        return

    def expired() -> None:
        asm.release(station)
        refuse("expired")

    unless_in_time(asm, asm.later(expired))


def unless_in_time(asm: Assembler, late: Label) -> None:
    """Go to `late` from the deadline on."""
    with asm.local() as now:
        asm.now(now, 1 - NEVER)
        asm.emit(Op.SHL, now, now, LOW_BITS)
        asm.branch(late, DEADLINE, "<", now)
