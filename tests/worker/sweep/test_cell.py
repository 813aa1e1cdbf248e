"""Cells of experiments: exact, the same however they are sliced, and together what theory says."""

from __future__ import annotations

import json
import math
from statistics import fmean
from typing import Any

import pytest

from components.experiment import cells_of, more_of, result_of
from components.experiment.counts import low_ns, merged, quantile_ns, value_of
from components.experiment.intervals import of_mean
from tests.components.experiment.made import FAULTS, designed, planned, station
from tests.worker.laws import theory
from tests.worker.laws.case import run
from worker.engine.kernel.histogram import low_edge
from worker.sweep import cell as cells
from worker.sweep.cell import run_cell

P99, MEAN = "client.latency_ms.p99", "client.latency_ms.mean"


def computed(data: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    design = designed(data)
    plan = planned(described, design)
    found = {cell: run_cell(design, plan, *cell) for cell in cells_of(plan)}
    return result_of(plan, {cell: counted for cell, counted in found.items() if counted is not None})


def test_the_counts_are_those_of_a_headless_run() -> None:
    data = station(60)
    data["nodes"][1]["params"]["error_p"] = 0.05
    summary = run(data, 3, 20, 5)
    found = run_cell(designed(data), planned({"kind": "seeds", "duration_s": 20, "warmup_s": 5}, designed(data)), 0, 3)
    assert found is not None
    counts, client = found["counts"], summary["client"]
    assert {key: counts[key] for key in ("offered", "ok", "failed")} == {
        key: client[key] for key in ("offered", "ok", "failed")
    }
    assert counts["grown"] == client["in_flight_end"] - client["in_flight_start"]
    assert counts["offered"] == counts["ok"] + sum(counts["failed"].values()) + counts["grown"]
    for path, name in ((MEAN, "mean"), (P99, "p99"), ("client.latency_ms.p50", "p50")):
        assert value_of(path, counts) == pytest.approx(client["latency_ms"][name], abs=1e-6)
    assert counts["nodes"]["web"]["busy_ns"] / counts["nodes"]["web"]["slot_ns"] == pytest.approx(
        summary["nodes"]["web"]["utilisation"], abs=1e-6
    )
    assert counts["slos"]["fast"] == {key: summary["slos"][0][key] for key in ("good", "valid")}


def test_buckets_begin_where_the_engine_has_them() -> None:
    assert [low_ns(bucket) for bucket in range(1920)] == [float(low_edge(bucket)) for bucket in range(1920)]


def test_the_merged_histogram_is_that_of_all_requests_in_one() -> None:
    """No percentile of percentiles: 6 runs merged have the quantiles of their requests thrown together."""
    design = designed(station(70))
    plan = planned({"kind": "seeds", "seeds": {"n": 6}, "duration_s": 10, "warmup_s": 2}, design)
    runs = [run_cell(design, plan, 0, seed) for seed in plan.seeds]
    pooled: dict[str, int] = {}
    for one in runs:
        assert one is not None
        for bucket, count in one["counts"]["buckets"].items():
            pooled[bucket] = pooled.get(bucket, 0) + count
    whole = merged(one["counts"] for one in reversed(runs) if one is not None)
    assert whole["buckets"] == pooled
    most = max(one["counts"]["max_ns"] for one in runs if one is not None)
    assert quantile_ns(whole, 0.99) == quantile_ns({"buckets": pooled, "max_ns": most}, 0.99)


@pytest.mark.parametrize("warmup", ["auto", 3])
def test_a_cell_is_the_same_however_it_is_sliced(warmup: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    design = designed(station(80))
    plan = planned({"kind": "seeds", "duration_s": 6, "warmup_s": warmup}, design)
    whole = run_cell(design, plan, 0, 5)
    monkeypatch.setattr(cells, "BUDGET", 37)
    assert run_cell(design, plan, 0, 5) == whole
    assert json.loads(json.dumps(whole)) == whole


def test_a_cell_that_nobody_wants_any_more_stops_between_two_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "BUDGET", 100)
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 5

    design = designed(station(80))
    plan = planned({"kind": "seeds", "duration_s": 80_000, "warmup_s": 3}, design)
    assert run_cell(design, plan, 0, 1, stop=stop) is None
    assert len(asked) == 6


@pytest.mark.parametrize(("service_ms", "workers"), [(10, 1), (2, 1), (20, 4)])
def test_the_load_curve_is_theorys_inside_its_bands(service_ms: float, workers: int) -> None:
    """M/M/1 twice and M/M/4, nine loads each: 95 % intervals; of 27 about one may miss, three in a curve may not."""
    capacity = workers * 1000 / service_ms
    axis = {"target": "users", "param": "rate_rps", "values": [round(capacity * step / 10, 6) for step in range(1, 10)]}
    described = {"kind": "load_curve", "axes": [axis], "seeds": {"n": 6}, "measure": MEAN}
    described |= {"duration_s": 30_000 / capacity, "warmup_s": 2000 / capacity}
    found = computed(station(1, service_ms, workers), described)
    inside = wrong = 0
    for rate, point in zip(axis["values"], found["points"], strict=True):
        band = point["values"][MEAN]
        expected = theory.mmc_sojourn(workers, rate, service_ms / 1000) * 1000
        slower = theory.mmc_sojourn(workers, rate, service_ms * 1.05 / 1000) * 1000
        inside += band["low"] <= expected <= band["high"]
        wrong += band["low"] <= slower <= band["high"]
        assert point["utilisation"]["web"] == pytest.approx(rate / capacity, rel=0.05)
    assert inside >= 7
    assert wrong < inside, "a service that takes 5 % longer is told apart"
    assert found["past"] is None and found["knee"] is not None


def test_the_curve_past_capacity_is_called_that() -> None:
    axis = {"target": "users", "param": "rate_rps", "from": 20, "to": 160, "steps": 8}
    found = computed(station(1), {"kind": "load_curve", "axes": [axis], "seeds": {"n": 2}, "duration_s": 60})
    assert found["past"] == 5, "120 of 100 a second"
    assert found["capacity_rps"] == pytest.approx(100, rel=0.05)
    assert found["first_to_give"]["node"] == "web" and found["first_to_give"]["index"] == 4, (
        "full at 100 of 100 a second"
    )
    assert found["points"][7]["settled"] == 0 and found["points"][7]["warmup_s"] == 30, (
        "a queue that grows never settles"
    )
    assert found["points"][0]["settled"] == 2


def test_the_interval_over_seeds_covers_the_mean_of_mm1() -> None:
    """60 experiments of 5 seeds each at ρ = 0.5: 95 % of the intervals hold 20 ms; 48 of 60 would be below 1e-5."""
    design = designed(station(50))
    plan = planned({"kind": "seeds", "seeds": {"n": 300}, "duration_s": 60, "warmup_s": 2}, design)
    means = []
    for _, seed in cells_of(plan):
        found = run_cell(design, plan, 0, seed)
        assert found is not None
        means.append(value_of(MEAN, found["counts"]) or 0)
    bands = [of_mean(means[first : first + 5]) or (0.0, 0.0) for first in range(0, 300, 5)]
    assert sum(low <= 20 <= high for low, high in bands) > 48
    assert sum(low <= 21 <= high for low, high in bands) < 48, "5 % beside it is often outside"
    assert fmean(means) == pytest.approx(20, rel=0.02)


def test_the_warm_up_is_cut_off_without_being_told() -> None:
    """A queue of 4 s that a spike leaves behind: with it the mean would be many times too large."""
    data = station(50)
    spike = {"at_s": 0, "command": "inject", "id": "s", "fault": "spike", "target": "users", "factor": 4, "for_s": 4}
    data["script"] = [spike]
    design = designed(data)
    auto = planned({"kind": "seeds", "duration_s": 100, "script": True}, design)
    found = run_cell(design, auto, 0, 1)
    all_of_it = run_cell(design, planned(auto.as_dict() | {"warmup_s": 0}, design), 0, 1)
    assert found is not None and all_of_it is not None
    assert found["settled"] and 5 < found["warmup_s"] < 40
    assert value_of(MEAN, found["counts"]) == pytest.approx(20, rel=0.15)
    assert (value_of(MEAN, all_of_it["counts"]) or 0) > 60


def test_other_points_have_the_same_chance() -> None:
    """Common random numbers: what differs between two points is the parameter. More workers see the same arrivals."""
    axes = [{"target": "web", "param": "workers", "values": [1, 2]}]
    found = computed(station(50), {"kind": "grid", "axes": axes, "seeds": {"n": 2}, "duration_s": 20, "warmup_s": 1})
    assert found["points"][0]["counts"]["offered"] == found["points"][1]["counts"]["offered"]
    assert found["points"][0]["values"][P99]["mean"] > found["points"][1]["values"][P99]["mean"]


FRAGILE: dict[str, Any] = {"kind": "survival", "duration_s": 300, "warmup_s": 5, "seeds": {"n": 30}}


def test_crashes_break_one_server_and_spare_many() -> None:
    goal = {"measure": "client.failed_share", "at_most": 0.6}
    described = FRAGILE | {"faults": FAULTS | {"rate_per_hour": 12}, "goal": goal}
    one = computed(station(20), described)["survival"]
    many = computed(station(20, replicas=4), described)["survival"]
    none = computed(station(20), described | {"faults": FAULTS | {"rate_per_hour": 0.001}})["survival"]
    assert none["share"] == 1 and many["share"] >= 0.9
    assert one["share"] == pytest.approx(math.exp(-1), abs=0.35), "no crash in 300 s at 12/h: e^-1; 4 sigma"
    assert one["blame"][0]["fault"] == "crash" and one["blame"][0]["broke"] == one["runs"] - one["held"]
    assert one["low"] < one["share"] < one["high"]


def test_an_objective_breaks_when_its_budget_is_spent() -> None:
    data = station(20)
    data["slos"] = [{"name": "up", "sli": "availability", "target": 0.95}]
    design = designed(data)
    faults = FAULTS | {"for_s": [30, 30], "rate_per_hour": 12}
    plan = planned(FRAGILE | {"faults": faults, "goal": {"slo": "up"}}, design)
    singles = 0
    for seed in range(1, 17):
        found = run_cell(design, plan, 0, seed)
        assert found is not None
        counts = found["counts"]["slos"]["up"]
        assert (found["broke_s"] is None) == (counts["good"] >= 0.95 * counts["valid"])
        singles += len(found["faults"]) == 1
        if len(found["faults"]) == 1:
            first = found["faults"][0]["at_s"]
            assert first + 14 <= found["broke_s"] <= first + 20 and found["blamed"] == "x1", "15 s of 300 are 5 %"
    assert singles > 2


def test_seeds_are_added_where_the_interval_is_too_wide() -> None:
    """At a tenth of capacity 5 seeds are enough for ± 8 %, at nine tenths they are not: that point alone goes on."""
    axis = {"target": "users", "param": "rate_rps", "values": [10, 90]}
    data = station(1)
    design = designed(data)
    described = {"kind": "grid", "axes": [axis], "seeds": {"n": 5, "within": 0.08, "most": 80}, "measure": MEAN}
    plan = planned(described | {"duration_s": 200, "warmup_s": 5}, design)
    cells: dict[tuple[int, int], dict[str, Any]] = {}
    wanted, rounds = cells_of(plan), 0
    while wanted:
        rounds += 1
        cells |= {cell: found for cell in wanted if (found := run_cell(design, plan, *cell)) is not None}
        wanted = more_of(plan, cells)
    quiet, busy = result_of(plan, cells)["points"]
    assert rounds > 2 and quiet["runs"] == 5 < busy["runs"] <= 80
    for point in (quiet, busy):
        band = point["values"][MEAN]
        assert (band["high"] - band["low"]) / 2 <= 0.08 * band["mean"]
    assert more_of(planned(described | {"seeds": {"n": 5}}, design), cells) == []
