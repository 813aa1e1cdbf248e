"""The gate of a durable kind: shut while its replica is down, so that what it keeps stands still and nothing is lost."""

from __future__ import annotations

from components.program.assembler import Assembler


class Gate:
    """Declares the words that the engine writes when the replica crashes and comes back."""

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        self.shut = asm.word("gate_shut", keep=True)
        self.queue = asm.queue("gate")

    def pass_through(self) -> None:
        """Go on when the replica is up."""
        with self.asm.repeat_while(self.shut, "!=", 0):
            self.asm.wait(self.queue)
