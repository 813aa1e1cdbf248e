"""Reconnects: the clients of a cohort come back one by one, at random moments, and find room or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import AUX, KEY, VALUE, VERSION
from components.program.inside import sleep
from components.program.op import Op
from components.program.units import seconds

if TYPE_CHECKING:
    from components.program.audience import Audience

UNIT = 20  # bits of the fraction of a gap


def write_cohort(them: Audience) -> None:
    """VALUE clients come at random moments of the jitter: the first of n in w comes after w/(n+1) on average.

    AUX = the last moment before, VERSION = the newest event. Those without a connection asked last at a random moment of their interval.
    """
    asm = them.asm
    asm.place(them.cohort)
    with asm.fresh_locals(frozenset()), asm.local() as end, asm.local() as gap, asm.local() as room:
        asm.now(end, asm.live("reconnect_jitter_s", seconds))
        with asm.repeat_while(VALUE, ">", 0):
            asm.now(room)
            asm.emit(Op.SUB, room, end, room)
            asm.emit(Op.MAX, room, room, 0)
            asm.emit(Op.SAMP, gap, them.gap)
            with asm.local() as each:
                asm.add(each, VALUE, 1)
                asm.emit(Op.DIV, each, room, each)
                asm.emit(Op.MUL, gap, gap, each)
            asm.emit(Op.SHR, gap, gap, UNIT)
            asm.emit(Op.MIN, gap, gap, room)
            with asm.when(gap, ">", 0):
                asm.emit(Op.SLEEP, gap)
            asm.emit(Op.SUB, VALUE, VALUE, 1)
            if not them.held:
                asm.move(VERSION, KEY)
                asm.emit(Op.RAND, gap, asm.live("interval_s", seconds), asm.stream("asked_last"))
                asm.emit(Op.SUB, gap, AUX, gap)
                them.feed.rewind(VERSION, gap)
            asm.emit(Op.SPAWN, them.client)
        asm.emit(Op.END)


def write_client(them: Audience) -> None:
    """One client that saw the events up to VERSION."""
    asm, refused = them.asm, them.asm.label()
    asm.place(them.client)
    with asm.fresh_locals(frozenset()):
        sleep(asm, them.feed.rtt)
        asm.acquire(them.slots, refused)
        asm.serve(them.work)
        asm.release(them.slots)
        them.unless_full(refused)
        asm.bump(them.conns)
        them.use_memory()
        them.settle()
        asm.bump(them.back)
        them.joined()
        asm.emit(Op.END)
        asm.place(refused)
        asm.bump(them.refused)
        sleep(asm, them.feed.rtt)
        them.settle()
        if them.held:
            them.feed.miss(VERSION)
        asm.emit(Op.SUB, them.taken, them.taken, 1)
        asm.emit(Op.END)
