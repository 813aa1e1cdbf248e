"""Parameters common to every component that does work, and what a link or a fault may do to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from components.base import Choice, Component, Group, Integer, Number, Proof

LONG_QUEUE = {"discipline": "codel", "service_time_ms": 200, "users.rate_rps": 1500, "in.timeout_ms": None}


class Worker(Component):
    """A component with slots, a queue in front of them and a service time."""

    faults: ClassVar[tuple[str, ...]] = ("crash", "pause", "slow", "error")

    proofs: ClassVar[tuple[Proof, ...]] = (
        Proof("replicas", 3, "nodes.me.utilisation", "down"),
        Proof("service_time_ms", 30, "nodes.me.own_ms.mean", "up"),
        Proof("service_dist", "lognormal", "nodes.me.own_ms.p99", "change", {"service_cv": 3}),
        Proof("service_cv", 4, "nodes.me.own_ms.p99", "up", {"service_dist": "lognormal"}),
        Proof("slow_p", 0.3, "nodes.me.own_ms.p99", "change", {"service_dist": "bimodal"}),
        Proof("slow_factor", 200, "nodes.me.own_ms.p99", "up", {"service_dist": "bimodal", "slow_p": 0.05}),
        Proof("queue_cap", 1, "client.failed.queue_full", "up", {"service_time_ms": 200, "users.rate_rps": 400}),
        Proof("discipline", "lifo", "nodes.me.latency_ms.p99", "up", {"service_time_ms": 9, "users.rate_rps": 400}),
        Proof("codel", {"target_ms": 4000}, "nodes.me.failed.shed", "down", LONG_QUEUE),
        Proof("codel.target_ms", 4000, "nodes.me.failed.shed", "down", LONG_QUEUE),
        Proof("codel.interval_ms", 3000, "nodes.me.failed.shed", "down", LONG_QUEUE),
        Proof("error_p", 0.3, "client.failed.*", "up"),
        Proof("price_per_hour", 7, "cost.per_month", "up"),
    )

    replicas = Integer(default=1, minimum=1, maximum=50, live=False, help="Copies that share the work.")
    service_time_ms = Number(default=5.0, maximum=60_000, unit="ms", log=True, help="Mean time of the work itself.")
    service_dist = Choice(
        default="exp",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from request to request.",
    )
    service_cv = Number(
        default=1.0, maximum=10, help="Standard deviation over mean of the service time; lognormal only."
    )
    slow_p = Number(default=0.01, maximum=1, help="Share of slow requests; bimodal only.")
    slow_factor = Number(default=10.0, minimum=1, maximum=1000, help="How many times slower they are; bimodal only.")
    queue_cap = Integer(
        default=1000, maximum=1_000_000, log=True, help="Requests that may wait at each replica; more are refused."
    )
    discipline = Choice(
        default="fifo",
        choices=("fifo", "lifo", "priority", "codel"),
        help="Who is next in the queue: the first, the last, the most important (less important ones are shed sooner), or "
        "the first unless waits stay long (then some are shed).",
    )
    codel = Group(
        default={},
        nullable=False,
        label="CoDel",
        help="When the discipline codel sheds (RFC 8289, 2018).",
        fields={
            "target_ms": Number(default=5.0, maximum=60_000, unit="ms", log=True, help="A wait that is no trouble."),
            "interval_ms": Number(
                default=100.0,
                minimum=0.1,
                maximum=60_000,
                unit="ms",
                log=True,
                help="How long every wait must be above that before the first is shed.",
            ),
        },
    )
    error_p = Number(default=0.0, maximum=1, help="Share of requests that fail after their work is done.")
    price_per_hour = Number(
        default=None,
        maximum=1_000_000,
        nullable=True,
        live=False,
        label="Price per hour",
        help="Dollars for one replica; null = from the dated price list.",
    )


def narrow_proofs(**slots: Any) -> tuple[Proof, ...]:
    """The proofs about the queue, with few enough slots for one to form."""
    queue = ("queue_cap", "discipline", "codel", "codel.target_ms", "codel.interval_ms")
    return tuple(
        replace(proof, given={**proof.given, **slots}, way="change" if proof.param == "discipline" else proof.way)
        for proof in Worker.proofs
        if proof.param in queue
    )
