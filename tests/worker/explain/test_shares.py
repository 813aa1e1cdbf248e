"""Where the time goes: the shares are all of what clients waited, to the nanosecond."""

from __future__ import annotations

from typing import Any

from tests.worker.explain.broken import SECOND, case
from tests.worker.laws.designs import client, design, link, node
from worker.engine.critical import critical_path
from worker.engine.history import Series
from worker.engine.layout import Link, Totals
from worker.engine.shares import shares_of, split
from worker.engine.simulation import Simulation


def played(seed: int, every: int = 0) -> Simulation:
    one = case(seed)
    simulation = Simulation(one.design, one.seed)
    simulation.trace(every)
    simulation.advance(4 * SECOND)
    simulation.start_counting()
    simulation.advance(15 * SECOND)
    return simulation


def waited(simulation: Simulation) -> int:
    assert simulation.mark is not None
    words = [p.shared["totals"] + Totals.SPENT for p in simulation.plan.nodes.values() if p.totals_hist >= 0]
    return sum(int(simulation.machine.arena[at] - simulation.mark.arena[at]) for at in words)


def test_shares_are_all_of_what_clients_waited() -> None:
    for seed in range(1, 21):
        simulation = played(seed)
        rows = simulation.summary()["time"]["mean"]
        assert sum(row["ns"] for row in rows) == waited(simulation), seed
        assert all(row["ns"] > 0 for row in rows)


def test_a_whole_run_is_split_as_it_was_measured() -> None:
    """Without failures the shares are the sums themselves, not an estimate."""
    chain = design(
        [client(50, read_share=1, pattern=[[0, 1], [8, 1], [8.001, 0]]), node("a", "service"), node("b", "service")],
        [link("l1", "users", "a", rtt_ms=2), link("l2", "a", "b", rtt_ms=1, jitter_ms=1)],
    )
    simulation = simulated(chain)
    simulation.advance(20 * SECOND)
    summary = simulation.summary()
    found = {(row.get("node") or row.get("link"), row["part"]): row["ns"] for row in summary["time"]["mean"]}
    for id in ("a", "b"):
        spent = summary["nodes"][id]["spent"]
        assert found[id, "service"] == spent["service_ns"]
        assert spent["total_ns"] == sum(spent[name] for name in spent if name not in ("total_ns", "work_ns"))
    for id in ("l1", "l2"):
        spent = summary["links"][id]["spent"]
        assert found[id, "network"] == spent["network_ns"]
        assert spent["waited_ns"] == spent["network_ns"] + spent["sojourn_ns"]
    assert sum(found.values()) == summary["nodes"]["users"]["spent"]["total_ns"]


def simulated(document: dict[str, Any]) -> Simulation:
    from components.design import parse

    parsed, problems = parse(document)
    assert parsed is not None and not problems
    return Simulation(parsed, 1)


def test_a_critical_path_is_all_of_a_trace() -> None:
    for seed in (1, 4, 7, 12):
        simulation = played(seed, every=5)
        simulation.traces()
        for trace in simulation.traced.kept():
            path = critical_path(trace)
            assert sum(piece.to_ns - piece.from_ns for piece in path) == trace.took
            assert path[0].from_ns == trace.root.called and path[-1].to_ns == trace.root.replied
            assert all(one.to_ns == other.from_ns for one, other in zip(path, path[1:], strict=False))


def test_the_slowest_hundredth_has_a_ranking_of_its_own() -> None:
    summary = played(4, every=2).summary()
    assert summary["time"]["p99"] and abs(sum(row["share"] for row in summary["time"]["p99"]) - 1) < 1e-3
    assert played(4).summary()["time"]["p99"] is None


def test_split_loses_nothing() -> None:
    assert split(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert split(0, {"a": 1}) == split(5, {"a": 0}) == {}


def test_a_lane_that_forgets_its_travel_is_missed() -> None:
    simulation = played(2)
    lane = next(iter(simulation.plan.links.values())).all_lanes()[0]
    before = shares_of(simulation.plan, Series(simulation.history, 0), Series(simulation.history, 0).counted)
    simulation.machine.arena[lane + Link.NETWORK] += 10 * SECOND
    simulation.history.add()
    after = shares_of(simulation.plan, Series(simulation.history, 0), Series(simulation.history, 0).counted)
    assert before != after and sum(before.values()) == sum(after.values())
