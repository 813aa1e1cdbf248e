"""Replicated stores under partitions and failures, and keys on the ring (Dynamo 2007; Gilbert, Lynch 2002; Karger et al. 1997)."""

from __future__ import annotations

from typing import Any

import pytest

from components.program.ring import points, position, preference_lists
from tests.worker.engine.build import failed, link, node, over, simulation
from worker.engine.layout import Link, Station
from worker.engine.simulation import Simulation

FREE = {"rtt_ms": 0, "timeout_ms": 5000}


def store(rate: float, seed: int = 1, users: Any = None, **params: Any) -> Simulation:
    client = {"rate_rps": rate, "keys_n": 500, "zipf_alpha": 0, "read_share": 0.5} | (users or {})
    return simulation(
        [node("users", "client", **client), node("kv", "quorum_kv", **params)],
        [link("l", "users", "kv", **FREE)],
        seed=seed,
    )


def split(simulated: Simulation, apart: set[int], cut: bool) -> None:
    """Nodes in `apart` and the others do not hear each other; clients reach all."""
    for wire in simulated.plan.wires.values():
        for one, lanes in enumerate(wire.lanes):
            for other, lane in enumerate(lanes):
                if (one in apart) != (other in apart):
                    loss = 1 << 32 if cut else 0
                    simulated.machine.arena[lane + Link.OUT_LOSS] = simulated.machine.arena[lane + Link.BACK_LOSS] = (
                        loss
                    )


def counters(summary: dict[str, Any]) -> dict[str, int]:
    return dict(summary["nodes"]["kv"]["counters"])


@pytest.mark.parametrize(("copies", "apart", "share"), [(5, {3, 4}, 0.6), (3, {2}, 2 / 3), (5, {0}, 0.8)])
def test_a_strict_quorum_answers_on_the_side_of_the_majority_only(copies: int, apart: set[int], share: float) -> None:
    quorum = copies // 2 + 1
    simulated = store(200, replicas=copies, n=copies, r=quorum, w=quorum)
    over(simulated, 3)
    split(simulated, apart, True)
    over(simulated, 2)
    during = over(simulated, 28)
    assert during["client"]["ok"] / during["client"]["offered"] == pytest.approx(share, abs=0.02)
    assert set(during["client"]["failed"]) == {"error"}
    split(simulated, apart, False)
    after = over(simulated, 10)
    assert counters(during)["lost_updates"] <= 0
    assert counters(during)["stale_reads"] + counters(after)["stale_reads"] == 0


def test_a_store_without_overlap_answers_everywhere_and_loses_writes() -> None:
    simulated = store(200, replicas=5, n=5, r=1, w=1)
    over(simulated, 3)
    split(simulated, {3, 4}, True)
    over(simulated, 2)
    during = over(simulated, 28)
    assert failed(during) == 0
    assert counters(during)["stale_reads"] > 100
    split(simulated, {3, 4}, False)
    over(simulated, 5)
    assert counters(simulated.summary())["lost_updates"] >= 0
    assert counters(during)["lost_updates"] + counters(simulated.summary())["lost_updates"] > 20


@pytest.mark.parametrize("conflict", ["vector_clock", "crdt"])
def test_what_merges_loses_nothing_in_a_partition(conflict: str) -> None:
    simulated = store(200, replicas=4, n=4, r=1, w=1, conflict=conflict)
    split(simulated, {2, 3}, True)
    over(simulated, 20)
    split(simulated, {2, 3}, False)
    healed = over(simulated, 5)
    assert counters(healed)["lost_updates"] == 0
    assert (counters(healed)["siblings"] > 0) == (conflict == "vector_clock")
    over(simulated, 10)
    assert counters(over(simulated, 5))["stale_reads"] <= 2, "they agree again"


def stale_after_absence(**repairs: Any) -> float:
    """Share of stale reads in the 10 s after a node was cut off for 20 s."""
    simulated = store(200, replicas=3, n=3, r=1, w=1, **repairs)
    over(simulated, 2)
    split(simulated, {2}, True)
    over(simulated, 20)
    split(simulated, {2}, False)
    over(simulated, 1.5)  # it is asked again once a second
    after = over(simulated, 10)
    return counters(after)["stale_reads"] / (0.5 * after["client"]["ok"])


def test_repair_hints_and_anti_entropy_bring_a_node_up_to_date() -> None:
    nothing = stale_after_absence(read_repair=False, hinted_handoff=False)
    assert nothing > 0.1
    assert stale_after_absence(read_repair=True, hinted_handoff=False) < nothing * 0.7
    assert stale_after_absence(read_repair=False, hinted_handoff=True) < nothing / 5
    assert stale_after_absence(read_repair=False, hinted_handoff=False, anti_entropy_s=1) < nothing / 3


@pytest.mark.parametrize(("nodes", "copies"), [(12, 3), (6, 2), (8, 1)])
def test_writes_scale_with_nodes_over_copies(nodes: int, copies: int) -> None:
    """As many writes for each node and copy keep the nodes as busy."""
    work = {"workers": 4, "service_time_ms": 4, "w": 1}
    writes = {"read_share": 0}
    alone = over(store(400, users=writes, replicas=1, n=1, **work), 20)
    together = over(store(400 * nodes / copies, users=writes, replicas=nodes, n=copies, **work), 10)
    assert failed(together) == 0
    assert together["nodes"]["kv"]["utilisation"] == pytest.approx(alone["nodes"]["kv"]["utilisation"], rel=0.05)


def shares(ring: list[tuple[int, int]], nodes: int) -> list[float]:
    """Share of the ring that falls to each node: SEARCH finds the first point behind a key."""
    arcs = [0.0] * nodes
    for (before, _), (at, owner) in zip([ring[-1], *ring], ring, strict=False):
        arcs[owner % nodes] += ((at - before) % (1 << 63)) / (1 << 63)
    return arcs


@pytest.mark.parametrize(("vnodes", "worst", "rings"), [(1, 2.96, 400), (10, 1.55, 200), (100, 1.16, 40)])
def test_virtual_nodes_even_out_the_ring(vnodes: int, worst: float, rings: int) -> None:
    """Ten nodes; each ring has nodes that no other has."""
    found = []
    for ring in range(rings):
        made = sorted((position(10 * ring + node, vnode), node) for node in range(10) for vnode in range(vnodes))
        found.append(10 * max(shares(made, 10)))
    assert sum(found) / rings == pytest.approx(worst, rel=0.06)


def test_a_new_node_takes_its_share_and_moves_nothing_else() -> None:
    before, after = points(10, 100), points(11, 100)
    moved = sum(shares(after, 11)[10:])
    assert moved == pytest.approx(1 / 11, abs=0.015)
    assert set(before) <= set(after), "the others stand where they stood"


@pytest.mark.parametrize("copies", [2, 3])
def test_preference_lists_hold_different_nodes(copies: int) -> None:
    assert all(len(set(row)) == copies for row in preference_lists(points(5, 20), copies))


def test_the_machine_follows_the_ring() -> None:
    """Without virtual nodes the busiest of ten nodes has much more to do."""

    def busiest(vnodes: int) -> float:
        simulated = store(2000, users={"keys_n": 20_000}, replicas=10, n=1, vnodes=vnodes, service_time_ms=0.1)
        over(simulated, 5)
        placed = simulated.plan.nodes["kv"]
        visits = [int(simulated.machine.arena[placed.address(r, "slots") + Station.ARRIVALS]) for r in range(10)]
        assert sum(visits) == pytest.approx(simulated.summary()["client"]["ok"], abs=20), "one copy, one visit"
        return 10 * max(visits) / sum(visits)

    expected = {v: 10 * max(shares(points(10, v), 10)) for v in (1, 100)}
    assert busiest(1) == pytest.approx(expected[1], rel=0.08)
    assert busiest(100) == pytest.approx(expected[100], rel=0.08)
    assert expected[1] > 1.5 > 1.3 > expected[100]
