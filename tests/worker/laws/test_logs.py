"""The log broker: members and partitions, lag, order, what a commit repeats, what acknowledgements are worth in a crash."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.engine.build import Simulation, heal, inject, link, node, over, simulation


def log(rate: float, broker: dict[str, Any], worker: dict[str, Any], seed: int = 1, **client: Any) -> Simulation:
    nodes = [
        node("users", "client", rate_rps=rate, **client),
        node("log", "log_broker", **{"heartbeat_s": 0.5, "session_timeout_s": 1, "rebalance_s": 1} | broker),
        node("w", "worker", **{"concurrency": 1, "service_dist": "const"} | worker),
    ]
    return simulation(nodes, [link("put", "users", "log", rtt_ms=0.2), link("get", "log", "w", rtt_ms=0)], seed=seed)


def count(simulated: Simulation, name: str, node: str = "log") -> int:
    """Since the start of the run."""
    simulated.mark = None
    return int(simulated.summary()["nodes"][node]["counters"][name])


@pytest.mark.parametrize(("members", "partitions"), [(16, 12), (4, 12), (9, 6)])
def test_a_group_is_as_fast_as_its_busy_members(members: int, partitions: int) -> None:
    """A partition is read by one member, a member does one record at a time: min(members, partitions) x 100 a second."""
    simulated = log(
        3000, {"partitions": partitions}, {"replicas": members, "service_time_ms": 10}, keys_n=100_000, zipf_alpha=0
    )
    over(simulated, 3)
    done = over(simulated, 10)["nodes"]["log"]["counters"]["acked"] / 10
    assert done == pytest.approx(100 * min(members, partitions), rel=0.02)


@pytest.mark.parametrize(("rate", "pause"), [(1000, 10), (400, 6), (2000, 3)])
def test_lag_while_a_group_stands_still_is_rate_times_time(rate: float, pause: float) -> None:
    simulated = log(
        rate, {"rebalance_s": pause, "commit_every": 1}, {"replicas": 4, "concurrency": 3, "service_time_ms": 0.5}
    )
    over(simulated, 5)
    inject(simulated, "crash", "w", selector="one")
    over(simulated, 1 + pause)  # dead after the session timeout of 1 s, seen at a heartbeat
    lag = count(simulated, "lag")
    assert rate * pause * 0.85 < lag < rate * (pause + 2)
    over(simulated, 60)
    assert count(simulated, "lag") < rate * 0.1


@pytest.mark.parametrize(("key_by", "ordered"), [("key", True), ("user", False), ("none", False)])
def test_order_holds_within_what_it_is_keyed_by(key_by: str, ordered: bool) -> None:
    simulated = log(500, {"key_by": key_by}, {"replicas": 5, "service_dist": "exp", "service_time_ms": 8}, keys_n=30)
    over(simulated, 20)
    assert (count(simulated, "order_violations", "w") == 0) is ordered


@pytest.mark.parametrize(("every", "most"), [(1, 12), (50, 12 * 50)])
def test_a_rebalance_repeats_what_was_done_since_the_last_commit(every: int, most: int) -> None:
    simulated = log(600, {"commit_every": every}, {"replicas": 3, "concurrency": 4, "service_time_ms": 2})
    over(simulated, 8)
    inject(simulated, "crash", "w", selector="one")
    over(simulated, 20)
    repeated = count(simulated, "duplicates", "w")
    assert (repeated > 10 if every > 1 else repeated >= 0) and repeated <= most
    assert count(simulated, "rebalances") == 1


@pytest.mark.parametrize(("acks", "loses"), [("1", True), ("all", False)])
def test_what_was_acknowledged_survives_a_leader_only_if_all_copies_had_it(acks: str, loses: bool) -> None:
    """Followers are 40 ms away: with acks 1 the leader alone has up to 40 ms of what it promised."""
    lost = 0
    for seed in range(3):
        simulated = log(
            2000, {"acks": acks, "peer_rtt_ms": 40, "linger_ms": 1}, {"replicas": 4, "service_time_ms": 0.1}, seed=seed
        )
        over(simulated, 4)
        inject(simulated, "crash", "log", selector="one")
        over(simulated, 6)
        heal(simulated)
        over(simulated, 4)
        lost += count(simulated, "lost_acks")
        assert count(simulated, "elections") >= 4
    assert (lost > 0) is loses


def test_too_few_copies_in_step_refuse_what_must_be_safe() -> None:
    simulated = log(200, {"acks": "all", "min_isr": 2}, {"replicas": 2, "service_time_ms": 1})
    over(simulated, 3)
    inject(simulated, "crash", "log", selector={"n": 2})
    over(simulated, 3)
    assert over(simulated, 3)["client"]["failed"]["error"] > 100
    heal(simulated)
    over(simulated, 3)
    assert not over(simulated, 3)["client"]["failed"]


def test_every_group_reads_every_record() -> None:
    """Publish and subscribe: two groups, one record each way."""
    nodes = [node("users", "client", rate_rps=300), node("log", "log_broker", heartbeat_s=0.5)]
    nodes += [node(name, "worker", service_time_ms=1) for name in ("mail", "search")]
    links = [link("put", "users", "log"), link("a", "log", "mail"), link("b", "log", "search")]
    simulated = simulation(nodes, links)
    over(simulated, 10)
    inject(simulated, "spike", "users", factor=0)
    over(simulated, 5)
    simulated.mark = None
    summary = simulated.summary()
    done = [summary["nodes"][name]["completions"] for name in ("mail", "search")]
    assert done == [summary["client"]["ok"]] * 2
    assert summary["nodes"]["log"]["counters"]["lag"] == 0
