"""Where requests spent their time when it was a command that ended or resumed it; the kernel keeps the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program import Op
from worker.engine.kernel.ops_sync import OP_WIDTH
from worker.engine.kernel.state import AWAITING, IN_QUEUE, LOST_CHILD, NAP_PC, note, since
from worker.engine.layout import LINE, Link, Node, Span, Token

if TYPE_CHECKING:
    from worker.engine.surgery import Surgery

FROZEN = -2  # see surgery


def held(machine: Surgery, token: int) -> None:
    """A node goes on: what stood still there was held since the pause, or since it came."""
    arena, at = machine.arena, token * LINE
    node = int(arena[at + Token.SELF])
    if node == 0 or arena[at + Token.LINK] == 0:
        return  # an answer from elsewhere: its caller counts that as waiting
    began = int(arena[node + Node.PAUSED_AT] if arena[at + Token.PARKED] == FROZEN else arena[at + Token.DEADLINE])
    arena[node + Node.HELD] += machine.now - began
    if arena[at + Token.GEN] & 1:
        note(machine.state, int(Span.HELD), token, began, 0, 0)


def stop(machine: Surgery, token: int, due_ns: int | None, is_held: bool) -> None:
    """A request is killed in the middle of something: count what it had of it. `due_ns` = its time on the agenda."""
    arena, at = machine.arena, token * LINE
    if arena[at + Token.LINK] == 0:
        return
    node, child, parked = (int(arena[at + word]) for word in (Token.SELF, Token.CHILD, Token.PARKED))
    if is_held:
        held(machine, token)
    if parked == FROZEN or due_ns is not None:
        left = int(arena[at + Token.DEADLINE]) if due_ns is None else due_ns - machine.now
        take_back(machine, token, left)
        return
    if parked < 0:
        return
    waited = machine.now - int(since(arena, at))
    if child <= int(IN_QUEUE):
        arena[node + Node.WAITING] += waited
    elif child == int(AWAITING):
        arena[node + Node.AWAITING] += waited
    elif child >= 0 or child == int(LOST_CHILD):
        arena[machine.lane_of(token) + Link.WAITED] += waited
    else:
        arena[node + Node.QUEUING] += waited


def take_back(machine: Surgery, token: int, left_ns: int) -> None:
    """SERVE and SLEEP are counted when they begin; this one is cut short."""
    arena, at = machine.arena, token * LINE
    pc = int(arena[at + Token.PC])
    if pc == int(NAP_PC):
        pc, left_ns = int(arena[at + Token.TIMER_PREV]), left_ns + int(arena[at + Token.TIMER_NEXT])
    node = int(arena[at + Token.SELF])
    if machine.program[(pc - 1) * int(OP_WIDTH)] == Op.SERVE:
        arena[node + Node.SERVING] -= left_ns
        arena[node + Node.WORK] -= left_ns * 1024 // max(1, int(arena[node + Node.SLOW]))
    else:
        arena[node + Node.SLEEPING] -= left_ns
