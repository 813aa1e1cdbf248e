"""A pool of connections: a call waits for a free one, for so long; then it fails as pool_timeout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import STATUS, Own
from components.program.op import REASON, Op
from components.program.units import ms

if TYPE_CHECKING:
    from components.program.calls import Emit, Way

STREAMS = 100
"""Calls at once over one HTTP/2 connection: the least that RFC 9113 (2022) recommends to allow."""


class Pool:
    """At most `max_conns` connections of one caller replica; who waits longest is next.

    A connection is given from hand to hand: it counts as used until nobody waits for it.
    """

    def __init__(self, way: Way, inner: Emit) -> None:
        self.way, self.asm, self.inner = way, way.asm, inner
        each = STREAMS if way.multiplexed else 1
        self.most = way.option("pool.max_conns", lambda value: int(value) * each)
        self.used, self.waiting = way.word("pool_used"), way.queue("pool_waiting")
        self.patience = way.timers("pool_patience", ms(way.given("pool.acquire_timeout_ms")))
        self.timeouts = way.total("pool_timeouts")

    def __call__(self) -> None:
        asm, queue, got, over = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        length = Own(self.waiting.name, "LEN")
        asm.branch(queue, length, ">", 0)
        asm.branch(queue, self.used, ">=", self.most)
        asm.bump(self.used)
        asm.jump(got)
        asm.place(queue)
        asm.wait(self.waiting, timers=self.patience)
        with asm.when(STATUS, "!=", 0):
            asm.bump(self.timeouts)
            asm.blame("pool_timeout")
            asm.move(STATUS, REASON["pool_timeout"])
            asm.jump(over)
        asm.place(got)
        self.inner()
        asm.emit(Op.SUB, self.used, self.used, 1)
        with asm.local() as free:
            asm.emit(Op.SUB, free, self.most, self.used)
            asm.emit(Op.MIN, free, free, length)
            with asm.when(free, ">", 0):
                asm.add(self.used, self.used, free)
                asm.notify(self.waiting, free)
        asm.place(over)
