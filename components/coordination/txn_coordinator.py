"""Transaction coordinator: one change at several participants, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base import Choice, Group, Metric, Number, Proof
from components.program import WRITE, Assembler, Way, answer, call, enter, main_station, service_law
from components.program.saga import Saga
from components.program.transaction_books import PROTOCOLS, Books
from components.program.two_phase import TwoPhase
from components.work import Worker

ANY_NUMBER = 1 << 30  # slots: transactions wait for participants and rows, not for the coordinator
FEW_ROWS = {"users.keys_n": 8, "users.zipf_alpha": 0}
OWN_CRASH = [{"at_s": 2, "command": "inject", "id": "c", "fault": "crash", "target": "me", "selector": "one"}]
SAGA = {"protocol": "saga_orchestrated", "next2.error_p": 0.3}


class TxnCoordinator(Worker):
    """Runs each request as one transaction over all its links.

    Two-phase commit prepares at all participants, logs its decision and tells them; rows stay locked till the end, through a crash of
    the coordinator too. A saga goes step by step and takes back what was done when a step fails. tcc reserves
    everywhere, then confirms or cancels, and locks no row. 0.1 ms of work a transaction is a proposal (2026).
    """

    kind, label, icon = "txn_coordinator", "Transaction coordinator", "arrows-exchange"
    metrics = (
        Metric("committed", "transactions done at all participants"),
        Metric("aborted", "transactions given up"),
        Metric("blocked", "transactions that found their row locked by another one"),
        Metric("compensations", "steps of a saga that were taken back"),
        Metric("compensation_failures", "compensations that had to be tried again"),
        Metric("in_doubt", "transactions that are prepared or being prepared, and not ended", gauge=True),
        Metric("partial", "sagas that others can see half done", gauge=True),
        Metric("effects", "changes in force at participants", gauge=True),
    )
    sends, keyed = (1, 20), True
    without, idle = ("codel",), ("queue_cap", "discipline")  # it never queues
    facts = ("protocol", "timeout_ms")
    knobs = ("protocol", "lock_ms", "log_fsync_ms", "timeout_ms")

    service_time_ms = Number(
        default=0.1, maximum=60_000, unit="ms", log=True, help="Own work of a transaction; any number at once."
    )
    protocol = Choice(
        default="2pc", choices=PROTOCOLS, live=False,
        help="Prepare and commit with locked rows; step by step with compensations; or reserve and confirm.",
    )  # fmt: skip
    lock_ms = Number(
        default=1000.0, maximum=3_600_000, unit="ms", log=True, label="Lock wait",
        help="How long a transaction waits for a row that another one has; 2pc only.",
    )  # fmt: skip
    log_fsync_ms = Number(
        default=1.0, maximum=10_000, unit="ms", log=True, label="Log flush",
        help="Time to log a decision, or a step of a saga; flushes are shared.",
    )  # fmt: skip
    timeout_ms = Number(
        default=5000.0,
        minimum=1,
        maximum=600_000,
        unit="ms",
        log=True,
        help="An undecided transaction of this age is given up.",
    )
    compensation = Group(
        default={}, nullable=False, help="How a step of a saga is taken back: work, then a call of its participant.",
        fields={
            "cost_ms": Number(default=1.0, maximum=60_000, unit="ms", log=True, help="Work for one compensation."),
            "p_fail": Number(default=0.0, maximum=0.99, help="Share of compensations that fail and are tried again after 10 ms."),
        },
    )  # fmt: skip

    proofs = (
        Proof("service_cv", 4, "nodes.me.own_ms.p99", "up", {"service_dist": "lognormal", "service_time_ms": 5}),
        Proof("slow_p", 0.3, "nodes.me.own_ms.p99", "change", {"service_dist": "bimodal", "service_time_ms": 5}),
        Proof("replicas", 3, "client.failed.*", "down", {"script": OWN_CRASH}),
        Proof("protocol", "saga_orchestrated", "nodes.me.counters.compensations", "up", {"next2.error_p": 0.3}),
        Proof("protocol", "tcc", "nodes.me.counters.blocked", "down", FEW_ROWS),
        Proof("lock_ms", 4, "client.failed.aborted", "up", FEW_ROWS),
        Proof("log_fsync_ms", 30, "client.latency_ms.mean"),
        Proof("timeout_ms", 12, "client.failed.aborted", "up"),
        Proof("compensation", {"cost_ms": 1000}, "nodes.me.counters.partial", "up", SAGA),
        Proof("compensation.cost_ms", 1000, "nodes.me.counters.partial", "up", SAGA),
        Proof("compensation.p_fail", 0.9, "nodes.me.counters.compensation_failures", "up", SAGA),
    )

    @classmethod
    def durable(cls, params: Mapping[str, Any]) -> bool:
        return True

    @classmethod
    def example(cls) -> dict[str, Any]:
        """Order, payment and stock."""
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "keys_n": 2000, "read_share": 0}}
        names = ("next", "next2", "next3")
        nodes = [users, {"id": "me", "kind": "txn_coordinator"}, *({"id": name, "kind": "service"} for name in names)]
        links = [{"id": "in", "source": "users", "target": "me"}]
        links += [{"id": name.replace("next", "out"), "source": "me", "target": name} for name in names]
        return {"format": 1, "nodes": nodes, "links": links}

    def program(self, asm: Assembler) -> None:
        slots, work = main_station(asm, ANY_NUMBER), asm.law(service_law())
        ways = [Way(asm, link) for link in asm.links]
        shadows = [way for way in ways if way.shadow]
        books = Books(asm, [way for way in ways if not way.shadow])
        transaction = Saga(books) if asm.params["protocol"] == "saga_orchestrated" else TwoPhase(books)
        committed, aborted = asm.label(), asm.label()
        with asm.entry():
            enter(asm, slots)
            asm.serve(work)
            for way in shadows:
                call(asm, way)
            asm.move(WRITE, 1)
            transaction.run(committed, aborted)
            asm.place(aborted)
            books.count("aborted")
            asm.release(slots)
            asm.fail("aborted")
            asm.place(committed)
            books.count("committed")
            answer(asm, slots)
