"""An edit of a running design, first half: room for what comes, and everything that goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from components.base import Wire
from components.model import Design, Node
from worker.engine.compiler import ends_of, wires_of
from worker.engine.grave import Grave
from worker.engine.layout import LINE, REASON_SLOTS, Link
from worker.engine.moving import Map, point
from worker.engine.place import PlacedLink, PlacedNode, size_of
from worker.engine.relayout import Lane, lanes_of
from worker.engine.removal import REMOVED, add_lane, add_replica, end_all_timers, fail_calls, fail_parallel

if TYPE_CHECKING:
    from worker.engine.simulation import Simulation

STATE_WORDS = 1 << 15
"""A piece of the arena that is larger holds tables, which marks of a summary need not keep."""


class Departure:
    """What of the old design has no place in the new one."""

    def __init__(self, simulation: Simulation, design: Design) -> None:
        self.simulation, self.design = simulation, design
        self.plan, self.machine, self.faults = simulation.plan, simulation.machine, simulation.faults
        self.ground = self.plan.ground
        self.marks = [mark for mark in (simulation.mark, simulation._row) if mark is not None]
        self.wired: Sequence[Wire] = wires_of(design)
        self.ends = ends_of(design, self.wired)
        self.kept: dict[str, Node] = {}  # nodes of the new design that were there before
        self.counts: dict[str, int] = {}  # their replicas from now on
        self.gone_ways: list[PlacedLink] = []
        self.born: list[PlacedNode] = []

    # -- room ---------------------------------------------------------------------------------------
    def more(self, words: int) -> int:
        at = self.machine.extend(words)
        if words <= STATE_WORDS:
            self.plan.state.append((at, at + words))
        return at

    def stretch(self) -> None:
        """The marks of a summary reach as far as the machine does."""
        for mark in self.marks:
            mark.stretch(self.machine)

    @property
    def arrays(self) -> list[np.ndarray]:
        return [self.machine.arena, *(mark.arena for mark in self.marks)]

    def give_back(self, at: int, words: int) -> None:
        for array in self.arrays:
            array[at : at + words] = 0
        self.ground.spare.give(at, words)

    def drop_hist(self, first: int, count: int) -> None:
        self.machine.forget_hists(first, count)
        for mark in self.marks:
            mark.forget_hists(first, count)
        self.ground.spare_hists.give(first, count)

    @property
    def grave(self) -> Grave:
        grave: Grave | None = self.plan.grave
        assert grave is not None
        return grave

    def lane_of(self, placed: PlacedNode, block: int, lane: Lane) -> int | None:
        """Where a lane that goes counts on: the one that leads to the same end, else the first of the link, if there is one."""
        if any(way.link.id == lane[0] for way in self.gone_ways):
            return None
        mine = lanes_of(placed)
        others = [offset for (link, _), offset in mine.items() if link == lane[0]]
        offset = mine.get(lane, others[0] if others else None)
        return None if offset is None else block + offset

    # -- what goes ----------------------------------------------------------------------------------
    def remove(self) -> None:
        plan, machine = self.plan, self.machine
        leaving = [placed for id, placed in plan.nodes.items() if id not in self.kept]
        self.counts = {id: node.replicas for id, node in self.kept.items()}
        dying = {block: placed for placed in leaving for block in placed.replicas}
        for id, count in self.counts.items():
            dying |= dict.fromkeys(plan.nodes[id].replicas[count:], plan.nodes[id])
        self.gone_ways = self.ways_that_go()
        lanes = self.lanes_that_go()
        sources = {way.link.source for way in plan.ways()}
        callers = [block for id in sources for block in plan.nodes[id].replicas if block not in dying]
        fail_calls(machine, callers, lanes, set(dying))
        fail_parallel(machine, lanes, set(dying))
        for block, placed in dying.items():
            stations = [block + placed.own[i.name] for i in placed.asm.items.values() if i.record == "station"]
            machine.kill(block, REMOVED, stations, {})
        for id, placed in plan.nodes.items():
            self.remove_replicas(placed, self.counts.get(id, 0))
        for placed in leaving:
            self.free_node(placed)
        for way in self.gone_ways:
            self.free_way(way)

    def lanes_that_go(self) -> set[int]:
        """Lanes that lead to nothing of the new design, whatever program calls over them."""
        gone = {way.link.id for way in self.gone_ways}
        return {
            block + offset
            for placed in self.plan.nodes.values()
            for version in (placed, *placed.old)
            for (link, end), offset in lanes_of(version).items()
            if link in gone or end not in self.ends.get(link, ())
            for block in placed.replicas
        }

    def ways_that_go(self) -> list[PlacedLink]:
        """Links and wires that are not in the new design, or lead elsewhere."""
        ends = {link.id: (link.source, link.target, "main") for link in self.design.links}
        ends |= {wire.id: (wire.source, wire.target, wire.door) for wire in self.wired}
        return [
            way
            for way in self.plan.ways()
            if ends.get(way.link.id) != (way.link.source, way.link.target, way.door)
            or way.link.source not in self.kept
            or way.link.target not in self.kept
        ]

    def remove_replicas(self, placed: PlacedNode, left: int) -> None:
        """Their counts go to the first replica, the counts of their lanes to its lanes; with no replica left, nowhere."""
        for replica in range(left, len(placed.replicas)):
            block = placed.replicas[replica]
            self.faults.forget_replica(placed.node.id, replica)
            self.faults.lose(placed, replica)
            for version in (placed, *placed.old):
                end_all_timers(self.machine, version, block)
            if left:
                add_replica(self.machine, self.arrays, placed, replica)
            for version in (placed, *placed.old):
                for lane, offset in lanes_of(version).items():
                    self.fold(block + offset, self.lane_of(placed, placed.replicas[0], lane) if left else None)
            for name, copies in placed.regions.items():
                if replica < len(copies) and name not in placed.shared:
                    self.give_back(*copies[replica])
            self.give_back(block, placed.block)
        del placed.replicas[left:]
        for name, copies in placed.regions.items():
            if name not in placed.shared:
                del copies[left:]

    def fold(self, lane: int, to: int | None) -> None:
        """Whatever points at a lane points at another; None: at the grave, where calls of the past end."""
        quiet = self.machine.arena[lane + Link.QUIET]
        target = to if to is not None else self.grave.lane + (LINE if quiet else 0)
        if target == lane:
            return
        add_lane(self.arrays if to is not None else [self.machine.arena], lane, target)
        point(self.machine, Map([(lane, target, LINE)]), {})

    def free_node(self, placed: PlacedNode) -> None:
        for item in {item.name: item for v in (placed, *placed.old) for item in v.asm.items.values()}.values():
            if item.shared:
                if item.record == "table":
                    self.give_back(*placed.regions[item.name][0])
                self.give_back(placed.shared[item.name], size_of(item))
        self.drop_hist(placed.hist, 2)
        if placed.totals_hist >= 0:
            self.drop_hist(placed.totals_hist, 1)
        for version in (placed, *placed.old):
            self.ground.spare_code.give(version.pc, len(version.asm.code))

    def free_way(self, way: PlacedLink) -> None:
        """Lanes that old code may still call over lead nowhere from now on (see point_lanes)."""
        self.give_back(way.failed, REASON_SLOTS)
        self.drop_hist(way.hist, 1)
