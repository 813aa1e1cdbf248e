"""A design compiles to tables: one image of the arena, one program, rows of laws, states of streams."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.base import Wire
from components.link import NET_PRESETS_MS
from components.model import Design, Link, Node
from components.program import REASON, Assembler, Idempotency, Item, Op, OutLink, Surroundings, carries, ms, probability
from worker.engine.alias import alias_table
from worker.engine.encode import IMMEDIATE, OWN, WIDTH, Encoder, plain
from worker.engine.layout import CLASSES, DIST_WORDS, LINE, REASON_SLOTS, Cache, Law, Queue, Station, Timers, Totals
from worker.engine.layout import Link as Lane
from worker.engine.layout import Node as Header
from worker.engine.machine import Tables
from worker.engine.place import HEALTHY_PC, RECORDS, Ground, PlacedLink, PlacedNode, size_of
from worker.engine.truths import truth_groups
from worker.engine.validator import Part, Room, require_valid

REFUSE_PC, BLACKHOLE_PC, FIRST_PC = 0, 2, 4
"""The first instructions of every program: answer `node_down`; never answer; at HEALTHY_PC say yes to a probe."""


@dataclass(frozen=True)
class Region:
    """A table, or the keys of a cache: behind all blocks, found through a word."""

    pointer: int
    address: int
    words: int
    start: int  # what each word begins with
    values: Sequence[int] = ()  # or all of them


@dataclass
class Plan:
    """What the engine knows of a compiled design: where everything is."""

    design: Design
    seed: int
    tables: Tables
    nodes: dict[str, PlacedNode]
    links: dict[str, PlacedLink]
    wires: dict[str, PlacedLink]  # links that nobody drew
    daemons: dict[str, list[tuple[int, int]]]  # node -> (pc, copies)
    block_words: int  # of the arena: everything but tables and the keys of caches

    def ways(self) -> Iterator[PlacedLink]:
        """Links and wires."""
        yield from self.links.values()
        yield from self.wires.values()


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
        self.quiet = {wire.id for wire in self.wired if not wire.counted}
        self.truths = truth_groups(design, [(wire.source, wire.target) for wire in self.wired])
        self.nodes = {node.id: self.place(node) for node in design.nodes}
        self.regions: list[Region] = []

    def place(self, node: Node) -> PlacedNode:
        links = [
            OutLink(
                link.id,
                link.filled,
                self.design.node(link.target).replicas,
                target=link.target,
                there=self.design.node(link.target).filled,
                readers=sum(reader.replicas for reader in readers_of(self.design, link)),
                lane=fixed_lane(node, self.design.node(link.target)),
            )
            for link in self.design.links_from(node.id)
        ]
        wires = [
            OutLink(
                wire.id,
                as_link(wire).filled,
                self.design.node(wire.target).replicas,
                wire.name,
                wire.target,
                self.design.node(wire.target).filled,
            )
            for wire in self.wired
            if wire.source == node.id
        ]
        around = Surroundings(
            node.filled, links, wires, node.replicas, node.id, keys_in(self.design), is_keyed(self.design),
            node.id in self.truths,
            is_dated(self.design), is_sized(self.design), any(brings(link, "idempotency") for link in self.design.links),
            any(brings(link, "idempotency") for link in self.design.links_to(node.id)),
            any(brings(link, "payload") for link in self.design.links_to(node.id)),
            users_n=users_in(self.design),
        )  # fmt: skip
        asm = Assembler(around)
        if around.once:
            Idempotency(asm)
        node.component().program(asm)
        asm.finish()
        return self.ground.node(node, asm, node.replicas)

    def plan(self) -> Plan:
        block_words = self.ground.words
        self.give_regions()
        image = np.zeros(-(-self.ground.words // LINE) * LINE, np.int64)
        for link in (*self.links.values(), *self.wires.values()):
            self.find_lanes(link)
        program, zipf = self.program()
        require_valid(program, self.parts(), self.room(len(image)))
        for placed in self.nodes.values():
            self.fill_node(image, placed)
        for region in self.regions:
            image[region.pointer] = region.address
            if region.values:
                image[region.address : region.address + region.words] = region.values
            elif region.start:
                image[region.address : region.address + region.words] = region.start
        for link in (*self.links.values(), *self.wires.values()):
            self.fill_lanes(image, link)
        daemons = {
            placed.node.id: [(placed.pc + at.at, copies) for at, copies in placed.asm.daemons]
            for placed in self.nodes.values()
        }
        starts = [
            (pc, block, 0)
            for id, placed in self.nodes.items()
            for block in placed.replicas
            for pc, copies in daemons[id]
            for _ in range(copies)
        ]
        tables = Tables(
            static=image, program=program, dists=self.laws(), streams=self.streams(), zipf=zipf,
            hists=self.ground.hists, starts=starts,
        )  # fmt: skip
        return Plan(self.design, self.seed, tables, self.nodes, self.links, self.wires, daemons, block_words)

    def give_regions(self) -> None:
        """Tables and the keys of caches lie behind all blocks; a word of the replica points at them."""
        keys = keys_in(self.design)
        truths = {group: self.ground.take(2 * keys) for group in dict.fromkeys(self.truths.values())}
        for id, group in self.truths.items():
            self.nodes[id].truth = {"versions": truths[group], "since": truths[group] + keys}
        for placed in self.nodes.values():
            for item in placed.asm.items.values():
                if item.record not in ("table", "cache"):
                    continue
                base = "BASE" if item.record == "cache" else ""
                words = item.size * (3 if item.record == "cache" else 1)
                copies = range(len(placed.replicas))
                pointers = (
                    [placed.shared_address(item.name, base)]
                    if item.shared
                    else [placed.address(replica, item.name, base) for replica in copies]
                )
                for pointer in pointers:
                    start = item.init.get("", 0)
                    self.regions.append(Region(pointer, self.ground.take(words), words, start, item.values))

    def program(self) -> tuple[np.ndarray, np.ndarray]:
        node_down = REASON["node_down"]
        origin = plain(int(Header.ORIGINS) + node_down, OWN)
        words = [Op.ADD, origin, origin, plain(1, IMMEDIATE), 0, 0, Op.REPLY, plain(node_down, IMMEDIATE), 0, 0, 0, 0]
        words += [Op.END, 0, 0, 0, 0, 0, Op.REPLY, plain(0, IMMEDIATE), 0, 0, 0, 0]
        zipfs: dict[tuple[int, float], int] = {}
        tables: list[np.ndarray] = []
        for placed in self.nodes.values():
            placed.pc = len(words) // WIDTH
            words += [0] * (len(placed.asm.code) * WIDTH)
        for placed in self.nodes.values():
            start = self.zipf_of(placed, zipfs, tables)
            at = placed.pc * WIDTH
            code = Encoder(placed, start).program()
            words[at : at + len(code)] = code
        zipf = np.concatenate(tables) if len(tables) > 1 else tables[0] if tables else np.zeros(1, np.int64)
        return np.array(words, np.int64), zipf

    def parts(self) -> list[Part]:
        """The programs of the nodes, and the first instructions, for the validator."""
        refuse = Part("refusal", 0, FIRST_PC, Header.ORIGINS + REASON_SLOTS, (REFUSE_PC, BLACKHOLE_PC, HEALTHY_PC))
        return [refuse, *(part_of(placed) for placed in self.nodes.values())]

    def room(self, words: int) -> Room:
        return Room(words, len(self.ground.streams), self.ground.laws, self.ground.hists)

    def zipf_of(self, placed: PlacedNode, known: dict[tuple[int, float], int], tables: list[np.ndarray]) -> int:
        params = placed.node.filled
        if "zipf_alpha" not in params or not is_keyed(self.design):
            return 0
        wanted = (params["keys_n"], float(params["zipf_alpha"]))
        if wanted not in known:
            known[wanted] = sum(len(table) for table in tables)
            tables.append(alias_table(*wanted))
        return known[wanted]

    def fill_node(self, image: np.ndarray, placed: PlacedNode) -> None:
        for block in placed.replicas:
            write_header(image, block, placed.hist)
        for item in placed.asm.items.values():
            for number, address in enumerate(placed.places(item)):
                write_item(image, address, item)
                if item.record == "cache":
                    image[address + Cache.STREAM] = placed.streams[item.stream]
                if item.record == "totals" or item.name in placed.parts:
                    image[address + Totals.HIST] = placed.parts.get(item.name, placed.totals_hist)
                if item.each:
                    image[address] = item.each[number]

    def find_lanes(self, link: PlacedLink) -> None:
        caller = self.nodes[link.link.source]
        item = next((i for i in caller.asm.items.values() if i.record == "lane" and i.link == link.link.id), None)
        if item is None:  # its program does not use it
            return
        nodes = [self.nodes[link.link.target].node]
        if link.link.id in self.links:
            nodes += readers_of(self.design, link.link)
        link.ends = [(node.id, replica) for node in nodes for replica in range(node.replicas)]
        link.lanes = [
            [block + caller.own[item.name] + lane * LINE for lane in range(item.size)] for block in caller.replicas
        ]

    def fill_lanes(self, image: np.ndarray, link: PlacedLink) -> None:
        words = lane_words(link) | {Lane.QUIET: int(link.link.id in self.quiet)}
        caller = self.nodes[link.link.source].shared
        words |= {
            Lane.ONCE: caller.get(f"once:{link.link.id}", 0),
            Lane.UNPACKS: caller.get(f"unpack:{link.link.id}", 0),
        }
        for lanes in link.lanes:
            for lane, (node, replica) in zip(lanes, link.ends, strict=True):
                image[lane + Lane.TARGET_PC] = self.nodes[node].door(link.door)
                image[lane + Lane.TARGET_SELF] = self.nodes[node].replicas[replica]
                for offset, value in words.items():
                    image[lane + offset] = value

    def laws(self) -> np.ndarray:
        rows = np.zeros(max(1, self.ground.laws) * DIST_WORDS, np.float64)
        for placed in self.nodes.values():
            for name, index in placed.laws.items():
                stream = self.ground.stream(f"{placed.node.id}:law:{name}")
                rows[index * DIST_WORDS : (index + 1) * DIST_WORDS] = law_row(placed, name, stream, self.design.scale)
        return rows

    def streams(self) -> np.ndarray:
        """One SplitMix64 state per node and purpose, so that a change of one node never shifts another."""
        states = [
            int.from_bytes(hashlib.blake2b(f"{self.seed}:{name}".encode(), digest_size=8).digest(), "little")
            for name in self.ground.streams
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


def lane_words(link: PlacedLink) -> dict[int, int]:
    """Words of a lane that come from the link's parameters."""
    params = link.link.filled
    one_way, jitter, lost = ms(round_trip_ms(link.link)) // 2, ms(params["jitter_ms"]), probability(params["loss_p"])
    words: dict[int, int] = {Lane.OUT: one_way, Lane.BACK: one_way, Lane.OUT_JITTER: jitter, Lane.BACK_JITTER: jitter}
    words |= {Lane.OUT_LOSS: lost, Lane.BACK_LOSS: lost, Lane.STREAM: link.stream, Lane.HIST: link.hist}
    words |= {Lane.FAILED: link.failed, Lane.TIMERS + Timers.DURATION: ms(params["timeout_ms"])}
    words[Lane.CARRIES] = carries(params["deadline_propagation"], params["timeout_ms"])
    return words | {Lane.TIMERS + Timers.HEAD: -1, Lane.TIMERS + Timers.TAIL: -1, Lane.TIMERS + Timers.TOKEN: -1}


def round_trip_ms(link: Link) -> float:
    """The own rtt_ms, else the preset's, else the default."""
    preset = link.filled["preset"]
    return float(
        link.params["rtt_ms"] if "rtt_ms" in link.params else NET_PRESETS_MS.get(preset, link.filled["rtt_ms"])
    )


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


def write_header(image: np.ndarray, block: int, hist: int) -> None:
    image[block + Header.SLOW] = 1024
    image[block + Header.HOLD_HEAD] = image[block + Header.HOLD_TAIL] = -1
    image[block + Header.HIST] = hist


def write_item(image: np.ndarray, address: int, item: Item) -> None:
    """Start values of a piece of state."""
    if item.record == "word":
        image[address : address + size_of(item)] = item.init.get("", 0)
    if item.record in ("word", "table"):
        return
    if item.record == "station":
        image[address + Station.HEAD : address + Station.HEAD + 2 * CLASSES] = -1
    if item.record == "queue":
        queues = image[address : address + size_of(item)].reshape(item.size, -1)
        queues[:] = 0
        queues[:, [Queue.HEAD, Queue.TAIL]] = -1
        return
    if item.record == "cache":
        image[address + Cache.HEAD] = image[address + Cache.TAIL] = image[address + Cache.EVICTED] = -1
    for name, value in item.init.items():
        image[address + RECORDS[item.record][name]] = value
