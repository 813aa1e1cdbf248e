"""Re-sharding while requests go on: keys are copied one by one, at a rate, and each belongs to its old owner until its copy is there."""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import KEY, STATUS, WRITE, Assembler, Reg
from components.program.inside import beside, forked, next_fork
from components.program.op import Op
from components.program.shards import Shards

LOOK_NS = 100_000_000  # how often the router looks whether the number of shards was changed
MOST_UNDER_WAY = 256
NS_PER_MB = 1_000_000_000
KB_PER_MB = 1000


class Resharding:
    """Reads resharding {rate_mb_s, key_kb} and shards. One replica does the work; if it crashes it begins again.

    A copy is a read at the old shard and a write at the new one, over the same links as requests. A copy that fails
    leaves the key where it is, and is tried again.
    """

    def __init__(self, asm: Assembler, shards: Shards, call_shard: Callable[[Reg], None]) -> None:
        self.asm, self.shards, self.call_shard = asm, shards, call_shard
        self.rate = asm.live("resharding.rate_mb_s", lambda mb_s: round(mb_s * 1000))
        self.key_kb = asm.live("resharding.key_kb", lambda kb: round(kb * 1000))
        self.moved, self.failures = asm.total("moved"), asm.total("move_failures")
        self.reach = asm.total("shards_reach")  # shards that have keys, or will have some
        self.settled = asm.total("shards_settled")  # what the last walk to its end was for
        self.placed = asm.total("keys_placed")
        self.wanted = shards.in_use()
        self.first = asm.word("first_replica", each=[1, *([0] * (asm.around.replicas - 1))])
        self.under_way, self.left_behind = asm.word("moves_under_way"), asm.word("moves_failed")

    def write_mover(self) -> None:
        asm, shards, other = self.asm, self.shards, self.asm.label()
        with asm.daemon():
            asm.branch(other, self.first, "==", 0)
            with asm.forever(), asm.local() as nap:
                with asm.when(self.placed, "!=", shards.keys):
                    self.place_new()
                asm.move(nap, LOOK_NS)
                asm.emit(Op.SLEEP, nap)
                with asm.when(self.settled, "!=", self.wanted):
                    self.walk(nap)
            asm.place(other)
            asm.emit(Op.END)

    def place_new(self) -> None:
        """Keys that have no owner yet, at the start all of them: none has to be copied."""
        asm, shards = self.asm, self.shards
        with asm.when(self.reach, "==", 0):
            for word in (shards.goal, self.reach, self.settled):
                asm.move(word, self.wanted)
        with asm.local() as shard, asm.local() as nowhere:
            asm.move(nowhere, -1)
            with asm.repeat_while(self.placed, "<", shards.keys), asm.local() as key:
                asm.move(key, self.placed)
                shards.home(shard, key, nowhere)
                shards.own(shard, key)
                shards.count_keys(shard, 1)
                asm.bump(self.placed)
        asm.move(self.placed, shards.keys)

    def walk(self, nap: Reg) -> None:
        """Through all keys once; those that are not where they belong are on their way at the end, or have failed."""
        asm, shards = self.asm, self.shards
        asm.move(shards.goal, self.wanted)
        asm.emit(Op.MAX, self.reach, self.reach, shards.goal)
        asm.move(self.left_behind, 0)
        shards.recount()
        with asm.local() as key, asm.local() as old, asm.local() as new:
            asm.move(key, 0)
            with asm.repeat_while(key, "<", shards.keys):
                stays = asm.label()
                shards.owner(old, key)
                shards.home(new, key, old)
                asm.branch(stays, new, "==", old)
                shards.count_keys(old, -1)
                shards.count_keys(new, 1)
                asm.bump(self.under_way)
                with beside(asm, asm.taken_locals()):
                    self.move(key, old, new)
                self.pause(nap)
                asm.place(stays)
                asm.bump(key)
            with asm.repeat_while(self.under_way, ">", 0):
                self.pause(nap)
        with asm.when(self.left_behind, "==", 0):
            asm.move(self.reach, shards.goal)
            asm.move(self.settled, shards.goal)

    def pause(self, nap: Reg) -> None:
        """The time that a key takes at the rate; longer while too many copies are under way."""
        asm = self.asm
        again = asm.here()
        asm.emit(Op.MUL, nap, self.key_kb, NS_PER_MB // KB_PER_MB)
        asm.emit(Op.DIV, nap, nap, self.rate)
        asm.emit(Op.MAX, nap, nap, 1)
        asm.emit(Op.SLEEP, nap)
        asm.branch(again, self.under_way, ">=", MOST_UNDER_WAY)

    def move(self, key: Reg, old: Reg, new: Reg) -> None:
        asm, shards, failed, over = self.asm, self.shards, self.asm.label(), self.asm.label()
        asm.move(KEY, key)
        asm.move(WRITE, 0)
        self.ask(old)
        asm.branch(failed, STATUS, "!=", 0)
        asm.move(KEY, key)
        asm.move(WRITE, 1)
        self.ask(new)
        asm.branch(failed, STATUS, "!=", 0)
        shards.own(new, key)
        asm.bump(self.moved)
        asm.jump(over)
        asm.place(failed)
        asm.bump(self.failures)
        asm.bump(self.left_behind)
        asm.place(over)
        asm.emit(Op.SUB, self.under_way, self.under_way, 1)

    def ask(self, shard: Reg) -> None:
        """In a child, which has registers of its own for all the options of a link."""
        with forked(self.asm, 0, frozenset({shard.number})):
            self.call_shard(shard)
        next_fork(self.asm, self.asm.scratch("copied"))
