"""Consumers of a log: groups whose members own partitions, positions, commits, and what a rebalance repeats.

Each group reads each partition in order, one record after another: the next is delivered when the member has answered. A
member that fails gets the record again. When a group's members change, its partitions stand still, are given out anew and
go on from the last commit.
"""

from __future__ import annotations

from components.program.assembler import DEADLINE, KEY, START, STATUS, USER, VALUE, Assembler, Label, Reg
from components.program.deadline import LAST_CLASS
from components.program.lanes import ask_lane, declare_lanes, next_answer
from components.program.log_store import LogStore
from components.program.message import name_message
from components.program.op import Op
from components.program.units import identity, ms, seconds

AGAIN_NS = ms(100)  # until a record that failed is delivered again (Kafka: retry.backoff.ms)


class LogFetch:
    """Reads commit_every, poll_timeout_s. One activation for each group and partition stands on every broker; the leader's works."""

    def __init__(self, asm: Assembler, store: LogStore) -> None:
        self.asm, self.store = asm, store
        self.groups = len(asm.links)
        cells = max(1, self.groups * store.partitions)
        self.position, self.committed = asm.shared_table("position", cells), asm.shared_table("committed", cells)
        self.owner = asm.shared_table("owner", cells, start=-1)
        self.epoch = asm.shared_table("epoch", max(1, self.groups))
        self.waiting = asm.queue("waiting")  # those that have no owner, no leader, or stand still
        self.lanes = [declare_lanes(asm, f"group:{link.id}", [link]) for link in asm.links]
        self.poll = asm.timers("poll", seconds(asm.params["poll_timeout_s"]))
        self.counters = {name: asm.counter(name) for name in ("delivered", "acked", "redelivered", "expired")}
        self.age = asm.times("age_ms")
        self.every = asm.live("commit_every", identity)

    def write(self) -> None:
        for group in range(self.groups):
            for partition in range(self.store.partitions):
                with self.asm.daemon():
                    self.reader(group, partition)

    def reader(self, group: int, partition: int) -> None:
        asm, store, idle = self.asm, self.store, self.asm.label()
        cell = group * store.partitions + partition
        with asm.forever(), asm.local() as at, asm.local() as place, asm.local() as lane, asm.local() as epoch:
            top = asm.here()
            asm.move(VALUE, partition)  # an answer may have brought another value
            asm.emit(Op.LDX, lane, store.leader, VALUE)
            asm.branch(idle, lane, "!=", store.me)
            asm.emit(Op.LDX, lane, self.owner, cell)
            asm.branch(idle, lane, "<", 0)
            self.next_record(cell, at, place, top)
            asm.emit(Op.LDX, epoch, self.epoch, group)
            self.deliver(group, lane, at, top)
            self.advance(group, cell, at, epoch)
            asm.jump(top)
            asm.place(idle)
            asm.wait(self.waiting)

    def next_record(self, cell: int, at: Reg, place: Reg, top: Label) -> None:
        """place = the position; the record's key, user and time are in their registers. Without one, wait for news."""
        asm, store, there = self.asm, self.store, self.asm.label()
        asm.emit(Op.LDX, place, self.position, cell)
        asm.emit(Op.LDX, at, store.readable, VALUE)
        asm.branch(there, place, "<", at)
        store.queue(at, store.news)
        asm.wait(at)
        asm.jump(top)
        asm.place(there)
        self.skip_expired(cell, at, place)
        store.slot(at, place)
        asm.emit(Op.LDX, KEY, store.keys, at)
        asm.emit(Op.LDX, USER, store.users, at)
        asm.emit(Op.LDX, START, store.born, at)
        asm.emit(Op.AND, DEADLINE, DEADLINE, LAST_CLASS)
        with asm.local() as number:
            asm.emit(Op.MUL, number, place, store.partitions)
            asm.add(number, number, VALUE)
            name_message(asm, number, at)

    def skip_expired(self, cell: int, at: Reg, place: Reg) -> None:
        """Records that newer ones pushed out before they were read are gone."""
        asm, kept = self.asm, self.asm.label()
        asm.emit(Op.LDX, at, self.store.tail, VALUE)
        asm.emit(Op.SUB, at, at, self.store.kept)
        asm.branch(kept, at, "<=", place)
        asm.emit(Op.SUB, place, at, place)
        asm.add(self.counters["expired"], self.counters["expired"], place)
        asm.emit(Op.SUB, self.store.lag, self.store.lag, place)
        asm.emit(Op.STX, at, self.position, cell)
        asm.move(place, at)
        asm.place(kept)

    def deliver(self, group: int, lane: Reg, spare: Reg, top: Label) -> None:
        """Deliver until the member has answered well; a silent or failing one gets it again after a while."""
        asm, silent, failed, ok = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        asm.bump(self.counters["delivered"])
        ask_lane(asm, self.lanes[group], lane, lane)
        next_answer(asm, lane, silent, self.poll)
        asm.branch(ok, STATUS, "==", 0)
        asm.jump(failed)
        asm.place(silent)
        asm.emit(Op.FORGET)
        asm.place(failed)
        asm.bump(self.counters["redelivered"])
        asm.move(spare, AGAIN_NS)
        asm.emit(Op.SLEEP, spare)
        asm.jump(top)
        asm.place(ok)

    def advance(self, group: int, cell: int, at: Reg, epoch: Reg) -> None:
        """The record is done, unless the group was given out anew meanwhile: then it will be read again."""
        asm, stale = self.asm, self.asm.label()
        with asm.local() as now:
            asm.emit(Op.LDX, now, self.epoch, group)
            asm.branch(stale, now, "!=", epoch)
            asm.bump(self.counters["acked"])
            asm.emit(Op.SUB, self.store.lag, self.store.lag, 1)
            asm.emit(Op.LDX, at, self.position, cell)
            asm.bump(at)
            asm.emit(Op.STX, at, self.position, cell)
            asm.emit(Op.MOD, now, at, self.every)
            with asm.when(now, "==", 0):
                asm.emit(Op.STX, at, self.committed, cell)
            asm.now(now)
            asm.emit(Op.SUB, now, now, START)
            asm.emit(Op.OBS, self.age, now, 1)
        asm.place(stale)
