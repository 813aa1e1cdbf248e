"""What the reading notes of a blueprint promise to who tries it, run on the engine: twice, with other chance."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.design import parse
from components.edits import apply
from playground.designs.blueprints import blueprints
from worker.engine.simulation import Simulation

NS = 10**9
WARMUP_S, DURATION_S = 10, 60
TRIES = [(slug, number) for slug, each in blueprints().items() for number in range(len(each.notes.tries))]


def summary(slug: str, tried: dict[str, Any], seed: int) -> dict[str, Any]:
    design, problems = parse(blueprints()[slug].document)
    assert design is not None, problems
    for path, value in tried.get("set", {}).items():
        id, _, param = path.partition(".")
        given = json.loads(value) if isinstance(value, str) and value in ("null", "{}") else value
        design, problems, _ = apply(design, {"op": "set", "id": id, "param": param, "value": given})
        assert design is not None, problems
    if "script" in tried:
        design, problems, _ = apply(design, {"op": "script", "script": tried["script"]})
        assert design is not None, problems
    simulation = Simulation(design, seed)
    simulation.advance(WARMUP_S * NS)
    simulation.start_counting()
    simulation.advance((WARMUP_S + DURATION_S) * NS)
    return dict(simulation.summary())


@pytest.mark.parametrize(("slug", "number"), TRIES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_try_does_what_its_note_says(slug: str, number: int, seed: int) -> None:
    tried = blueprints()[slug].notes.tries[number]
    result = summary(slug, tried, seed)
    result["client"]["ok_share"] = result["client"]["ok"] / result["client"]["offered"]
    for path, (least, most) in tried["expect"].items():
        value: Any = result
        for part in path.split("."):
            value = value[part]
        assert least <= value <= most, (path, value)
