"""Fallbacks: a failed call becomes a good answer of lower quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import KEY, STATUS
from components.program.inside import sleep
from components.program.op import Op
from components.program.units import ms, thousandths

if TYPE_CHECKING:
    from components.program.calls import Emit, Way


class Fallback:
    """stale: the last good answer for that key, so only if there was one; default: always the same answer; both take
    `cost_ms`. drop_feature: the answer goes without this part, at no cost."""

    def __init__(self, way: Way, inner: Emit) -> None:
        self.way, self.asm, self.inner = way, way.asm, inner
        self.kind = way.given("fallback.kind")
        self.cost, self.quality = way.option("fallback.cost_ms", ms), way.option("fallback.quality", thousandths)
        self.count, self.answers, self.missing = way.total("fallbacks"), way.total("answers"), way.total("quality_lost")
        self.known = way.table("answered", asm_keys(way)) if self.kind == "stale" else None

    def __call__(self) -> None:
        asm, failed, over = self.asm, self.asm.label(), self.asm.label()
        key = KEY if asm.around.keyed else 0
        self.inner()
        asm.branch(failed, STATUS, "!=", 0)
        if self.known is not None:
            asm.emit(Op.STX, 1, self.known, key)
        asm.bump(self.answers)
        asm.jump(over)
        asm.place(failed)
        if self.known is not None:
            with asm.local() as seen:
                asm.emit(Op.LDX, seen, self.known, key)
                asm.branch(over, seen, "==", 0)
        if self.kind != "drop_feature":
            sleep(asm, self.cost)
        asm.move(STATUS, 0)
        asm.bump(self.count)
        asm.bump(self.answers)
        with asm.local() as lost:
            asm.emit(Op.SUB, lost, 1000, self.quality)
            asm.add(self.missing, self.missing, lost)
        asm.place(over)


def asm_keys(way: Way) -> int:
    return way.asm.around.keys_n if way.asm.around.keyed else 1
