"""Labs over HTTP: read, open, try, hint, submit, follow."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

import playground.paths  # noqa: F401, registers {id:…}
from components.lab import Lab
from components.problem import Problem
from playground.accounts.services import person_ensure, person_of
from playground.api import runs
from playground.api.lab_schemas import (
    AttemptOut,
    HintBody,
    LabOut,
    LabRow,
    PredictionBody,
    PricesOut,
    ReplayBody,
    WorkOut,
)
from playground.api.refusal import Refusal
from playground.api.schemas import Problems, RunOut
from playground.labs import attempts, services, shown
from playground.labs.access import attempt_for, lab_named
from playground.labs.models import Work
from playground.labs.permissions import Action

REPLAY = ReplayBody()
router = Router(tags=["labs"])


@router.get("/labs", response=list[LabRow], url_name="labs")
def labs(request: HttpRequest) -> list[dict[str, Any]]:
    """Every lab, and how far you are."""
    progress = services.progress_of(person_of(request))
    return [shown.lab_shown(lab) | {"yours": progress.get(slug)} for slug, lab in services.labs().items()]


@router.get("/labs/{slug}", response=LabOut, url_name="lab")
def lab(request: HttpRequest, slug: str) -> dict[str, Any]:
    """The brief; and your work on it, once you have opened it."""
    found = lab_named(slug)
    person = person_of(request)
    work = None if person is None else Work.objects.filter(person=person, lab=slug).first()
    return shown.lab_shown(found) | {"yours": None if work is None else shown.work_shown(work)}


@router.post("/labs/{slug}/open", response={200: WorkOut, 422: Problems}, url_name="lab-open")
def open(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Your own design for this lab, under its rules; the same one every time."""
    return shown.work_shown(mine(request, lab_named(slug)))


@router.post("/labs/{slug}/prediction", response={200: WorkOut, 422: Problems}, url_name="lab-prediction")
def prediction(request: HttpRequest, slug: str, body: PredictionBody) -> dict[str, Any]:
    """What you think will fail first: one of the choices, before anything has run."""
    work = mine(request, lab_named(slug))
    done(services.predict(work=work, choice=body.choice))
    return shown.work_shown(work)


@router.post("/labs/{slug}/hints", response={200: WorkOut, 422: Problems}, url_name="lab-hints")
def hints(request: HttpRequest, slug: str, body: HintBody) -> dict[str, Any]:
    """Opens the next hint, which costs points."""
    work = mine(request, lab_named(slug))
    done(services.hint_open(work=work, number=body.number))
    return shown.work_shown(work)


@router.get("/labs/{slug}/prices", response=PricesOut, url_name="lab-prices")
def prices(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What the newest revision of your design costs, and which goals that keeps."""
    lab_named(slug)
    person = person_of(request)
    work = Work.objects.select_related("design").filter(person=person, lab=slug).first() if person else None
    if work is None:
        raise Refusal(404, [Problem("lab", "work", slug, "must be opened first")])
    return services.prices_of(work)


@router.post("/labs/{slug}/runs", response={201: RunOut, 422: Problems}, url_name="lab-runs")
def try_run(request: HttpRequest, slug: str) -> Status[dict[str, Any]]:
    """Queues a live run of your design under the scenario that is no secret."""
    work = mine(request, lab_named(slug))
    run, problems = services.try_run(work=work, person=work.person)
    if run is None:
        raise Refusal(422, problems)
    return Status(201, runs.full(run))


@router.post("/labs/{slug}/attempts", response={201: AttemptOut, 422: Problems}, url_name="lab-attempts")
def submit(request: HttpRequest, slug: str) -> Status[dict[str, Any]]:
    """Submits the newest revision of your design. Follow it with GET /attempts/{id}."""
    work = mine(request, lab_named(slug))
    attempt, problems = attempts.attempt_submit(work=work, person=work.person)
    if attempt is None:
        raise Refusal(422, problems)
    return Status(201, shown.attempt_shown(attempt))


@router.get("/attempts/{id:id}", response=AttemptOut, url_name="attempt")
def attempt(request: HttpRequest, id: str) -> dict[str, Any]:
    """How far it is. With the verdict come scenarios and seeds: lab, revision and seed give the same one again."""
    return shown.attempt_shown(attempt_for(request, id, Action.SEE))


@router.post("/attempts/{id:id}/cancel", response=AttemptOut, url_name="attempt-cancel")
def cancel(request: HttpRequest, id: str) -> dict[str, Any]:
    """Ends it without a verdict; one that is over stays as it is."""
    return shown.attempt_shown(attempts.attempt_cancel(attempt=attempt_for(request, id, Action.CANCEL)))


@router.post("/attempts/{id:id}/replay", response={201: RunOut, 422: Problems}, url_name="attempt-replay")
def replay(request: HttpRequest, id: str, body: ReplayBody = REPLAY) -> Status[dict[str, Any]]:
    """A live run of one graded run; without a scenario, of what failed first, waiting shortly before the moment."""
    found = attempt_for(request, id, Action.REPLAY)
    person = person_ensure(request)
    if body.scenario is None or body.seed is None:
        run, problems = attempts.failure_replay(attempt=found, person=person)
    else:
        run, problems = attempts.scenario_replay(
            attempt=found, person=person, scenario=body.scenario, seed=body.seed, at_s=body.at_s
        )
    if run is None:
        raise Refusal(422, problems)
    return Status(201, runs.full(run))


def mine(request: HttpRequest, lab: Lab) -> Work:
    """The caller's work on a lab, opened if it was not. Raises Refusal."""
    work, problems = services.work_open(person=person_ensure(request), slug=lab.slug)
    if work is None:
        raise Refusal(422, problems)
    return work


def done(problems: list[Problem]) -> None:
    if problems:
        raise Refusal(422, problems)
