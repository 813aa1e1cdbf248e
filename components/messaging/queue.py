"""Queue: keeps messages until a consumer has acknowledged them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Integer, Metric, Number, Pointer, Proof, Wire
from components.program import (
    Assembler,
    answer,
    enter,
    main_station,
    service_law,
)
from components.program.delivery import Delivery
from components.work import Worker


class Queue(Worker):
    """Takes messages at once and delivers each to one consumer, again until it is acknowledged.

    0.026 ms a message on one thread: RabbitMQ's mirrored queue moved 38 MB/s of 1 KB messages (Confluent, 2020).
    Visibility and dead letters as in SQS: hidden for 30 s, dead after 5 receipts (proposal). `classic` keeps messages in
    memory only; the others survive a crash. `sqs_std` loses the order a little; `sqs_fifo` has one message of a key under way.
    """

    kind, label, icon = "queue", "Queue", "stack-forward"
    faults = ("crash", "pause", "slow", "error")
    metrics = (
        Metric("enqueued", "messages taken"),
        Metric("delivered", "deliveries to a consumer, repeated ones too"),
        Metric("acked", "messages done"),
        Metric("redelivered", "deliveries of a message that was delivered before"),
        Metric("dead", "messages given up after the last receipt"),
        Metric("expired", "messages that grew too old"),
        Metric("lost", "messages that a consumer failed after they were counted as done"),
        Metric("backlog", "messages that wait for a consumer", gauge=True),
    )
    times = (Metric("age_ms", "from taken to acknowledged"),)
    sends, keyed, decouples = (0, None), True, True
    link_options = ("preset", "rtt_ms", "jitter_ms", "loss_p")
    facts = ("type", "max_receive")
    knobs = ("visibility_timeout_s", "max_receive", "max_len", "ttl_s")

    service_time_ms = Number(
        default=0.026, maximum=60_000, unit="ms", log=True, help="Time to take one message; one at a time."
    )
    service_dist = Choice(
        default="const",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from message to message.",
    )
    type = Choice(
        default="classic", choices=("classic", "quorum", "sqs_std", "sqs_fifo"),
        help="In memory, on a majority of disks, or a cloud queue without or with order.",
    )  # fmt: skip
    delivery = Choice(
        default="at_least", choices=("at_most", "at_least", "exactly"),
        help="Counted as done when delivered; when acknowledged; or acknowledged and never done twice by a worker.",
    )  # fmt: skip
    confirm_ms = Number(
        default=1.0,
        maximum=10_000,
        unit="ms",
        log=True,
        help="Time until a majority has it on disk; every type but classic.",
    )
    visibility_timeout_s = Number(
        default=30.0, minimum=0.001, maximum=43_200, unit="s", log=True, live=False,
        help="How long a delivered message is hidden before it is delivered again.",
    )  # fmt: skip
    max_receive = Integer(
        default=5,
        minimum=1,
        maximum=1000,
        log=True,
        nullable=True,
        help="Deliveries of one message at most; null is no limit.",
    )
    redeliver_after_s = Number(
        default=0.0,
        maximum=900,
        unit="s",
        log=True,
        help="Wait before the next delivery, doubled with each; for failures, not time-outs.",
    )
    dlq = Pointer(kinds=("queue",), label="Dead-letter queue", help="Where dead messages go; null drops them.")
    max_len = Integer(
        default=100_000, minimum=1, maximum=1_000_000, log=True, help="Messages that may wait; more are refused."
    )
    ttl_s = Number(
        default=None, nullable=True, minimum=0.001, maximum=1_209_600, unit="s", log=True, label="Time to live",
        help="Age at which a message that still waits is given up; null = never.",
    )  # fmt: skip

    proofs = (
        Proof("type", "quorum", "nodes.me.latency_ms.mean"),
        Proof("delivery", "at_most", "nodes.me.counters.lost", "up", {"next.error_p": 0.2}),
        Proof("confirm_ms", 20, "nodes.me.latency_ms.mean", "up", {"type": "quorum"}),
        Proof("visibility_timeout_s", 0.05, "nodes.me.counters.redelivered", "up", {"next.service_time_ms": 60}),
        Proof("max_receive", 1, "nodes.me.counters.dead", "up", {"next.error_p": 0.3}),
        Proof("redeliver_after_s", 2, "nodes.me.age_ms.p99", "up", {"next.error_p": 0.3}),
        Proof("dlq", "dead", "nodes.dead.counters.enqueued", "up", {"next.error_p": 0.5, "max_receive": 1}),
        Proof("max_len", 1, "client.failed.queue_full", "up", {"next.service_time_ms": 60, "next.concurrency": 1}),
        Proof("ttl_s", 0.5, "nodes.me.counters.expired", "up", {"next.service_time_ms": 60, "next.concurrency": 1}),
        Proof("discipline", "lifo", "nodes.me.latency_ms.p99", "change", {"service_time_ms": 9, "users.rate_rps": 110}),
        Proof("queue_cap", 1, "client.failed.queue_full", "up", {"service_time_ms": 9, "users.rate_rps": 110}),
    )

    @classmethod
    def durable(cls, params: Mapping[str, Any]) -> bool:
        return bool(params["type"] != "classic")

    @classmethod
    def example(cls) -> dict[str, Any]:
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "keys_n": 2000}}
        nodes = [
            users,
            {"id": "me", "kind": "queue"},
            {"id": "next", "kind": "worker"},
            {"id": "dead", "kind": "queue"},
        ]
        links = [{"id": "in", "source": "users", "target": "me"}, {"id": "out", "source": "me", "target": "next"}]
        return {"format": 1, "nodes": nodes, "links": links}

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        if node.filled["dlq"] is not None:
            yield Wire("dead", node.id, node.filled["dlq"])

    def program(self, asm: Assembler) -> None:
        thread, take = main_station(asm, 1), asm.law(service_law())
        delivery = Delivery(asm)
        with asm.entry():
            enter(asm, thread)
            asm.serve(take)
            delivery.refuse_if_full(thread)
            asm.release(thread)
            delivery.confirm()
            delivery.begin()
            answer(asm, None)
        delivery.write()
