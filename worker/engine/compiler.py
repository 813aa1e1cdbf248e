"""A design compiles to tables: one image of the arena, one program, rows of laws, states of streams."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.base import Wire
from components.model import Design, Link, Node
from components.program import REASON, Assembler, Idempotency, Op, OutLink, Surroundings
from worker.engine.alias import alias_table
from worker.engine.encode import IMMEDIATE, OWN, WIDTH, Encoder, plain
from worker.engine.ground import Ground
from worker.engine.image import fill_lanes, fill_node, find_lanes, words_of_region
from worker.engine.layout import DIST_WORDS, LINE, REASON_SLOTS, Law
from worker.engine.layout import Node as Header
from worker.engine.machine import Tables
from worker.engine.place import HEALTHY_PC, PlacedLink, PlacedNode
from worker.engine.truths import truth_groups
from worker.engine.validator import Part, Room, require_valid

REFUSE_PC, BLACKHOLE_PC, REMOVED_PC, FIRST_PC = 0, 2, 4, 6
"""The first instructions of every program: answer `node_down`; never answer; at HEALTHY_PC say yes to a probe; answer
`removed`."""


@dataclass
class Plan:
    """What the engine knows of a compiled design: where everything is."""

    design: Design
    seed: int
    tables: Tables
    nodes: dict[str, PlacedNode]
    links: dict[str, PlacedLink]
    wires: dict[str, PlacedLink]  # links that nobody drew
    ground: Ground
    zipf: list[tuple[int, float]]  # alias tables, in their order
    truths: dict[str, tuple[int, int]]  # group -> (address, keys)
    state: list[tuple[int, int]]  # (from, to) of the arena: everything but tables and the keys of caches
    grave: Any = None  # see grave.py; there is one once the design was edited

    def ways(self) -> Iterator[PlacedLink]:
        """Links and wires."""
        yield from self.links.values()
        yield from self.wires.values()

    def ends(self) -> tuple[dict[str, list[PlacedLink]], dict[str, list[PlacedLink]]]:
        """Links and wires by source, and by the target that they were drawn to; as they are now."""
        going: dict[str, list[PlacedLink]] = {id: [] for id in self.nodes}
        coming: dict[str, list[PlacedLink]] = {id: [] for id in self.nodes}
        for way in self.ways():
            going[way.link.source].append(way)
            coming[way.link.target].append(way)
        return going, coming


def compile_design(design: Design, seed: int) -> Plan:
    """The tables of a runnable design. Same design and seed, same tables."""
    return Compiler(design, seed).plan()


class Compiler:
    def __init__(self, design: Design, seed: int) -> None:
        self.design, self.seed = design, seed
        self.ground = Ground()
        self.wired = wires_of(design)
        self.links = {link.id: self.ground.link(link) for link in design.links}
        self.wires = {wire.id: self.ground.link(as_link(wire), wire.door) for wire in self.wired}
        self.groups = truth_groups(design, [(wire.source, wire.target) for wire in self.wired])
        self.truths: dict[str, tuple[int, int]] = {}
        self.nodes = {node.id: self.place(node) for node in design.nodes}

    def place(self, node: Node) -> PlacedNode:
        asm = assemble(node, surroundings(self.design, node, self.wired, self.groups))
        return self.ground.node(node, asm, node.replicas)

    def plan(self) -> Plan:
        block_words = self.ground.words
        give_truths(self.design, self.groups, self.nodes, self.truths, self.ground)
        for placed in self.nodes.values():
            give_regions(placed, self.ground)
        image = np.zeros(-(-self.ground.words // LINE) * LINE, np.int64)
        for link in (*self.links.values(), *self.wires.values()):
            find_lanes(link, self.nodes[link.link.source])
        for id, ends in ends_of(self.design, self.wired).items():
            way = self.links.get(id) or self.wires[id]
            way.ends, self.nodes[way.link.source].ends[id] = list(ends), ends
        program = self.program()
        require_valid(program, self.parts(), self.room(len(image)))
        for placed in self.nodes.values():
            fill_node(image, placed)
        quiet = {wire.id for wire in self.wired if not wire.counted}
        for link in (*self.links.values(), *self.wires.values()):
            fill_lanes(image, link, self.nodes, link.link.id in quiet)
        starts = [
            (pc, block, 0)
            for placed in self.nodes.values()
            for block in placed.replicas
            for pc, copies in placed.daemons()
            for _ in range(copies)
        ]
        tables = Tables(
            static=image, program=program, dists=self.laws(), streams=streams_of(self.seed, list(self.ground.streams)),
            zipf=zipf_of(self.zipf), hists=self.ground.hists, starts=starts,
        )  # fmt: skip
        return Plan(
            self.design, self.seed, tables, self.nodes, self.links, self.wires, self.ground, self.zipf, self.truths,
            [(0, block_words)],
        )  # fmt: skip

    def program(self) -> np.ndarray:
        words = first_words()
        self.ground.instructions = FIRST_PC
        for placed in self.nodes.values():
            placed.pc = self.ground.code(len(placed.asm.code))
        words += [0] * (self.ground.instructions * WIDTH - len(words))
        self.zipf: list[tuple[int, float]] = []
        for placed in self.nodes.values():
            at = placed.pc * WIDTH
            code = Encoder(placed, alias_start(self.design, placed.node, self.zipf)).program()
            words[at : at + len(code)] = code
        return np.array(words, np.int64)

    def parts(self) -> list[Part]:
        """The programs of the nodes, and the first instructions, for the validator."""
        doors = (REFUSE_PC, BLACKHOLE_PC, HEALTHY_PC, REMOVED_PC)
        return [
            Part("refusal", 0, FIRST_PC, Header.ORIGINS + REASON_SLOTS, doors),
            *(part_of(placed) for placed in self.nodes.values()),
        ]

    def room(self, words: int) -> Room:
        return Room(words, len(self.ground.streams), self.ground.laws, self.ground.hists)

    def laws(self) -> np.ndarray:
        rows = np.zeros(max(1, self.ground.laws) * DIST_WORDS, np.float64)
        for placed in self.nodes.values():
            for name, index in placed.laws.items():
                stream = self.ground.stream(f"{placed.node.id}:law:{name}")
                rows[index * DIST_WORDS : (index + 1) * DIST_WORDS] = law_row(placed, name, stream, self.design.scale)
        return rows


def first_words() -> list[int]:
    """The instructions at REFUSE_PC, BLACKHOLE_PC, HEALTHY_PC and REMOVED_PC."""

    def refuse(reason: str) -> list[int]:
        code = REASON[reason]
        origin = plain(int(Header.ORIGINS) + code, OWN)
        return [Op.ADD, origin, origin, plain(1, IMMEDIATE), 0, 0, Op.REPLY, plain(code, IMMEDIATE), 0, 0, 0, 0]

    silent, healthy = [Op.END, 0, 0, 0, 0, 0], [Op.REPLY, plain(0, IMMEDIATE), 0, 0, 0, 0]
    return refuse("node_down") + silent + healthy + refuse("removed")


def surroundings(design: Design, node: Node, wired: Sequence[Wire], truths: Mapping[str, str]) -> Surroundings:
    """What the program of a node may know."""
    links = [
        OutLink(
            link.id,
            link.filled,
            design.node(link.target).replicas,
            target=link.target,
            there=design.node(link.target).filled,
            readers=sum(reader.replicas for reader in readers_of(design, link)),
            lane=fixed_lane(node, design.node(link.target)),
        )
        for link in design.links_from(node.id)
    ]
    wires = [
        OutLink(
            wire.id,
            as_link(wire).filled,
            design.node(wire.target).replicas,
            wire.name,
            wire.target,
            design.node(wire.target).filled,
        )
        for wire in wired
        if wire.source == node.id
    ]
    return Surroundings(
        node.filled, links, wires, node.replicas, node.id, keys_in(design), is_keyed(design), node.id in truths,
        is_dated(design), is_sized(design), any(brings(link, "idempotency") for link in design.links),
        any(brings(link, "idempotency") for link in design.links_to(node.id)),
        any(brings(link, "payload") for link in design.links_to(node.id)),
        users_n=users_in(design), callers=[design.node(link.source).filled for link in design.links_to(node.id)],
    )  # fmt: skip


def ends_of(design: Design, wired: Sequence[Wire]) -> dict[str, list[tuple[str, int]]]:
    """(node, replica) that each lane of each link and wire leads to."""
    nodes = {link.id: [design.node(link.target), *readers_of(design, link)] for link in design.links}
    nodes |= {wire.id: [design.node(wire.target)] for wire in wired}
    return {
        id: [(node.id, replica) for node in found for replica in range(node.replicas)] for id, found in nodes.items()
    }


def assemble(node: Node, around: Surroundings) -> Assembler:
    asm = Assembler(around)
    if around.once:
        Idempotency(asm)
    node.component().program(asm)
    asm.finish()
    return asm


def give_truths(
    design: Design,
    groups: Mapping[str, str],
    nodes: Mapping[str, PlacedNode],
    known: dict[str, tuple[int, int]],
    ground: Ground,
) -> None:
    """Two tables for each group of nodes that share a truth; those that `known` has stay where they are."""
    keys = keys_in(design)
    for group in dict.fromkeys(groups.values()):
        if group not in known or known[group][1] < keys:
            known[group] = (ground.take(2 * keys), keys)
    for id, group in groups.items():
        at, room = known[group]
        nodes[id].truth = {"versions": at, "since": at + room}


def give_regions(placed: PlacedNode, ground: Ground) -> None:
    """Tables and the keys of caches lie behind all blocks; a word of the replica points at them."""
    for item in placed.asm.items.values():
        if item.record in ("table", "cache"):
            copies = placed.regions.setdefault(item.name, [])
            while len(copies) < (1 if item.shared else len(placed.replicas)):
                copies.append((ground.take(words_of_region(item)), words_of_region(item)))


def alias_start(design: Design, node: Node, known: list[tuple[int, float]]) -> int:
    """Where the alias table of a node's keys begins; `known` = the tables so far, a new one comes last."""
    if "zipf_alpha" not in node.filled or not is_keyed(design):
        return 0
    wanted = (node.filled["keys_n"], float(node.filled["zipf_alpha"]))
    if wanted not in known:
        known.append(wanted)
    return sum(keys for keys, _ in known[: known.index(wanted)])


def zipf_of(tables: Sequence[tuple[int, float]]) -> np.ndarray:
    """The alias tables, one after another."""
    made = [alias_table(keys, alpha) for keys, alpha in tables]
    return np.concatenate(made) if len(made) > 1 else made[0] if made else np.zeros(1, np.int64)


def streams_of(seed: int, names: Sequence[str]) -> np.ndarray:
    """One SplitMix64 state per node and purpose, so that a change of one node never shifts another."""
    states = [
        int.from_bytes(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest(), "little") for name in names
    ]
    return np.array(states or [1], np.uint64)


def part_of(placed: PlacedNode) -> Part:
    """What the validator must know of a node's program."""
    asm = placed.asm
    doors = [label.at for label in asm.doors.values()]
    entries = tuple(placed.pc + at for at in (*doors, *(label.at for label, _ in asm.daemons)))
    return Part(placed.node.kind, placed.pc, placed.pc + len(asm.code), placed.block, entries, entries[: len(doors)])


def law_row(placed: PlacedNode, name: str, stream: int, scale: float, factor: float = 1.0) -> list[float]:
    """A row of the table of laws; `factor` on the rate of a source."""
    law = placed.asm.laws[name]
    params: dict[str, Any] = dict(placed.node.filled)
    if "rate_rps" in law.params:
        params["rate_rps"] = params["rate_rps"] * factor / scale
    kind, a, b, c = law.row(params)
    return [float(Law[kind]), float(stream), a, b, c, 0.0, 0.0, 0.0]


def wires_of(design: Design) -> list[Wire]:
    """The links that nobody drew, in the order of the nodes that bring them."""
    return [wire for node in design.nodes for wire in node.component().wires(node, design)]


def readers_of(design: Design, link: Link) -> list[Node]:
    """Nodes that answer reads for the link's target, if the link wants them."""
    if link.filled["consistency"] == "leader" or design.node(link.source).component.balances:
        return []
    return [node for node in design.nodes if node.component().reads_for(node.filled) == link.target]


def as_link(wire: Wire) -> Link:
    return Link(wire.id, wire.source, wire.target, wire.params)


def fixed_lane(caller: Node, target: Node) -> int | None:
    """The replica of the target that the caller always uses, if the target says so."""
    return target.component().lane_for(target.filled, caller.filled)


def keys_in(design: Design) -> int:
    """Keys that a cache may meet: as many as the client with the most has."""
    return max((node.filled["keys_n"] for node in design.nodes if "keys_n" in node.filled), default=1)


def users_in(design: Design) -> int:
    """Different senders."""
    return max((node.filled["tenants_n"] for node in design.nodes if "tenants_n" in node.filled), default=1)


def is_keyed(design: Design) -> bool:
    """Does anybody look at keys or users? If not, clients need not draw them (their streams are their own)."""
    return any(
        node.component.sees_keys(node.filled) or node.filled.get("algo") in ("ip_hash", "consistent_hash")
        for node in design.nodes
    )


def is_dated(design: Design) -> bool:
    """Does any call carry a deadline? If not, nobody need look for one."""
    return any(link.filled["deadline_propagation"] for link in design.links)


def brings(link: Link, option: str) -> bool:
    return link.filled[option] is not None


def is_sized(design: Design) -> bool:
    """Does anybody look at the sizes of objects?"""
    return any(brings(link, "mb_s") or brings(link, "payload") for link in design.links)
