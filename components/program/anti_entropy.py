"""Anti-entropy: now and then a replica compares hashes of ranges of keys with another, and exchanges the keys of those that differ.

The lowest level of a Merkle tree (Dynamo, 2007), read anew each time as in a validation compaction (Cassandra).
"""

from __future__ import annotations

import math

from components.program.assembler import AUX, KEY, STATUS, VALUE, Assembler, Index, Label, Own, Reg, Value
from components.program.copies import Copies
from components.program.lanes import ask_lane, my_number, next_answer, wire_lanes
from components.program.op import Op
from components.program.ring import Ring
from components.program.suspects import Suspects
from components.program.units import seconds


class AntiEntropy:
    """Reads anti_entropy_s. Needs wires "tree" and "sync" to doors of those names."""

    def __init__(self, asm: Assembler, copies: Copies, ring: Ring, suspects: Suspects, patience: Own) -> None:
        self.asm, self.copies, self.ring, self.suspects, self.patience = asm, copies, ring, suspects, patience
        self.trees, self.nodes = wire_lanes(asm, "tree")
        self.syncs, _ = wire_lanes(asm, "sync")
        self.keys_n = asm.around.keys_n
        self.ranges = max(1, math.isqrt(self.keys_n))
        self.synced = asm.counter("synced")

    def write_daemon(self) -> None:
        asm = self.asm
        with asm.daemon(), asm.forever():
            with asm.local() as pause:
                asm.move(pause, seconds(asm.params["anti_entropy_s"]))
                asm.emit(Op.SLEEP, pause)
            over = asm.label()
            with asm.local() as peer, asm.local() as part:
                self.choose(peer, over)
                asm.move(part, 0)
                with asm.repeat_while(part, "<", self.ranges):
                    self.compare(peer, part, over)
                    asm.bump(part)
            asm.place(over)
            asm.emit(Op.FORGET)

    def choose(self, peer: Reg, over: Label) -> None:
        """Any other replica that is not suspected."""
        asm, me, away = self.asm, self.asm.scratch("me"), self.asm.scratch("away")
        my_number(asm, me, self.trees, self.nodes)
        asm.emit(Op.RAND, peer, self.nodes - 1, asm.stream("peer"))
        with asm.when(peer, ">=", me):
            asm.bump(peer)
        asm.emit(Op.MIN, peer, peer, self.nodes - 1)
        self.suspects.suspected(away, peer)
        asm.branch(over, away, "!=", 0)

    def compare(self, peer: Reg, part: Reg, over: Label) -> None:
        asm, tag, alike = self.asm, self.asm.scratch("tree_tag"), self.asm.label()
        asm.move(KEY, part)
        my_number(asm, AUX, self.trees, self.nodes)
        self.digest(VALUE, part, AUX, peer)
        ask_lane(asm, self.trees, peer, 0)
        next_answer(asm, tag, over, self.patience)
        asm.branch(over, STATUS, "!=", 0)
        asm.branch(alike, VALUE, "!=", 0)
        self.exchange(peer, part, over)
        asm.place(alike)

    def exchange(self, peer: Reg, part: Reg, over: Label) -> None:
        """Every key of the range that both keep."""
        asm, tag, me = self.asm, self.asm.scratch("tree_tag"), self.asm.scratch("me")
        with asm.local() as key:
            asm.move(key, part)
            with asm.repeat_while(key, "<", self.keys_n):
                following = asm.label()
                asm.move(KEY, key)
                my_number(asm, me, self.trees, self.nodes)
                self.both(following, me, peer, KEY)
                self.copies.load()
                asm.bump(self.synced)
                ask_lane(asm, self.syncs, peer, 0)
                next_answer(asm, tag, over, self.patience)
                asm.branch(over, STATUS, "!=", 0)
                self.copies.absorb()
                asm.place(following)
                asm.add(key, key, self.ranges)

    def both(self, no: Label, one: Value, other: Value, key: Value) -> None:
        """Go to `no` unless both replicas keep the key."""
        if self.ring.whole:
            return
        asm, row, node = self.asm, self.asm.scratch("both_row"), self.asm.scratch("both_node")
        found = asm.scratch("both_found")
        self.ring.row(row, key)
        asm.move(found, 0)
        for place in range(self.ring.copies):
            self.ring.owner(node, row, place)
            for who in (one, other):
                with asm.when(node, "==", who):
                    asm.bump(found)
        asm.branch(no, found, "<", 2)

    def digest(self, to: Value, part: Value, one: Value, other: Value) -> None:
        """to = the sum of the hashes of the copies of a range that both keep."""
        asm, key, hashed = self.asm, self.asm.scratch("tree_key"), self.asm.scratch("tree_hash")
        asm.move(to, 0)
        asm.move(key, part)
        with asm.repeat_while(key, "<", self.keys_n):
            following = asm.label()
            self.both(following, one, other, key)
            self.copies.fingerprint(hashed, key)
            asm.add(to, to, hashed)
            asm.place(following)
            asm.add(key, key, self.ranges)

    def write_doors(self, slots: Own, work: Index) -> None:
        """A range is read at the price of one read."""
        asm, mine, me = self.asm, self.asm.scratch("tree_mine"), self.asm.scratch("me")
        with asm.entry("tree"):
            asm.acquire(slots)
            asm.serve(work)
            asm.release(slots)
            my_number(asm, me, self.trees, self.nodes)
            self.digest(mine, KEY, me, AUX)
            differ = asm.label()
            asm.branch(differ, mine, "!=", VALUE)
            asm.move(VALUE, 1)
            asm.reply()
            asm.place(differ)
            asm.move(VALUE, 0)
            asm.reply()
        with asm.entry("sync"):
            self.copies.absorb()
            self.copies.load()
            asm.reply()
