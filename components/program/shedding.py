"""Shedding by priority: who may come in when a station is nearly used up."""

from __future__ import annotations

from components.program.assembler import Assembler
from components.program.deadline import LAST_CLASS, priority_class
from components.program.op import Op
from components.program.symbols import Label, Own
from components.program.units import probability, seconds

SAMPLE_NS = 50_000_000
SCALE_BITS = 32


class Shedding:
    """Reads shed {at_utilisation, window_s}. The lowest class goes at that utilisation, each one before it a step later."""

    def __init__(self, asm: Assembler, station: Own) -> None:
        self.asm, self.station = asm, station
        self.load = asm.word("shed_load")  # of 2^32, an exponential mean over the window
        self.begin = asm.live("shed.at_utilisation", probability)

    def guard(self, refuse: Label) -> None:
        asm, fine = self.asm, self.asm.label()
        asm.branch(fine, self.load, "<", self.begin)
        with asm.local() as level, asm.local() as step:
            priority_class(asm, level)
            asm.branch(fine, level, "==", 0)
            asm.emit(Op.SUB, level, LAST_CLASS, level)
            asm.emit(Op.SUB, step, 1 << SCALE_BITS, self.begin)
            asm.emit(Op.MUL, level, level, step)
            asm.emit(Op.DIV, level, level, LAST_CLASS)
            asm.add(level, level, self.begin)
            asm.branch(refuse, self.load, ">=", level)
        asm.place(fine)

    def write_meter(self) -> None:
        """Looks at the busy slots twenty times a second."""
        asm, window = self.asm, self.asm.live("shed.window_s", seconds)
        with asm.daemon(), asm.forever():
            with asm.local() as nap:
                asm.move(nap, SAMPLE_NS)
                asm.emit(Op.SLEEP, nap)
            with asm.local() as now, asm.local() as share:
                asm.emit(Op.SHL, now, Own(self.station.name, "BUSY"), SCALE_BITS)
                asm.emit(Op.DIV, now, now, Own(self.station.name, "CAP"))
                asm.emit(Op.SUB, now, now, self.load)
                asm.emit(Op.DIV, share, window, SAMPLE_NS)
                asm.emit(Op.MAX, share, share, 1)
                asm.emit(Op.DIV, now, now, share)
                asm.add(self.load, self.load, now)
