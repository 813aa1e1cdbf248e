"""Delivery: what a message does from the moment it was taken until it is acknowledged, dead or too old.

Each message is an activation of its queue. It stands in the line until a consumer has room, is delivered, and waits for the
acknowledgement, which is the consumer's answer. A consumer that refuses because it is down gets nothing for RECONNECT.
"""

from __future__ import annotations

from typing import Any

from components.program.assembler import DEADLINE, KEY, SELF, START, STATUS, Assembler, Label, Offset, Own, Reg
from components.program.deadline import LAST_CLASS
from components.program.gate import Gate
from components.program.lanes import ask_lane, declare_lanes, next_answer, wire_lanes
from components.program.laws import constant_law
from components.program.message import name_message
from components.program.op import REASON, Op
from components.program.units import ms, seconds

RECONNECT_NS = ms(1000)
AWAY = 1 << 40  # added to a lane's load while its consumer is away
GROUPS = 1024  # keys that are equal modulo this share their order in sqs_fifo
QUEUE_WORDS = 3
SHUFFLE_NS = ms(20)  # sqs_std: how far a message may fall behind
MOST_DOUBLINGS = 10


class Delivery:
    """Reads the queue's parameters. A consumer tells by `prefetch` how many it takes, by `ack` when it counts as done."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, params = asm, asm.params
        self.lanes = declare_lanes(asm, "consumers", list(asm.links))
        self.room = [room_of(link.there) for link in asm.links for _ in range(link.lanes)]
        self.early = params["delivery"] == "at_most"
        self.ordered, self.shuffled = params["type"] == "sqs_fifo", params["type"] == "sqs_std"
        self.sequence = asm.word("sequence", keep=True)
        self.line, self.front, self.backlog = asm.queue("line"), asm.queue("front"), asm.word("backlog")
        self.visibility = asm.timers("visibility", seconds(params["visibility_timeout_s"]))
        self.gate = Gate(asm)
        self.counters = {
            name: asm.counter(name)
            for name in ("enqueued", "delivered", "acked", "redelivered", "dead", "expired", "lost")
        }
        self.age = asm.times("age_ms")
        self.message = asm.label()
        if self.room:
            self.load = asm.word("load", size=len(self.room))
            self.turn = asm.word("turn")
        if self.ordered:
            self.busy, self.groups = asm.word("group_busy", size=GROUPS), asm.queues("groups", GROUPS)
        if params["dlq"] is not None:
            self.dead_lanes, self.dead_count = wire_lanes(asm, "dead")

    # -- at the door ------------------------------------------------------------------------------
    def refuse_if_full(self, thread: Own) -> None:
        asm = self.asm

        def full() -> None:
            asm.release(thread)
            asm.fail("queue_full")

        asm.branch(asm.later(full), self.backlog, ">=", asm.live("max_len"))

    def confirm(self) -> None:
        if self.asm.params["type"] != "classic":
            self.asm.serve(self.asm.law(constant_law("confirm", "confirm_ms", 1e6)))

    def begin(self) -> None:
        """The message becomes an activation of its own; its number and the queue's own salt are its name for ever."""
        asm = self.asm
        asm.bump(self.counters["enqueued"])
        asm.bump(self.sequence)
        with asm.local() as spare:
            name_message(asm, self.sequence, spare)
        asm.emit(Op.SPAWN, self.message)

    # -- the message's own way --------------------------------------------------------------------
    def write(self) -> None:
        asm = self.asm
        asm.place(self.message)
        asm.emit(Op.AND, DEADLINE, DEADLINE, LAST_CLASS)  # nobody waits for it any more
        asm.now(START)
        if not self.room:
            self.wait_for_ever()
            return
        over = asm.label()
        with asm.local() as receipts, asm.local() as lane:
            asm.move(receipts, 0)
            self.stand_in_order(lane)
            again = asm.here()
            self.find_room(receipts, lane, over)
            self.deliver(receipts, lane, again, over)
        asm.place(over)
        self.leave_order()
        asm.emit(Op.END)
        self.write_start()

    def write_start(self) -> None:
        """When a replica starts, nothing is in it: what was taken and did not come to an end is lost. All consumers have room.

        The load of a consumer = deliveries under way, less those that it takes.
        """
        asm, count = self.asm, self.counters
        with asm.daemon():
            asm.move(count["lost"], count["enqueued"])
            for name in ("acked", "dead", "expired"):
                asm.emit(Op.SUB, count["lost"], count["lost"], count[name])
            for lane, room in enumerate(self.room):
                asm.move(Own("load", "", lane), -room)
            asm.emit(Op.END)

    def wait_for_ever(self) -> None:
        """Nobody consumes: it stays in the line."""
        self.asm.bump(self.backlog)
        with self.asm.forever():
            self.asm.wait(self.line)

    def stand_in_order(self, spare: Reg) -> None:
        asm = self.asm
        if self.shuffled:
            asm.emit(Op.RAND, spare, SHUFFLE_NS, asm.stream("order"))
            asm.emit(Op.SLEEP, spare)
        if self.ordered:
            free = asm.label()
            self.group_word(spare, self.busy, 1)
            with asm.local() as busy:
                asm.emit(Op.LDX, busy, spare, 0)
                asm.branch(free, busy, "==", 0)
                self.group_word(busy, self.groups, QUEUE_WORDS)
                asm.wait(busy)  # whoever leaves hands the group on: it stays busy
            asm.place(free)
            self.group_word(spare, self.busy, 1)
            asm.emit(Op.STX, 1, spare, 0)

    def leave_order(self) -> None:
        if not self.ordered:
            return
        asm, last = self.asm, self.asm.label()
        with asm.local() as at, asm.local() as waiting:
            self.group_word(at, self.groups, QUEUE_WORDS)
            asm.emit(Op.LDX, waiting, at, 2)
            asm.branch(last, waiting, "==", 0)
            asm.notify(at, 1)
            asm.emit(Op.END)
            asm.place(last)
            self.group_word(at, self.busy, 1)
            asm.emit(Op.STX, 0, at, 0)

    def group_word(self, to: Reg, item: Own, size: int) -> None:
        """to = address of what the message's group has of `item`."""
        asm = self.asm
        asm.emit(Op.AND, to, KEY, GROUPS - 1)
        asm.emit(Op.MUL, to, to, size)
        asm.add(to, to, SELF)
        asm.add(to, to, Offset(item.name))

    def find_room(self, receipts: Reg, lane: Reg, over: Label) -> None:
        """lane = the consumer with the most room; wait until there is one: who comes new at the end of the line, who comes
        back in front of it.
        """
        asm, go, look, wait = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        asm.branch(look, receipts, ">", 0)
        asm.branch(look, self.backlog, "==", 0)
        asm.place(wait)
        self.stand(receipts)
        asm.place(look)
        self.gate.pass_through()
        self.too_old(over)
        asm.bump(self.turn)
        with asm.local() as at:
            asm.move(lane, self.turn)
            asm.add(at, SELF, Offset("load"))
            asm.emit(Op.LEAST, lane, at, len(self.room), 1)
            asm.emit(Op.LDX, at, at, lane)
            asm.branch(go, at, "<", 0)
        asm.jump(wait)
        asm.place(go)

    def stand(self, receipts: Reg) -> None:
        asm, first, on = self.asm, self.asm.label(), self.asm.label()
        asm.bump(self.backlog)
        asm.branch(first, receipts, ">", 0)
        asm.wait(self.line)
        asm.jump(on)
        asm.place(first)
        asm.wait(self.front)
        asm.place(on)
        asm.emit(Op.SUB, self.backlog, self.backlog, 1)

    def next_one(self) -> None:
        """A consumer has room: wake who is next."""
        asm, front, done = self.asm, self.asm.label(), self.asm.label()
        asm.branch(front, Own("front", "LEN"), ">", 0)
        asm.notify(self.line, 1)
        asm.jump(done)
        asm.place(front)
        asm.notify(self.front, 1)
        asm.place(done)

    def too_old(self, over: Label) -> None:
        asm, ttl = self.asm, self.asm.live("ttl_s", seconds)

        def expire() -> None:
            asm.bump(self.counters["expired"])
            self.next_one()
            asm.jump(over)

        with asm.when(ttl, ">=", 0), asm.local() as limit, asm.local() as now:
            asm.add(limit, START, ttl)
            asm.now(now)
            asm.branch(asm.later(expire), limit, "<", now)

    def deliver(self, receipts: Reg, lane: Reg, again: Label, over: Label) -> None:
        asm, back, failed = self.asm, self.asm.label(), self.asm.label()
        self.change_load(lane, 1)
        asm.bump(receipts)
        asm.bump(self.counters["delivered"])
        with asm.when(receipts, ">", 1):
            asm.bump(self.counters["redelivered"])
        silent = asm.label()
        ask_lane(asm, self.lanes, lane, lane)
        next_answer(asm, lane, silent, self.visibility)
        asm.jump(back)
        asm.place(silent)
        asm.emit(Op.FORGET)
        asm.move(STATUS, REASON["timeout"])
        asm.place(back)
        self.change_load(lane, -1)
        self.next_one()
        asm.branch(failed, STATUS, "!=", 0)
        asm.bump(self.counters["acked"])
        with asm.local() as age:
            asm.now(age)
            asm.emit(Op.SUB, age, age, START)
            asm.emit(Op.OBS, self.age, age, 1)
        asm.jump(over)
        asm.place(failed)
        self.keep_away(lane)
        if self.early or any(link.there.get("ack") == "before" for link in asm.links):
            self.lose_early(lane, over)
        self.give_up(receipts, over)
        self.back_off(receipts, lane)
        asm.jump(again)

    def change_load(self, lane: Reg, by: int) -> None:
        asm = self.asm
        with asm.local() as at, asm.local() as load:
            asm.add(at, SELF, Offset("load"))
            asm.emit(Op.LDX, load, at, lane)
            asm.add(load, load, by)
            asm.emit(Op.STX, load, at, lane)

    def keep_away(self, lane: Reg) -> None:
        """A consumer that is down gets nothing until it was tried to connect to it again."""
        asm, up, reconnect = self.asm, self.asm.label(), self.asm.label()
        asm.branch(up, STATUS, "!=", REASON["node_down"])
        with asm.local() as load:
            asm.add(load, SELF, Offset("load"))
            asm.emit(Op.LDX, load, load, lane)
            asm.branch(up, load, ">=", AWAY >> 1)
        self.change_load(lane, AWAY)
        asm.emit(Op.SPAWN, reconnect)
        asm.jump(up)
        asm.place(reconnect)
        self.reconnect(lane)
        asm.place(up)

    def reconnect(self, lane: Reg) -> None:
        asm = self.asm
        with asm.local() as nap:
            asm.move(nap, RECONNECT_NS)
            asm.emit(Op.SLEEP, nap)
        self.change_load(lane, -AWAY)
        asm.notify(self.front, max(self.room))
        asm.notify(self.line, max(self.room))
        asm.emit(Op.END)

    def lose_early(self, lane: Reg, over: Label) -> None:
        """It was counted as done when it was delivered: nobody delivers it again."""
        asm, kept, first = self.asm, self.asm.label(), 0
        for link in self.asm.links:
            following = asm.label()
            asm.branch(following, lane, ">=", first + link.lanes)
            if self.early or link.there.get("ack") == "before":
                asm.bump(self.counters["lost"])
                asm.jump(over)
            else:
                asm.jump(kept)
            asm.place(following)
            first += link.lanes
        asm.place(kept)

    def give_up(self, receipts: Reg, over: Label) -> None:
        asm, most = self.asm, self.asm.live("max_receive", lambda n: -1 if n is None else int(n))

        def dead() -> None:
            asm.bump(self.counters["dead"])
            if self.asm.params["dlq"] is not None:
                with asm.local() as at:
                    asm.add(at, SELF, Offset(self.dead_lanes.name))
                    asm.emit(Op.SEND, at)
            asm.jump(over)

        with asm.when(most, ">", 0):
            asm.branch(asm.later(dead), receipts, ">=", most)

    def back_off(self, receipts: Reg, spare: Reg) -> None:
        asm, now = self.asm, self.asm.label()
        wait = asm.live("redeliver_after_s", seconds)
        asm.branch(now, wait, "<=", 0)
        asm.branch(now, STATUS, "==", REASON["timeout"])
        asm.emit(Op.MIN, spare, receipts, MOST_DOUBLINGS)
        asm.emit(Op.SHL, spare, wait, spare)
        asm.emit(Op.SHR, spare, spare, 1)
        asm.emit(Op.SLEEP, spare)
        asm.place(now)


def room_of(there: Any) -> int:
    """Deliveries that a replica of the consumer takes before it acknowledges one."""
    return int(there.get("prefetch") or there.get("workers") or 1)
