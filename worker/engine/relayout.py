"""Where the state of a node lies when its program is replaced: what stays keeps its place, so that old code finds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from components.program import Assembler, Item
from worker.engine.layout import LINE
from worker.engine.place import HEADER, PlacedNode, size_of

Piece = tuple[int, int, int]  # from, to, words; relative to the replica's block


def runs(asm: Assembler) -> Iterator[list[Item]]:
    """Pieces of own state that lie next to each other: lanes declared together, everything else alone."""
    run: list[Item] = []
    for item in asm.items.values():
        if item.shared:
            continue
        goes_on = run and item.record == "lane" and item.name == f"{run[0].name}+{len(run)}"
        if run and not goes_on:
            yield run
            run = []
        run.append(item)
    if run:
        yield run


class Relayout:
    """`own` = offsets for the new program, `block` = words of a replica, `moves` = state that changes its place.

    `old` and its earlier programs keep their offsets, but for words that grew: those move, for all programs alike.
    """

    def __init__(self, old: PlacedNode, asm: Assembler, ends: Mapping[str, list[tuple[str, int]]]) -> None:
        self.old, self.versions, self.ends = old, [old, *old.old], ends
        self.taken = sorted(
            (version.own[item.name], size_of(item))
            for version in self.versions
            for item in (HEADER, *version.asm.items.values())
            if not item.shared
        )
        self.own = {"header": 0}
        self.moves: list[Piece] = []
        for run in runs(asm):
            self.lay(run)
        self.block = max(at + size for at, size in self.taken)

    def lay(self, run: list[Item]) -> None:
        if all(self.may_stay(item) for item in run):
            self.own |= {item.name: self.old.own[item.name] for item in run}
            return
        at = self.find(sum(size_of(item) for item in run))
        for item in run:
            self.own[item.name] = at
            if item.record != "lane":
                self.move(item, at)
            at += size_of(item)

    def may_stay(self, item: Item) -> bool:
        was = self.old.asm.items.get(item.name)
        if was is None or was.record != item.record or was.shared:
            return False
        if item.record == "lane":
            return was.link == item.link and self.old.ends[item.link] == self.ends[item.link]
        return size_of(was) >= size_of(item)

    def move(self, item: Item, at: int) -> None:
        """A word or array that has grown."""
        was = self.old.asm.items.get(item.name)
        if was is None or was.record != item.record or was.shared:
            return
        before = self.old.own[item.name]
        self.moves.append((before, at, size_of(was)))
        for version in self.versions:
            if version.own.get(item.name) == before:
                version.own[item.name] = at

    def find(self, size: int) -> int:
        """The first gap that is large enough."""
        at = 0
        for start, room in sorted(self.taken):
            if start - at >= size:
                break
            at = max(at, start + room)
        self.taken.append((at, size))
        return at


Lane = tuple[str, tuple[str, int]]  # link, and where it led at first


def lanes_of(placed: PlacedNode) -> dict[Lane, int]:
    """Offsets of the lanes of one program."""
    return {
        (item.link, end): placed.own[item.name] + place * LINE
        for item in placed.asm.items.values()
        if item.record == "lane"
        for place, end in enumerate(placed.ends[item.link])
    }
