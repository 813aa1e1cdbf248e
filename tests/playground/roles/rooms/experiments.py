"""Experiments belong to their design: who may see it may look at them, who may run it may start and cancel them."""

from __future__ import annotations

from typing import Any

from playground.experiments.models import Experiment
from playground.experiments.services import experiment_start
from tests.playground.roles.cast import EDITORS, VIEWERS, World, allow

PLAN: dict[str, Any] = {"kind": "seeds", "seeds": {"n": 2}, "duration_s": 5}

PAGES = {
    ("GET", "experiments"): allow(VIEWERS),
    ("POST", "experiments"): allow(EDITORS, yes=302),
    ("GET", "experiment"): allow(VIEWERS),
    ("GET", "experiment-now"): allow(VIEWERS),
    ("POST", "experiment-cancel"): allow(EDITORS),
}
CALLS = {
    ("GET", "/designs/{id:id}/experiments"): allow(VIEWERS),
    ("POST", "/designs/{id:id}/experiments"): allow(EDITORS, 201),
    ("GET", "/experiments/{id:id}"): allow(VIEWERS),
    ("POST", "/experiments/{id:id}/cancel"): allow(EDITORS),
}
SENDS: dict[str, Any] = {
    "/designs/{id:id}/experiments": {"experiment": PLAN},
    "experiments": {"kind": "seeds", "seeds": "2", "duration_s": "5"},
}


def experiment(world: World) -> Experiment:
    made, problems = experiment_start(design=world.design, person=world.person("owner"), plan=PLAN)
    assert made is not None, problems
    return made


def values(name: str, world: World) -> dict[str, str]:
    of_design = name == "experiments" or name.startswith("/designs")
    return {"id": world.design.pk if of_design else world.the(experiment).pk}
