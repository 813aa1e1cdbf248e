"""Live parameters: what a `set` writes into the arena. The design that the plan holds changes along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from components.model import Link, Node
from components.program import Knob, ms
from worker.engine.compiler import Plan, law_row
from worker.engine.counters import note_slots
from worker.engine.faults import Faults
from worker.engine.image import lane_words
from worker.engine.layout import DIST_WORDS, Station
from worker.engine.layout import Link as Lane
from worker.engine.machine import Machine
from worker.engine.place import PlacedNode
from worker.engine.rates import Rates
from worker.engine.timeouts import set_timeout


def with_param(owner: Node | Link, path: str, value: Any) -> Any:
    """The node or link with one parameter changed; `path` may be dotted."""
    head, _, tail = path.partition(".")
    params = dict(owner.params)
    params[head] = {**(params.get(head) or {}), tail: value} if tail else value
    return replace(owner, params=params)


class Knobs:
    """Turns the knobs of one run."""

    def __init__(self, plan: Plan, machine: Machine, faults: Faults, rates: Rates) -> None:
        self.plan, self.machine, self.faults, self.rates = plan, machine, faults, rates
        self.write: dict[str, Callable[[PlacedNode, Knob, Any], None]] = {
            "word": self.set_word,
            "cap": self.set_cap,
            "queue_cap": self.set_queue_cap,
            "cache_cap": self.set_cache_cap,
            "rate": lambda placed, knob, value: self.rates.refresh(placed.node.id),
        }

    def set(self, target: str, path: str, value: Any) -> None:
        """Change a live parameter of a node or link; checked before it comes here."""
        if target in self.plan.links:
            self.set_link(target, path, value)
        else:
            self.set_node(target, path, value)

    def set_node(self, target: str, path: str, value: Any) -> None:
        placed = self.plan.nodes[target]
        placed.node = with_param(placed.node, path, value)
        for name, law in placed.asm.laws.items():
            if path in law.params and "rate_rps" not in law.params:
                at = placed.laws[name] * DIST_WORDS
                stream = int(self.machine.dists[at + 1])
                self.machine.dists[at : at + DIST_WORDS] = law_row(placed, name, stream, self.plan.design.scale)
        for knob in placed.asm.knobs:
            if knob.param == path:
                self.write[knob.what](placed, knob, value)
        if path == "error_p" and "error_p" in placed.own:
            for replica in range(len(placed.replicas)):
                self.faults.write_replica(placed, replica)

    def set_link(self, target: str, path: str, value: Any) -> None:
        placed = self.plan.links[target]
        placed.link = with_param(placed.link, path, value)
        caller = self.plan.nodes[placed.link.source]
        for knob in caller.asm.knobs:
            if knob.param == f"{target}:{path}":
                self.set_word(caller, knob, value)
        if path == "timeout_ms":
            for lane in placed.all_lanes():
                set_timeout(self.machine, lane, ms(value))
                self.machine.arena[lane + Lane.CARRIES] = lane_words(placed)[Lane.CARRIES]
        elif path in ("rtt_ms", "jitter_ms", "loss_p", "preset"):
            self.faults.write_lanes(placed)

    def set_word(self, placed: PlacedNode, knob: Knob, value: Any) -> None:
        self.machine.arena[placed.shared[knob.item]] = knob.convert(value)

    def set_cap(self, placed: PlacedNode, knob: Knob, value: Any) -> None:
        note_slots(placed, self.machine)
        for replica in range(len(placed.replicas)):
            station = placed.address(replica, knob.item)
            leaked = self.faults.leaked(placed.node.id, replica) if knob.item == "slots" else 0
            self.machine.arena[station + Station.CAP] = max(0, int(value) - leaked)
            self.machine.kick(station)

    def set_queue_cap(self, placed: PlacedNode, knob: Knob, value: Any) -> None:
        for replica in range(len(placed.replicas)):
            self.machine.arena[placed.address(replica, knob.item) + Station.QCAP] = int(value)

    def set_cache_cap(self, placed: PlacedNode, knob: Knob, value: Any) -> None:
        for replica in range(len(placed.replicas)):
            self.machine.cache_resize(placed.address(replica, knob.item), int(value))

    def kept(self) -> dict[str, Any]:
        """For a snapshot: the given parameters of everything, as they are now."""
        nodes = {id: dict(placed.node.params) for id, placed in self.plan.nodes.items()}
        slots = {id: [placed.slot_ns, placed.slots_at] for id, placed in self.plan.nodes.items() if placed.slots_at}
        links = {id: dict(placed.link.params) for id, placed in self.plan.links.items()}
        return {"nodes": nodes, "links": links, "slots": slots}

    def put_back(self, kept: dict[str, Any]) -> None:
        """What they wrote is in the machine already."""
        for id, params in kept["nodes"].items():
            self.plan.nodes[id].node = replace(self.plan.nodes[id].node, params=params)
        for id, (slot_ns, slots_at) in kept["slots"].items():
            self.plan.nodes[id].slot_ns, self.plan.nodes[id].slots_at = slot_ns, slots_at
        for id, params in kept["links"].items():
            self.plan.links[id].link = replace(self.plan.links[id].link, params=params)
