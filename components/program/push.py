"""Pushing: events come in at one replica, go to all, and from each to its clients."""

from __future__ import annotations

from components.program.asking import Asking
from components.program.assembler import VALUE, VERSION, Assembler
from components.program.audience import Audience
from components.program.feed import Feed
from components.program.heartbeats import write_heartbeats
from components.program.lanes import send_lane, wire_lanes
from components.program.laws import service_law
from components.program.op import Op
from components.program.work import answer, enter, main_station

ASKING = ("poll", "long_poll")


class Push:
    """The program of a push gateway. Reads mode, cpu_cores, service_time_ms, and what its parts read."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, self.mode = asm, asm.params["mode"]
        self.slots, self.work = main_station(asm, "cpu_cores"), asm.law(service_law())
        self.lanes, self.places = wire_lanes(asm, "events")
        self.feed = Feed(asm)
        self.asking = None
        if self.mode in ASKING:
            asm.counter("heartbeats")
            self.asking = Asking(asm, self.feed, self.slots, self.work, self.mode == "long_poll")
        else:
            asm.counter("requests")
        self.audience = Audience(asm, self.feed, self.slots, self.work, self.mode != "poll", self.joined, self.began)

    def write(self) -> None:
        asm = self.asm
        with asm.entry():
            enter(asm, self.slots)
            asm.serve(self.work)
            asm.release(self.slots)
            self.feed.publish(VALUE)
            if self.mode != "poll":
                self.audience.miss_waiting()
            with asm.local() as lane:
                asm.move(lane, 0)
                with asm.repeat_while(lane, "<", self.places):
                    send_lane(asm, self.lanes, lane)
                    asm.bump(lane)
            answer(asm, None)
        with asm.entry("event"):
            self.event()
        self.audience.write()
        if self.asking:
            self.asking.write()
        else:
            write_heartbeats(asm, self.audience.conns, self.slots, self.work)

    def event(self) -> None:
        """VALUE = its number. One that finds no room comes with the next."""
        asm, over = self.asm, self.asm.label()
        asm.acquire(self.slots, over)
        asm.serve(self.work)
        asm.release(self.slots)
        asm.branch(over, VALUE, "<=", self.feed.here)
        if self.asking is None:
            asm.move(VERSION, self.feed.here)
            with asm.when(self.audience.conns, ">", 0):
                self.feed.deliver(VERSION, VALUE, self.audience.conns)
        self.audience.owe(VALUE)
        asm.move(self.feed.here, VALUE)
        if self.mode == "long_poll" and self.asking:
            self.asking.flush()
        asm.place(over)
        asm.emit(Op.END)

    def began(self) -> None:
        if self.asking:
            self.asking.begin(self.audience.conns)

    def joined(self) -> None:
        """A client came that saw the events up to VERSION."""
        if self.asking:
            self.asking.join()
        elif self.mode == "sse":
            self.feed.deliver(VERSION, self.feed.here, 1)
        else:
            self.feed.miss(VERSION)
