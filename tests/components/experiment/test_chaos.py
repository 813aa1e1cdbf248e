"""Random fault schedules: the seed decides all, the law is Poisson's, every entry is one that a design may have."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean, variance

import pytest

from components.design import parse
from components.experiment.chaos import schedule
from components.experiment.survival import blamed, survival_of
from components.model import as_dict
from tests.components.experiment.made import FAULTS, designed, planned

GOAL = {"measure": "client.failed_share", "at_most": 0.1}


@pytest.mark.parametrize(("per_hour", "duration_s"), [(60, 600), (6, 3600), (360, 120)])
def test_faults_come_as_a_poisson_process(per_hour: float, duration_s: float) -> None:
    plan = planned(
        {"kind": "survival", "duration_s": duration_s, "faults": FAULTS | {"rate_per_hour": per_hour}, "goal": GOAL}
    )
    design, mean = designed(), per_hour * duration_s / 3600
    runs = [schedule(plan, design, seed) for seed in range(1, 801)]
    counts = [len(run) for run in runs]
    assert fmean(counts) == pytest.approx(mean, abs=5 * (mean / 800) ** 0.5)
    assert variance(counts) == pytest.approx(mean, rel=0.25), "as many as the mean: neither regular nor in bursts"
    moments = [entry["at_s"] for run in runs for entry in run]
    assert min(moments) >= 30 and max(moments) <= 30 + duration_s
    assert fmean(moments) == pytest.approx(30 + duration_s / 2, rel=0.05)
    lasts = [entry["for_s"] for run in runs for entry in run]
    assert min(lasts) >= 10 and max(lasts) <= 60 and fmean(lasts) == pytest.approx(35, abs=2)


def test_the_same_seed_gives_the_same_faults_and_others_give_others() -> None:
    plan, design = planned({"kind": "survival", "faults": FAULTS, "goal": GOAL, "duration_s": 600}), designed()
    assert schedule(plan, design, 4) == schedule(plan, design, 4)
    assert len({str(schedule(plan, design, seed)) for seed in range(20)}) == 20


def test_every_entry_is_one_of_a_script() -> None:
    everything = {
        "rate_per_hour": 600,
        "kinds": ["crash", "latency", "slow", "spike"],
        "targets": ["web", "l1", "users"],
    }
    design = designed()
    plan = planned({"kind": "survival", "faults": everything, "goal": GOAL, "duration_s": 600}, design)
    entries = schedule(plan, design, 1)
    pairs = {(entry["fault"], entry["target"]) for entry in entries}
    assert pairs == {
        ("crash", "web"), ("slow", "web"), ("latency", "web"), ("latency", "l1"), ("latency", "users"),
        ("spike", "users"),
    }  # fmt: skip
    whole, problems = parse(as_dict(replace(design, script=tuple(entries))))
    assert whole is not None, problems


def test_ids_of_faults_keep_clear_of_those_of_the_design() -> None:
    design = designed()
    own = {"at_s": 1, "command": "inject", "id": "x1", "fault": "crash", "target": "web"}
    design = replace(design, script=(own,))
    plan = planned({"kind": "survival", "faults": FAULTS, "goal": GOAL, "duration_s": 600}, design)
    assert all(entry["id"].startswith("xx") for entry in schedule(plan, design, 1))


def test_survival_counts_who_is_left() -> None:
    plan = planned({"kind": "survival", "faults": FAULTS, "goal": GOAL, "duration_s": 60})
    fault = {"id": "x1", "fault": "crash", "target": "web", "at_s": 40, "for_s": 10}
    broken = {"broke_s": 45.0, "blamed": "x1", "faults": [fault]}
    held = {"broke_s": None, "blamed": None, "faults": [fault]}
    found = survival_of(plan, [held] * 3 + [broken])
    assert (found["held"], found["share"]) == (3, 0.75)
    assert found["low"] < 0.75 < found["high"]
    assert [row[1] for row in found["curve"] if row[0] in (14, 15)] == [1.0, 0.75]
    assert found["blame"] == [{"fault": "crash", "target": "web", "came": 4, "broke": 1} | {
        key: found["blame"][0][key] for key in ("low", "high")}]  # fmt: skip


def test_the_newest_fault_in_force_is_blamed() -> None:
    faults = [
        {"id": "x1", "at_s": 10, "for_s": 30}, {"id": "x2", "at_s": 20, "for_s": 5}, {"id": "x3", "at_s": 50, "for_s": 5},
    ]  # fmt: skip
    assert blamed(faults, 22) == "x2"
    assert blamed(faults, 30) == "x1", "x2 is over"
    assert blamed(faults, 45) == "x2", "none is in force: the newest before"
    assert blamed(faults, 5) is None
