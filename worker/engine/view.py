"""A control loop's outlook on the running design: components/view.py says what each word means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from components.program import seconds
from worker.engine.counters import note_slots, stations, words_of_link, words_of_metrics, words_of_node
from worker.engine.layout import REASON_SLOTS, Link, Node, Station
from worker.engine.place import PlacedNode

if TYPE_CHECKING:
    from worker.engine.simulation import Simulation

GOLDEN, MIX_A, MIX_B = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
MASK64 = (1 << 64) - 1


class NodeView:
    """Of one node, during one turn."""

    def __init__(self, simulation: Simulation, placed: PlacedNode, memory: dict[str, Any]) -> None:
        self.simulation, self.id, self.memory = simulation, placed.node.id, memory
        self.plan, self.machine = simulation.plan, simulation.machine

    @property
    def placed(self) -> PlacedNode:
        """Where it is now: what it sets may edit the design."""
        return self.plan.nodes[self.id]

    @property
    def params(self) -> Mapping[str, Any]:
        return self.placed.node.filled

    def nodes(self, kind: str = "") -> list[str]:
        return [id for id, placed in self.plan.nodes.items() if kind in ("", placed.node.kind)]

    def targets(self, node: str = "") -> list[tuple[str, str]]:
        return [(id, p.link.target) for id, p in self.plan.links.items() if p.link.source == (node or self.id)]

    def callers(self, node: str = "") -> list[tuple[str, str]]:
        return [(id, p.link.source) for id, p in self.plan.links.items() if p.link.target == (node or self.id)]

    def replicas(self, node: str = "") -> int:
        return len(self._placed(node).replicas)

    def is_up(self, node: str, replica: int) -> bool:
        faults, key = self.simulation.faults, (node or self.id, replica)
        return key not in faults.down and key not in faults.paused

    def param(self, node: str, path: str) -> Any:
        found = self.plan.links[node].link if node in self.plan.links else self._placed(node).node
        value: Any = found.filled
        for part in path.split("."):
            value = value[part]
        return value

    def read(self, node: str, name: str, replica: int | None = None) -> int:
        placed = self._placed(node)
        if name == "busy":
            return sum(self._busy(at) for at in self._one(stations(placed), replica))
        words = words_of_metrics(placed).get(name) or words_of_node(placed).get(name, [])
        return self._sum(self._one(words, replica) if len(words) == len(placed.replicas) else words)

    def read_link(self, link: str, name: str, replica: int | None = None) -> int:
        placed = self.plan.links[link]
        if replica is None:
            return self._sum(words_of_link(placed, self.plan.nodes[placed.link.source])[name])
        word = {"calls": Link.CALLS, "tries": Link.CALLS, "ok": Link.OK, "timeouts": Link.TIMEOUTS, "late": Link.LATE}
        word |= {"lost": Link.LOST, "outstanding": Link.OUTSTANDING}
        return self._sum([lane + word[name] for lane in placed.lanes_to(*placed.ends[replica])])

    def word(self, name: str, replica: int = 0, plus: int = 0, *, node: str = "", field: str = "") -> int:
        return int(self.machine.arena[self._address(name, replica, plus, node, field)])

    def write(self, name: str, value: int, replica: int = 0, plus: int = 0, *, node: str = "", field: str = "") -> None:
        self.machine.arena[self._address(name, replica, plus, node, field)] = value

    def notify(self, queue: str, replica: int = 0, *, node: str = "") -> None:
        self.machine.wake(self._address(queue, replica, 0, node, ""))

    def kick(self, station: str, slots: int, replica: int = 0, *, node: str = "") -> None:
        at = self._address(station, replica, 0, node, "")
        note_slots(self._placed(node), self.machine)
        self.machine.settle(at)
        self.machine.arena[at + Station.CAP] = slots
        self.machine.kick(at)

    def take_over(self, node: str, replica: int) -> None:
        for link in self.plan.links.values():
            for place, (end, _) in enumerate(link.ends):
                if end == node:
                    self.simulation.faults.lead_to(link, place, (self.id, replica))

    def set(self, target: str, param: str, value: Any) -> None:
        self.simulation.set_param(target, param, value)

    def release(self, node: str, replica: int, error_p: float, latency_factor: float) -> None:
        self.simulation.faults.release(node, replica, error_p, latency_factor)

    def again(self, after_s: float) -> None:
        self.simulation._at(self.simulation.now_ns + seconds(after_s), "again", self.id)

    def chance(self, n: int) -> int:
        at = self.placed.streams["control"]
        state = (int(self.machine.streams[at]) + GOLDEN) & MASK64
        self.machine.streams[at] = state
        z = ((state ^ (state >> 30)) * MIX_A) & MASK64
        z = ((z ^ (z >> 27)) * MIX_B) & MASK64
        return ((z ^ (z >> 31)) >> 32) * n >> 32 if n > 0 else 0

    def event(self, what: str, **detail: Any) -> None:
        self.simulation.note(self.id, what, detail)

    def reasons(self, node: str = "") -> list[int]:
        """Failures that started at a node since the start, by the code of the reason."""
        blocks = self._placed(node).replicas
        return [self._sum([block + Node.ORIGINS + code for block in blocks]) for code in range(REASON_SLOTS)]

    # -- where it is ----------------------------------------------------------------------------------
    def _placed(self, node: str) -> PlacedNode:
        return self.plan.nodes[node] if node else self.placed

    def _address(self, name: str, replica: int, plus: int, node: str, field: str) -> int:
        placed = self._placed(node)
        shared = name in placed.shared
        at = placed.shared_address(name, field) if shared else placed.address(replica, name, field)
        if placed.asm.items[name].record == "table":
            return int(self.machine.arena[at]) + plus
        return at + plus

    def _one(self, words: list[int], replica: int | None) -> list[int]:
        return words if replica is None else words[replica : replica + 1]

    def _sum(self, words: list[int]) -> int:
        return sum(int(self.machine.arena[at]) for at in words)

    def _busy(self, at: int) -> int:
        arena = self.machine.arena
        since = self.machine.now - int(arena[at + Station.LAST])
        return int(arena[at + Station.BUSY_AREA]) + since * int(arena[at + Station.BUSY])
