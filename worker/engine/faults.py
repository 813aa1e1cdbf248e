"""Faults in force: what each one writes while it lasts, and how the words come back when it heals.

The effect on a word is always computed anew from the parameters and all faults in force, so faults overlap in any
order and heal in any order.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from components.faults import FAULTS
from components.program import CERTAIN, REASON, Item, ms, probability, seconds
from worker.engine.compiler import BLACKHOLE_PC, REFUSE_PC, Plan
from worker.engine.counters import note_slots
from worker.engine.image import find_lanes, lane_words, write_item
from worker.engine.layout import Link, Node, Station
from worker.engine.machine import Machine
from worker.engine.place import PlacedLink, PlacedNode

SLOWEST = 1 << 22  # of 1024: a draw of 2^40 ns times this still fits a word
ERROR_STATUS = {"500": REASON["error"], "503": REASON["shed"], "429": REASON["limited"]}


@dataclass
class Active:
    """A fault in force. `replicas` = the replicas of the target node that it hits; `number` tells two with one id apart."""

    number: int
    id: str
    fault: str
    target: str
    params: Mapping[str, Any]
    replicas: list[int] = field(default_factory=list)
    full: Mapping[str, Any] = field(default_factory=dict)  # of one that grows: what it grows to
    leaked: dict[str, int] = field(default_factory=dict)  # replica -> slots lost so far


class Faults:
    """All faults in force on one machine."""

    def __init__(self, plan: Plan, machine: Machine) -> None:
        self.plan, self.machine = plan, machine
        self.active: dict[str, Active] = {}
        self.count = 0  # of faults so far
        self.down: dict[tuple[str, int], int] = {}  # (node, replica) -> the door that answers for it
        self.paused: set[tuple[str, int]] = set()
        self.versions: dict[tuple[str, int], tuple[float, float]] = {}  # of replicas that run another one

    def release(self, node: str, replica: int, error_p: float, latency_factor: float) -> None:
        """The replica runs a version of this kind from now on; 0 and 1 = the design's own."""
        placed = self.plan.nodes[node]
        if replica < len(placed.replicas) and "error_p" in placed.own:
            self.versions[node, replica] = (error_p, latency_factor)
            self.write_replica(placed, replica)

    def inject(self, id: str, fault: str, target: str, params: Mapping[str, Any], selector: Any) -> Active:
        """Put a fault in force; an instant one is over at once. `params` holds all of its parameters."""
        self.count += 1
        active = Active(self.count, id, fault, target, dict(params))
        if target in self.plan.nodes and FAULTS[fault].replicas:
            active.replicas = self.select(active, selector)
        if fault == "cache_flush":
            self.flush(active)
            return active
        self.active[id] = active
        self.refresh(active)
        return active

    def heal(self, id: str) -> Active | None:
        """End a fault; None if it is not in force."""
        active = self.active.pop(id, None)
        if active is not None:
            self.refresh(active)
            if active.leaked:
                self.seal(active)
        return active

    def select(self, new: Active, selector: Any) -> list[int]:
        """Replicas that the selector means, those without this fault first."""
        count = len(self.plan.nodes[new.target].replicas)
        hit = {r for other in self.of(new.fault, new.target) for r in other.replicas}
        order = sorted(range(count), key=lambda replica: (replica in hit, replica))
        match selector:
            case "one":
                wanted = 1
            case {"n": n}:
                wanted = n
            case {"percent": percent}:
                wanted = math.ceil(count * percent / 100)
            case _:
                wanted = count
        return sorted(order[:wanted])

    def of(self, fault: str, target: str, replica: int | None = None) -> Iterable[Active]:
        """Faults of a sort in force on a target (and replica)."""
        for active in self.active.values():
            if active.fault == fault and active.target == target and (replica is None or replica in active.replicas):
                yield active

    def refresh(self, active: Active) -> None:
        """Write anew what this fault touches."""
        match active.fault:
            case "latency" | "loss":
                for link in self.links_of(active.target):
                    self.write_lanes(link)
            case "partition":
                for link in self.links_of(active.target):
                    self.write_lanes(link)
            case "hot_key":
                self.write_hot(self.plan.nodes[active.target])
            case "slow" | "error" | "bad_deploy":
                for replica in active.replicas:
                    self.write_replica(self.plan.nodes[active.target], replica)
            case "crash":
                for replica in active.replicas:
                    self.write_crash(self.plan.nodes[active.target], replica)
            case "pause":
                for replica in active.replicas:
                    self.write_pause(self.plan.nodes[active.target], replica)

    def links_of(self, target: str) -> list[PlacedLink]:
        """The link itself, or all links of the node."""
        if target in self.plan.links:
            return [self.plan.links[target]]
        return [link for link in self.plan.ways() if target == link.link.source or link.leads_to(target)]

    def write_lanes(self, link: PlacedLink) -> None:
        """Distance, jitter and loss of a link, with the faults on it and on its two ends."""
        old = [end for end, _ in link.old_lanes]
        for node in dict.fromkeys(node for node, _ in (*link.ends, *old) if node in self.plan.nodes):
            self.write_lanes_to(link, node)

    def write_lanes_to(self, link: PlacedLink, node: str) -> None:
        arena, words = self.machine.arena, lane_words(link)
        ends = {link.link.id, link.link.source, node}
        delays = [a.params for a in self.active.values() if a.fault == "latency" and a.target in ends]
        lost = [a.params["p"] for a in self.active.values() if a.fault == "loss" and a.target in ends]
        add, jitter = sum(ms(p["add_ms"]) for p in delays), sum(ms(p["jitter_ms"]) for p in delays)
        kept = (1 - link.link.filled["loss_p"]) * math.prod(1 - p for p in lost)
        loss = probability(1 - kept) if lost else words[Link.OUT_LOSS]
        replicas = range(len(self.plan.nodes[node].replicas))
        for replica in replicas:
            for lane in link.lanes_to(node, replica):
                for out, back, value in (
                    (Link.OUT, Link.BACK, words[Link.OUT] + add),
                    (Link.OUT_JITTER, Link.BACK_JITTER, words[Link.OUT_JITTER] + jitter),
                ):
                    arena[lane + out] = arena[lane + back] = value
                out_cut, back_cut = cut_by(self.active.values(), self.plan, link, lane, (node, replica))
                arena[lane + Link.OUT_LOSS] = CERTAIN if out_cut else loss
                arena[lane + Link.BACK_LOSS] = CERTAIN if back_cut else loss

    def write_hot(self, placed: PlacedNode) -> None:
        """What share of a client's requests goes to the hot key."""
        if "hot_key" in placed.shared:
            cold = math.prod(1 - active.params["share"] for active in self.of("hot_key", placed.node.id))
            self.machine.arena[placed.shared["hot_key"]] = probability(1 - cold)

    def leak(self, active: Active) -> None:
        """One slot less at each replica, as long as there is one."""
        placed = self.plan.nodes[active.target]
        note_slots(placed, self.machine)
        for replica in active.replicas:
            station = placed.address(replica, "slots") if "slots" in placed.own else 0
            if station and self.machine.arena[station + Station.CAP] > 0:
                self.machine.settle(station)
                self.machine.arena[station + Station.CAP] -= 1
                active.leaked[str(replica)] = active.leaked.get(str(replica), 0) + 1

    def seal(self, active: Active) -> None:
        """The slots that leaked are back."""
        placed = self.plan.nodes[active.target]
        note_slots(placed, self.machine)
        for replica, lost in active.leaked.items():
            if int(replica) < len(placed.replicas):
                station = placed.address(int(replica), "slots")
                self.machine.settle(station)
                self.machine.arena[station + Station.CAP] += lost
                self.machine.kick(station)

    def leaked(self, node: str, replica: int) -> int:
        """Slots of a replica that are lost now."""
        return sum(active.leaked.get(str(replica), 0) for active in self.of("leak", node))

    def write_replica(self, placed: PlacedNode, replica: int) -> None:
        """How slow a replica is and what share of its answers are errors."""
        arena, id = self.machine.arena, placed.node.id
        deploys = list(self.of("bad_deploy", id, replica))
        slow = math.prod(active.params["factor"] for active in self.of("slow", id, replica))
        slow *= math.prod(active.params["latency_factor"] for active in deploys)
        slow *= self.versions.get((id, replica), (0.0, 1.0))[1]
        arena[placed.address(replica, "header") + Node.SLOW] = min(max(1, round(1024 * slow)), SLOWEST)
        error_p, latency_factor = self.versions.get((id, replica), (0.0, 1.0))
        own = 1 - (1 - placed.node.filled["error_p"]) * (1 - error_p)
        faults = list(self.of("error", id, replica))
        good = math.prod(1 - active.params["p"] for active in faults)
        good *= math.prod(1 - active.params["error_p"] for active in deploys)
        failing = 1 - (1 - own) * good
        arena[placed.address(replica, "error_p")] = probability(failing)
        arena[placed.address(replica, "error_own")] = (
            probability(own / failing) if (faults or deploys) and failing else CERTAIN
        )
        if faults or deploys:
            status = faults[-1].params["status"] if faults else "500"
            arena[placed.address(replica, "error_status")] = ERROR_STATUS[status]

    def write_crash(self, placed: PlacedNode, replica: int) -> None:
        """Kill or bring back a replica, or change how it refuses."""
        crashes = list(self.of("crash", placed.node.id, replica))
        key, block = (placed.node.id, replica), placed.replicas[replica]
        shut = BLACKHOLE_PC if any(active.params["blackhole"] for active in crashes) else REFUSE_PC
        for link in self.plan.ways():
            for lane in link.lanes_to(placed.node.id, replica):
                self.machine.arena[lane + Link.TARGET_PC] = shut if crashes else placed.door(link.door)
        if placed.node.component.durable(placed.node.filled):
            self.write_gate(placed, replica, shut=bool(crashes))
            self.down |= {key: shut} if crashes else {}
            if not crashes:
                self.down.pop(key, None)
        elif crashes and key not in self.down:
            stations = [placed.address(replica, i.name) for i in placed.asm.items.values() if i.record == "station"]
            self.machine.kill(block, REASON["node_down"], stations, dict.fromkeys(placed.doors(), shut))
            self.lose(placed, replica)
            self.down[key] = shut
            self.write_pause(placed, replica)
        elif not crashes and key in self.down:
            del self.down[key]
            self.boot(placed, replica)
            self.write_pause(placed, replica)

    def lead_to(self, link: PlacedLink, place: int, end: tuple[str, int]) -> None:
        """From now on lane `place` of the link leads to another (node, replica)."""
        link.ends[place] = end
        target = self.plan.nodes[end[0]]
        door = self.down.get(end, target.door(link.door))
        find_lanes(link, self.plan.nodes[link.link.source])
        for lane in link.lanes_to(*end):
            self.machine.arena[lane + Link.TARGET_PC] = door
            self.machine.arena[lane + Link.TARGET_SELF] = target.replicas[end[1]]
        self.write_lanes(link)

    def write_gate(self, placed: PlacedNode, replica: int, shut: bool) -> None:
        """A durable kind keeps its work: it stands before the gate until the replica is back."""
        gate = placed.address(replica, "gate_shut")
        was, self.machine.arena[gate] = self.machine.arena[gate], int(shut)
        if was and not shut:
            self.machine.wake(placed.address(replica, "gate"))

    def boot(self, placed: PlacedNode, replica: int) -> None:
        """What memory held is gone; daemons start again."""
        for item in placed.asm.items.values():
            address = placed.replicas[replica] + placed.own.get(item.name, 0)
            if not (item.shared or item.keep or item.record == "lane"):
                self.empty(address, item)
        for pc, copies in placed.daemons():
            for _ in range(copies):
                self.machine.spawn(pc, placed.replicas[replica])

    def empty(self, address: int, item: Item) -> None:
        """A piece of state as it was at the start."""
        if item.record == "cache":
            self.machine.cache_flush(address)
        elif item.record == "table":
            base = int(self.machine.arena[address])
            self.machine.arena[base : base + item.size] = item.init.get("", 0)
        else:
            write_item(self.machine.arena, address, item)

    def lose(self, placed: PlacedNode, replica: int) -> None:
        """Count what was nowhere but in the memory of a replica."""
        arena = self.machine.arena
        for item in placed.asm.items.values():
            if item.lost:
                shared = item.lost in placed.shared
                count = placed.shared_address(item.lost) if shared else placed.address(replica, item.lost)
                arena[count] += arena[placed.address(replica, item.name)]
                arena[placed.address(replica, item.name)] = 0

    def write_pause(self, placed: PlacedNode, replica: int) -> None:
        """Stop or wake a replica. A dead one cannot stand still: it refuses, and stands still once it is back."""
        key, block = (placed.node.id, replica), placed.replicas[replica]
        wanted = key not in self.down and any(True for _ in self.of("pause", placed.node.id, replica))
        if wanted and key not in self.paused:
            self.paused.add(key)
            self.machine.pause(block, placed.doors())
        elif not wanted and key in self.paused:
            self.paused.remove(key)
            self.machine.resume(block)

    def flush(self, active: Active) -> None:
        placed = self.plan.nodes[active.target]
        for replica in active.replicas:
            self.lose(placed, replica)
            for item in placed.asm.items.values():
                if item.record == "cache" or item.memory:
                    self.empty(placed.places(item)[0 if item.shared else replica], item)

    def forget_replica(self, node: str, replica: int) -> None:
        """It is gone."""
        self.down.pop((node, replica), None)
        self.paused.discard((node, replica))
        for active in self.active.values():
            if active.target == node and replica in active.replicas:
                active.replicas.remove(replica)

    def adapt(self, gone: Collection[str], touched: Iterable[str]) -> None:
        """The design has changed: faults of what is gone end, and every word that a fault may touch is written anew."""
        self.active = {id: active for id, active in self.active.items() if active.target not in gone}
        for way in self.plan.ways():
            self.write_lanes(way)
        for id in touched:
            placed = self.plan.nodes[id]
            self.write_hot(placed)
            if "error_p" in placed.own:
                for replica in range(len(placed.replicas)):
                    self.write_replica(placed, replica)

    def kept(self) -> dict[str, Any]:
        """For a snapshot."""
        active = [asdict(active) for active in self.active.values()]
        down = [[id, replica, door] for (id, replica), door in self.down.items()]
        ends = {link.link.id: link.ends for link in self.plan.ways()}
        versions = [[*key, *version] for key, version in self.versions.items()]
        return {
            "versions": versions,
            "ends": ends,
            "active": active,
            "count": self.count,
            "down": down,
            "paused": sorted(self.paused),
        }

    def put_back(self, kept: dict[str, Any]) -> None:
        """What the faults wrote is in the machine already."""
        self.active = {entry["id"]: Active(**entry) for entry in kept["active"]}
        self.count = kept["count"]
        self.versions = {(id, replica): (p, factor) for id, replica, p, factor in kept["versions"]}
        for link in self.plan.ways():
            link.ends = [(node, replica) for node, replica in kept["ends"][link.link.id]]
            find_lanes(link, self.plan.nodes[link.link.source])
        self.down = {(id, replica): door for id, replica, door in kept["down"]}
        self.paused = {(id, replica) for id, replica in kept["paused"]}

    def down_count(self) -> dict[str, int]:
        """Crashed replicas by node."""
        return dict(Counter(node for node, _ in self.down))

    def rate_factor(self, client: str) -> float:
        """What the spikes in force make of a client's rate."""
        return float(math.prod(active.params["factor"] for active in self.of("spike", client)))


def returns_after(placed: PlacedNode, params: Mapping[str, Any]) -> int | None:
    """ns until a crashed replica serves again by itself; None if it waits to be healed."""
    if params.get("restart_after_s") is None:
        return None
    return seconds(params["restart_after_s"]) + seconds(placed.node.filled.get("startup_s", 0))


def cut_by(
    actives: Iterable[Active], plan: Plan, link: PlacedLink, lane: int, end: tuple[str, int]
) -> tuple[bool, bool]:
    """Whether a partition cuts the way out over a lane, and the way back. Replicas on the same side still hear each other."""
    out = back = False
    for active in actives:
        if active.fault != "partition":
            continue
        to, away = (active.params["direction"] in ("both", way) for way in ("to", "from"))
        if active.target == link.link.id:
            out, back = out or to, back or away
            continue
        there = end[0] == active.target and end[1] in active.replicas
        caller = plan.nodes[link.link.source]
        here = link.link.source == active.target and any(
            block <= lane < block + caller.block
            for replica, block in enumerate(caller.replicas)
            if replica in active.replicas
        )
        if there and not here:
            out, back = out or to, back or away
        if here and not there:
            out, back = out or away, back or to
    return out, back


def leak_ns(params: Mapping[str, Any]) -> int:
    """ns from one lost slot to the next; a leak that has not grown yet is looked at every second."""
    return round(60e9 / params["per_min"]) if params["per_min"] > 0 else 1_000_000_000
