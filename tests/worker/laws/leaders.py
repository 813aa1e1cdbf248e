"""Leaders of a consensus group, killed again and again."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from components.design import parse
from worker.engine.faults import Active
from worker.engine.simulation import Simulation

MS = 1_000_000
LEADER = 2
QUIET = {"fsync_ms": 0, "service_time_ms": 0, "prevote": False}


def group(seed: int = 1, rate: float = 0, read_share: float = 0, **params: Any) -> Simulation:
    nodes = [
        {"id": "users", "kind": "client", "params": {"rate_rps": rate, "keys_n": 100, "read_share": read_share}},
        {"id": "raft", "kind": "consensus_group", "params": QUIET | params},
    ]
    links = [{"id": "l", "source": "users", "target": "raft", "params": {"retry": {"max": 3}}}]
    design, problems = parse({"format": 1, "nodes": nodes, "links": links})
    assert design is not None and not problems, [problem.line() for problem in problems]
    return Simulation(design, seed)


def word(simulated: Simulation, name: str, member: int) -> int:
    return int(simulated.machine.arena[simulated.plan.nodes["raft"].address(member, name)])


def leaders(simulated: Simulation) -> list[int]:
    members = range(len(simulated.plan.nodes["raft"].replicas))
    return [m for m in members if word(simulated, "role", m) == LEADER and ("raft", m) not in simulated.faults.down]


def crash(simulated: Simulation, members: list[int], id: str = "kill") -> None:
    faults = simulated.faults
    faults.count += 1
    active = Active(faults.count, id, "crash", "raft", {"blackhole": True, "restart_after_s": None}, members)
    faults.active[id] = active
    faults.refresh(active)


@dataclass(frozen=True)
class Kill:
    """`ms` from the crash to a new leader; `terms` = elections that it took."""

    ms: float
    terms: int


def kills(
    simulated: Simulation, count: int, heartbeat_ms: float, *, step_ms: float = 1.0, rest_ms: float = 350.0
) -> list[Kill]:
    """Kill the leader at random moments between its heartbeats; it is back before the next kill."""
    chance, found = Random(5), []
    while not leaders(simulated):
        simulated.advance(simulated.now_ns + 50 * MS)
    for _ in range(count):
        simulated.advance(simulated.now_ns + round((rest_ms + chance.random() * heartbeat_ms) * MS))
        while len(leaders(simulated)) != 1:
            simulated.advance(simulated.now_ns + 20 * MS)
        dead = leaders(simulated)[0]
        term, began = word(simulated, "current_term", dead), simulated.now_ns
        crash(simulated, [dead])
        while not leaders(simulated):
            simulated.advance(simulated.now_ns + round(step_ms * MS))
        led = simulated.machine.arena[simulated.plan.nodes["raft"].shared["won_at"]]
        found.append(Kill((int(led) - began) / MS, word(simulated, "current_term", leaders(simulated)[0]) - term))
        simulated.faults.heal("kill")
    return found
