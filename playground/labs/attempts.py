"""Attempts: submit, cancel, replay. Whoever was told "submitted" gets a verdict, whatever dies in between."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone

from components.lab import seeds_of
from components.problem import Problem
from playground.accounts.models import Person
from playground.designs.documents import parsed_at, parsed_of
from playground.designs.models import Design
from playground.designs.services import revision_keep
from playground.labs.catalogue import labs
from playground.labs.models import ACTIVE, Attempt, GradeCell, Status, Work
from playground.labs.sending import cells_send
from playground.labs.services import tried
from playground.limits import ATTEMPTS_PER_PERSON, ATTEMPTS_PER_WORK
from playground.runs.models import Run
from playground.runs.services import run_start

EARLY_S = 5.0  # a replay stops so long before the moment that it is about


def attempt_submit(*, work: Work, person: Person) -> tuple[Attempt | None, list[Problem]]:
    """Keeps the newest revision and queues one task for every scenario and seed."""
    lab = labs()[work.lab]
    with transaction.atomic():
        design = Design.objects.select_for_update().get(pk=work.design_id)
        if problems := lab.refuses(parsed_of(design)):
            return None, problems
        if work.attempts.filter(status__in=ACTIVE).exists():
            return None, [Problem("attempt", "status", "running", "must be over before the next one; or cancel it")]
        if Attempt.objects.filter(work__person=person, status__in=ACTIVE).count() >= ATTEMPTS_PER_PERSON:
            rule = f"must be over first: at most {ATTEMPTS_PER_PERSON} at once"
            return None, [Problem("attempt", "count", ATTEMPTS_PER_PERSON, rule)]
        number = 1 + (work.attempts.order_by("-number").values_list("number", flat=True).first() or 0)
        if number > ATTEMPTS_PER_WORK:
            return None, [Problem("attempt", "count", number, f"must be at most {ATTEMPTS_PER_WORK}")]
        seed = secrets.randbelow(2**31)
        kept = {"revision": revision_keep(design=design), "digest": lab.digest, "seed": seed, "hints": work.hints}
        attempt = Attempt.objects.create(work=work, number=number, **kept)
        GradeCell.objects.bulk_create(
            GradeCell(attempt=attempt, scenario=scenario.id, seed=each)
            for scenario in lab.scenarios
            for each in seeds_of(seed)
        )
        tried(work)
    cells_send(list(attempt.cells.order_by("pk").values_list("pk", flat=True)))
    return attempt, []


def attempt_cancel(*, attempt: Attempt) -> Attempt:
    """Ends an attempt without a verdict; its running cell stops soon. One that is over stays as it is."""
    ended = {"status": Status.CANCELLED, "finished_at": timezone.now()}
    Attempt.objects.filter(pk=attempt.pk, status__in=ACTIVE).update(**ended)
    attempt.refresh_from_db()
    return attempt


def place_of(attempt: Attempt) -> int | None:
    """Place in the queue, 1 = next; None once a worker has begun."""
    if attempt.status != Status.QUEUED:
        return None
    return 1 + Attempt.objects.filter(status__in=ACTIVE, created_at__lt=attempt.created_at).count()


def failure_replay(*, attempt: Attempt, person: Person) -> tuple[Run | None, list[Problem]]:
    """A live run of what failed first: the revision, scenario and seed of then, waiting shortly before the moment."""
    first = (attempt.verdict or {}).get("first_failure")
    if not first:
        return None, [Problem("attempt", "verdict", attempt.status, "must be there, with something that failed")]
    return scenario_replay(
        attempt=attempt, person=person, scenario=first["scenario"], seed=first["seed"], at_s=first["t_s"]
    )


def scenario_replay(
    *, attempt: Attempt, person: Person, scenario: str, seed: int, at_s: float | None = None
) -> tuple[Run | None, list[Problem]]:
    """A graded run again, live; with `at_s` it goes there as fast as it can and waits a little before."""
    if attempt.verdict is None:
        return None, [Problem("attempt", "verdict", attempt.status, "must be there first")]
    cell = attempt.cells.filter(scenario=scenario, seed=seed).first()
    lab = labs()[attempt.work.lab]
    if cell is None or lab.digest != attempt.digest:
        return None, [Problem("attempt", "scenario", scenario, "must be a graded run of the lab as it is now")]
    design = attempt.work.design
    script = lab.scenario(scenario).script_for(seed, parsed_at(design, attempt.revision))
    commands: list[dict[str, Any]] = []
    if at_s is not None and at_s > EARLY_S:
        commands = [{"command": "pause"}, {"command": "step", "for_s": round(at_s - EARLY_S, 1)}]
    return run_start(
        design=design, person=person, seed=seed, revision=attempt.revision, script=script, commands=commands
    )
