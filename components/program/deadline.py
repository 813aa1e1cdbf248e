"""Deadlines and priorities: what rides down with a request beside its user, and when it is too late for it.

The context register DEADLINE holds (deadline - NEVER) * 4 + priority, so that 0, which every activation begins with, is no
deadline and first class. A call carries a deadline only over a link that propagates it; it is then the caller's own or the
end of the call's time-out, whichever is sooner.
"""

from __future__ import annotations

from components.program.assembler import ARRIVAL_LINK, CALLED, DEADLINE, Assembler, Field, Label, Own, Reg
from components.program.op import Op
from components.program.units import ms

NEVER = 1 << 60  # ns; later than any run
NO_TIMEOUT = 1 << 59  # of a link that carries deadlines and waits for ever
CLASS_BITS = 2
LAST_CLASS = (1 << CLASS_BITS) - 1


def carries(propagates: bool, timeout_ms: float | None) -> int:
    """The lane's word: ns from call to deadline, less NEVER; 0 carries none."""
    if not propagates:
        return 0
    return (NO_TIMEOUT if timeout_ms is None else ms(timeout_ms)) - NEVER


def set_deadline(asm: Assembler, deadline_ms: float | None, priority: int) -> None:
    """A request begins."""
    if deadline_ms is None:
        asm.move(DEADLINE, priority)
        return
    asm.now(DEADLINE, ms(deadline_ms) - NEVER)
    asm.emit(Op.SHL, DEADLINE, DEADLINE, CLASS_BITS)
    if priority:
        asm.add(DEADLINE, DEADLINE, priority)


def priority_class(asm: Assembler, to: Reg) -> None:
    asm.emit(Op.AND, to, DEADLINE, LAST_CLASS)


def inherit_deadline(asm: Assembler) -> None:
    """On arrival: the deadline that the call carries, or none."""
    if not asm.around.dated:
        return
    done = asm.label()

    def forget() -> None:
        asm.emit(Op.AND, DEADLINE, DEADLINE, LAST_CLASS)
        asm.jump(done)

    with asm.local() as end, asm.local() as level:
        asm.emit(Op.LDX, end, ARRIVAL_LINK, Field("lane", "CARRIES"))
        asm.branch(asm.later(forget), end, "==", 0)
        asm.add(end, end, CALLED)
        asm.emit(Op.SHL, end, end, CLASS_BITS)
        asm.branch(done, DEADLINE, "<=", end)
        priority_class(asm, level)
        asm.add(DEADLINE, end, level)
    asm.place(done)


def drop_expired(asm: Assembler, station: Own) -> None:
    """Nobody waits for the answer any more: give the slot back without working."""
    if not asm.around.dated:
        return

    def expired() -> None:
        asm.release(station)
        asm.fail("expired")

    unless_in_time(asm, asm.later(expired))


def unless_in_time(asm: Assembler, late: Label) -> None:
    """Go to `late` from the deadline on."""
    with asm.local() as now:
        asm.now(now, 1 - NEVER)
        asm.emit(Op.SHL, now, now, CLASS_BITS)
        asm.branch(late, DEADLINE, "<", now)
