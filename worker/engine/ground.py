"""Hands out what a design is placed on: words of the arena, instructions, histograms, laws and streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.model import Link, Node
from components.program import Assembler
from worker.engine.layout import LINE, REASON_SLOTS
from worker.engine.place import HEADER, PlacedLink, PlacedNode, size_of


class Extents:
    """Pieces of a line of numbers that were given back, by address; the first that fits is taken."""

    def __init__(self, free: list[tuple[int, int]] | None = None) -> None:
        self.free = free or []

    def take(self, size: int) -> int | None:
        for place, (at, room) in enumerate(self.free):
            if room >= size:
                self.free[place : place + 1] = [(at + size, room - size)] if room > size else []
                return at
        return None

    def give(self, at: int, size: int) -> None:
        merged: list[tuple[int, int]] = []
        for start, room in sorted([*self.free, (at, size)]):
            if merged and sum(merged[-1]) == start:
                merged[-1] = (merged[-1][0], merged[-1][1] + room)
            else:
                merged.append((start, room))
        self.free = merged


class Ground:
    """While a design compiles, words come one after another; in a run `more` makes room behind everything."""

    def __init__(self) -> None:
        self.words = LINE  # the first line is nobody's: address 0 means nothing
        self.hists = 0
        self.laws = 0
        self.streams: dict[str, int] = {}
        self.instructions = 0
        self.spare, self.spare_hists, self.spare_code = Extents(), Extents(), Extents()
        self.more: Callable[[int], int] | None = None

    def take(self, words: int) -> int:
        if self.more is not None:
            at = self.spare.take(words)
            if at is None:
                room = -(-words // LINE) * LINE
                at = self.more(room)
                if room > words:
                    self.spare.give(at + words, room - words)
            return at
        at = self.words
        self.words += words
        return at

    def hist(self, count: int) -> int:
        """Number of the first of so many histograms."""
        at = self.spare_hists.take(count)
        if at is None:
            at = self.hists
            self.hists += count
        return at

    def code(self, count: int) -> int:
        """Number of the first of so many instructions."""
        at = self.spare_code.take(count)
        if at is None:
            at = self.instructions
            self.instructions += count
        return at

    def stream(self, name: str) -> int:
        return self.streams.setdefault(name, len(self.streams))

    def law(self) -> int:
        self.laws += 1
        return self.laws - 1

    def node(self, node: Node, asm: Assembler, replicas: int) -> PlacedNode:
        placed = PlacedNode(node, asm, self.hist(2))
        self.share(placed)
        block = 0
        for item in (HEADER, *(item for item in asm.items.values() if not item.shared)):
            placed.own[item.name] = block
            block += size_of(item)
        placed.block = block
        placed.replicas = [self.take(block) for _ in range(replicas)]
        self.number(placed)
        return placed

    def share(self, placed: PlacedNode) -> None:
        """Addresses for pieces of state of the node that have none yet."""
        for item in placed.asm.items.values():
            if item.shared and item.name not in placed.shared:
                placed.shared[item.name] = self.take(size_of(item))
            if item.record == "totals" and placed.totals_hist < 0:
                placed.totals_hist = self.hist(1)
            if item.record == "part" and item.name not in placed.parts:
                placed.parts[item.name] = self.hist(1)

    def number(self, placed: PlacedNode) -> None:
        """Numbers for laws, histograms and streams that have none yet."""
        for name in placed.asm.laws:
            if name not in placed.laws:
                placed.laws[name] = self.law()
                self.stream(f"{placed.node.id}:law:{name}")
        for name in placed.asm.hists:
            if name not in placed.hists:
                placed.hists[name] = self.hist(1)
        control = ["control"] if placed.node.component.control_every else []
        for name in (*placed.asm.streams, *control):
            if name not in placed.streams:
                placed.streams[name] = self.stream(f"{placed.node.id}:{name}")

    def link(self, link: Link, door: str = "main") -> PlacedLink:
        return PlacedLink(link, self.hist(1), self.take(REASON_SLOTS), self.stream(f"{link.id}:net"), door)

    def kept(self) -> dict[str, Any]:
        """For a snapshot of a run that was edited."""
        return {
            "words": self.words, "hists": self.hists, "laws": self.laws, "streams": list(self.streams),
            "spare": self.spare.free, "spare_hists": self.spare_hists.free, "spare_code": self.spare_code.free,
            "instructions": self.instructions,
        }  # fmt: skip

    def put_back(self, kept: dict[str, Any]) -> None:
        self.words, self.hists, self.laws = kept["words"], kept["hists"], kept["laws"]
        self.streams = {name: number for number, name in enumerate(kept["streams"])}
        self.instructions = kept["instructions"]
        self.spare, self.spare_hists, self.spare_code = (
            Extents([(at, size) for at, size in kept[name]]) for name in ("spare", "spare_hists", "spare_code")
        )
