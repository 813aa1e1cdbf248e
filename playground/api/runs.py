"""Runs over HTTP: start, look, command, stop. Frames come over the socket."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

import playground.paths  # noqa: F401, registers {id:…}
from playground.accounts.services import person_ensure
from playground.api.refusal import Refusal
from playground.api.schemas import CommandBody, CommandOut, Problems, RunBody, RunOut
from playground.designs.access import design_for
from playground.designs.permissions import Action
from playground.runs.access import run_for
from playground.runs.models import Run, RunCommand
from playground.runs.news import place_of
from playground.runs.services import command_submit, run_start, run_stop

EMPTY = RunBody()  # what no body at all means
router = Router(tags=["runs"])


@router.post("/designs/{id:id}/runs", response={201: RunOut, 422: Problems}, url_name="runs")
def start(request: HttpRequest, id: str, body: RunBody = EMPTY) -> Status[dict[str, Any]]:
    """Queues a live run of the newest revision; a run of this design that you started before is stopped."""
    design, _, _ = design_for(request, id, Action.RUN)
    run, problems = run_start(design=design, person=person_ensure(request), seed=body.seed)
    if run is None:
        raise Refusal(422, problems)
    return Status(201, full(run))


@router.get("/runs/{id:id}", response=RunOut, url_name="run")
def run(request: HttpRequest, id: str) -> dict[str, Any]:
    """Revision, seed and log of commands: all that is needed to run it again."""
    return full(run_for(request, id, Action.WATCH))


@router.post("/runs/{id:id}/commands", response={201: CommandOut, 422: Problems}, url_name="commands")
def command(request: HttpRequest, id: str, body: CommandBody) -> Status[dict[str, Any]]:
    """Inject, heal, set, load; or pause, resume, speed, step, stop."""
    found = run_for(request, id, Action.COMMAND)
    person = person_ensure(request)
    entry, problems = command_submit(run_id=found.pk, person=person, command=body.command, ref=body.ref)
    if entry is None:
        raise Refusal(422, problems)
    return Status(201, logged(entry))


@router.post("/runs/{id:id}/stop", response=RunOut, url_name="stop")
def stop(request: HttpRequest, id: str) -> dict[str, Any]:
    """Ends a run; one that is over stays as it is."""
    return full(run_stop(run=run_for(request, id, Action.COMMAND), person=person_ensure(request)))


def logged(entry: RunCommand) -> dict[str, Any]:
    return {"seq": entry.seq, "command": entry.command, "applied_ns": entry.applied_ns}


def full(run: Run) -> dict[str, Any]:
    return {
        "id": run.pk,
        "design": run.design_id,
        "revision": run.revision,
        "seed": run.seed,
        "script": run.script,
        "status": run.status,
        "place": place_of(run),
        "detail": run.detail,
        "speed": run.speed,
        "attempt": run.attempt,
        "virtual_ns": run.virtual_ns,
        "summary": run.summary,
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "commands": [logged(entry) for entry in RunCommand.objects.filter(run=run).order_by("seq")],
    }
