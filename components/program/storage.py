"""The disk under a database: reads, writes and flushes over wires named io and fsync."""

from __future__ import annotations

from collections.abc import Iterable

from components.program.assembler import AUX, NOWHERE, STATUS, VALUE, Assembler, Label, Own, Value
from components.program.lanes import wire_lanes
from components.program.op import Op
from components.wire import Wire

AGAIN_NS = 10_000_000  # a flush that failed is tried again


def storage_wires(source: str, disk: str | None) -> Iterable[Wire]:
    """Cables to the disk, if there is one."""
    if disk is not None:
        for door in ("io", "fsync"):
            yield Wire(door, source, disk, door, {"rtt_ms": 0, "timeout_ms": None}, counted=True)


class Storage:
    """None of its operations changes the message, but for VALUE."""

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        (self.io_lane, _), (self.fsync_lane, _) = wire_lanes(asm, "io"), wire_lanes(asm, "fsync")

    def move(self, kb: Value, failed: Label) -> None:
        """Read or write so many kilobytes."""
        asm = self.asm
        asm.move(VALUE, kb)
        asm.emit(Op.CALL, self.io_lane, NOWHERE)
        asm.move(VALUE, 0)
        asm.branch(failed, STATUS, "!=", 0)

    def flush(self, kb: Value) -> None:
        """Write so much of the log and wait until it is safe, however often it takes."""
        asm = self.asm
        again, done = asm.here(), asm.label()
        asm.move(VALUE, kb)
        asm.emit(Op.CALL, self.fsync_lane, NOWHERE)
        asm.branch(done, STATUS, "==", 0)
        with asm.local() as pause:
            asm.move(pause, AGAIN_NS)
            asm.emit(Op.SLEEP, pause)
        asm.jump(again)
        asm.place(done)


CLOSE, OPEN = -1, -2  # VALUE: the database is shut for a restore; it is back, without AUX commits


def write_copier(asm: Assembler, storage: Storage | None, position: Own | None) -> None:
    """The door of jobs: VALUE kilobytes are read or written; the answer's VALUE is the end of the log."""
    failed = asm.later(lambda: asm.reply(STATUS))
    with asm.entry("copy"):
        if position is not None:
            with asm.when(VALUE, "==", CLOSE):
                asm.move(Own("recovering"), 1)
            with asm.when(VALUE, "==", OPEN):
                asm.move(Own("recovering"), 0)
                asm.add(Own("lost_acks"), Own("lost_acks"), AUX)
        if storage is not None:
            with asm.when(VALUE, ">", 0), asm.local() as kb:
                asm.move(kb, VALUE)
                storage.move(kb, failed)
        asm.move(VALUE, 0 if position is None else position)
        asm.reply()
