"""Suspects: the replicas that a replica believes to be away, because they did not answer it; asked again once a second."""

from __future__ import annotations

from components.program.assembler import STATUS, Assembler, Value
from components.program.lanes import ask_lane, next_answer, wire_lanes
from components.program.op import REASON, Op
from components.program.units import ms

GOSSIP_NS = ms(1000)  # Cassandra gossips once a second
PING_NS = ms(200)


class Suspects:
    """One bit for each replica of the node. Needs a wire "ping" to its door "ping"."""

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        self.bits = asm.word("suspects")
        self.lanes, self.count = wire_lanes(asm, "ping")
        self.patience = asm.timers("ping_patience", PING_NS)

    def suspected(self, to: Value, node: Value) -> None:
        """to = 1 if it is away, else 0."""
        self.asm.emit(Op.SHR, to, self.bits, node)
        self.asm.emit(Op.AND, to, to, 1)

    def suspect(self, node: Value) -> None:
        asm, bit = self.asm, self.asm.scratch("suspect")
        asm.emit(Op.SHL, bit, 1, node)
        asm.emit(Op.OR, self.bits, self.bits, bit)

    def suspect_if_down(self, node: Value) -> None:
        """After an answer of `node`: its machine refuses connections."""
        with self.asm.when(STATUS, "==", REASON["node_down"]):
            self.suspect(node)

    def trust(self, node: Value) -> None:
        asm, bit = self.asm, self.asm.scratch("suspect")
        asm.emit(Op.SHL, bit, 1, node)
        asm.emit(Op.SUB, bit, -1, bit)
        asm.emit(Op.AND, self.bits, self.bits, bit)

    def write_door(self) -> None:
        with self.asm.entry("ping"):
            self.asm.reply()

    def ask_again(self) -> None:
        """Ping whoever is suspected; who answers is trusted. In a daemon."""
        asm, away, tag = self.asm, self.asm.scratch("away"), self.asm.scratch("ping_tag")
        with asm.local() as node:
            asm.move(node, 0)
            with asm.repeat_while(node, "<", self.count):
                following = asm.label()
                self.suspected(away, node)
                asm.branch(following, away, "==", 0)
                silent = asm.label()
                ask_lane(asm, self.lanes, node, node)
                next_answer(asm, tag, silent, self.patience)
                with asm.when(STATUS, "==", 0):
                    self.trust(node)
                asm.place(silent)
                asm.emit(Op.FORGET)
                asm.place(following)
                asm.bump(node)


def sleep(asm: Assembler, ns: Value) -> None:
    """A pause of the running activation."""
    with asm.local() as pause:
        asm.move(pause, ns)
        asm.emit(Op.SLEEP, pause)
