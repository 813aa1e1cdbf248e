"""Service: does its own work, then calls its links one after another."""

from __future__ import annotations

from components.base import Integer, Number
from components.program import STATUS, Assembler, Way, answer, call, enter, main_station, service_law
from components.work import Worker


class Service(Worker):
    """Does its own work, then calls its links one after another.

    A worker slot is held from the start of the work to the last answer, so slow callees fill the slots.
    """

    kind, label, icon = "service", "Service", "server-2"
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

    def program(self, asm: Assembler) -> None:
        slots, work = main_station(asm, "workers"), asm.law(service_law())

        def failed() -> None:
            asm.release(slots)
            asm.reply(STATUS)

        with asm.entry():
            enter(asm, slots)
            asm.serve(work)
            for link in asm.links:
                call(asm, Way(asm, link))
                asm.branch(asm.later(failed), STATUS, "!=", 0)
            answer(asm, slots)
