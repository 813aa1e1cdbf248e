"""Client-side adaptive throttling (Beyer et al., Site Reliability Engineering, 2016, "Handling Overload")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import STATUS, Label
from components.program.op import REASON, Op
from components.program.units import thousandths
from components.program.window import Window, bucket_ns

if TYPE_CHECKING:
    from components.program.calls import Emit, Way

SHARE_BITS = 20
CERTAIN_BITS = 32


class Throttle:
    """A caller refuses its own tries with p = max(0, (tries - k * accepted) / (tries + 1)), both counted over the window.

    Accepted = answered well. What it refuses counts as tried, so it lets more through as soon as answers are good again.
    """

    def __init__(self, way: Way, inner: Emit) -> None:
        self.asm, self.inner, self.name = way.asm, inner, way.link.id
        self.k = way.option("adaptive_throttle.k", thousandths)
        length = way.option("adaptive_throttle.window_s", bucket_ns)
        self.window = Window(way, "throttle", length, ("tried", "accepted"))
        self.chance = way.word("throttle_p")
        self.refused = way.total("throttled")

    def __call__(self) -> None:
        over = self.asm.label()
        self.guard(over)
        self.inner()
        self.record()
        self.asm.place(over)

    def guard(self, over: Label) -> None:
        asm = self.asm

        def refuse() -> None:
            asm.bump(self.refused)
            asm.blame("limited")
            asm.move(STATUS, REASON["limited"])
            asm.jump(over)

        with asm.local() as slot, asm.local() as spare:
            self.window.roll(slot, spare)
            asm.emit(Op.MUL, self.chance, self.window["tried"], 1000)
            asm.emit(Op.MUL, spare, self.window["accepted"], self.k)
            asm.emit(Op.SUB, self.chance, self.chance, spare)
            asm.emit(Op.SHL, self.chance, self.chance, SHARE_BITS)
            self.window.tally("tried", slot, spare)
            asm.emit(Op.MUL, spare, self.window["tried"], 1000)
            asm.emit(Op.DIV, self.chance, self.chance, spare)
            asm.emit(Op.SHL, self.chance, self.chance, CERTAIN_BITS - SHARE_BITS)
        asm.emit(Op.BRP, asm.later(refuse), self.chance, asm.stream(f"throttle:{self.name}"))

    def record(self) -> None:
        asm, bad = self.asm, self.asm.label()
        asm.branch(bad, STATUS, "!=", 0)
        with asm.local() as slot, asm.local() as spare:
            self.window.roll(slot, spare)
            self.window.tally("accepted", slot, spare)
        asm.place(bad)
