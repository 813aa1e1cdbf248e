"""External API: a service that somebody else runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from components.base import Choice, Flag, Group, Integer, Metric, Number, Proof
from components.program import ARRIVAL_LINK, REASON, Assembler, Field, Op, Own, answer, probability, service_law
from components.program.limits import RateLimit
from components.program.unpack import unpack
from components.work import Worker

ANY_NUMBER = 1 << 30  # slots: the machines behind it are not ours to count
SLOW = {"users.rate_rps": 200, "in.retry": {"max": 3, "backoff": "none"}}
BUSY = {"users.rate_rps": 200, "users.tenants_n": 5}


class ExternalApi(Worker):
    """A service of somebody else: limited, billed by the call, its answers now and then lost.

    300 ms a call is a proposal for a payment (2026). It refuses calls over a rate, or over a number under way, as Stripe
    does (rate limiters, 2017), and heeds the keys of links with idempotency: a repeat is not done again (Stripe, 2017).
    """

    kind, label, icon = "external_api", "External API", "cloud-network"
    metrics = (
        Metric("limited", "calls over its rate limit or its concurrency"),
        Metric("lost_replies", "calls that were done and whose answer was lost"),
        Metric("billed", "calls that were done"),
    )
    sends = (0, 0)
    facts = ("service_time_ms", "error_p")
    knobs = ("service_time_ms", "error_p", "lost_reply_p", "rate_limit", "idempotent")
    without: ClassVar[tuple[str, ...]] = ("replicas", "queue_cap", "discipline", "codel", "price_per_hour")

    service_time_ms = Number(
        default=300.0, maximum=60_000, unit="ms", log=True, help="Mean time of a call, from arrival to answer."
    )
    service_dist = Choice(
        default="lognormal",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from call to call.",
    )
    service_cv = Number(
        default=0.5, maximum=10, help="Standard deviation over mean of the service time; lognormal only."
    )
    concurrency = Integer(
        default=None, nullable=True, minimum=1, maximum=1_000_000, log=True, live=False,
        help="Calls under way at once, more are refused; null = any number.",
    )  # fmt: skip
    rate_limit = Group(
        help="How many calls it takes; others are refused.",
        fields={
            "rate_rps": Number(
                default=100.0, maximum=1e6, unit="rps", log=True, label="Rate", help="Calls a second."
            ),
            "burst": Integer(
                default=100, minimum=1, maximum=1_000_000, log=True, help="Tokens of a full bucket: calls at once."
            ),
            "key": Choice(default="global", choices=("user", "global"), help="One limit for each user, or one for all."),
        },
    )  # fmt: skip
    lost_reply_p = Number(
        default=0.0, maximum=1, label="Lost answers", help="Share of calls that are done and whose answer never comes."
    )
    idempotent = Flag(
        default=True, help="Heeds the keys of links with idempotency; without, every repeat is done once more."
    )
    cost_per_call = Number(default=0.0, maximum=1000, log=True, live=False, help="Dollars for a call that was done.")

    proofs = (
        Proof("service_time_ms", 600, "nodes.me.own_ms.mean"),
        Proof("service_dist", "const", "nodes.me.own_ms.p99", "down", {"service_cv": 2}),
        Proof("service_cv", 3, "nodes.me.own_ms.p99"),
        Proof("concurrency", 10, "client.failed.limited"),
        Proof("rate_limit", {"rate_rps": 20, "burst": 5}, "client.failed.limited"),
        Proof("rate_limit.rate_rps", 20, "nodes.me.counters.limited", "up", BUSY | {"rate_limit": {"burst": 5}}),
        Proof("rate_limit.burst", 2, "nodes.me.counters.limited", "up", BUSY | {"rate_limit": {"rate_rps": 150}}),
        Proof("rate_limit.key", "user", "nodes.me.counters.limited", "down", BUSY | {"rate_limit": {"rate_rps": 50}}),
        Proof("lost_reply_p", 0.3, "client.failed.timeout"),
        Proof("idempotent", False, "links.in.duplicates", "up", SLOW | {"lost_reply_p": 0.2, "in.idempotency": {}}),
        Proof("cost_per_call", 0.01, "cost.per_month"),
    )  # fmt: skip

    @classmethod
    def sees_keys(cls, params: Mapping[str, Any]) -> bool:
        return params["rate_limit"] is not None and params["rate_limit"]["key"] == "user"

    def traffic(self, params: Mapping[str, Any], counters: Mapping[str, int]) -> float:
        """Dollars for the calls that were done, repeats and failures too."""
        return float(counters["billed"] * params["cost_per_call"])

    def program(self, asm: Assembler) -> None:
        limited, billed = asm.counter("limited"), asm.counter("billed")
        slots = asm.station("slots", asm.params["concurrency"] or ANY_NUMBER, 0)
        limit = RateLimit(asm) if asm.params["rate_limit"] is not None else None
        lost = asm.later(lambda: lose_answer(asm))

        def refuse() -> None:
            asm.bump(limited)
            asm.fail("limited")

        def give_back() -> None:
            asm.release(slots)
            refuse()

        with asm.entry():
            asm.acquire(slots, asm.later(refuse))
            unpack(asm)
            if limit:
                over = asm.later(give_back)
                limit.guard(over, over)
            asm.serve(asm.law(service_law()))
            asm.release(slots)
            asm.bump(billed)
            asm.emit(Op.BRP, lost, asm.live("lost_reply_p", probability), asm.stream("lost_reply"))
            answer(asm, None)


def lose_answer(asm: Assembler) -> None:
    """The work is done and in the books; the caller hears nothing. Who would wait for ever is told that it is lost."""
    told = asm.label()
    asm.bump(asm.counter("lost_replies"))
    for before in asm.at_answer:
        before(0)
    with asm.local() as patience:
        asm.emit(Op.LDX, patience, ARRIVAL_LINK, Field("lane", "TIMERS"))
        asm.branch(told, patience, "<", 0)
    asm.emit(Op.END)
    asm.place(told)
    asm.bump(Own("header", "ORIGINS", REASON["lost"]))
    asm.emit_plain(Op.REPLY, REASON["lost"])
