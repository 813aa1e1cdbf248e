"""Service: does its own work, then calls its links one after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base import Calls, Choice, Group, Id, Integer, Metric, Number, Rows
from components.program import (
    REASON,
    STATUS,
    Assembler,
    Index,
    Limit,
    Own,
    Parts,
    Pauses,
    Value,
    Way,
    answer,
    call,
    call_all,
    enter,
    main_station,
    service_law,
    work_law,
)
from components.work import Worker


class Service(Worker):
    """Does its own work, then calls its links one after another.

    A worker slot is held from the start of the work to the last answer, so slow callees fill the slots.
    """

    kind, label, icon = "service", "Service", "server-2"
    faults = (*Worker.faults, "leak")
    metrics = (Metric("fallbacks", "answered although a call of the endpoint had failed"),)
    facts = ("workers", "service_time_ms")
    knobs = ("workers", "service_time_ms", "replicas", "queue_cap")

    workers = Integer(
        default=16, minimum=1, maximum=10_000, log=True, help="Requests in progress at once, per replica."
    )
    startup_s = Number(
        default=30.0,
        maximum=3600,
        unit="s",
        log=True,
        help="From restart to ready, after a crash that restarts by itself.",
    )
    endpoints = Rows(
        help="Sorts of requests with work and calls of their own, drawn by weight; none = one that calls all links in turn.",
        required=("name",), unique="name", most=16,
        fields={
            "name": Id(help="What the summary calls it."),
            "weight": Number(default=1.0, minimum=0.001, maximum=1000, help="Share of the requests, against the others."),
            "service_time_ms": Number(
                default=None, nullable=True, maximum=60_000, unit="ms", log=True, help="Mean time of its own work; null = the service's."
            ),
            "calls": Calls(help='Links in turn, [] = none, null = all; {"parallel": [ids]} calls several at once.'),
            "bulkhead": Integer(
                default=None, nullable=True, minimum=1, maximum=10_000, log=True,
                help="Worker slots that it may hold, more are refused; null = all.",
            ),
            "fallback_ms": Number(
                default=None, nullable=True, maximum=60_000, unit="ms", log=True,
                help="When a call fails, answer all the same after so much work; null = fail.",
            ),
        },
    )  # fmt: skip
    concurrency_limit = Group(
        help="Refuse at once who comes when so many are inside a replica, waiting or in progress.",
        fields={
            "max": Integer(default=100, minimum=1, maximum=1_000_000, log=True, help="Requests inside at most."),
            "adaptive": Choice(
                default="none", choices=("none", "aimd"), live=False,
                help="aimd: fewer as soon as answers are slow or fail, slowly more while they are fast.",
            ),
            "target_ms": Number(
                default=100.0, minimum=0.001, maximum=60_000, unit="ms", log=True,
                help="An answer that takes longer is slow; aimd only.",
            ),
        },
    )  # fmt: skip
    gc_pause = Group(
        help="The garbage collector stops each replica now and then.",
        fields={
            "every_s": Number(default=60.0, minimum=0.01, maximum=86_400, unit="s", log=True, help="From pause to pause."),
            "ms": Number(default=200.0, maximum=600_000, unit="ms", log=True, label="Length", help="Of a pause."),
        },
    )  # fmt: skip

    def program(self, asm: Assembler) -> None:
        Program(asm).write()


class Program:
    """The way of a request through a service."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, params = asm, asm.params
        self.slots = main_station(asm, "workers")
        self.ways = {link.id: Way(asm, link) for link in asm.links}
        self.fallbacks = asm.counter("fallbacks")
        self.limit = Limit(asm, self.slots) if params["concurrency_limit"] is not None else None
        self.pauses = Pauses(asm) if params["gc_pause"] is not None else None
        self.endpoints = Parts(asm, "endpoints", params["endpoints"]) if params["endpoints"] else None

    def write(self) -> None:
        asm = self.asm
        with asm.entry():
            if self.limit:
                self.limit.guard()
            if self.endpoints is None:
                enter(asm, self.slots, self.reply)
                self.work(asm.law(service_law()), None)
            else:
                self.endpoints.draw()
                enter(asm, self.slots, self.reply)
                for number in self.endpoints.each():
                    self.endpoint(self.endpoints.rows[number])
        if self.pauses:
            self.pauses.write_collector()

    def endpoint(self, row: Mapping[str, Any]) -> None:
        asm, name = self.asm, row["name"]
        own = row["service_time_ms"]
        work = asm.law(service_law() if own is None else work_law(f"service:{name}", own))
        if row["bulkhead"] is None:
            self.work(work, row)
            return
        hold = asm.station(f"bulkhead:{name}", row["bulkhead"], 0)
        asm.acquire(hold, asm.later(lambda: self.refuse("limited")))
        self.work(work, row, hold)

    def work(self, work: Index, row: Mapping[str, Any] | None, hold: Own | None = None) -> None:
        """From the slot to the answer; `hold` = a slot of the endpoint's own."""
        asm, answered = self.asm, self.asm.label()
        failed = asm.later(
            lambda: self.failed(hold) if row is None or row["fallback_ms"] is None else self.fall_back(answered, row)
        )
        if self.pauses:
            self.pauses.serve(work)
        else:
            asm.serve(work)
        for step in Calls.steps(self.ways if row is None or row["calls"] is None else row["calls"]):
            if len(step) > 1:
                call_all(asm, [self.ways[id] for id in step])
            else:
                call(asm, self.ways[step[0]])
            asm.branch(failed, STATUS, "!=", 0)
        asm.place(answered)
        if hold is not None:
            asm.release(hold)
        answer(asm, self.slots, self.reply)

    def failed(self, hold: Own | None) -> None:
        if hold is not None:
            self.asm.release(hold)
        self.asm.release(self.slots)
        self.reply(STATUS)

    def fall_back(self, answered: Any, row: Mapping[str, Any]) -> None:
        asm = self.asm
        asm.bump(self.fallbacks)
        asm.serve(asm.law(work_law(f"fallback:{row['name']}", row["fallback_ms"])))
        asm.jump(answered)

    def refuse(self, reason: str) -> None:
        self.asm.release(self.slots)
        self.asm.blame(reason)
        self.reply(REASON[reason])

    def reply(self, status: Value) -> None:
        """Keep the books, then answer."""
        asm = self.asm
        if self.limit or self.endpoints:
            asm.move(STATUS, status)
            status = STATUS
        if self.endpoints:
            self.endpoints.count()
        if self.limit:
            self.limit.learn()
        asm.reply(status)
