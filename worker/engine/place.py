"""Where everything of one design lies in the arena: blocks of nodes, lanes of links, tables, histograms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from components.model import Link, Node
from components.program import Assembler, Item
from worker.engine import layout
from worker.engine.layout import NODE_WORDS, STATION_WORDS, TOTALS_WORDS

RECORDS: Mapping[str, type[IntEnum]] = {
    "header": layout.Node,
    "station": layout.Station,
    "queue": layout.Queue,
    "timers": layout.Timers,
    "lane": layout.Link,
    "cache": layout.Cache,
    "totals": layout.Totals,
    "once": layout.Once,
    "unpack": layout.Unpack,
    "part": layout.Totals,
}
SIZES = {
    "header": NODE_WORDS,
    "station": STATION_WORDS,
    "queue": len(layout.Queue),
    "timers": len(layout.Timers),
    "cache": len(layout.Cache),
    "totals": TOTALS_WORDS,
    "part": TOTALS_WORDS,
    "once": len(layout.Once),
    "unpack": len(layout.Unpack),
    "table": 1,
}
HEADER = Item("header", "header")
HEALTHY_PC = 3  # the instruction that says yes to a probe


def size_of(item: Item) -> int:
    """Words of the item inside its block."""
    if item.record == "word":
        return item.size
    words = layout.LINK_WORDS if item.record == "lane" else SIZES[item.record]
    return words * item.size if item.record in ("lane", "queue") else words


@dataclass
class PlacedLink:
    """A link or a wire: `lanes[r]` = addresses of the lanes of the caller's replica r.

    `ends[i]` = (node, replica) that lane i leads to now: the replicas of the target, then those of nodes that read for it.
    """

    link: Link
    hist: int
    failed: int  # address of its 16 words by reason
    stream: int
    door: str = "main"
    lanes: list[list[int]] = field(default_factory=list)
    ends: list[tuple[str, int]] = field(default_factory=list)
    old_lanes: list[tuple[tuple[str, int], int]] = field(
        default_factory=list
    )  # (end, lane) that only old code calls over

    def lanes_to(self, node: str, replica: int) -> list[int]:
        """Those that lead to this replica now."""
        places = [place for place, end in enumerate(self.ends) if end == (node, replica)]
        old = [lane for end, lane in self.old_lanes if end == (node, replica)]
        return [lanes[place] for lanes in self.lanes for place in places] + old

    def leads_to(self, node: str) -> bool:
        return any(end == node for end, _ in self.ends) or self.link.target == node

    def all_lanes(self) -> list[int]:
        return [lane for lanes in self.lanes for lane in lanes] + [lane for _, lane in self.old_lanes]


@dataclass
class PlacedNode:
    """A node: where its shared words, its replicas and its program are."""

    node: Node
    asm: Assembler
    hist: int  # arrival to reply; the next one is own time
    pc: int = 0  # of its first instruction
    replicas: list[int] = field(default_factory=list)  # addresses of the replicas' blocks
    own: dict[str, int] = field(default_factory=dict)  # item -> offset from SELF
    shared: dict[str, int] = field(default_factory=dict)  # item -> address
    laws: dict[str, int] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)
    truth: dict[str, int] = field(default_factory=dict)  # addresses of its two tables
    hists: dict[str, int] = field(default_factory=dict)  # of the times that the kind measures itself
    totals_hist: int = -1
    parts: dict[str, int] = field(default_factory=dict)  # "section:name" -> its histogram
    ends: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # link -> where its lanes led at first
    block: int = 0  # words of one replica
    regions: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # item -> (address, words) per copy
    old: list[PlacedNode] = field(default_factory=list)  # earlier programs that activations are still in, newest first
    ending: bool = False  # an earlier program whose daemons end when they come round
    slot_ns: int = 0  # slots times ns that there were until `slots_at`
    slots_at: int = 0

    def door(self, name: str = "main") -> int:
        """The instruction where requests come in; -1 for a node that takes none there."""
        if name in self.asm.doors:
            return self.pc + self.asm.doors[name].at
        return HEALTHY_PC if name == "health" else -1

    def doors(self) -> set[int]:
        return {self.door(name) for name in self.asm.doors}

    def places(self, item: Item) -> list[int]:
        """Addresses of a piece of state: one for each replica, or the one that they share."""
        return [self.shared[item.name]] if item.shared else [block + self.own[item.name] for block in self.replicas]

    def daemons(self) -> list[tuple[int, int]]:
        """(instruction, copies) of what starts with every replica."""
        return [(self.pc + at.at, copies) for at, copies in self.asm.daemons]

    def holds(self, pc: int) -> bool:
        """Is the instruction one of its program?"""
        return self.pc <= pc < self.pc + len(self.asm.code)

    def address(self, replica: int, name: str, record_field: str = "", plus: int = 0) -> int:
        """Address of a word of one replica."""
        return self.replicas[replica] + self.offset(name, record_field, plus)

    def offset(self, name: str, record_field: str = "", plus: int = 0) -> int:
        return self.own[name] + self._field(name, record_field) + plus

    def shared_address(self, name: str, record_field: str = "", plus: int = 0) -> int:
        return self.shared[name] + self._field(name, record_field) + plus

    def _field(self, name: str, record_field: str) -> int:
        if not record_field:
            return 0
        record = "header" if name == "header" else self.asm.items[name].record
        return int(RECORDS[record][record_field])
