"""Lanes: the ways from this replica to each replica of a target, next to each other, each one record."""

from __future__ import annotations

from components.program.assembler import NOWHERE, SELF, Assembler, Item, Label, Offset, OutLink, Own, Reg, Value
from components.program.op import Op

LANE_SHIFT = 5  # a lane is 2^5 words


def declare_lanes(asm: Assembler, name: str, links: list[OutLink]) -> Own:
    """One lane per replica of every target, in file order, next to each other."""
    for position, link in enumerate(links):
        label = name if position == 0 else f"{name}+{position}"
        asm.items[label] = Item(label, "lane", link.lanes + link.readers, link=link.id)
    return Own(name)


def wire_lanes(asm: Assembler, name: str) -> tuple[Own, int]:
    """The lanes of all wires of that name, and how many they are; the first of none must not be used."""
    wires = [wire for wire in asm.wires if wire.name == name]
    return declare_lanes(asm, f"wire:{name}", wires), sum(wire.lanes for wire in wires)


def lane_address(asm: Assembler, to: Value, lanes: Own, lane: Value) -> None:
    """to = address of lane number `lane`, an operand for CALL, ACALL and SEND."""
    if isinstance(lane, int):
        asm.add(to, SELF, Offset(lanes.name, "", lane << LANE_SHIFT))
        return
    asm.emit(Op.SHL, to, lane, LANE_SHIFT)
    asm.add(to, to, SELF)
    asm.add(to, to, Offset(lanes.name))


def call_lane(asm: Assembler, lanes: Own, lane: Reg) -> None:
    """One try at lane number `lane`; the register is used up."""
    lane_address(asm, lane, lanes, lane)
    asm.emit(Op.CALL, lane, NOWHERE)


def ask_lane(asm: Assembler, lanes: Own, lane: Value, tag: Value) -> None:
    """A call without waiting; its answer is met by `next_answer`, which gives the tag back."""
    with asm.local() as at:
        lane_address(asm, at, lanes, lane)
        asm.emit(Op.ACALL, at, tag)


def send_lane(asm: Assembler, lanes: Own, lane: Value) -> None:
    """A message that nobody waits for."""
    with asm.local() as at:
        lane_address(asm, at, lanes, lane)
        asm.emit(Op.SEND, at)


def next_answer(asm: Assembler, tag: Value, timeout: Label | None = None, timers: Own | None = None) -> None:
    """Wait for the next answer of any call made by `ask_lane`; STATUS and the message come from it."""
    asm.emit(Op.AWAIT, tag, timeout or NOWHERE, -1 if timers is None else timers)


def my_number(asm: Assembler, to: Value, lanes: Own, count: int) -> None:
    """to = which replica this is; `lanes` lead from it to all replicas of its own node."""
    if count < 2:
        asm.move(to, 0)
        return
    first, gap = asm.scratch("number_first"), asm.scratch("number_gap")
    asm.emit(Op.LDX, first, SELF, Offset(lanes.name, "TARGET_SELF"))
    asm.emit(Op.LDX, gap, SELF, Offset(lanes.name, "TARGET_SELF", 1 << LANE_SHIFT))
    asm.emit(Op.SUB, gap, gap, first)
    asm.emit(Op.SUB, to, SELF, first)
    asm.emit(Op.DIV, to, to, gap)


def block_of(asm: Assembler, to: Value, lanes: Own, lane: Value) -> None:
    """to = the address of the replica that a lane leads to. For truths and peeks, never instead of a message."""
    asm.emit(Op.SHL, to, lane, LANE_SHIFT)
    asm.add(to, to, SELF)
    asm.emit(Op.LDX, to, to, Offset(lanes.name, "TARGET_SELF"))
