"""What most components do alike: a station with slots, and an answer that may be an error."""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import SELF, Assembler, Offset, Own, Reg, Value
from components.program.codel import CoDel
from components.program.deadline import CLASS_BITS, LAST_CLASS, drop_expired, inherit_deadline, priority_class
from components.program.op import REASON, Op
from components.program.units import CERTAIN, probability
from components.program.unpack import unpack


def main_station(asm: Assembler, cap: str | int, waiting: str = "queue_cap") -> Own:
    """The slots that arrivals, rejects, queue and utilisation of the node are read from; `waiting` = parameter of who may wait."""
    return asm.station("slots", cap, waiting or None, asm.params.get("discipline") == "lifo")


Reply = Callable[[Value], None]
"""Writes the answer: what a kind does with an outcome before it replies."""


def enter(asm: Assembler, station: Own, reply: Reply | None = None) -> None:
    """Wait for a slot of the main station as its discipline wants it. Who came too late, or is shed, answers at once."""

    def refuse(reason: str) -> None:
        asm.blame(reason)
        (reply or asm.reply)(REASON[reason])

    full = asm.later(lambda: refuse("queue_full"))
    inherit_deadline(asm)
    discipline = asm.params.get("discipline")
    if discipline == "priority":
        with asm.local() as level:
            priority_class(asm, level)
            leave_room(asm, station, level, refuse)
            asm.acquire(station, full, level)
    else:
        asm.acquire(station, full)
    drop_expired(asm, station, refuse)
    if discipline == "codel" and "codel" in asm.params:  # who never queues has no such parameters
        CoDel(asm, station, refuse).judge()
    unpack(asm)


def leave_room(asm: Assembler, station: Own, level: Reg, refuse: Callable[[str], None]) -> None:
    """Each class may fill the queue a quarter less than the one before it, so that a flood leaves room for the first."""

    def shed() -> None:
        asm.bump(Own(station.name, "ARRIVALS"))
        asm.bump(Own(station.name, "REJECTS"))
        refuse("shed")

    fits = asm.label()
    with asm.local() as room:
        asm.branch(fits, level, "==", 0)
        asm.emit(Op.SUB, room, LAST_CLASS + 1, level)
        asm.emit(Op.MUL, room, room, Own(station.name, "QCAP"))
        asm.emit(Op.SHR, room, room, CLASS_BITS)
        asm.emit(Op.MAX, room, room, 1)
        asm.branch(asm.later(shed), Own(station.name, "LEN"), ">=", room)
    asm.place(fits)


def answer(asm: Assembler, station: Own | None, reply: Reply | None = None) -> None:
    """Give the slot back and answer; a share of the answers is an error, by error_p or by an error fault.

    error_p = share that fails; error_own = share of those that error_p causes; error_status = outcome of the others.
    """
    error_words(asm)
    if station is not None:
        asm.release(station)
    asm.emit(Op.BRP, asm.later(lambda: answer_error(asm, reply or asm.reply)), Own("error_p"), asm.stream("error"))
    (reply or asm.reply)(0)


def error_words(asm: Assembler) -> None:
    """The words that error_p and error faults write."""
    if "error_p" not in asm.items:
        asm.word("error_p", probability(asm.params["error_p"]), keep=True)
        asm.word("error_own", CERTAIN, keep=True)
        asm.word("error_status", keep=True)


def answer_and_go_on(asm: Assembler) -> None:
    """The answer of `answer`, by an activation that has more to do. Touches no register."""
    error_words(asm)
    over = asm.label()
    count, at = asm.scratch("error_count"), asm.scratch("error_at")

    def of_a_fault() -> None:
        asm.emit(Op.BRP, asm.later(own), Own("error_own"), asm.stream("error_cause"))
        asm.add(at, SELF, Offset("header", "ORIGINS"))
        asm.emit(Op.LDX, count, at, Own("error_status"))
        asm.bump(count)
        asm.emit(Op.STX, count, at, Own("error_status"))
        asm.emit(Op.RESPOND, Own("error_status"))
        asm.jump(over)

    def own() -> None:
        asm.blame("error")
        asm.emit(Op.RESPOND, REASON["error"])
        asm.jump(over)

    asm.emit(Op.BRP, asm.later(of_a_fault), Own("error_p"), asm.stream("error"))
    asm.emit(Op.RESPOND, 0)
    asm.place(over)


def answer_error(asm: Assembler, reply: Reply) -> None:
    def caused() -> None:
        asm.blame("error")
        reply(REASON["error"])

    own = asm.later(caused)
    asm.emit(Op.BRP, own, Own("error_own"), asm.stream("error_cause"))
    with asm.local() as origins, asm.local() as count:
        asm.add(origins, SELF, Offset("header", "ORIGINS"))
        asm.emit(Op.LDX, count, origins, Own("error_status"))
        asm.bump(count)
        asm.emit(Op.STX, count, origins, Own("error_status"))
    reply(Own("error_status"))
