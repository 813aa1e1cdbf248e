"""Connections: opening one costs round trips; HTTP/1.1 carries one call at a time, HTTP/2 many.

A new connection costs one round trip for TCP (RFC 9293, 2022), one more for TLS 1.3 (RFC 8446, 2018), two for TLS 1.2
(RFC 5246, 2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import STATUS, Own
from components.program.op import REASON, Op
from components.program.pool import STREAMS

if TYPE_CHECKING:
    from components.program.calls import Emit, Way

ROUND_TRIPS = {"none": 1, "tls13": 2, "tls12": 3}
BROKEN = ("timeout", "lost", "node_down", "partitioned")
"""Outcomes after which an HTTP/1.1 connection is closed: its answer may still come, or nobody is there."""


class Handshake:
    """Takes an open connection, or opens one first."""

    def __init__(self, way: Way, inner: Emit) -> None:
        self.way, self.asm, self.inner = way, way.asm, inner
        self.trips, self.keepalive = ROUND_TRIPS[way.given("protocol.tls")], way.given("protocol.keepalive")
        self.opened = way.total("handshakes")
        self.conns = way.word("open_conns")  # HTTP/1.1: open and free; HTTP/2: open
        if way.multiplexed:
            self.streams, self.opening = way.word("streams"), way.word("opening")
            self.ready = way.queue("connected")

    def __call__(self) -> None:
        if self.way.multiplexed:
            self.shared()
        else:
            self.alone()

    def alone(self) -> None:
        asm, none, took, closed = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        if self.keepalive:
            asm.branch(none, self.conns, "<=", 0)
            asm.emit(Op.SUB, self.conns, self.conns, 1)
            asm.jump(took)
            asm.place(none)
            self.shake()
            asm.place(took)
            self.inner()
            for reason in BROKEN:
                asm.branch(closed, STATUS, "==", REASON[reason])
            asm.bump(self.conns)
            asm.place(closed)
        else:
            self.shake()
            self.inner()

    def shared(self) -> None:
        """A stream of an open connection. Who finds none opens it; the others wait for that one."""
        asm, room, mine = self.asm, self.asm.label(), self.asm.label()
        check = asm.here()
        with asm.local() as most:
            asm.emit(Op.MUL, most, self.conns, STREAMS)
            asm.branch(room, self.streams, "<", most)
        asm.branch(mine, self.opening, "==", 0)
        asm.wait(self.ready)
        asm.jump(check)
        asm.place(mine)
        asm.move(self.opening, 1)
        self.shake()
        asm.move(self.opening, 0)
        asm.bump(self.conns)
        asm.notify(self.ready, -1)
        asm.place(room)
        asm.bump(self.streams)
        self.inner()
        asm.emit(Op.SUB, self.streams, self.streams, 1)
        gone, over = asm.label(), asm.label()
        for reason in ("node_down", "partitioned"):
            asm.branch(gone, STATUS, "==", REASON[reason])
        if self.keepalive:
            asm.jump(over)
        else:
            asm.branch(over, self.streams, ">", 0)
        asm.place(gone)
        asm.move(self.conns, 0)
        asm.place(over)

    def shake(self) -> None:
        asm, lane = self.asm, self.way.first_lane
        asm.bump(self.opened)
        with asm.local() as ns:
            asm.add(ns, Own(lane, "OUT"), Own(lane, "BACK"))
            asm.emit(Op.MUL, ns, ns, self.trips)
            asm.emit(Op.SLEEP, ns)
