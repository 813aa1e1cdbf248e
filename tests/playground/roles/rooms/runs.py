"""Runs belong to their design: who may see it may watch them, who may change it may command them."""

from __future__ import annotations

from typing import Any

from playground.runs.consumers import RunConsumer
from playground.runs.models import Run
from playground.runs.services import run_start
from tests.playground.roles.cast import EDITORS, VIEWERS, World, allow
from tests.playground.world import CRASH

CALLS = {
    ("POST", "/designs/{id:id}/runs"): allow(EDITORS, 201),
    ("GET", "/runs/{id:id}"): allow(VIEWERS),
    ("POST", "/runs/{id:id}/commands"): allow(EDITORS, 201),
    ("POST", "/runs/{id:id}/stop"): allow(EDITORS),
}
SOCKETS = {
    (RunConsumer, "command.submit"): EDITORS,
    (RunConsumer, "ack"): VIEWERS,
}
SENDS: dict[str, Any] = {
    "/runs/{id:id}/commands": {"command": CRASH},
    "command.submit": {"command": CRASH},
    "ack": {"seq": 0},
}


def run(world: World) -> Run:
    made, problems = run_start(design=world.design, person=world.person("owner"), seed=7)
    assert made is not None, problems
    return made


def values(name: str, world: World) -> dict[str, str]:
    return {"id": world.design.pk if name.startswith("/designs") else world.the(run).pk}
