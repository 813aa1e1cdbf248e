"""A cell is one scenario under one seed: the same bits each time, windows counted by themselves, ended when told to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.lab import Goal, Lab, Window, lab_of, seeds_of, verdict
from tests.components.lab.made import document, folder
from worker.engine.simulation import Simulation
from worker.grade import main
from worker.grading import grade_cell

NS = 1_000_000_000


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("labs"))


@pytest.fixture(scope="module")
def lab(path: Path) -> Lab:
    found, problems = lab_of(path)
    assert found is not None, problems
    return found


def cell(lab: Lab, scenario: str = "two", seed: int = 3, replicas: int = 1) -> dict[str, Any]:
    found = grade_cell(lab, lab.design_of(document(replicas)), lab.scenario(scenario), seed)
    assert found is not None
    return found


def test_the_same_cell_is_the_same_to_the_bit(lab: Lab) -> None:
    assert json.dumps(cell(lab)) == json.dumps(cell(lab))
    assert cell(lab)["summary"] != cell(lab, seed=4)["summary"]


def test_only_what_follows_the_warm_up_counts(lab: Lab) -> None:
    found = cell(lab, "one")
    assert (found["summary"]["warmup_s"], found["summary"]["duration_s"]) == (10, 50)
    assert [row["t_s"] for row in found["series"]] == list(range(11, 61))
    assert sum(row["offered"] for row in found["series"]) == found["summary"]["client"]["offered"]


def test_the_script_is_the_scenarios_and_not_the_designs(lab: Lab) -> None:
    own = document() | {"script": [{"at_s": 20, "command": "load", "target": "users", "factor": 0}]}
    found = grade_cell(lab, lab.design_of(own), lab.scenario("two"), 3)
    assert found == cell(lab)
    assert [event["what"] for event in cell(lab)["summary"]["events"]] == ["fault_injected", "fault_healed"]


def test_a_window_is_counted_by_itself(lab: Lab) -> None:
    """p99 and failures of ten seconds are those of a run that starts to count there."""
    scenario = lab.scenario("two")
    begin = scenario.span_s("kill", 3)[0] - 2
    window = Window(after="kill", edge="start", from_s=-2, for_s=10)
    goals = tuple(Goal(m, m, m, at_most=1e9, window=window) for m in ("client.latency_ms.p99", "client.failed_share"))
    found = cell(replace(lab, goals=goals))
    design = lab.design_of(document())
    by_hand = Simulation(replace(design, script=tuple(scenario.script_for(3, design))), 3)
    by_hand.advance(round(begin * NS))
    by_hand.start_counting()
    by_hand.advance(round((begin + 10) * NS))
    client = by_hand.summary()["client"]
    failed = sum(client["failed"].values())
    assert failed > 100
    assert [goal["value"] for goal in found["goals"]] == pytest.approx(
        [client["latency_ms"]["p99"], failed / (failed + client["ok"])], rel=1e-6
    )


def test_a_window_without_length_measures_nothing(lab: Lab) -> None:
    goal = Goal("x", "X", "client.latency_ms.p99", at_most=1e9, window=Window(from_s=1000))
    assert cell(replace(lab, goals=(goal,)))["goals"][0]["value"] is None


def test_a_failure_is_told_with_its_moment(lab: Lab) -> None:
    strict = Goal("ok", "None fail", "client.failed_share", at_most=0, unit="%")
    found = cell(replace(lab, goals=(strict,)))
    at = lab.scenario("two").span_s("kill", 3)[0]
    assert found["goals"][0]["passed"] is False
    assert at < found["goals"][0]["t_s"] <= at + 1.1
    assert found["first"]["node"] == "web"
    assert found["first"]["reason"] == "node_down"


def test_grading_ends_when_told_to(lab: Lab) -> None:
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) == 5

    assert grade_cell(lab, lab.design_of(document()), lab.scenario("one"), 1, stop) is None
    assert len(asked) == 5


def test_a_hidden_scenario_is_graded_like_any_other(lab: Lab) -> None:
    cells = [cell(lab, scenario.id, seed, 2) for scenario in lab.scenarios for seed in seeds_of(1)]
    found = verdict(lab, lab.design_of(document(2)), cells)
    assert [row["hidden"] for row in found["scenarios"]] == [False, True]
    assert found["passed"]


def test_a_verdict_can_be_computed_again_from_files(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        assert main([str(path), str(path / "solution.json"), "--seed", "5"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    found = json.loads(printed[0])
    assert found["passed"]
    assert found["seeds"] == sorted(seeds_of(5))
    assert "cells" not in found


def test_bad_files_have_a_line_each(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(path / "solution.json")]) == 2
    assert "lab.toml" in capsys.readouterr().err
    assert main([str(path), str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    locked = tmp_path / "locked.json"
    changed = document()
    changed["nodes"][0]["params"] = {"rate_rps": 1}
    locked.write_text(json.dumps(changed))
    assert main([str(path), str(locked)]) == 2
    assert capsys.readouterr().err == "users.params = null: is locked here: it must stay as it is\n"
