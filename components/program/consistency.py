"""Reads from replicas: which copy a read goes to, and what it may miss.

Lane 0 leads to the leader, the others to its readers in turn. A read says in VALUE what must be applied
(program/standby.py); a copy that is behind answers so, and the read goes to the leader. The session of a user is the
position of the last own write: read your writes as in Terry et al. (1994).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from components.program.assembler import KEY, STATUS, USER, VALUE, VERSION, WRITE, Assembler, Reg, Shared
from components.program.lanes import call_lane
from components.program.op import Op
from components.program.standby import ASK, BEHIND
from components.program.units import ms

if TYPE_CHECKING:
    from components.program.calls import Emit, Way


def reads_spread(asm: Assembler, way: Way, guard: Callable[[Emit, Emit, Reg], None]) -> None:
    """Call the link: writes go to the leader, reads to a copy as the link's consistency wants it."""
    sessions = Sessions(asm, way)
    with asm.local() as lane:

        def again() -> None:
            over, turn = asm.label(), way.word("reader")
            asm.move(lane, 0)
            asm.move(VALUE, 0)
            asm.branch(over, WRITE, "!=", 0)
            asm.bump(turn)
            asm.emit(Op.MOD, lane, turn, way.link.readers)
            asm.bump(lane)
            if way.given("consistency") == "bounded":
                asm.emit(Op.SUB, VALUE, -ASK, way.option("staleness_ms", ms))
            elif way.given("consistency") == "read_your_writes":
                asm.emit(Op.LDX, VALUE, sessions.positions, USER)
                asm.add(VALUE, VALUE, ASK)
            asm.place(over)

        def one_try() -> None:
            over = asm.label()
            call_lane(asm, way.lanes, lane)
            asm.branch(over, STATUS, "!=", 0)
            asm.branch(over, VALUE, "!=", BEHIND)
            asm.move(VALUE, 0)
            asm.move(lane, 0)
            call_lane(asm, way.lanes, lane)
            asm.place(over)

        again()
        guard(one_try, again, lane)
    sessions.remember()


class Sessions:
    """What each user wrote last; it travels with the user, so all replicas of the caller know it."""

    def __init__(self, asm: Assembler, way: Way) -> None:
        self.asm, self.way = asm, way
        self.positions = self.table("session_position")
        self.keys = self.table("session_key")
        self.own_stale = way.total("own_stale")

    def table(self, name: str) -> Shared:
        full = f"{name}:{self.way.link.id}"
        return Shared(full) if full in self.asm.items else self.asm.shared_table(full, self.asm.around.users_n)

    def remember(self) -> None:
        """After the answer: a write moves the session on; a read of the last own write that is older counts."""
        asm, over, reads = self.asm, self.asm.label(), self.asm.label()
        asm.move(VALUE, 0)
        asm.branch(over, STATUS, "!=", 0)
        asm.branch(reads, WRITE, "==", 0)
        asm.emit(Op.STX, VERSION, self.positions, USER)
        asm.emit(Op.STX, KEY, self.keys, USER)
        asm.jump(over)
        asm.place(reads)
        with asm.local() as own:
            asm.emit(Op.LDX, own, self.keys, USER)
            asm.branch(over, own, "!=", KEY)
            asm.emit(Op.LDX, own, self.positions, USER)
            asm.branch(over, own, "<=", VERSION)
            asm.bump(self.own_stale)
        asm.place(over)
