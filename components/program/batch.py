"""Batches: calls of one caller replica are gathered and go as one; its answer is everybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import REQUEST, SELF, STATUS, Offset, Reg
from components.program.inside import forked, next_fork
from components.program.op import Op
from components.program.request import MOST_BYTES, object_bytes
from components.program.units import ms

if TYPE_CHECKING:
    from components.program.calls import Emit, Way

SLOTS, QUEUE_WORDS = 64, 3
"""Batches under way at once; while there are more, calls go alone."""


class Batch:
    """The first call of a batch leads it: it waits until `max` are together or `linger_ms` are over, and then goes, as large
    as all of them. The others wait for it and have its outcome, not its message."""

    def __init__(self, way: Way, inner: Emit) -> None:
        self.way, self.asm, self.inner = way, way.asm, inner
        self.most = way.option("batch.max")
        self.linger = way.timers("batch_linger", ms(way.given("batch.linger_ms")))
        self.leader, self.members = way.queue("batch_leader"), way.queues("batch_members", SLOTS)
        self.open = way.word("batch_open")  # the slot that gathers, plus 1
        self.turn, self.tag = way.word("batch_turn"), way.word("batch_tag")
        self.count, self.status = way.table("batch_count", SLOTS), way.table("batch_status", SLOTS)
        self.bytes, self.spare = way.table("batch_bytes", SLOTS), way.word("batch_spare")
        self.sent = way.total("batches")

    def __call__(self) -> None:
        """In a child, which has registers enough."""
        with forked(self.asm, 0, self.way.kept):
            self.gather()
        next_fork(self.asm, self.tag)

    def gather(self) -> None:
        asm, lead, alone, over = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        with asm.local() as slot:
            asm.branch(lead, self.open, "==", 0)
            asm.emit(Op.SUB, slot, self.open, 1)
            self.join(slot)
            asm.jump(over)
            asm.place(lead)
            asm.bump(self.turn)
            asm.emit(Op.MOD, slot, self.turn, SLOTS)
            asm.emit(Op.LDX, self.spare, self.count, slot)
            asm.branch(alone, self.spare, ">", 0)
            self.go_first(slot)
            asm.jump(over)
            asm.place(alone)
            asm.bump(self.sent)
            self.inner()
            asm.place(over)

    def join(self, slot: Reg) -> None:
        asm = self.asm
        self.add_one(slot)
        with asm.when(self.spare, ">=", self.most):
            asm.move(self.open, 0)
            asm.notify(self.leader, 1)
        with asm.local() as queue:
            self.queue_of(queue, slot)
            asm.wait(queue)
        asm.emit(Op.LDX, self.spare, self.status, slot)
        asm.move(STATUS, self.spare)

    def go_first(self, slot: Reg) -> None:
        asm, full = self.asm, self.asm.label()
        asm.emit(Op.STX, 0, self.bytes, slot)
        self.add_one(slot)
        asm.branch(full, self.spare, ">=", self.most)
        asm.add(self.open, slot, 1)
        asm.wait(self.leader, timers=self.linger)
        asm.add(self.spare, slot, 1)
        asm.branch(full, self.open, "!=", self.spare)
        asm.move(self.open, 0)
        asm.place(full)
        asm.bump(self.sent)
        if asm.around.sized:
            self.carry_all(slot)
        self.inner()
        asm.emit(Op.STX, STATUS, self.status, slot)
        asm.emit(Op.STX, 0, self.count, slot)
        with asm.local() as queue:
            self.queue_of(queue, slot)
            asm.notify(queue, -1)

    def add_one(self, slot: Reg) -> None:
        """One more call in the batch, with its bytes; `spare` = how many they are."""
        asm = self.asm
        if asm.around.sized:
            with asm.local() as size:
                object_bytes(asm, size)
                asm.emit(Op.LDX, self.spare, self.bytes, slot)
                asm.add(self.spare, self.spare, size)
                asm.emit(Op.STX, self.spare, self.bytes, slot)
        asm.emit(Op.LDX, self.spare, self.count, slot)
        asm.bump(self.spare)
        asm.emit(Op.STX, self.spare, self.count, slot)

    def carry_all(self, slot: Reg) -> None:
        """REQUEST of this child alone: the caller's own is not touched."""
        asm = self.asm
        with asm.local() as size:
            object_bytes(asm, size)
            asm.emit(Op.SUB, REQUEST, REQUEST, size)
            asm.emit(Op.LDX, size, self.bytes, slot)
            asm.emit(Op.MIN, size, size, MOST_BYTES)
            asm.add(REQUEST, REQUEST, size)

    def queue_of(self, to: Reg, slot: Reg) -> None:
        asm = self.asm
        asm.emit(Op.MUL, to, slot, QUEUE_WORDS)
        asm.add(to, to, SELF)
        asm.add(to, to, Offset(self.members.name))
