"""Which shard a key belongs on: even ranges, a hash, a ring with virtual nodes, or a directory that keeps counts even."""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import KEY, USER, Assembler, Reg, Shared, Value
from components.program.op import Op
from components.program.ring import SALT, points

STRATEGIES = ("range", "hash_mod", "consistent", "directory")


class Shards:
    """Reads strategy, vnodes and key. Every key has its owner in one table, which all replicas of the router read.

    `goal` = how many of the shards are in use, the first ones. Key 0 is the newest and, under Zipf, the hottest: it
    stands at the end of the order that ranges cut.
    """

    def __init__(self, asm: Assembler, count: int) -> None:
        self.asm, self.count, self.strategy = asm, count, asm.params["strategy"]
        self.keys = asm.around.users_n if asm.params["key"] == "user" else asm.around.keys_n
        self.owners = asm.shared_table("key_owners", self.keys)
        self.goal = asm.total("shards_goal")
        if self.strategy == "consistent":
            ring = points(count, asm.params["vnodes"])
            self.size = len(ring)
            self.points = asm.constants("ring", [at for at, _ in ring])
            self.nodes = asm.constants("ring_nodes", [shard for _, shard in ring])
        if self.strategy == "directory":
            self.loads = asm.shared_table("shard_keys", count)

    def key(self, to: Reg) -> None:
        """What the request is sharded by."""
        self.asm.emit(Op.MOD, to, USER if self.asm.params["key"] == "user" else KEY, self.keys)

    def owner(self, to: Reg, key: Value) -> None:
        self.asm.emit(Op.LDX, to, self.owners, key)

    def own(self, shard: Value, key: Value) -> None:
        self.asm.emit(Op.STX, shard, self.owners, key)

    def home(self, to: Reg, key: Reg, now: Value) -> None:
        """to = where the key belongs among `goal` shards; `now` = its owner, -1 for a new key."""
        homes: dict[str, Callable[[Reg, Reg, Value], None]] = {
            "range": self.in_order, "hash_mod": self.hashed, "consistent": self.on_ring, "directory": self.by_count,
        }  # fmt: skip
        homes[self.strategy](to, key, now)

    def in_order(self, to: Reg, key: Reg, now: Value) -> None:
        asm = self.asm
        asm.emit(Op.SUB, to, self.keys - 1, key)
        asm.emit(Op.MUL, to, to, self.goal)
        asm.emit(Op.DIV, to, to, self.keys)

    def hashed(self, to: Reg, key: Reg, now: Value) -> None:
        self.asm.emit(Op.HASH, to, key, SALT)
        self.asm.emit(Op.MOD, to, to, self.goal)

    def on_ring(self, to: Reg, key: Reg, now: Value) -> None:
        """The next point clockwise of a shard in use (Karger et al. 1997)."""
        asm, found = self.asm, self.asm.label()
        with asm.local() as point:
            asm.emit(Op.HASH, point, key, SALT)
            asm.emit(Op.SEARCH, point, self.points, self.size, point)
            top = asm.here()
            asm.emit(Op.MOD, point, point, self.size)
            asm.emit(Op.LDX, to, self.nodes, point)
            asm.branch(found, to, "<", self.goal)
            asm.bump(point)
            asm.jump(top)
        asm.place(found)

    def by_count(self, to: Reg, key: Reg, now: Value) -> None:
        """Where it is, unless that shard is out of use or has more than its part: then where the fewest are."""
        asm, stays, moves = self.asm, self.asm.label(), self.asm.label()
        with asm.local() as most, asm.local() as load:
            asm.branch(moves, now, "<", 0)
            asm.branch(moves, now, ">=", self.goal)
            asm.add(most, self.goal, self.keys - 1)
            asm.emit(Op.DIV, most, most, self.goal)
            asm.emit(Op.LDX, load, self.loads, now)
            asm.move(to, now)
            asm.branch(stays, load, "<=", most)
            asm.place(moves)
            asm.move(to, 0)
            asm.emit(Op.LEAST, to, self.loads, self.goal, 1)
            asm.place(stays)

    def count_keys(self, shard: Value, by: int) -> None:
        """The directory's own books."""
        if self.strategy != "directory":
            return
        asm = self.asm
        with asm.local() as load:
            asm.emit(Op.LDX, load, self.loads, shard)
            asm.add(load, load, by)
            asm.emit(Op.STX, load, self.loads, shard)

    def recount(self) -> None:
        """Books by the owners: copies that failed, or died with the router, left them wrong."""
        if self.strategy != "directory":
            return
        asm = self.asm
        with asm.local() as at, asm.local() as shard:
            asm.move(at, 0)
            with asm.repeat_while(at, "<", self.count):
                asm.emit(Op.STX, 0, self.loads, at)
                asm.bump(at)
            asm.move(at, 0)
            with asm.repeat_while(at, "<", self.keys):
                self.owner(shard, at)
                self.count_keys(shard, 1)
                asm.bump(at)

    def in_use(self) -> Shared:
        """The parameter `shards` as a word; null, or more than there are, is all."""
        return self.asm.live("shards", lambda n: self.count if n is None else min(n, self.count))
