"""Stores of several replicas: slices and snapshots change nothing, and who was away for long gets the whole state."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.engine.build import NS, link, node, order, simulation
from tests.worker.laws.leaders import MS, crash, group, leaders, word
from worker.engine.layout import Global
from worker.engine.simulation import Simulation

CRASH = {"command": "inject", "fault": "crash", "target": "s", "selector": "one", "for_s": 0.7}
SCRIPT = [CRASH | {"at_s": 1.1, "id": "a"}, CRASH | {"at_s": 1.5, "id": "b"}]
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("quorum_kv", {"replicas": 5, "r": 2, "w": 2, "anti_entropy_s": 0.5, "latency": {"preset": "lnkd_disk"}}),
    ("quorum_kv", {"conflict": "vector_clock", "lsm": {"memtable_keys": 10, "compaction": "tiered"}}),
    ("consensus_group", {"nodes": 5, "jitter_ms": 1}),
    ("consensus_group", {"reads": "leader_lease", "prevote": False, "batch": 2}),
]


def built(kind: str, params: dict[str, Any]) -> Simulation:
    users = node("users", "client", rate_rps=300, keys_n=200, read_share=0.5)
    return simulation([users, node("s", kind, **params)], [link("l", "users", "s", retry={"max": 2})], SCRIPT)


@pytest.mark.parametrize(("kind", "params"), KINDS)
def test_slices_and_snapshots_change_nothing(kind: str, params: dict[str, Any]) -> None:
    whole, sliced = built(kind, params), built(kind, params)
    whole.advance(3 * NS)
    for at in (0.3, 1.1, 1.2345, 1.9, 2.5):
        sliced.advance(int(at * NS))
        sliced = Simulation.restore(sliced.design, sliced.snapshot())
    sliced.advance(3 * NS)
    assert whole.machine.digest() == sliced.machine.digest()
    assert whole.summary()["client"]["ok"] > 500


@pytest.mark.parametrize(("kind", "params"), KINDS)
def test_nothing_is_left_when_the_requests_have_stopped(kind: str, params: dict[str, Any]) -> None:
    """No activation leaks: as many live after the second wave as after the first."""
    simulated, alive = built(kind, params), []
    for wave in range(2):
        order(simulated, command="set", target="users", param="rate_rps", value=300)
        simulated.advance((wave + 1) * 8 * NS - 4 * NS)
        order(simulated, command="set", target="users", param="rate_rps", value=1e-6)
        simulated.advance((wave + 1) * 8 * NS)
        assert simulated.summary()["client"]["in_flight_end"] == 0
        alive.append(int(simulated.machine.state[Global.LIVE]))
    assert abs(alive[1] - alive[0]) <= 12, "messages on their way, heartbeats"


def test_a_member_that_was_away_for_longer_than_the_log_gets_everything() -> None:
    simulated = group(rate=3000, nodes=3)
    simulated.advance(NS)
    away = next(member for member in range(3) if member not in leaders(simulated))
    crash(simulated, [away])
    simulated.advance(10 * NS)
    leader = leaders(simulated)[0]
    assert word(simulated, "applied", leader) - word(simulated, "applied", away) > 1 << 14
    simulated.faults.heal("kill")
    simulated.advance(simulated.now_ns + 300 * MS)
    assert word(simulated, "applied", leader) - word(simulated, "applied", away) < 400
    values = [table(simulated, member) for member in (leader, away)]
    assert sum(a != b for a, b in zip(*values, strict=True)) < 100


def table(simulated: Simulation, member: int) -> list[int]:
    at = word(simulated, "values", member)
    return simulated.machine.arena[at : at + 100].tolist()  # type: ignore[no-any-return]
