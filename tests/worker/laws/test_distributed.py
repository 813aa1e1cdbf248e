"""Distributed transactions: how many are in doubt (Little), what a crash of their coordinator blocks, what sagas leave behind."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import pytest

from components.program.held_rows import HeldRows
from components.program.saga import Saga
from tests.worker.engine.build import Simulation, heal, inject, link, node, order, over, simulation


def shop(participants: int, step_ms: float, error_p: float = 0, users: Any = (), **params: Any) -> Simulation:
    """A coordinator whose participants take `step_ms` for each message, in any number."""
    free = {"workers": 10_000, "service_time_ms": step_ms, "service_dist": "const", "error_p": error_p}
    client = {"keys_n": 20_000, "zipf_alpha": 0, "rate_rps": 100} | dict(users)
    nodes = [node("users", "client", **client), node("tx", "txn_coordinator", **{"service_time_ms": 0} | params)]
    nodes += [node(f"p{n}", "service", **free) for n in range(participants)]
    ways = [link(f"l{n}", "tx", f"p{n}", rtt_ms=0) for n in range(participants)]
    return simulation(nodes, [link("in", "users", "tx", rtt_ms=0, timeout_ms=None), *ways])


def counters(summary: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = summary["nodes"]["tx"]["counters"]
    return found


def quiet(simulated: Simulation, seconds: float = 3) -> dict[str, int]:
    """Nobody asks any more; what the coordinator's books say since the start of the run."""
    order(simulated, command="set", target="users", param="rate_rps", value=0)
    simulated.advance(simulated.now_ns + round(seconds * 1e9))
    return books(simulated)


def books(simulated: Simulation) -> dict[str, int]:
    placed, arena = simulated.plan.nodes["tx"], simulated.machine.arena
    names = [metric.name for metric in placed.node.component.metrics]
    replicas = range(len(placed.replicas))
    return {name: sum(int(arena[placed.address(replica, name)]) for replica in replicas) for name in names}


def locked(simulated: Simulation) -> int:
    placed, arena = simulated.plan.nodes["tx"], simulated.machine.arena
    if "locked_rows" not in placed.shared:
        return 0
    base = int(arena[placed.shared["locked_rows"]])
    return int(arena[base : base + simulated.design.node("users").filled["keys_n"]].sum())


@pytest.mark.parametrize(("rate", "step_ms", "fsync_ms"), [(100, 5, 10), (200, 2, 4), (50, 20, 20)])
def test_in_doubt_are_rate_times_window(rate: float, step_ms: float, fsync_ms: float) -> None:
    """V18: λ = 100/s and 20 ms from prepare to commit leave 2.0 in doubt; their rows are locked, and no others."""
    simulated = shop(3, step_ms, users={"rate_rps": rate}, log_fsync_ms=fsync_ms)
    window_ms = 2 * step_ms + fsync_ms
    seen = []
    for _ in range(400):
        simulated.advance(simulated.now_ns + 100_000_000)
        seen.append(books(simulated)["in_doubt"])
        assert locked(simulated) == seen[-1]
    assert fmean(seen) == pytest.approx(rate * window_ms / 1000, rel=0.15)
    found = over(simulated, 5)
    assert found["client"]["latency_ms"]["p50"] == pytest.approx(window_ms, rel=0.01)  # two round trips and a flush


def crashed(simulated: Simulation, seconds: float) -> tuple[int, dict[str, Any]]:
    """(rows locked by the coordinator that is away, what happened meanwhile)."""
    over(simulated, 2)
    inject(simulated, "crash", "tx", selector="one")
    order(simulated, command="set", target="users", param="rate_rps", value=0)
    over(simulated, 1)
    stuck = locked(simulated)
    order(simulated, command="set", target="users", param="rate_rps", value=1000)
    return stuck, over(simulated, seconds)


@pytest.mark.parametrize(("keys", "step_ms", "fsync_ms"), [(1000, 5, 10), (400, 2, 4), (2000, 10, 5)])
def test_rows_in_doubt_block_later_transactions_until_recovery(keys: int, step_ms: float, fsync_ms: float) -> None:
    users = {"rate_rps": 1000, "keys_n": keys}
    simulated = shop(2, step_ms, users=users, log_fsync_ms=fsync_ms, replicas=2, lock_ms=50)
    stuck, meanwhile = crashed(simulated, 20)
    hold_s = (2 * step_ms + fsync_ms) / 1000
    assert stuck == pytest.approx(500 * hold_s, abs=5 * (500 * hold_s) ** 0.5)
    asked, found = meanwhile["nodes"]["tx"]["arrivals"], counters(meanwhile)
    assert found["aborted"] == pytest.approx(asked * stuck / keys, rel=0.2)  # all that met such a row
    assert found["blocked"] > found["aborted"]
    heal(simulated)
    over(simulated, 1)
    assert counters(over(simulated, 5))["aborted"] < found["aborted"] / 20
    ended = quiet(simulated)
    assert ended["in_doubt"] == locked(simulated) == 0
    assert ended["effects"] == 2 * ended["committed"]


def test_what_a_crash_meets_without_a_decision_is_aborted() -> None:
    simulated = shop(2, 50, users={"rate_rps": 200}, log_fsync_ms=1)
    over(simulated, 2)
    inject(simulated, "crash", "tx")
    over(simulated, 10)
    assert counters(over(simulated, 1))["in_doubt"] == pytest.approx(20, abs=18)
    heal(simulated)
    ended = quiet(simulated)
    assert 0 < ended["aborted"] < 40
    assert ended["effects"] == 2 * ended["committed"]


def test_without_locks_nothing_is_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(HeldRows, "take", lambda *_: None)
    simulated = shop(2, 5, users={"rate_rps": 1000, "keys_n": 1000}, log_fsync_ms=10, replicas=2, lock_ms=50)
    stuck, meanwhile = crashed(simulated, 5)
    assert (stuck, counters(meanwhile)["blocked"], counters(meanwhile)["aborted"]) == (0, 0, 0)


@pytest.mark.parametrize("protocol", ["saga_orchestrated", "tcc"])
def test_who_locks_no_row_blocks_nobody(protocol: str) -> None:
    users = {"rate_rps": 1000, "keys_n": 1000}
    simulated = shop(2, 5, users=users, log_fsync_ms=10, replicas=2, protocol=protocol)
    stuck, meanwhile = crashed(simulated, 5)
    assert (stuck, counters(meanwhile)["blocked"]) == (0, 0)
    assert meanwhile["client"]["ok"] > 2000
    heal(simulated)
    ended = quiet(simulated)
    assert (ended["partial"], ended["in_doubt"]) == (0, 0)
    assert ended["effects"] == 2 * ended["committed"]


@pytest.mark.parametrize(("steps", "error_p", "p_fail"), [(4, 0.1, 0), (3, 0.2, 0.3), (6, 0.05, 0.5)])
def test_sagas_end_done_or_taken_back(steps: int, error_p: float, p_fail: float) -> None:
    """All n steps succeed with q^n (.9^4 = .656); a failure at step k takes k back; each try of that fails by p_fail or by error."""
    params = {"protocol": "saga_orchestrated", "compensation": {"cost_ms": 1, "p_fail": p_fail}, "log_fsync_ms": 0}
    simulated = shop(steps, 1, error_p, {"rate_rps": 500}, **params)
    over(simulated, 40)
    found, good = quiet(simulated), 1 - error_p
    total = found["committed"] + found["aborted"]
    assert found["committed"] / total == pytest.approx(good**steps, abs=0.015)
    taken = sum(k * error_p * good**k for k in range(steps))
    assert found["compensations"] / total == pytest.approx(taken, rel=0.06)
    works = (1 - p_fail) * good
    assert found["compensation_failures"] / found["compensations"] == pytest.approx((1 - works) / works, rel=0.1)
    assert (found["partial"], found["effects"]) == (0, steps * found["committed"])


def test_without_compensations_a_saga_leaves_half_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(Saga, "compensate", lambda *_: None)
    simulated = shop(4, 1, 0.1, protocol="saga_orchestrated")
    over(simulated, 10)
    found = quiet(simulated)
    assert found["effects"] > 4 * found["committed"] + 100
