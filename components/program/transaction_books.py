"""What every sort of distributed transaction has: participants, a log, an age limit, and books."""

from __future__ import annotations

from collections.abc import Sequence

from components.program.assembler import ARRIVED, Assembler, Label
from components.program.calls import Way
from components.program.gate import Gate
from components.program.laws import constant_law
from components.program.op import Op
from components.program.units import ms

PROTOCOLS = ("2pc", "saga_orchestrated", "tcc")
AGAIN_NS = 10_000_000  # before what must succeed is tried again
NAMES = ("committed", "aborted", "blocked", "compensations", "compensation_failures", "in_doubt", "partial", "effects")


class Books:
    """Reads log_fsync_ms and timeout_ms. What is in progress stands still while its coordinator is down."""

    def __init__(self, asm: Assembler, ways: Sequence[Way]) -> None:
        self.asm, self.ways, self.gate = asm, ways, Gate(asm)
        self.fsync = asm.law(constant_law("log", "log_fsync_ms", 1e6))
        self.timeout = asm.live("timeout_ms", ms)
        self.counters = {name: asm.counter(name) for name in NAMES}

    def count(self, name: str, by: int = 1) -> None:
        self.asm.add(self.counters[name], self.counters[name], by)

    def log(self) -> None:
        self.asm.serve(self.fsync)
        self.gate.pass_through()

    def unless_late(self, late: Label) -> None:
        """Go to `late` when the transaction is older than timeout_ms."""
        asm = self.asm
        with asm.local() as age:
            asm.now(age)
            asm.emit(Op.SUB, age, age, ARRIVED)
            asm.branch(late, age, ">", self.timeout)
