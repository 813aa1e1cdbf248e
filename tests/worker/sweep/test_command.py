"""python -m worker.sweep: an experiment from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.components.experiment.made import FAULTS, station
from worker.sweep.__main__ import main


@pytest.fixture
def design(tmp_path: Path) -> str:
    path = tmp_path / "design.json"
    path.write_text(json.dumps(station()))
    return str(path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(arguments) == 0
    return json.loads(capsys.readouterr().out)


def test_a_load_curve_from_the_command_line(design: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--load", "users.rate_rps=20:80:4", "--seeds", "2", "--duration", "5", "--json"]
    found = said(capsys, design, *options)
    assert found["plan"]["axes"][0]["values"] == [20, 40, 60, 80]
    assert [point["runs"] for point in found["result"]["points"]] == [2] * 4
    assert found == said(capsys, design, *options, "--processes", "2"), "side by side it is the same"


def test_a_grid_of_words_and_numbers(design: str, capsys: pytest.CaptureFixture[str]) -> None:
    grid = ["--grid", "web.discipline=fifo,lifo", "--grid", "web.workers=1:4:2"]
    found = said(capsys, design, *grid, "--seeds", "1", "--duration", "2", "--warmup", "1", "--cells")
    assert [point["settings"]["web.workers"] for point in found["result"]["points"]] == [1, 4, 1, 4]
    assert len(found["cells"]) == 4


def test_a_described_experiment(design: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = {"kind": "survival", "faults": FAULTS, "goal": {"slo": "fast"}, "duration_s": 60, "seeds": {"n": 2}}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan))
    assert said(capsys, design, "--plan", str(path))["result"]["survival"]["runs"] == 2


def test_mistakes_are_lines_on_stderr(design: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([design, "--load", "users.rate=1:2:3"]) == 2
    assert "did you mean rate_rps" in capsys.readouterr().err
    assert main([design + "x", "--many"]) == 2
    assert "cannot be read" in capsys.readouterr().err
