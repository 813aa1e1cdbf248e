"""The log of a broker: partitions with real positions, a leader and followers for each, batches that are appended at once.

What all brokers know is shared by them: who leads a partition, which copies are in step, how far consumers may read. How
far each copy has come is its own and survives a crash. The records themselves are kept once: a copy that comes back has
them as soon as the next batch tells it how far the log goes.
"""

from __future__ import annotations

from components.program.assembler import (
    KEY,
    NOWHERE,
    SELF,
    STATUS,
    USER,
    VALUE,
    VERSION,
    Assembler,
    Field,
    Offset,
    Own,
    Reg,
)
from components.program.lanes import ask_lane, lane_address, next_answer, wire_lanes
from components.program.op import REASON, Op
from components.program.units import identity, ms

QUEUE_WORDS = 3
IN_STEP_NS = ms(
    10_000
)  # a follower that does not answer for so long is out of step (Kafka: replica.lag.time.max 30 s; 10 s before 2.5)
KB_PER_MB = 1000


class LogStore:
    """Reads partitions, brokers, rf, acks, min_isr, linger_ms, batch_kb, record_kb, request_ms, mb_s_per_broker, retention_records."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, params = asm, asm.params
        self.partitions, self.brokers = params["partitions"], asm.around.replicas
        self.copies = min(params["rf"], self.brokers)
        self.kept = params["retention_records"]
        self.peers, _ = wire_lanes(asm, "append")
        self.copiers, _ = wire_lanes(asm, "copy")
        self.shrinks = asm.counter("isr_shrinks")
        self.keys = asm.shared_table("record_keys", self.partitions * self.kept)
        self.users = asm.shared_table("record_users", self.partitions * self.kept)
        self.born = asm.shared_table("record_times", self.partitions * self.kept)
        self.leader = asm.shared_table("leader", self.partitions)
        self.tail = asm.shared_table("tail", self.partitions)  # records that are there or about to be
        self.readable = asm.shared_table("readable", self.partitions)  # records that all copies in step have
        self.told = asm.shared_table("told", self.partitions)  # records that a producer was told are safe
        self.in_step = asm.shared_table("in_step", self.partitions)  # bit n: broker n is in step
        self.end = asm.table("end", self.partitions, keep=True)
        self.pending = asm.table("pending", self.partitions)
        self.outcome = asm.table("outcome", self.partitions)
        self.work = asm.queues("work", self.partitions)
        self.full = asm.queues("full", self.partitions)
        self.copying = asm.queues("copying", self.partitions)
        self.done = asm.queues("done", self.partitions)
        self.news = asm.queues("news", self.partitions)
        self.linger = asm.timers("linger", max(0, ms(params["linger_ms"])))
        self.patience = asm.timers("patience", IN_STEP_NS)
        self.batch = asm.live("batch_kb", lambda kb: max(1, round(kb / params["record_kb"])))
        self.each = asm.live("mb_s_per_broker", lambda mb_s: round(params["record_kb"] / KB_PER_MB / mb_s * 1e9))
        self.fixed = asm.live("request_ms", ms)
        self.least = asm.live("min_isr", identity)
        self.me = asm.word("me", keep=True)  # the number of this broker
        self.lag = asm.total("lag")

    # -- a record comes in ------------------------------------------------------------------------
    def partition(self, to: Reg) -> None:
        """to = the partition of the record, by what `key_by` says."""
        asm = self.asm
        match asm.params["key_by"]:
            case "key":
                asm.emit(Op.HASH, to, KEY, 3)
            case "user":
                asm.emit(Op.HASH, to, USER, 3)
            case _:
                turn = asm.word("turn")
                asm.bump(turn)
                asm.move(to, turn)
        asm.emit(Op.MOD, to, to, self.partitions)

    def forward(self) -> None:
        """To the broker that leads the partition in VALUE; clients of a real broker know it and go there at once."""
        asm = self.asm
        with asm.local() as lane:
            asm.emit(Op.LDX, lane, self.leader, VALUE)
            leads = asm.label()
            asm.branch(leads, lane, ">=", 0)
            asm.fail("node_down")
            asm.place(leads)
            lane_address(asm, lane, self.peers, lane)
            if asm.params["acks"] == "0":
                asm.emit(Op.RESPOND, 0)
                asm.emit(Op.SEND, lane)
                asm.emit(Op.END)
            else:
                asm.emit(Op.CALL, lane, NOWHERE)
                asm.branch(asm.later(lambda: asm.reply(STATUS)), STATUS, "!=", 0)

    def write_append(self) -> None:
        """The leader's door: the record gets its place and waits for its batch."""
        asm = self.asm
        with asm.entry("append"), asm.local() as at, asm.local() as place:
            asm.emit(Op.LDX, place, self.tail, VALUE)
            self.slot(at, place)
            asm.emit(Op.STX, KEY, self.keys, at)
            asm.emit(Op.STX, USER, self.users, at)
            asm.now(VERSION)
            asm.emit(Op.STX, VERSION, self.born, at)
            asm.bump(place)
            asm.emit(Op.STX, place, self.tail, VALUE)
            asm.emit(Op.LDX, place, self.pending, VALUE)
            asm.bump(place)
            asm.emit(Op.STX, place, self.pending, VALUE)
            self.queue(at, self.work)
            asm.notify(at, 1)
            with asm.when(place, ">=", self.batch):
                self.queue(at, self.full)
                asm.notify(at, 1)
            self.queue(at, self.done)
            asm.wait(at)
            asm.emit(Op.LDX, place, self.outcome, VALUE)
            asm.reply(place)

    def slot(self, to: Reg, place: Reg) -> None:
        """to = where the record of partition VALUE at `place` is kept."""
        asm = self.asm
        asm.emit(Op.MOD, to, place, self.kept)
        with asm.local() as base:
            asm.emit(Op.MUL, base, VALUE, self.kept)
            asm.add(to, to, base)

    def queue(self, to: Reg, queues: Own) -> None:
        asm = self.asm
        asm.emit(Op.MUL, to, VALUE, QUEUE_WORDS)
        asm.add(to, to, SELF)
        asm.add(to, to, Offset(queues.name))

    # -- batches ----------------------------------------------------------------------------------
    def write_flushers(self, slots: Own) -> None:
        """One for each partition: takes what is pending, after the linger or when it is a batch, and appends it."""
        for partition in range(self.partitions):
            with self.asm.daemon():
                self.asm.move(VALUE, partition)
                self.flusher(slots)

    def flusher(self, slots: Own) -> None:
        asm = self.asm
        with asm.forever(), asm.local() as count, asm.local() as at:
            asm.emit(Op.LDX, count, self.pending, VALUE)
            with asm.repeat_while(count, "==", 0):
                self.queue(at, self.work)
                asm.wait(at)
                asm.emit(Op.LDX, count, self.pending, VALUE)
            if asm.params["linger_ms"] > 0:
                go = asm.label()
                asm.branch(go, count, ">=", self.batch)
                self.queue(at, self.full)
                asm.wait(at, go, self.linger)
                asm.place(go)
            asm.emit(Op.LDX, count, self.pending, VALUE)
            asm.emit(Op.MIN, count, count, self.batch)
            asm.acquire(slots)
            self.write_bytes(at, count)
            asm.release(slots)
            with asm.local() as rest:
                asm.emit(Op.LDX, rest, self.pending, VALUE)
                asm.emit(Op.SUB, rest, rest, count)
                asm.emit(Op.STX, rest, self.pending, VALUE)
            asm.emit(Op.LDX, VERSION, self.end, VALUE)
            asm.add(VERSION, VERSION, count)
            asm.emit(Op.STX, VERSION, self.end, VALUE)
            self.queue(at, self.copying)
            asm.notify(at, 1)
            if asm.params["acks"] != "all":
                self.tell(at, count)

    def write_replicators(self) -> None:
        """One for each partition: what was appended goes to the copies, then readers may have it."""
        for partition in range(self.partitions):
            with self.asm.daemon():
                self.asm.move(VALUE, partition)
                self.replicator()

    def replicator(self) -> None:
        asm = self.asm
        with asm.forever(), asm.local() as count, asm.local() as at:
            asm.emit(Op.LDX, count, self.readable, VALUE)
            asm.emit(Op.LDX, VERSION, self.end, VALUE)
            with asm.repeat_while(VERSION, "<=", count):
                self.queue(at, self.copying)
                asm.wait(at)
                asm.emit(Op.LDX, count, self.readable, VALUE)
                asm.emit(Op.LDX, VERSION, self.end, VALUE)
            asm.emit(Op.SUB, count, VERSION, count)
            self.replicate(at)
            asm.emit(Op.MUL, at, count, len(asm.links))
            asm.add(self.lag, self.lag, at)
            asm.emit(Op.STX, VERSION, self.readable, VALUE)
            self.queue(at, self.news)
            asm.notify(at, -1)
            if asm.params["acks"] == "all":
                self.tell(at, count)

    def write_bytes(self, spare: Reg, count: Reg) -> None:
        """fixed + count * each, times how slow the broker is."""
        asm = self.asm
        asm.emit(Op.MUL, spare, count, self.each)
        asm.add(spare, spare, self.fixed)
        asm.emit(Op.MUL, spare, spare, Own("header", "SLOW"))
        asm.emit(Op.SHR, spare, spare, 10)
        asm.emit(Op.SLEEP, spare)

    def tell(self, at: Reg, count: Reg) -> None:
        """The producers of the batch have their answer: as many as the batch holds, as they stand in order."""
        asm, enough, go = self.asm, self.asm.label(), self.asm.label()
        if asm.params["acks"] == "all":
            self.count_in_step(at)
            asm.branch(enough, at, ">=", self.least)
            asm.emit(Op.STX, REASON["error"], self.outcome, VALUE)
            asm.jump(go)
            asm.place(enough)
        asm.emit(Op.STX, VERSION, self.told, VALUE)
        asm.emit(Op.STX, 0, self.outcome, VALUE)
        asm.place(go)
        self.queue(at, self.done)
        asm.notify(at, count)

    def count_in_step(self, to: Reg) -> None:
        asm = self.asm
        asm.move(to, 0)
        with asm.local() as bits, asm.local() as bit:
            asm.emit(Op.LDX, bits, self.in_step, VALUE)
            for broker in range(self.brokers):
                asm.emit(Op.SHR, bit, bits, broker)
                asm.emit(Op.AND, bit, bit, 1)
                asm.add(to, to, bit)

    # -- copies -----------------------------------------------------------------------------------
    def replicate(self, at: Reg) -> None:
        """Tell every follower in step how far the log goes, and wait for all; who does not answer is out of step."""
        if self.copies == 1:
            return
        asm, over, next_one = self.asm, self.asm.label(), self.asm.label()
        silent = asm.label()
        with asm.local() as broker, asm.local() as asked:
            asm.move(asked, 0)
            for number in range(self.brokers):
                other = asm.label()
                asm.branch(other, self.me, "==", number)
                asm.emit(Op.LDX, broker, self.in_step, VALUE)
                asm.emit(Op.SHR, broker, broker, number)
                asm.emit(Op.AND, broker, broker, 1)
                asm.branch(other, broker, "==", 0)
                asm.bump(asked)
                ask_lane(asm, self.copiers, number, number)
                asm.place(other)
            asm.place(next_one)
            asm.branch(over, asked, "==", 0)
            next_answer(asm, broker, silent, self.patience)
            asm.emit(Op.SUB, asked, asked, 1)
            asm.branch(next_one, STATUS, "==", 0)
            self.drop(at, broker)
            asm.jump(next_one)
            asm.place(silent)
            asm.emit(Op.FORGET)
            self.drop_all(at)
        asm.place(over)

    def drop(self, spare: Reg, broker: Reg) -> None:
        """The broker is out of step with the partition in VALUE."""
        asm = self.asm
        asm.emit(Op.SHL, broker, 1, broker)
        asm.emit(Op.LDX, spare, self.in_step, VALUE)
        asm.emit(Op.OR, spare, spare, broker)
        asm.emit(Op.SUB, spare, spare, broker)
        asm.emit(Op.STX, spare, self.in_step, VALUE)
        asm.bump(self.shrinks)

    def drop_all(self, spare: Reg) -> None:
        """Nobody knows who did not answer: only the leader is surely in step. The control loop lets the others in again."""
        asm = self.asm
        asm.emit(Op.SHL, spare, 1, self.me)
        asm.emit(Op.STX, spare, self.in_step, VALUE)
        asm.bump(self.shrinks)

    def write_follower(self, slots: Own) -> None:
        """The follower's door: the log of VALUE goes as far as VERSION."""
        asm = self.asm
        with asm.entry("copy"), asm.local() as at, asm.local() as mine:
            asm.acquire(slots)
            asm.emit(Op.LDX, mine, self.end, VALUE)
            asm.emit(Op.SUB, at, VERSION, mine)
            asm.emit(Op.MAX, at, at, 0)
            self.write_bytes(mine, at)
            asm.emit(Op.LDX, mine, self.end, VALUE)
            asm.emit(Op.MAX, mine, mine, VERSION)
            asm.emit(Op.STX, mine, self.end, VALUE)
            asm.release(slots)
            asm.reply()

    def write_start(self) -> None:
        """A broker finds its number; the very first one gives the partitions to leaders in turn."""
        asm, known, started = self.asm, self.asm.label(), self.asm.label()
        first = asm.total("started")
        with asm.daemon():
            with asm.local() as block, asm.local() as at:
                for number in range(self.brokers):
                    lane_address(asm, at, self.peers, number)
                    asm.emit(Op.LDX, block, at, Field("lane", "TARGET_SELF"))
                    asm.move(self.me, number)
                    asm.branch(known, block, "==", SELF)
            asm.place(known)
            asm.branch(started, first, "!=", 0)
            asm.move(first, 1)
            for partition in range(self.partitions):
                asm.emit(Op.STX, partition % self.brokers, self.leader, partition)
                asm.emit(Op.STX, copies_of(partition, self.copies, self.brokers), self.in_step, partition)
            asm.place(started)
            asm.emit(Op.END)


def copies_of(partition: int, copies: int, brokers: int) -> int:
    """Bit n is set if broker n has a copy: the leader to be and those after it."""
    return sum(1 << (partition + step) % brokers for step in range(copies))
