"""Disk: one arm or one channel that reads, writes and flushes, one thing at a time."""

from __future__ import annotations

from typing import ClassVar

from components.base import Component, Integer, Metric, Number, Proof
from components.program import VALUE, WRITE, Assembler, Op, Own, Reg, answer, ms

OBJECT_KB = 8  # of a request that comes over a link


class Disk(Component):
    """A block device with a limit of operations, of bytes, and a price for every flush.

    3000 operations and 125 MB a second are the baseline of an EBS gp3 volume (AWS, 2025); 1 ms a flush suits a cloud volume,
    0.02 an NVMe disk with power-loss protection, 10 a disk that turns.
    """

    kind, label, icon = "disk", "Disk", "disc"
    faults: ClassVar[tuple[str, ...]] = ("crash", "pause", "slow", "error")
    metrics = (
        Metric("ios", "reads and writes"),
        Metric("kb", "kilobytes moved"),
        Metric("fsyncs", "flushes"),
    )
    sends = (0, 0)
    facts = ("iops", "mb_s")
    knobs = ("iops", "mb_s", "fsync_ms", "queue_cap")

    proofs = (
        Proof("iops", 120, "nodes.me.latency_ms.mean", "up"),
        Proof("mb_s", 1, "nodes.me.latency_ms.mean", "up"),
        Proof("fsync_ms", 8, "nodes.me.latency_ms.mean", "up"),
        Proof("queue_cap", 1, "client.failed.queue_full", "up", {"iops": 50}),
        Proof("error_p", 0.3, "client.failed.*", "up"),
        Proof("price_per_hour", 7, "cost.per_month", "up"),
    )

    iops = Number(default=3000.0, minimum=1, maximum=10_000_000, log=True, label="IOPS", help="Operations a second.")
    mb_s = Number(
        default=125.0,
        minimum=0.1,
        maximum=100_000,
        log=True,
        unit="mb_s",
        label="Throughput",
        help="Megabytes a second.",
    )
    fsync_ms = Number(
        default=1.0, maximum=10_000, unit="ms", log=True, help="Time of a flush, on top of what it writes."
    )
    queue_cap = Integer(default=10_000, maximum=1_000_000, log=True, help="Operations that may wait; more are refused.")
    error_p = Number(default=0.0, maximum=1, help="Share of operations that fail.")
    price_per_hour = Number(
        default=None, maximum=1_000_000, nullable=True, live=False, label="Price per hour",
        help="Dollars for it; null = from the dated price list.",
    )  # fmt: skip

    def program(self, asm: Assembler) -> None:
        slots = asm.station("slots", 1, "queue_cap")
        ios, moved, fsyncs = asm.counter("ios"), asm.counter("kb"), asm.counter("fsyncs")

        def transfer(took: Reg) -> None:
            """took = ns for VALUE kilobytes: as an operation or by its bytes, whichever is longer."""
            asm.bump(ios)
            asm.add(moved, moved, VALUE)
            asm.emit(Op.MUL, took, VALUE, asm.live("mb_s", lambda mb_s: round(1e6 / mb_s)))
            asm.emit(Op.MAX, took, took, asm.live("iops", lambda iops: round(1e9 / iops)))

        def hold(took: Reg) -> None:
            asm.emit(Op.MUL, took, took, Own("header", "SLOW"))
            asm.emit(Op.SHR, took, took, 10)
            asm.emit(Op.SLEEP, took)

        def io(*, flush: bool) -> None:
            asm.acquire(slots)
            with asm.local() as took:
                transfer(took)
                if flush:
                    asm.bump(fsyncs)
                    asm.add(took, took, asm.live("fsync_ms", ms))
                hold(took)
            answer(asm, slots)

        with asm.entry():
            asm.move(VALUE, OBJECT_KB)
            writes = asm.label()
            asm.branch(writes, WRITE, "!=", 0)
            with asm.entry("io"):
                io(flush=False)
            with asm.entry("fsync"):
                asm.place(writes)
                io(flush=True)
