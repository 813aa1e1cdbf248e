"""What theory expects stands beside what was measured where its conditions hold, and nowhere else."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from statistics import fmean, stdev
from typing import Any

import pytest
from scipy import stats

from components.catalog import KINDS
from components.design import parse
from tests.worker.laws.case import CONFIDENCE, Summary, run
from tests.worker.laws.designs import cached, client, design, farm, link, node, station
from worker.engine.layout import Totals
from worker.engine.simulation import Simulation

SEEDS = 5


def leaf(rate: float, algo: str, **params: Any) -> dict[str, Any]:
    nodes = [client(rate, read_share=1), node("lb", "load_balancer", algo=algo), node("web", "service", **params)]
    return design(nodes, [link("l0", "users", "lb", rtt_ms=2), link("l1", "lb", "web", rtt_ms=1, jitter_ms=0.5)])


LAWS: dict[str, tuple[dict[str, Any], str, Callable[[Summary], tuple[float, float]], float]] = {
    "M/M/c": (station(120, 20, 4), "M/M/c", lambda s: own(s, "web"), 0.01),
    "M/M/1": (station(60, 10, 1), "M/M/c", lambda s: own(s, "web"), 0.01),
    "M/D/1": (station(140, 5, 1, service_dist="const"), "M/G/1", lambda s: own(s, "web"), 0.01),
    "M/G/1": (station(100, 5, 1, service_dist="lognormal", service_cv=1.5), "M/G/1", lambda s: own(s, "web"), 0.01),
    "Erlang B": (station(160, 40, 8, 0), "Erlang B", lambda s: loss(s, "web"), 0.01),
    "M/M/1/K": (station(120, 8, 1, 9), "M/M/1/K", lambda s: loss(s, "web"), 0.01),
    "utilisation": (leaf(200, "round_robin", replicas=3, workers=2, service_time_ms=12), "utilisation law",
                    lambda s: use(s, "web"), 0.001),
    "Che": (cached(2000, 5000, 0.9, 500, None), "Che", lambda s: hits(s), 0.02),
    "in a row": (leaf(150, "random", replicas=2, workers=3, service_time_ms=20), "queues in a row",
                 lambda s: (s["client"]["latency_ms"]["mean"], s["clients"]["users"]["expected"]["latency_ms"]), 0.01),
}  # fmt: skip


def own(summary: Summary, id: str) -> tuple[float, float]:
    found = summary["nodes"][id]
    return found["own_ms"]["mean"], found["expected"]["own_ms"]


def loss(summary: Summary, id: str) -> tuple[float, float]:
    found = summary["nodes"][id]
    return found["rejects"] / found["arrivals"], found["expected"]["loss"]


def use(summary: Summary, id: str) -> tuple[float, float]:
    found = summary["nodes"][id]
    return found["utilisation"], found["expected"]["utilisation"]


def hits(summary: Summary) -> tuple[float, float]:
    found = summary["nodes"]["cache"]
    counters = found["counters"]
    return counters["hits"] / (counters["hits"] + counters["misses"]), found["expected"]["hit_ratio"]


def agrees(name: str, seeds: range) -> bool:
    document, law, both, slack = LAWS[name]
    pairs = []
    for seed in seeds:
        summary = run(document, seed, 60, 20)
        owners = [*summary["nodes"].values(), *summary["clients"].values()]
        assert any(law in owner.get("expected", {}).get("law", "") for owner in owners), law
        pairs.append(both(summary))
    off = [measured / expected - 1 for measured, expected in pairs]
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(off) - 1)) * stdev(off) / math.sqrt(len(off))
    return abs(fmean(off)) <= half + slack and half < 0.5


@pytest.mark.parametrize("name", LAWS)
def test_expected_is_what_is_measured(name: str) -> None:
    assert agrees(name, range(1, SEEDS + 1)) or agrees(name, range(100, 100 + 4 * SEEDS))


def test_a_wrong_formula_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.engine.expected.erlang_c", lambda servers, load: 0.0)
    assert not agrees("M/M/1", range(1, 1 + SEEDS)) and not agrees("M/M/1", range(100, 100 + 4 * SEEDS))


ABSENT = {
    "equal gaps": (design([client(60, arrival="constant"), node("web", "service", workers=1, service_time_ms=10)],
                          [link("l1", "users", "web")]), "web"),
    "round robin over queues": (farm(200, 10, 4, "round_robin"), "web0"),
    "a slot held over calls": (design([client(60, read_share=1), node("a", "service"), node("b", "service")],
                                      [link("l1", "users", "a"), link("l2", "a", "b")]), "a"),
    "writes that wait for a log": (design([client(60), node("db", "sql_primary")], [link("l1", "users", "db")]), "db"),
    "last come, first served": (station(60, 10, 1, discipline="lifo"), "web"),
    "a pattern": (design([client(60, pattern=[[0, 1], [30, 2]]), node("web", "service", workers=1, service_time_ms=5)],
                         [link("l1", "users", "web")]), "web"),
    "time-outs": (design([client(90), node("web", "service", workers=1, service_time_ms=10)],
                         [link("l1", "users", "web", timeout_ms=20)]), "web"),
    "keys that expire": (cached(500, 5000, 0.9, 500, 5.0), "cache"),
}  # fmt: skip


@pytest.mark.parametrize("why", ABSENT)
def test_without_the_conditions_nothing_is_expected(why: str) -> None:
    document, id = ABSENT[why]
    expected = run(document, 1, 30, 5)["nodes"][id].get("expected", {})
    assert not {"own_ms", "loss", "hit_ratio"} & set(expected) or (
        why == "keys that expire" and "hit_ratio" not in expected
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked(kind: str) -> None:
    """Whatever parameters a kind has: an explanation, shares that add up, and an expectation or none."""
    parsed, problems = parse(KINDS[kind].example())
    assert parsed is not None and not problems
    simulation = Simulation(parsed, 1)
    simulation.advance(3_000_000_000)
    summary = simulation.summary()
    clients = [placed.shared["totals"] for placed in simulation.plan.nodes.values() if placed.totals_hist >= 0]
    waited = sum(int(simulation.machine.arena[at + Totals.SPENT]) for at in clients)
    assert sum(row["ns"] for row in summary["time"]["mean"]) == waited
    assert json.dumps(summary["explain"]) and json.dumps(simulation.why())
