"""How an autoscaler answers a step of the load: the trace of the Kubernetes rule, computed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from components import scaling
from components.coordination import autoscaler
from tests.worker.engine.build import NS, Simulation, link, node, order, over, simulation

STEP_S = 60


def built(startup_s: float = 30, **params: Any) -> Simulation:
    """Four replicas of 100 requests a second, half busy until the load is four times as high."""
    own = {"of": "web", "min": 4, "max": 50} | params
    web = {"workers": 1, "service_time_ms": 10, "service_dist": "const", "queue_cap": 1_000_000, "startup_s": startup_s}
    nodes = [
        node("users", "client", rate_rps=200),
        node("web", "service", replicas=4, **web),
        node("hpa", "autoscaler", **own),
    ]
    simulated = simulation(nodes, [link("l", "users", "web", timeout_ms=None, rtt_ms=0)])
    simulated.advance(STEP_S * NS)
    order(simulated, command="load", target="users", factor=4)
    return simulated


def steps(simulated: Simulation) -> list[tuple[float, int, int]]:
    """(seconds after the step, before, after)."""
    return [
        (event["t_s"] - STEP_S, event["detail"]["before"], event["detail"]["replicas"])
        for event in simulated.log
        if event["what"] == "scaled"
    ]


def backlog(simulated: Simulation) -> int:
    return int(simulated.row()["nodes"]["web"]["queue"])


def test_it_doubles_until_the_load_is_carried_and_overshoots() -> None:
    """Wanted number = ceil(now x 1 / 0.5); new ones serve after 30 s, so the backlog grows for 45 s."""
    simulated, queued = built(), {}
    for at in (15, 30, 45, 60, 75, 76):
        simulated.advance((STEP_S + at) * NS)
        queued[at] = backlog(simulated)
    assert steps(simulated) == [(15, 4, 8), (45, 8, 16), (75, 16, 32)]
    assert queued[45] == pytest.approx((800 - 400) * 45, rel=0.03)
    assert max(queued.values()) <= 1.03 * 18_000


def test_a_higher_target_takes_smaller_steps() -> None:
    simulated = built(target_util=0.8)
    simulated.advance((STEP_S + 110) * NS)
    assert steps(simulated) == [(15, 4, 5), (45, 5, 7), (75, 7, 9), (105, 9, 12)]


def test_a_short_startup_ends_the_growth_of_the_backlog_between_two_syncs() -> None:
    simulated = built(startup_s=5)
    simulated.advance((STEP_S + 20) * NS)
    peak = backlog(simulated)
    simulated.advance((STEP_S + 30) * NS)
    assert steps(simulated) == [(15, 4, 8), (30, 8, 16)]
    assert peak == pytest.approx((800 - 400) * 20, rel=0.03) and backlog(simulated) < 1.05 * peak


def test_growth_is_limited_by_its_policy() -> None:
    simulated = built(up_policy={"percent": 0, "count": 1})
    simulated.advance((STEP_S + 50) * NS)
    assert steps(simulated) == [(15, 4, 5), (30, 5, 6), (45, 6, 7)]


def test_it_shrinks_when_fewer_were_enough_for_the_stabilisation_time() -> None:
    """80 requests a second: two replicas would do, and for a minute before it nothing else was measured."""
    simulated = built(min=1, down_stabilise_s=60)
    order(simulated, command="load", target="users", factor=0.4)
    simulated.advance((STEP_S + 200) * NS)
    assert steps(simulated) == [(60, 4, 2)]
    assert over(simulated, 20)["nodes"]["hpa"]["counters"]["scale_downs"] == 0
    assert simulated.plan.nodes["web"].node.replicas == 2


def test_one_that_forgets_what_is_starting_orders_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    right = scaling.by_utilisation
    monkeypatch.setattr(
        autoscaler, "by_utilisation", lambda view, of, seen, starting: right(view, of, seen, 0) + starting
    )
    simulated = built()
    simulated.advance((STEP_S + 50) * NS)
    assert steps(simulated) != [(15, 4, 8), (45, 8, 16)]


def test_slices_and_snapshots_change_nothing() -> None:
    whole, sliced = built(), built()
    whole.advance((STEP_S + 80) * NS)
    for at in (7, 15, 31, 46, 76):
        sliced.advance((STEP_S + at) * NS)
        sliced = Simulation.restore(sliced.design, sliced.snapshot())
    sliced.advance((STEP_S + 80) * NS)
    assert steps(whole) == steps(sliced)
    assert whole.machine.digest() == sliced.machine.digest()
