"""Alerts of objectives: when they are raised and cleared, against the arithmetic of burn rates (SRE workbook, 2018)."""

from __future__ import annotations

from typing import Any

import pytest

from components.design import parse
from tests.worker.engine.build import NS, order
from worker.engine import alerts
from worker.engine.alerts import Policy
from worker.engine.simulation import Simulation

MONTH_S = 30 * 24 * 3600
TABLE = {"1h": (14.4, 3600), "6h": (6, 6 * 3600), "3d": (1, 72 * 3600)}
"""Window -> (burn rate, seconds), as published."""


def built(target: float = 0.999, share: float = 1, rate_rps: float = 10, **slo: Any) -> Simulation:
    """Two clients whose requests come at even distances; `share` of all go to a service that can be made to fail."""
    objective = {"name": "up", "sli": "availability", "target": target, "alert_scale": 1} | slo
    nodes, links = [], []
    for name, part in (("good", 1 - share), ("bad", share)):
        if part:
            rate = {"arrival": "constant", "rate_rps": rate_rps * part}
            nodes += [{"id": f"{name}-users", "kind": "client", "params": rate}]
            nodes += [{"id": name, "kind": "service", "params": {"service_time_ms": 1, "service_dist": "const"}}]
            links += [{"id": f"{name}-link", "source": f"{name}-users", "target": name}]
    design, problems = parse({"format": 1, "nodes": nodes, "links": links, "slos": [objective]})
    assert design is not None, [problem.line() for problem in problems]
    return Simulation(design)


def fail(simulated: Simulation, error_p: float = 1, after_s: float = 0) -> None:
    simulated.advance(round(after_s * NS))
    order(simulated, command="set", target="bad", param="error_p", value=error_p)


def when(simulated: Simulation, what: str = "alert_fired") -> dict[str, float]:
    """Window -> the first time."""
    found: dict[str, float] = {}
    for event in simulated.log:
        if event["what"] == what:
            found.setdefault(event["detail"]["window"], event["t_s"])
    return found


@pytest.mark.parametrize(
    ("target", "share", "windows"),
    [
        (0.999, 1, ("1h", "6h", "3d")),
        (0.999, 0.10, ("1h", "6h", "3d")),
        (0.999, 0.05, ("1h", "6h")),
        (0.999, 0.02, ("1h", "6h")),
        (0.999, 0.015, ("1h",)),
        (0.99, 1, ("1h", "6h", "3d")),
        (0.99, 0.5, ("1h", "6h")),
        (0.95, 1, ("1h", "6h")),
    ],
)
@pytest.mark.parametrize("healthy_s", [0, 3700])
def test_an_alert_is_raised_when_the_window_has_burnt_its_share(
    target: float, share: float, windows: tuple[str, ...], healthy_s: float
) -> None:
    """t = burn (1 - target) / share x window, and the same after an hour of health as at the start of the run."""
    due = {window: TABLE[window][0] * (1 - target) / share * TABLE[window][1] for window in windows}
    simulated = built(target, share, rate_rps=10 if share < 0.1 else 2)
    fail(simulated, after_s=healthy_s)
    simulated.advance(round((healthy_s + 1.03 * max(due.values()) + 20) * NS))
    found = when(simulated)
    for window, at in due.items():
        assert found[window] - healthy_s == pytest.approx(at, rel=0.01, abs=1.5), window
    if healthy_s:
        return
    for event in simulated.log[1:]:
        burn, window_s = TABLE[event["detail"]["window"]]
        assert event["detail"]["severity"] == ("ticket" if burn == 1 else "page")
        assert event["detail"]["burn"] >= burn == event["detail"]["threshold"]
        assert event["detail"]["budget_spent"] == pytest.approx(burn * window_s / MONTH_S, rel=0.02)


def test_the_budget_that_is_gone_when_each_policy_fires() -> None:
    assert [round(policy.burn * policy.long_s / MONTH_S, 9) for policy in alerts.POLICIES] == [0.02, 0.05, 0.1]
    assert [policy.long_s // policy.short_s for policy in alerts.POLICIES] == [12] * 3


def test_slower_burning_raises_no_page_of_an_hour() -> None:
    simulated = built(share=0.014)
    fail(simulated)
    simulated.advance(9600 * NS)
    assert "1h" not in when(simulated) and "6h" in when(simulated)


def test_a_page_is_cleared_within_its_short_window() -> None:
    """The last five minutes are clean enough after 300 s x (1 - 1.44 %)."""
    simulated = built(rate_rps=2)
    fail(simulated, after_s=1000)
    fail(simulated, error_p=0, after_s=1200)
    simulated.advance(4000 * NS)
    cleared = when(simulated, "alert_cleared")
    assert cleared["1h"] - 1200 == pytest.approx(300 * (1 - 0.0144), abs=3)
    assert cleared["6h"] - 1200 == pytest.approx(1800 * (1 - 0.006), abs=10)


def test_without_a_short_window_it_stands_for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "POLICIES", (Policy(14.4, 3600, 3600, "page"),))
    simulated = built(rate_rps=2)
    fail(simulated, after_s=1000)
    fail(simulated, error_p=0, after_s=1200)
    simulated.advance(4000 * NS)
    assert "1h" in when(simulated) and not when(simulated, "alert_cleared")


def test_a_short_run_passes_an_hour_in_a_minute() -> None:
    simulated = built(rate_rps=100, alert_scale=60)
    fail(simulated, after_s=10)
    simulated.advance(20 * NS)
    assert when(simulated)["1h"] - 10 == pytest.approx(51.84 / 60, abs=0.11)
    told = simulated.summary()["slos"][0]
    assert told["alerts"] == ["1h", "6h", "3d"]
    assert told["burn"]["1h"] == pytest.approx(10 / 60 / 0.001, rel=0.03)
    assert told["period_spent"] == pytest.approx(10 * 60 / MONTH_S / 0.001, rel=0.01)


def test_few_events_raise_no_alert() -> None:
    few, enough = built(rate_rps=0.02, alert_min_events=10), built(rate_rps=0.02, alert_min_events=3)
    for simulated in (few, enough):
        fail(simulated)
        simulated.advance(2000 * NS)
    assert "1h" not in when(few) and when(enough)["1h"] > 0


def test_slow_answers_count_against_an_objective_of_latency() -> None:
    simulated = built(sli="latency", threshold_ms=20)
    simulated.advance(1000 * NS)
    assert not when(simulated)
    order(simulated, command="set", target="bad", param="service_time_ms", value=25)
    simulated.advance(1100 * NS)
    assert when(simulated)["1h"] == pytest.approx(1051.84, abs=2)


def test_slices_and_snapshots_change_nothing() -> None:
    whole, sliced = (built(rate_rps=100, alert_scale=60) for _ in range(2))
    for simulated in (whole, sliced):
        fail(simulated, 0.02)
    whole.advance(90 * NS)
    for at in (0.05, 7.77, 30, 61.3):
        sliced.advance(round(at * NS))
        sliced = Simulation.restore(sliced.design, sliced.snapshot())
    sliced.advance(90 * NS)
    assert when(whole) and whole.log == sliced.log
    assert whole.summary()["slos"] == sliced.summary()["slos"]


def test_an_objective_that_an_edit_changes_starts_anew() -> None:
    simulated = built(rate_rps=100, alert_scale=60)
    fail(simulated, after_s=10)
    simulated.advance(20 * NS)
    loose = {"name": "up", "sli": "availability", "target": 0.5}
    order(simulated, command="edit", edit={"op": "slos", "slos": [loose]})
    assert simulated.summary()["slos"][0]["alerts"] == []
    simulated.advance(100 * NS)
    assert simulated.summary()["slos"][0]["period_spent"] == pytest.approx(80 * 60 / MONTH_S / 0.5, rel=0.01)
