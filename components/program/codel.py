"""CoDel: a queue that sheds when even its shortest wait stays long (Nichols, Jacobson 2012; RFC 8289, 2018).

The judgement falls where a packet would leave the queue: here, where a request gets its slot. The gaps between drops shrink
with the root of their number; 1/root is followed by one Newton step a drop, as the Linux kernel does (codel_impl.h).
"""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import ARRIVED, Assembler, Own, Reg
from components.program.op import Op
from components.program.units import ms

ROOT_BITS = 20  # 1/root of the count is a share of 2^20
MOST = 1 << ROOT_BITS  # a longer row of drops goes on at the smallest gap
AGAIN = 16  # intervals: a new row of drops within so long goes on where the last one ended


class CoDel:
    """`judge` after a slot was got: go on, or give it back and answer `shed`."""

    def __init__(self, asm: Assembler, station: Own, refuse: Callable[[str], None]) -> None:
        self.asm, self.station, self.refuse = asm, station, refuse
        self.target, self.interval = asm.live("codel.target_ms", ms), asm.live("codel.interval_ms", ms)
        self.since = asm.word("codel_since")  # when the wait will have been long for an interval; 0 = it is short
        self.dropping, self.next = asm.word("codel_dropping"), asm.word("codel_next")
        self.count, self.last = asm.word("codel_count"), asm.word("codel_last")
        self.root = asm.word("codel_root", 1 << ROOT_BITS)

    def judge(self) -> None:
        asm = self.asm
        short, row, serve = asm.label(), asm.label(), asm.label()
        shed = asm.later(self.shed)
        with asm.local() as now, asm.local() as wait:
            asm.now(now)
            asm.emit(Op.SUB, wait, now, ARRIVED)
            asm.branch(short, wait, "<", self.target)
            asm.branch(short, Own(self.station.name, "LEN"), "==", 0)
            with asm.when(self.since, "==", 0):
                asm.add(self.since, now, self.interval)
                asm.jump(serve)
            asm.branch(serve, now, "<", self.since)
            asm.branch(row, self.dropping, "!=", 0)
            asm.move(self.dropping, 1)
            self.begin(now, wait)
            asm.move(self.next, now)
            self.space()
            asm.jump(shed)
            asm.place(row)
            asm.branch(serve, now, "<", self.next)
            asm.bump(self.count)
            asm.emit(Op.MIN, self.count, self.count, MOST)
            self.space()
            asm.jump(shed)
        asm.place(short)
        asm.move(self.since, 0)
        asm.move(self.dropping, 0)
        asm.place(serve)

    def begin(self, now: Reg, spare: Reg) -> None:
        """A row of drops begins: with one, or where the last row ended if that was a moment ago."""
        asm, fresh = self.asm, self.asm.label()
        asm.emit(Op.SUB, spare, self.count, self.last)
        with asm.local() as ago:
            asm.emit(Op.MUL, ago, self.interval, AGAIN)
            asm.add(ago, ago, self.next)
            asm.move(self.count, 1)
            asm.branch(fresh, spare, "<=", 1)
            asm.branch(fresh, now, ">=", ago)
            asm.move(self.count, spare)
            asm.place(fresh)
            with asm.when(self.count, "==", 1):
                asm.move(self.root, 1 << ROOT_BITS)
        asm.move(self.last, self.count)

    def space(self) -> None:
        """The next drop is due interval / root of the count after this one."""
        asm = self.asm
        with asm.local() as step:
            asm.emit(Op.MUL, step, self.root, self.root)
            asm.emit(Op.MUL, step, step, self.count)
            asm.emit(Op.SUB, step, 3 << 2 * ROOT_BITS, step)
            asm.emit(Op.MUL, step, step, self.root)
            asm.emit(Op.SHR, self.root, step, 2 * ROOT_BITS + 1)
            asm.emit(Op.MUL, step, self.interval, self.root)
            asm.emit(Op.SHR, step, step, ROOT_BITS)
            asm.add(self.next, self.next, step)

    def shed(self) -> None:
        self.asm.release(self.station)
        self.refuse("shed")
