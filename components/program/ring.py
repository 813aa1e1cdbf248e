"""The hash ring: which replicas keep a key (Karger et al. 1997; virtual nodes and preference lists: Dynamo, 2007)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from components.program.assembler import KEY, Assembler, Reg, Value
from components.program.op import Op

SALT = 3
BITS = 63


def position(node: int, vnode: int) -> int:
    """Where a virtual node stands on the ring: 63 bits of a hash."""
    digest = hashlib.blake2b(f"{node}:{vnode}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def points(nodes: int, vnodes: int) -> list[tuple[int, int]]:
    """(position, node) of every virtual node, in the order of the ring."""
    return sorted((position(node, vnode), node) for node in range(nodes) for vnode in range(vnodes))


def preference_lists(ring: Sequence[tuple[int, int]], copies: int) -> list[list[int]]:
    """For each point the first `copies` different nodes clockwise, its own node first."""
    lists = []
    for at in range(len(ring)):
        found: list[int] = []
        for _, node in [*ring[at:], *ring[:at]]:
            if node not in found:
                found.append(node)
            if len(found) == copies:
                break
        lists.append(found)
    return lists


class Ring:
    """The ring of one node's replicas. With as many copies as replicas every replica keeps every key: no ring is needed."""

    def __init__(self, asm: Assembler, vnodes: int, copies: int) -> None:
        self.asm, self.nodes, self.copies = asm, asm.around.replicas, copies
        self.whole = copies >= self.nodes
        if self.whole:
            return
        ring = points(self.nodes, vnodes)
        self.size = len(ring)
        self.points = asm.constants("ring", [at for at, _ in ring])
        self.owners = asm.constants("owners", [node for row in preference_lists(ring, copies) for node in row])

    def row(self, to: Value, key: Value = KEY) -> None:
        """to = address of the preference list of the key."""
        if self.whole:
            return
        asm = self.asm
        asm.emit(Op.HASH, to, key, SALT)
        asm.emit(Op.SEARCH, to, self.points, self.size, to)
        asm.emit(Op.MOD, to, to, self.size)
        asm.emit(Op.MUL, to, to, self.copies)
        asm.add(to, to, self.owners)

    def owner(self, to: Value, row: Value, place: Value) -> None:
        """to = the node at that place of a preference list; `row` from above."""
        if self.whole:
            self.asm.move(to, place)
        else:
            self.asm.emit(Op.LDX, to, row, place)

    def my_place(self, to: Reg | Value, me: Value, row: Value) -> None:
        """to = my own place in the list, or -1."""
        asm = self.asm
        if self.whole:
            asm.move(to, me)
            return
        found, spare = asm.label(), asm.scratch("ring")
        for place in range(self.copies):
            asm.emit(Op.LDX, spare, row, place)
            asm.move(to, place)
            asm.branch(found, spare, "==", me)
        asm.move(to, -1)
        asm.place(found)
