"""Clients that ask for events: at intervals, or by requests that are held until there is one."""

from __future__ import annotations

from components.program.assembler import AUX, VERSION, Assembler, Index, Own
from components.program.feed import Feed
from components.program.inside import sleep
from components.program.op import Op
from components.program.units import seconds


class Asking:
    """A ring of clients in the order of when they are due: to ask again, or to be answered with nothing.

    Reads interval_s, hold_s. An entry has the time and the newest event that the client saw.
    """

    def __init__(self, asm: Assembler, feed: Feed, slots: Own, work: Index, long: bool) -> None:
        self.asm, self.feed, self.slots, self.work, self.long = asm, feed, slots, work, long
        self.room = int(asm.params["conns"])
        self.due, self.seen = asm.table("ask_due", self.room), asm.table("ask_seen", self.room)
        self.head, self.tail = asm.word("ask_head", keep=False), asm.word("ask_tail", keep=False)
        self.entered = asm.queue("ask_entered")
        self.requests = asm.counter("requests")
        self.time = asm.live("hold_s" if long else "interval_s", seconds)
        self.ask, self.again = asm.label(), asm.label()

    def join(self) -> None:
        """A client came that saw the events up to VERSION: it asks at once."""
        self.asm.now(AUX)
        self.asm.emit(Op.SPAWN, self.ask)

    def enter(self) -> None:
        """Into the ring: until AUX, with VERSION."""
        asm = self.asm
        with asm.local() as at:
            asm.emit(Op.MOD, at, self.tail, self.room)
            asm.emit(Op.STX, AUX, self.due, at)
            asm.emit(Op.STX, VERSION, self.seen, at)
        asm.bump(self.tail)
        asm.notify(self.entered, 1)

    def write(self) -> None:
        asm = self.asm
        with asm.daemon(), asm.forever():
            with asm.repeat_while(self.head, "==", self.tail):
                asm.wait(self.entered)
            self.next_one()
        self.write_asking()

    def begin(self, clients: Own) -> None:
        """Those that are there from the start are spread evenly over the time."""
        asm = self.asm
        with asm.local() as number:
            asm.move(number, 0)
            asm.move(VERSION, self.feed.here)
            with asm.repeat_while(number, "<", clients):
                asm.bump(number)
                asm.emit(Op.MUL, AUX, self.time, number)
                asm.emit(Op.DIV, AUX, AUX, clients)
                with asm.local() as start:
                    asm.now(start)
                    asm.add(AUX, AUX, start)
                self.enter()

    def next_one(self) -> None:
        asm, due = self.asm, self.asm.label()
        with asm.local() as at, asm.local() as wait:
            asm.emit(Op.MOD, at, self.head, self.room)
            asm.emit(Op.LDX, AUX, self.due, at)
            asm.now(wait)
            asm.emit(Op.SUB, wait, AUX, wait)
            asm.branch(due, wait, "<=", 0)
            asm.emit(Op.SLEEP, wait)
            asm.jump(over := asm.label())
            asm.place(due)
            asm.emit(Op.LDX, VERSION, self.seen, at)
            asm.bump(self.head)
            asm.emit(Op.SPAWN, self.again if self.long else self.ask)
            asm.place(over)

    def write_asking(self) -> None:
        """AUX = when it was due, VERSION = what it saw."""
        asm, refused = self.asm, self.asm.label()
        asm.place(self.again)
        with asm.fresh_locals(frozenset()):
            sleep(asm, self.feed.rtt)
            asm.place(self.ask)
            asm.bump(self.requests)
            asm.acquire(self.slots, refused)
            asm.serve(self.work)
            asm.release(self.slots)
            if self.long:
                hold = asm.label()
                asm.branch(hold, VERSION, ">=", self.feed.here)
                self.feed.deliver(VERSION, self.feed.here, 1)
                asm.jump(self.again)
                asm.place(hold)
                asm.now(AUX, self.time)
            else:
                self.feed.deliver(VERSION, self.feed.here, 1)
                asm.add(AUX, AUX, self.time)
            self.enter()
            asm.emit(Op.END)
            asm.place(refused)
            if self.long:
                sleep(asm, asm.live("reconnect_jitter_s", seconds))
                asm.jump(self.again)
            else:
                asm.add(AUX, AUX, self.time)
                self.enter()
                asm.emit(Op.END)

    def flush(self) -> None:
        """An event is here: everybody who is held gets it, and asks again."""
        asm, over = self.asm, self.asm.label()
        with asm.repeat_while(self.head, "!=", self.tail):
            with asm.local() as at:
                asm.emit(Op.MOD, at, self.head, self.room)
                asm.emit(Op.LDX, VERSION, self.seen, at)
            asm.branch(over, VERSION, ">=", self.feed.here)
            asm.bump(self.head)
            self.feed.deliver(VERSION, self.feed.here, 1)
            asm.emit(Op.SPAWN, self.again)
        asm.place(over)
