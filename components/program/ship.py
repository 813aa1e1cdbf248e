"""Shipping the log: a primary keeps its last records in a ring and streams them, in order, to every replica.

A sender per replica sends what is flushed and not sent, up to WINDOW messages ahead of the answers; what fails is sent again
from the last position that the replica has confirmed, as a PostgreSQL walsender does. A replica that is RING records behind
has lost its place for good: the records are gone (wal_keep_size, PostgreSQL documentation, 2024).
"""

from __future__ import annotations

from components.program.assembler import (
    AUX,
    KEY,
    NOWHERE,
    STATUS,
    VALUE,
    VERSION,
    Assembler,
    Label,
    Reg,
    Value,
)
from components.program.lanes import lane_address, send_lane, wire_lanes
from components.program.op import Op
from components.program.truth import SINCE, VERSIONS
from components.program.units import ms
from components.program.wal import LEVELS, Log

RING = 1 << 17  # records
WINDOW = 512  # messages on the way to one replica
AGAIN_NS = 50_000_000  # pause after a failure
BEAT_NS = 500_000_000  # how often a sender says how far the log is
SHIPS = ("ship", "ship_sync")  # names of wires: to replicas, and to those that commits may wait for
NO_RECORDS = -1  # level of such a message


def is_shipped(asm: Assembler) -> bool:
    """Has somebody asked for the log?"""
    return any(wire.name in SHIPS for wire in asm.wires)


class Ring:
    """The last RING records: the key and the time of commit of each. The position is its version."""

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        self.records = asm.table("log_records", 2 * RING, keep=True)

    def put(self, position: Value, key: Value, time: Value) -> None:
        asm = self.asm
        with asm.local() as at:
            self.place(at, position)
            asm.emit(Op.STX, key, self.records, at)
            asm.bump(at)
            asm.emit(Op.STX, time, self.records, at)

    def place(self, to: Reg, position: Value) -> None:
        self.asm.emit(Op.AND, to, position, RING - 1)
        self.asm.emit(Op.SHL, to, to, 1)

    def time(self, to: Reg, position: Value) -> None:
        """to = when the record at the position was committed."""
        self.place(to, position)
        self.asm.bump(to)
        self.asm.emit(Op.LDX, to, self.records, to)


def commit_position(asm: Assembler, position: Reg) -> None:
    """The write of KEY with this position is committed: the truth from now on; VERSION = the position."""
    asm.move(VERSION, position)
    if not asm.around.truth:
        return
    asm.emit(Op.STX, VERSION, VERSIONS, KEY)
    with asm.local() as now:
        asm.now(now)
        asm.emit(Op.STX, now, SINCE, KEY)


class Shipping:
    """The senders of a primary, and what it waits for."""

    def __init__(self, asm: Assembler, log: Log) -> None:
        self.asm, self.log, self.ring = asm, log, Ring(asm)
        self.work = asm.queue("ship_work")
        self.fenced = asm.word("fenced", keep=True)  # 1 = another leads: writes are refused, nothing is shipped
        self.split = asm.counter("split_writes")
        self.acked = asm.counter("log_acked")  # all to here were acknowledged
        self.groups = [Senders(self, name) for name in SHIPS if any(w.name == name for w in asm.wires)]
        log.after_flush = lambda: asm.notify(self.work, -1)
        if any(group.name == "ship_sync" for group in self.groups):
            self.confirmed, self.waiting = asm.counter("log_confirmed"), asm.queue("log_waiting")
            log.remote = self.await_replica

    def await_replica(self, mine: Reg) -> None:
        """Until one synchronous replica has confirmed the position."""
        with self.asm.repeat_while(self.confirmed, "<", mine):
            self.asm.wait(self.waiting)

    def record(self, position: Reg) -> None:
        """Keep the record of a commit of KEY."""
        self.asm.now(VERSION)
        self.ring.put(position, KEY, VERSION)

    def acknowledge(self, position: Reg) -> None:
        self.asm.emit(Op.MAX, self.acked, self.acked, position)

    def refuse_if_fenced(self, refused: Label) -> None:
        self.asm.branch(refused, self.fenced, "!=", 0)

    def write_daemons(self) -> None:
        for group in self.groups:
            group.write_daemons()


class Senders:
    def __init__(self, shipping: Shipping, name: str) -> None:
        self.shipping, self.asm, self.name = shipping, shipping.asm, name
        self.lanes, self.count = wire_lanes(self.asm, name)
        self.sent = self.asm.table(f"{name}_sent", self.count, keep=True)
        self.acked = self.asm.table(f"{name}_acked", self.count, keep=True)
        self.on_way = self.asm.table(f"{name}_on_way", self.count)
        self.started, self.beats = self.asm.word(f"{name}_started"), self.asm.word(f"{name}_beats")
        self.level = LEVELS.get(shipping.log.mode, 0) if name == "ship_sync" else 0

    def write_daemons(self) -> None:
        asm, log, courier = self.asm, self.shipping.log, self.asm.label()
        with asm.daemon(self.count), asm.local() as lane, asm.local() as at:
            asm.move(lane, self.started)
            asm.bump(self.started)
            asm.emit(Op.LDX, at, self.acked, lane)
            asm.emit(Op.STX, at, self.sent, lane)
            top, nothing = asm.here(), asm.label()
            asm.branch(nothing, self.shipping.fenced, "!=", 0)
            asm.emit(Op.LDX, at, self.on_way, lane)
            asm.branch(nothing, at, ">=", WINDOW)
            asm.emit(Op.LDX, KEY, self.sent, lane)
            asm.branch(nothing, KEY, ">=", log.flushed)
            asm.add(at, KEY, RING)
            asm.branch(nothing, at, "<=", log.written)
            asm.bump(KEY)
            asm.move(VALUE, log.flushed)
            asm.emit(Op.STX, VALUE, self.sent, lane)
            asm.emit(Op.LDX, at, self.on_way, lane)
            asm.bump(at)
            asm.emit(Op.STX, at, self.on_way, lane)
            asm.emit(Op.SPAWN, courier)
            asm.jump(top)
            asm.place(nothing)
            asm.wait(self.shipping.work)
            asm.jump(top)
        asm.place(courier)
        self.write_courier()
        self.write_beats()

    def write_courier(self) -> None:
        """Takes one message to the replica and brings back how far it is. Locals as in the sender: the lane is in the first."""
        asm, shipping = self.asm, self.shipping
        over, again = asm.label(), asm.label()
        with asm.local() as lane, asm.local() as at, asm.local() as upto:
            asm.move(upto, VALUE)
            asm.move(at, asm.live("ship_delay_ms", ms))
            with asm.when(at, ">", 0):
                asm.emit(Op.SLEEP, at)
            asm.move(VERSION, self.level)
            asm.move(AUX, shipping.ring.records)
            lane_address(asm, at, self.lanes, lane)
            asm.emit(Op.CALL, at, NOWHERE)
            asm.branch(again, STATUS, "!=", 0)
            asm.emit(Op.LDX, at, self.acked, lane)
            asm.emit(Op.MAX, at, at, VALUE)
            asm.emit(Op.STX, at, self.acked, lane)
            if self.name == "ship_sync":
                asm.emit(Op.MAX, shipping.confirmed, shipping.confirmed, VALUE)
                asm.notify(shipping.waiting, -1)
            asm.branch(over, VALUE, ">=", upto)
            asm.place(again)
            asm.move(at, AGAIN_NS)
            asm.emit(Op.SLEEP, at)
            asm.emit(Op.LDX, at, self.acked, lane)
            asm.emit(Op.STX, at, self.sent, lane)
            asm.place(over)
            asm.emit(Op.LDX, at, self.on_way, lane)
            asm.emit(Op.SUB, at, at, 1)
            asm.emit(Op.STX, at, self.on_way, lane)
            asm.notify(shipping.work, -1)
            asm.emit(Op.END)

    def write_beats(self) -> None:
        """Signs of life for each replica, with the end of the log."""
        asm = self.asm
        with asm.daemon(), asm.forever(), asm.local() as lane, asm.local() as pause:
            asm.move(pause, BEAT_NS)
            asm.emit(Op.SLEEP, pause)
            with asm.when(self.shipping.fenced, "==", 0):
                asm.move(VALUE, self.shipping.log.flushed)
                asm.move(VERSION, NO_RECORDS)
                asm.move(lane, 0)
                with asm.repeat_while(lane, "<", self.count):
                    send_lane(asm, self.lanes, lane)
                    asm.bump(lane)
