"""A running design becomes another one, between two events. What exists under the same name goes on with its state.

Nodes, links and replicas that stay keep their addresses unless their state grows. A node whose program changes keeps the
old one for the activations that are in it; whoever comes from now on runs the new one. What goes fails as `removed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from components.model import Design
from components.program import Assembler
from worker.engine.code import Kinds, escapes, same_shape
from worker.engine.compiler import (
    alias_start,
    as_link,
    assemble,
    give_regions,
    give_truths,
    law_row,
    part_of,
    streams_of,
    surroundings,
    wires_of,
    zipf_of,
)  # fmt: skip
from worker.engine.counters import slot_ns
from worker.engine.departure import Departure
from worker.engine.encode import WIDTH, Encoder
from worker.engine.grave import dig
from worker.engine.image import fill_item, fill_lane, fill_replica, find_lanes, way_words, words_of_region
from worker.engine.kernel.state import LOST_CHILD
from worker.engine.layout import DIST_WORDS, LINE, Cache, Link, Token
from worker.engine.moving import Map, carry, point
from worker.engine.old_code import OldCode
from worker.engine.place import PlacedLink, PlacedNode, size_of
from worker.engine.relayout import Relayout, lanes_of
from worker.engine.removal import end_timers, fail_calls
from worker.engine.reset import Reset, grown_regions
from worker.engine.truths import truth_groups
from worker.engine.validator import Room, require_valid

if TYPE_CHECKING:
    from worker.engine.simulation import Simulation


class Translation(Departure):
    """One edit. `before` = the design as it runs now, live parameters included."""

    def __init__(self, simulation: Simulation, before: Design, design: Design) -> None:
        super().__init__(simulation, design)
        self.before = before
        self.groups = truth_groups(design, [(wire.source, wire.target) for wire in self.wired])
        old_wired = wires_of(before)
        old_groups = truth_groups(before, [(wire.source, wire.target) for wire in old_wired])
        self.asms: dict[str, Assembler] = {}  # new ones, of nodes that stay and may differ
        self.inits: dict[str, Assembler] = {}  # the same as things are now: which start values does the edit change?
        for node in design.nodes:
            placed = self.plan.nodes.get(node.id)
            if placed is None or placed.node.kind != node.kind:
                continue
            self.kept[node.id] = node
            around = surroundings(design, node, self.wired, self.groups)
            if around != placed.asm.around:
                self.asms[node.id] = assemble(node, around)
                was = before.node(node.id)
                self.inits[node.id] = assemble(was, surroundings(before, was, old_wired, old_groups))
        self.before_ends = {way.link.id: self.plan.nodes[way.link.source].ends[way.link.id] for way in self.plan.ways()}
        self.had = {id: self.plan.nodes[id].asm for id in self.asms}
        self.changed = {id for id, asm in self.asms.items() if not same_shape(asm, self.plan.nodes[id].asm)}
        self.fresh_blocks: set[int] = set()
        self.had_replicas: dict[str, int] = {}

    @property
    def is_quiet(self) -> bool:
        """Does nothing change but names and places?"""
        counts = all(node.replicas == len(self.plan.nodes[id].replicas) for id, node in self.kept.items())
        same = list(self.kept) == list(self.plan.nodes) and len(self.kept) == len(self.design.nodes)
        links = [(link.id, link.source, link.target, link.params) for link in self.design.links]
        ways = [(w.link.id, w.link.source, w.link.target, w.link.params) for w in self.plan.links.values()]
        return counts and same and links == ways and not self.asms

    def rename(self) -> None:
        for node in self.design.nodes:
            self.plan.nodes[node.id].node = node

    def run(self) -> None:
        plan = self.plan
        self.ground.more = self.more
        if plan.grave is None:
            plan.grave = dig(self.ground)
            self.machine.more_hists(self.ground.hists)
            plan.grave.fill(self.machine.arena)
        self.stretch()
        self.old_code = OldCode(self)
        self.old_code.bury()
        for placed in plan.nodes.values():
            placed.slot_ns, placed.slots_at = slot_ns(placed, self.machine), self.machine.now
        self.remove()
        self.had_replicas = {id: len(plan.nodes[id].replicas) for id in self.kept}
        self.place_nodes()
        self.place_links()
        self.machine.more_hists(self.ground.hists)
        self.more_streams()
        self.stretch()
        self.fill()
        self.write_program()
        self.old_code.pass_on(self.changed)
        self.start()

    # -- where things are ---------------------------------------------------------------------------
    def place_nodes(self) -> None:
        nodes: dict[str, PlacedNode] = {}
        for node in self.design.nodes:
            if node.id not in self.kept:
                asm = assemble(node, surroundings(self.design, node, self.wired, self.groups))
                nodes[node.id] = placed = self.ground.node(node, asm, node.replicas)
                placed.slots_at = self.machine.now
                placed.pc = self.ground.code(len(asm.code))
                self.born.append(placed)
                self.fresh_blocks |= set(placed.replicas)
                continue
            placed, kinds = self.plan.nodes[node.id], None
            if node.id in self.changed:
                kinds = self.old_code.kinds(placed)
                placed = self.change(placed, self.asms[node.id])
            elif node.id in self.asms:
                placed.asm = self.asms[node.id]
            placed.node = node
            nodes[node.id] = placed
            if (more := self.counts[node.id]) > len(placed.replicas):
                self.move_blocks(placed, placed.block, more, kinds or self.old_code.kinds(placed))
                self.fresh_blocks |= set(placed.replicas[self.had_replicas[node.id] :])
        self.plan.nodes = nodes
        give_truths(self.design, self.groups, nodes, self.plan.truths, self.ground)
        for placed in nodes.values():
            give_regions(placed, self.ground)
            self.grow_regions(placed)

    def grow_regions(self, placed: PlacedNode) -> None:
        """Tables that have grown get another place."""
        for item, copy in grown_regions(placed):
            at, words = placed.regions[item.name][copy]
            room = words_of_region(item)
            to = self.ground.take(room)
            self.stretch()
            carry(self.arrays, [(at, to, words)])
            self.machine.arena[to + words : to + room] = item.init.get("", 0) if item.record == "table" else 0
            point(self.machine, Map([(at, to, words)]), dict.fromkeys(placed.replicas, self.old_code.kinds(placed)))
            self.ground.spare.give(at, words)
            placed.regions[item.name][copy] = (to, room)
            block = placed.shared[item.name] if item.shared else placed.replicas[copy] + placed.own[item.name]
            self.machine.arena[block + (Cache.BASE if item.record == "cache" else 0)] = to

    def change(self, old: PlacedNode, asm: Assembler) -> PlacedNode:
        """A new program for a node that stays; its earlier one stays for those who are in it."""
        kinds = self.old_code.kinds(old)
        lanes_before = lanes_of(old)
        ends = {link: self.ends[link] for link in {item.link for item in asm.items.values() if item.record == "lane"}}
        plan = Relayout(old, asm, ends)
        new = replace(old, asm=asm, own=plan.own, old=[], ends=ends, laws=dict(old.laws), streams=dict(old.streams))
        new.pc = self.ground.code(len(asm.code))
        new.old = [replace(old, old=[]), *old.old]
        if plan.block > new.block:
            self.move_blocks(new, plan.block, len(new.replicas), kinds)
        lanes = lanes_of(new)
        moves = [(block + a, block + b, words) for block in new.replicas for a, b, words in plan.moves]
        moves += [
            (block + at, block + lanes[key], LINE)
            for block in new.replicas
            for key, at in lanes_before.items()
            if key in lanes and lanes[key] != at
        ]
        carry(self.arrays, moves)
        point(self.machine, Map(moves), dict.fromkeys(new.replicas, kinds))
        self.leave_lost(new, [(at, lanes[key]) for key, at in lanes_before.items() if lanes.get(key, at) != at])
        for lane, at in lanes_before.items():
            if lane not in lanes:
                for block in new.replicas:
                    fail_calls(self.machine, [block], {block + at}, set())  # its new program has no use for the link
                    end_timers(self.machine, block + at + Link.TIMERS)
                    self.fold(block + at, self.lane_of(new, block, lane))
        for record_name, item in old.asm.items.items():
            if item.shared and record_name in asm.items and size_of(asm.items[record_name]) > size_of(item):
                self.move_shared(new, record_name, size_of(item))
        self.ground.share(new)
        self.ground.number(new)
        return new

    def move_blocks(self, placed: PlacedNode, block: int, count: int, kinds: Mapping[int, Kinds]) -> None:
        """Other places for all replicas, one after another at the same distance: programs count on that."""
        first = self.ground.take(block * count)
        self.stretch()
        moves = [(at, first + number * block, placed.block) for number, at in enumerate(placed.replicas)]
        carry(self.arrays, moves)
        point(self.machine, Map(moves), dict.fromkeys(placed.replicas, kinds))
        if not any(True for version in (placed, *placed.old) for _ in escapes(version.asm)):
            for at in placed.replicas:  # else a message may still name the place
                self.ground.spare.give(at, placed.block)
        placed.block, placed.replicas = block, [first + number * block for number in range(count)]

    def leave_lost(self, placed: PlacedNode, moved: list[tuple[int, int]]) -> None:
        """A call that waits for ever is counted on the lane that its instruction names, which is the old one's now."""
        arena = self.machine.arena
        for block in placed.replicas if moved else ():
            lanes = {block + at: block + to for at, to in moved}
            for token in self.machine._tokens_of(block):
                at = token * LINE
                if arena[at + Token.CHILD] == int(LOST_CHILD) and arena[at + Token.PARKED] == 0:
                    old = self.machine.lane_named(token)
                    if old in lanes:
                        for word, count in ((Link.OUTSTANDING, 1), (Link.CALLS, 1)):
                            arena[old + word] += count
                            arena[lanes[old] + word] -= count

    def move_shared(self, placed: PlacedNode, name: str, words: int) -> None:
        """An array that all replicas share has grown."""
        at, to = placed.shared[name], self.ground.take(size_of(placed.asm.items[name]))
        self.stretch()
        carry(self.arrays, [(at, to, words)])
        self.ground.spare.give(at, words)
        for version in (placed, *placed.old):
            version.shared[name] = to

    def place_links(self) -> None:
        plan = self.plan
        stay = {way.link.id: way for way in plan.ways() if way not in self.gone_ways}

        def placed(link: object, door: str) -> PlacedLink:
            way = stay.get(link.id)  # type: ignore[attr-defined]
            if way is None:
                return self.ground.link(link, door)  # type: ignore[arg-type]
            way.link = link  # type: ignore[assignment]
            return way

        led = {
            way.link.id: {
                first: now
                for first, now in zip(self.before_ends[way.link.id], way.ends, strict=True)
                if first != now and now[1] < self.counts.get(now[0], 0)
            }
            for way in stay.values()
        }
        plan.links = {link.id: placed(link, "main") for link in self.design.links}
        plan.wires = {wire.id: placed(as_link(wire), wire.door) for wire in self.wired}
        for way in plan.ways():
            ends, moved = self.ends[way.link.id], led.get(way.link.id, {})
            way.ends = [moved.get(end, end) for end in ends]
            plan.nodes[way.link.source].ends[way.link.id] = ends
            find_lanes(way, plan.nodes[way.link.source])

    def more_streams(self) -> None:
        machine, names = self.machine, list(self.ground.streams)
        states = streams_of(self.plan.seed, names[len(machine.streams) :])
        if len(names) > len(machine.streams):
            machine.streams = np.concatenate([machine.streams, states])
        rows = np.zeros(max(1, self.ground.laws) * DIST_WORDS - len(machine.dists), np.float64)
        machine.dists = np.concatenate([machine.dists, rows])
        for placed in self.born:
            for number in (*placed.streams.values(), *(self.law_stream(placed, name) for name in placed.laws)):
                machine.streams[number] = streams_of(self.plan.seed, [names[number]])[0]

    def law_stream(self, placed: PlacedNode, name: str) -> int:
        return self.ground.stream(f"{placed.node.id}:law:{name}")

    # -- what is in it ------------------------------------------------------------------------------
    def fill(self) -> None:
        plan, arena = self.plan, self.machine.arena
        for placed in self.born:
            for name, address in placed.shared.items():
                fill_item(arena, placed, placed.asm.items[name], address, 0)
        for placed in plan.nodes.values():
            for replica, block in enumerate(placed.replicas):
                if block in self.fresh_blocks:
                    fill_replica(arena, placed, replica)
                    for version in placed.old:
                        for item in version.asm.items.values():
                            if not item.shared and item.name not in placed.own:
                                fill_item(arena, version, item, block + version.own[item.name], replica)
            for name in placed.asm.laws:
                at = placed.laws[name] * DIST_WORDS
                if placed in self.born or placed.node.id in self.asms:
                    row = law_row(placed, name, self.law_stream(placed, name), self.design.scale)
                    self.machine.dists[at : at + DIST_WORDS] = row
        for id in self.asms:
            Reset(self.machine, plan.nodes[id], self.had[id], self.inits[id], self.fresh_blocks).run()
        self.point_lanes()

    def point_lanes(self) -> None:
        """Every lane leads to where its target is now; one that only old code has leads nowhere."""
        plan, arena = self.plan, self.machine.arena
        pointed: set[int] = set()
        unseen = {wire.id for wire in self.wired if not wire.counted}
        for way in plan.ways():
            caller, quiet = plan.nodes[way.link.source], way.link.id in unseen
            words = way_words(way, caller, quiet)
            every = [(end, lane) for lanes in way.lanes for end, lane in zip(way.ends, lanes, strict=True)]
            for end, lane in every + way.old_lanes:
                pointed.add(lane)
                if end[0] not in plan.nodes or end[1] >= len(plan.nodes[end[0]].replicas):
                    self.grave.lead_nowhere(arena, lane, owner_of(caller, lane))
                    arena[lane + Link.FAILED] = way.failed
                    continue
                target = plan.nodes[end[0]]
                if arena[lane + Link.TARGET_SELF] == 0:
                    fill_lane(arena, way, lane, end, plan.nodes, quiet)
                for word, value in words.items():
                    if word < Link.TIMERS:
                        arena[lane + word] = value
                arena[lane + Link.TARGET_SELF] = target.replicas[end[1]]
                arena[lane + Link.TARGET_PC] = self.faults.down.get(end, target.door(way.door))
        for placed in plan.nodes.values():
            for version in placed.old:
                for offset in lanes_of(version).values():
                    for block in placed.replicas:
                        if block + offset not in pointed:
                            self.grave.lead_nowhere(arena, block + offset, block)

    # -- programs -----------------------------------------------------------------------------------
    def write_program(self) -> None:
        plan, machine = self.plan, self.machine
        machine.program = machine.program.copy()  # a plan of the start may hold it too
        tables = len(plan.zipf)
        dirty = [p for p in plan.nodes.values() if p in self.born or p.node.id in self.changed or p.truth]
        for placed in dirty:
            for version in (placed, *placed.old):
                version.truth, version.shared, version.block = placed.truth, placed.shared, placed.block
                self.write_version(version)
        if len(plan.zipf) > tables:
            machine.zipf = zipf_of(plan.zipf).view()
            machine.zipf.flags.writeable = False
        room = Room(len(machine.arena), len(machine.streams), self.ground.laws, self.ground.hists)
        new = [placed for placed in dirty if not placed.truth or placed in self.born or placed.node.id in self.changed]
        if new:
            require_valid(machine.program, [part_of(placed) for placed in new], room)

    def write_version(self, version: PlacedNode) -> None:
        machine = self.machine
        size = self.ground.instructions * WIDTH - len(machine.program)
        if size > 0:
            machine.program = np.concatenate([machine.program, np.zeros(size, np.int64)])
        code = Encoder(version, alias_start(self.design, version.node, self.plan.zipf)).program()
        machine.program[version.pc * WIDTH : version.pc * WIDTH + len(code)] = code

    def start(self) -> None:
        """Daemons of what is new."""
        for placed in self.plan.nodes.values():
            for block in placed.replicas:
                if block in self.fresh_blocks:
                    for pc, copies in placed.daemons():
                        for _ in range(copies):
                            self.machine.spawn(pc, block)


def owner_of(placed: PlacedNode, address: int) -> int:
    """The replica that an address lies in."""
    return next(block for block in placed.replicas if block <= address < block + placed.block)
