"""Push gateways: what asking costs and how late it is, what a connection costs, what a crash brings back."""

from __future__ import annotations

from typing import Any

import pytest

from components.program import Law
from components.program.audience import Audience
from tests.worker.engine.books import audit
from tests.worker.engine.build import Summary, heal, inject, link, node, order, over, simulation
from worker.engine.simulation import Simulation


def gateway(rate: float = 1, seed: int = 1, **params: Any) -> Simulation:
    """Events at random; 50 ms from who brings them, 50 ms to the clients."""
    nodes = [node("users", "client", rate_rps=rate), node("push", "push_gateway", **params)]
    return simulation(nodes, [link("l", "users", "push", rtt_ms=50, timeout_ms=None)], seed=seed)


def counters(summary: Summary) -> dict[str, int]:
    found: dict[str, int] = summary["nodes"]["push"]["counters"]
    return found


def broken(simulated: Simulation, seconds: int) -> list[int]:
    """Reconnects in each second after a replica died."""
    over(simulated, 2)
    inject(simulated, "crash", "push", selector="one")
    return [counters(over(simulated, 1))["reconnects"] for _ in range(seconds)]


@pytest.mark.parametrize(("clients", "interval"), [(10_000, 5.0), (3_000, 2.0), (2_000, 20.0)])
def test_polls_are_clients_over_interval_and_events_are_half_of_it_late(clients: int, interval: float) -> None:
    simulated = gateway(mode="poll", conns=clients, interval_s=interval, replicas=2)
    over(simulated, interval)
    summary = over(simulated, 12 * interval)
    assert counters(summary)["requests"] / 12 / interval == pytest.approx(clients / interval, rel=0.003)
    delay = summary["nodes"]["push"]["delay_ms"]
    assert delay["mean"] == pytest.approx(interval * 500 + 50, rel=0.03)
    assert delay["p99"] == pytest.approx(interval * 990 + 50, rel=0.03)
    assert delay["max"] < interval * 1000 + 60


@pytest.mark.parametrize(("clients", "hold"), [(10_000, 30.0), (4_000, 10.0), (1_000, 60.0)])
def test_idle_long_polls_are_clients_over_hold(clients: int, hold: float) -> None:
    simulated = gateway(0, mode="long_poll", conns=clients, hold_s=hold)
    over(simulated, hold + 1)
    found = counters(over(simulated, 3 * (hold + 0.05)))["requests"] / 3 / (hold + 0.05)
    assert found == pytest.approx(clients / hold, rel=0.01)


@pytest.mark.parametrize(("clients", "events"), [(1_000, 0.2), (500, 1.0), (2_000, 0.5)])
def test_long_polls_with_events_are_one_for_each_client_and_event(clients: int, events: float) -> None:
    """Answered half a round trip after the event; only those that are between two requests wait for the next."""
    simulated = gateway(events, mode="long_poll", conns=clients, hold_s=3600)
    over(simulated, 1)
    summary = over(simulated, 60 / events)
    delay, found = summary["nodes"]["push"]["delay_ms"], counters(summary)
    assert found["requests"] == pytest.approx(clients * found["published"], rel=0.05)
    assert 50 <= delay["mean"] < 50 + 5 + 50 * 0.05 * events


@pytest.mark.parametrize("mode", ["sse", "websocket"])
def test_a_connection_is_told_after_half_a_round_trip(mode: str) -> None:
    summary = over(gateway(mode=mode, replicas=3, conns=90_000, heartbeat_s=15), 30)
    assert summary["nodes"]["push"]["delay_ms"]["p99"] == pytest.approx(50.3, rel=0.01)
    assert counters(summary)["heartbeats"] / 30 == pytest.approx(90_000 / 15, rel=0.01)
    assert counters(summary)["requests"] == 0


STORMS = [(10, 1_000_000, 60), (4, 200_000, 20), (20, 600_000, 10)]


@pytest.mark.parametrize(("replicas", "clients", "jitter"), STORMS)
def test_who_lost_a_replica_comes_back_evenly_over_the_jitter(replicas: int, clients: int, jitter: int) -> None:
    """N / (nodes J) a second; 28.6 GB for a million connections of 30 kB."""
    room = {"conns_per_node": clients, "mem_kb_per_conn": 30, "heartbeat_s": 3600}
    simulated = gateway(replicas=replicas, conns=clients, reconnect_jitter_s=jitter, **room)
    rates = broken(simulated, jitter + 2)
    assert sum(rates) == clients / replicas
    assert sum(rates[1:jitter]) / (jitter - 1) == pytest.approx(clients / replicas / jitter, rel=0.02)
    assert max(rates) < clients / replicas / jitter * 1.05 + 4 * (clients / replicas / jitter) ** 0.5
    now = counters(over(simulated, 1))
    assert now["conns"] == clients
    assert now["mem_kb"] / 2**20 == pytest.approx(28.61 * clients / 1e6, rel=0.001)


def test_without_jitter_all_come_back_at_once() -> None:
    rates = broken(gateway(replicas=4, conns=40_000, reconnect_jitter_s=0), 4)
    assert rates == [10_000, 0, 0, 0]


def test_that_law_tells_clients_that_all_come_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: gaps that are four times too long."""
    init = Audience.__init__

    def slow(self: Audience, *given: Any) -> None:
        init(self, *given)
        self.gap = self.asm.law(Law("reconnect_gap", lambda params: ("EXP", 4.0 * (1 << 20), 0.0, 0.0), ()))

    monkeypatch.setattr(Audience, "__init__", slow)
    rates = broken(gateway(replicas=4, conns=40_000, reconnect_jitter_s=20, seed=77), 20)
    assert sum(rates[1:10]) / 9 != pytest.approx(500, rel=0.1)


def after_crashes(mode: str, crashes: int) -> dict[str, int]:
    """Everything since the start, all events brought."""
    simulated = gateway(20, mode=mode, replicas=4, conns=4_001, reconnect_jitter_s=2, interval_s=1)
    simulated.advance(3_000_000_000)
    for turn in range(crashes):
        inject(simulated, "crash", "push", id=f"f{turn}", selector={"n": turn + 1})
        simulated.advance(simulated.now_ns + 700_000_000)
    simulated.advance(simulated.now_ns + 5_000_000_000)
    order(simulated, command="set", target="users", param="rate_rps", value=0)
    simulated.advance(simulated.now_ns + 3_000_000_000)
    audit(simulated)
    return counters(simulated.summary())


@pytest.mark.parametrize("mode", ["poll", "long_poll", "sse", "websocket"])
@pytest.mark.parametrize("crashes", [1, 2])
def test_no_client_is_lost_or_doubled_by_crashes(mode: str, crashes: int) -> None:
    """Each event is brought to each client or missed by it; polls draw anew what a client saw last, so they are nearly so."""
    found = after_crashes(mode, crashes)
    assert found["conns"] == 4_001
    assert found["reconnects"] == found["lost"] >= 1_000 * crashes
    every = found["published"] * 4_001
    assert found["pushed"] + found["missed"] == pytest.approx(every, rel=0.03 if mode == "poll" else 0.0005)


@pytest.mark.parametrize(("mode", "missed"), [("long_poll", 0), ("sse", 0), ("websocket", 15)])
def test_only_a_websocket_misses_what_came_in_between(mode: str, missed: float) -> None:
    """They are away for half of the jitter, a second: 20 events, less the quarter that the dead replica refused to take."""
    assert after_crashes(mode, 1)["missed"] / 1_000 == pytest.approx(missed, abs=5)


def test_full_replicas_refuse_until_one_is_back() -> None:
    simulated = gateway(replicas=4, conns=8_000, reconnect_jitter_s=0.5, conns_per_node=2_500)
    over(simulated, 1)
    inject(simulated, "crash", "push", selector="one")
    over(simulated, 5)
    found = counters(over(simulated, 1))
    assert found["conns"] == 7_500 and found["refused"] > 300
    heal(simulated)
    over(simulated, 20)
    found = counters(over(simulated, 1))
    assert (found["conns"], found["refused"]) == (8_000, 0)


def test_memory_refuses_like_a_number_of_connections() -> None:
    """0.1 GB holds 3,495 connections of 30 kB."""
    found = counters(over(gateway(conns=10_000, mem_gb=0.1), 2))
    assert found["conns"] == 3_495


@pytest.mark.parametrize("mode", ["poll", "long_poll", "sse", "websocket"])
def test_however_a_run_is_cut_it_is_the_same_run(mode: str) -> None:
    digests = set()
    for step in (8_000, 311, 997):
        simulated = gateway(30, mode=mode, replicas=3, conns=600, reconnect_jitter_s=1, hold_s=2, interval_s=1)
        inject(simulated, "crash", "push", selector="one")
        while simulated.now_ns < 8_000_000_000:
            simulated.advance(min(8_000_000_000, simulated.now_ns + step * 1_000_000))
            if step == 997:
                simulated = Simulation.restore(simulated.design, simulated.snapshot())
        digests.add(simulated.machine.digest())
    assert len(digests) == 1
