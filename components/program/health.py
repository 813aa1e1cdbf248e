"""Who is fit for requests: probes of a health check, and backends ejected for the errors that their requests had.

A probe goes to the door `health` of a backend, over a wire: it is no request and is not counted as one. A kind without such
a door says yes as long as it is up.
"""

from __future__ import annotations

from components.program.assembler import SELF, STATUS, Assembler, Offset, Reg
from components.program.backends import EJECTED, PROBED, Backends
from components.program.inside import beside
from components.program.lanes import call_lane, wire_lanes
from components.program.op import REASON, Op
from components.program.units import identity, seconds

BLAMELESS = ("ok", "limited", "expired", "breaker_open", "pool_timeout")
"""Outcomes that say nothing about the backend."""


class Probes:
    """Reads health {interval_s, timeout_s, unhealthy, healthy}: HAProxy's rise and fall."""

    def __init__(self, asm: Assembler, backends: Backends) -> None:
        self.asm, self.backends = asm, backends
        self.lanes, _ = wire_lanes(asm, "health")
        self.count = asm.counter("unhealthy")
        asm.word("row", size=backends.count)  # > 0: good probes in a row; < 0: bad ones
        loop = asm.label()
        for lane in range(backends.count):
            with asm.daemon(), asm.local() as mine:
                asm.move(mine, lane)
                asm.jump(loop)
        with asm.local() as mine:
            asm.place(loop)
            self.watch(mine)

    def watch(self, mine: Reg) -> None:
        asm, interval = self.asm, self.asm.live("health.interval_s", seconds)
        with asm.local() as nap:
            asm.emit(Op.RAND, nap, interval, asm.stream("probe"))
            asm.emit(Op.SLEEP, nap)
        with asm.forever():
            with asm.local() as lane:
                asm.move(lane, mine)
                call_lane(asm, self.lanes, lane)
            self.judge(mine)
            with asm.local() as nap:
                asm.move(nap, interval)
                asm.emit(Op.SLEEP, nap)

    def judge(self, mine: Reg) -> None:
        asm, bad, done = self.asm, self.asm.label(), self.asm.label()
        rise, fall = asm.live("health.healthy", identity), asm.live("health.unhealthy", identity)
        with asm.local() as at, asm.local() as row, asm.local() as out:
            asm.add(at, SELF, Offset("row"))
            asm.emit(Op.LDX, row, at, mine)
            self.backends.is_out(out, mine)
            asm.emit(Op.AND, out, out, PROBED)
            asm.branch(bad, STATUS, "!=", 0)
            asm.emit(Op.MAX, row, row, 0)
            asm.bump(row)
            asm.emit(Op.STX, row, at, mine)
            asm.branch(done, out, "==", 0)
            asm.branch(done, row, "<", rise)
            self.backends.change(mine, PROBED, out=False)
            asm.jump(done)
            asm.place(bad)
            asm.emit(Op.MIN, row, row, 0)
            asm.emit(Op.SUB, row, row, 1)
            asm.emit(Op.STX, row, at, mine)
            asm.branch(done, out, "!=", 0)
            asm.emit(Op.SUB, row, 0, row)
            asm.branch(done, row, "<", fall)
            asm.bump(self.count)
            self.backends.change(mine, PROBED, out=True)
        asm.place(done)


class Outliers:
    """Reads outlier_ejection {consecutive_errors, ejection_s, max_percent}: Envoy's consecutive errors and growing bans."""

    def __init__(self, asm: Assembler, backends: Backends) -> None:
        self.asm, self.backends = asm, backends
        asm.word("errors", size=backends.count)
        asm.word("bans", size=backends.count)
        self.banned, self.count = asm.word("banned"), asm.counter("ejections")
        self.blamed = sum(1 << code for name, code in REASON.items() if name not in BLAMELESS)

    def record(self, lane: Reg) -> None:
        """The outcome in STATUS of a request to the lane."""
        asm, bad, done = self.asm, self.asm.label(), self.asm.label()
        with asm.local() as at, asm.local() as count:
            asm.add(at, SELF, Offset("errors"))
            asm.emit(Op.SHR, count, self.blamed, STATUS)
            asm.emit(Op.AND, count, count, 1)
            asm.branch(bad, count, "!=", 0)
            asm.branch(done, STATUS, "!=", 0)
            asm.emit(Op.STX, 0, at, lane)
            asm.jump(done)
            asm.place(bad)
            asm.emit(Op.LDX, count, at, lane)
            asm.bump(count)
            asm.emit(Op.STX, count, at, lane)
            asm.branch(done, count, "<", asm.live("outlier_ejection.consecutive_errors", identity))
            self.backends.is_out(count, lane)
            asm.branch(done, count, "!=", 0)
            asm.add(count, self.banned, 1)
            asm.emit(Op.MUL, count, count, 100)
            asm.emit(Op.DIV, count, count, self.backends.count)
            first = asm.label()
            asm.branch(first, self.banned, "==", 0)  # one may always go, as in Envoy
            asm.branch(done, count, ">", asm.live("outlier_ejection.max_percent", identity))
            asm.place(first)
            self.eject(lane, at, count)
        asm.place(done)

    def eject(self, lane: Reg, at: Reg, count: Reg) -> None:
        asm = self.asm
        asm.bump(self.count)
        asm.bump(self.banned)
        asm.emit(Op.STX, 0, at, lane)
        asm.add(at, SELF, Offset("bans"))
        asm.emit(Op.LDX, count, at, lane)
        asm.bump(count)
        asm.emit(Op.STX, count, at, lane)
        asm.emit(Op.MUL, count, count, asm.live("outlier_ejection.ejection_s", seconds))
        self.backends.change(lane, EJECTED, out=True)
        with beside(asm, frozenset({lane.number, count.number})):
            asm.emit(Op.SLEEP, count)
            asm.emit(Op.SUB, self.banned, self.banned, 1)
            self.backends.change(lane, EJECTED, out=False)
