"""Runs belong to their design: who may see it may watch them, who may change it may command them."""

from __future__ import annotations

from typing import Any

from playground.runs.consumers import RunConsumer
from playground.runs.links import link_create
from playground.runs.models import Run, RunLink
from playground.runs.services import run_start
from tests.playground.roles.cast import EDITORS, EVERYBODY, OWNERS, VIEWERS, World, allow, everybody
from tests.playground.world import CRASH

WITH_A_LINK = EVERYBODY - {"revoked", "expired"}

PAGES = {
    ("POST", "run-link"): allow(OWNERS),
    ("POST", "run-link-revoke"): allow(OWNERS),
    ("GET", "replay"): everybody(),  # who has the token may play the run again, and nothing else of the design
    ("GET", "replay-film"): everybody(202),
    ("POST", "replay-fork"): everybody(302),
    ("GET", "embed"): allow(WITH_A_LINK, no=404),
    ("GET", "embed-film"): everybody(404),  # nobody has ordered it
    ("POST", "embed-film"): allow(WITH_A_LINK, yes=202, no=404),
    ("GET", "oembed"): everybody(404),  # without the address of a link
}
CALLS = {
    ("POST", "/designs/{id:id}/runs"): allow(EDITORS, 201),
    ("GET", "/runs/{id:id}"): allow(VIEWERS),
    ("POST", "/runs/{id:id}/commands"): allow(EDITORS, 201),
    ("POST", "/runs/{id:id}/stop"): allow(EDITORS),
}
SOCKETS = {
    (RunConsumer, "command.submit"): EDITORS,
    (RunConsumer, "ack"): VIEWERS,
    (RunConsumer, "why"): VIEWERS,
}
SENDS: dict[str, Any] = {
    "/runs/{id:id}/commands": {"command": CRASH},
    "command.submit": {"command": CRASH},
    "ack": {"seq": 0},
    "why": {"trace_every": 100},
}


def run(world: World) -> Run:
    made, problems = run_start(design=world.design, person=world.person("owner"), seed=7)
    assert made is not None, problems
    return made


def link(world: World) -> RunLink:
    made, problems = link_create(run=world.the(run))
    assert made is not None, problems
    return made


def values(name: str, world: World) -> dict[str, str]:
    if name.startswith("embed"):
        return {"token": world.link}
    if name.startswith("replay"):
        return {"token": world.the(link).token}
    of_design = name.startswith(("/designs", "run-link"))
    return {"id": world.design.pk if of_design and world.the(run) else world.the(run).pk}
