"""Parameters of a database whose writes are transactions on a few hot rows: components/program/transactions.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from components.base import Choice, Flag, Integer, Number, Proof
from components.work import Worker

HOT = {"hot_rows": 4, "txn_ms": 20}


class Isolated(Worker):
    """Writes meet on hot rows, under an isolation level."""

    proofs: ClassVar[tuple[Proof, ...]] = (
        Proof("isolation", "si", "nodes.me.counters.lost_updates", "down", HOT),
        Proof("hot_rows", 2, "nodes.me.counters.lost_updates", "up"),
        Proof("txn_ms", 60, "nodes.me.counters.lost_updates", "up", HOT),
        Proof("txn_dist", "exp", "nodes.me.own_ms.p99", "up", HOT),
        Proof("two_row_share", 1, "nodes.me.counters.write_skew", "up", HOT),
        Proof("rollback_p", 0.4, "client.failed.aborted", "up", HOT),
        Proof("ordered_locks", False, "nodes.me.counters.deadlocks", "up", HOT | {"isolation": "2pl", "two_row_share": 1}),
        Proof(
            "deadlock_detection", False, "nodes.me.counters.deadlocks", "down",
            HOT | {"isolation": "2pl", "two_row_share": 1, "ordered_locks": False},
        ),
        Proof("lock_timeout_ms", 5, "nodes.me.counters.aborts", "up", {"hot_rows": 1, "txn_ms": 20, "isolation": "2pl"}),
    )  # fmt: skip

    isolation = Choice(
        default="rc", choices=("ru", "rc", "rr", "si", "ssi", "2pl"),
        help="What transactions on hot rows see of each other; needs hot_rows.",
    )  # fmt: skip
    hot_rows = Integer(
        default=None, nullable=True, minimum=1, maximum=10_000, log=True, live=False,
        help="Every write is a transaction that reads and writes one of so many rows; null = writes never meet.",
    )  # fmt: skip
    txn_ms = Number(
        default=5.0, maximum=60_000, unit="ms", log=True, label="Transaction time",
        help="Work of a transaction between its reads and its write; needs hot_rows.",
    )  # fmt: skip
    txn_dist = Choice(default="const", choices=("const", "exp"), help="How the transaction time varies.")
    two_row_share = Number(
        default=0.0, maximum=1, help="Share of transactions that also read the partner row: two doctors on call."
    )
    rollback_p = Number(default=0.0, maximum=1, help="Share of transactions that take back what they wrote.")
    ordered_locks = Flag(
        default=True, help="2pl locks two rows in the order of their numbers; off lets deadlocks happen."
    )
    deadlock_detection = Flag(
        default=True, help="A wait that closes a cycle is given up at once; off waits for the time-out."
    )
    lock_timeout_ms = Number(
        default=1000.0, minimum=1, maximum=3_600_000, unit="ms", log=True, live=False,
        help="How long a transaction waits for a row before it is given up.",
    )  # fmt: skip

    def check_transactions(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        rows = params["hot_rows"]
        if rows is not None and rows % 2 and params["two_row_share"] > 0:
            yield "hot_rows", rows, "must be even when two_row_share is above 0: rows have partners"
