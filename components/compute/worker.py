"""Worker: does the work of messages that a queue delivers."""

from __future__ import annotations

from typing import Any

from components.base import Choice, Group, Integer, Metric, Number, Proof
from components.program import STATUS, Assembler, Way, answer, call, enter, main_station, service_law
from components.program.once import Once
from components.work import Worker

CRASH = [{"at_s": 5, "command": "inject", "id": "c", "fault": "crash", "target": "me", "restart_after_s": 1}]
LONG_QUEUE = {"discipline": "codel", "service_time_ms": 200, "users.rate_rps": 400, "prefetch": 1000}


class QueueWorker(Worker):
    """Works on messages, then calls its links one after another; its answer is the acknowledgement.

    A message that fails or is not acknowledged in time is delivered again, so it may be done twice: `dedupe` remembers
    what is done (as an idempotency table with a unique key does). `prefetch` is AMQP's: messages on their way or in
    work at one replica.
    """

    kind, label, icon = "worker", "Worker", "settings-automation"
    metrics = (
        Metric("duplicates", "messages done that were done before"),
        Metric("deduplicated", "messages left alone as they were done before"),
        Metric("order_violations", "messages of a key done after a newer one of it"),
    )
    keyed = True
    facts = ("concurrency", "service_time_ms")
    knobs = ("concurrency", "service_time_ms", "replicas", "prefetch")
    without = ("queue_cap",)

    concurrency = Integer(default=4, minimum=1, maximum=10_000, log=True, help="Messages in work at once, per replica.")
    prefetch = Integer(
        default=10,
        minimum=1,
        maximum=100_000,
        log=True,
        live=False,
        help="Messages that a queue gives a replica before it acknowledges one.",
    )
    ack = Choice(
        default="after",
        choices=("before", "after"),
        help="When a message counts as done: before the work (a crash loses it) or after it.",
    )
    dedupe = Group(
        help="Remember what is done, and do nothing twice.",
        fields={
            "window_s": Number(
                default=300.0, minimum=0.001, maximum=1_209_600, unit="s", log=True, help="How long it is remembered."
            )
        },
    )
    startup_s = Number(
        default=30.0,
        maximum=3600,
        unit="s",
        log=True,
        help="From restart to ready, after a crash that restarts by itself.",
    )

    proofs = (
        Proof("concurrency", 1, "nodes.me.utilisation", "up"),
        Proof("prefetch", 1, "nodes.q.age_ms.mean", "change", {"service_time_ms": 30, "replicas": 3, "users.rate_rps": 300}),
        Proof("ack", "before", "nodes.q.counters.lost", "up", {"error_p": 0.2}),
        Proof("dedupe", {}, "nodes.me.counters.deduplicated", "up", {"q.visibility_timeout_s": 0.02, "service_time_ms": 15}),
        Proof(
            "dedupe.window_s", 0.001, "nodes.me.counters.duplicates", "up",
            {"dedupe": {}, "q.visibility_timeout_s": 0.02, "service_time_ms": 15},
        ),
        Proof("startup_s", 1, "nodes.me.completions", "up", {"script": CRASH}),
        Proof("error_p", 0.3, "nodes.q.counters.redelivered", "up"),
        Proof("codel", {"target_ms": 4000}, "nodes.me.failed.shed", "down", LONG_QUEUE),
        Proof("codel.target_ms", 4000, "nodes.me.failed.shed", "down", LONG_QUEUE),
        Proof("codel.interval_ms", 3000, "nodes.me.failed.shed", "down", LONG_QUEUE),
        Proof("discipline", "lifo", "nodes.q.age_ms.p99", "up", {"service_time_ms": 33}),
    )  # fmt: skip

    @classmethod
    def example(cls) -> dict[str, Any]:
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "keys_n": 2000}}
        nodes = [users, {"id": "q", "kind": "queue"}, {"id": "me", "kind": "worker"}, {"id": "next", "kind": "service"}]
        links = [
            {"id": "put", "source": "users", "target": "q"},
            {"id": "in", "source": "q", "target": "me"},
            {"id": "out", "source": "me", "target": "next"},
        ]
        return {"format": 1, "nodes": nodes, "links": links}

    def program(self, asm: Assembler) -> None:
        slots = main_station(asm, "concurrency", "prefetch")
        work, once = asm.law(service_law()), Once(asm)

        def failed() -> None:
            asm.release(slots)
            asm.reply(STATUS)

        with asm.entry():
            enter(asm, slots)
            done = asm.label()
            once.unless_done(done)
            asm.serve(work)
            for link in asm.links:
                call(asm, Way(asm, link))
                asm.branch(asm.later(failed), STATUS, "!=", 0)
            once.record()
            asm.place(done)
            answer(asm, slots)
