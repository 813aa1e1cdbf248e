"""Heartbeats: every open connection gives a sign of life now and then, and each is work."""

from __future__ import annotations

from components.program.assembler import Assembler, Index, Own
from components.program.inside import sleep
from components.program.op import Op
from components.program.units import seconds

LOOK_NS = 50_000_000


def write_heartbeats(asm: Assembler, conns: Own, slots: Own, work: Index) -> None:
    """Reads heartbeat_s; counts them in `heartbeats`."""
    beats, beat, over = asm.counter("heartbeats"), asm.label(), asm.label()
    with asm.daemon(), asm.forever():
        with asm.repeat_while(conns, "==", 0):
            sleep(asm, LOOK_NS)
        with asm.local() as gap:
            asm.emit(Op.DIV, gap, asm.live("heartbeat_s", seconds), conns)
            asm.emit(Op.SLEEP, gap)
        asm.emit(Op.SPAWN, beat)
    asm.place(beat)
    asm.acquire(slots, over)
    asm.serve(work)
    asm.release(slots)
    asm.bump(beats)
    asm.place(over)
    asm.emit(Op.END)
