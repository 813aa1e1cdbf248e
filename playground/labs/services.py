"""What people do with labs, attempts apart: open, predict, open a hint, try, look at the solution."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from components.cost import cost
from components.lab import Lab
from components.problem import Problem
from playground.accounts.models import Person
from playground.designs.documents import parsed_of
from playground.designs.models import Design
from playground.designs.services import design_create
from playground.labs.catalogue import labs, modules
from playground.labs.models import Attempt, Work
from playground.runs.models import Run
from playground.runs.services import run_start

__all__ = [
    "hint_open",
    "labs",
    "modules",
    "predict",
    "progress_of",
    "prices_of",
    "solution_open",
    "try_run",
    "work_open",
]


def work_open(*, person: Person, slug: str) -> tuple[Work | None, list[Problem]]:
    """The person's work on a lab, with a design of their own under the lab's rules; the same one every time."""
    lab = labs().get(slug)
    if lab is None:
        return None, [Problem("lab", "slug", slug, f"must be one of {', '.join(labs())}")]
    found = Work.objects.select_related("design").filter(person=person, lab=slug).first()
    if found is not None:
        return found, []
    try:
        with transaction.atomic():
            design, problems = design_create(owner=person, document=lab.start, blueprint=f"lab:{slug}"[:80])
            if design is None:
                return None, problems
            design.rules = dict(lab.rules)
            design.save(update_fields=["rules"])
            return Work.objects.create(person=person, lab=slug, design=design), []
    except IntegrityError:  # two tabs opened it at once
        return Work.objects.select_related("design").get(person=person, lab=slug), []


def predict(*, work: Work, choice: str) -> list[Problem]:
    """Keeps what the person thinks will fail first; it stands once something has run."""
    asked = labs()[work.lab].prediction
    if asked is None or choice not in asked.choices:
        return [Problem("lab", "prediction", choice, "must be one of the choices")]
    if has_run(work):
        return [Problem("lab", "prediction", choice, "must be made before the first run")]
    work.prediction = choice
    work.save(update_fields=["prediction"])
    return []


def hint_open(*, work: Work, number: int) -> list[Problem]:
    """Opens hint `number` (1 = first), in order; opening one that is open costs nothing more."""
    hints = labs()[work.lab].hints
    if not 1 <= number <= len(hints):
        return [Problem("lab", "hint", number, f"must be between 1 and {len(hints)}")]
    if number > work.hints + 1:
        return [Problem("lab", "hint", number, f"comes after hint {work.hints + 1}")]
    if number > work.hints:
        Work.objects.filter(pk=work.pk, hints=work.hints).update(hints=number)
        work.hints = number
    return []


def try_run(*, work: Work, person: Person) -> tuple[Run | None, list[Problem]]:
    """A live run of the newest revision under the first scenario that is no secret."""
    lab = labs()[work.lab]
    shown = next((scenario for scenario in lab.scenarios if not scenario.hidden), None)
    seed = secrets.randbelow(2**31)
    script = None if shown is None else shown.script_for(seed, parsed_of(work.design))
    run, problems = run_start(design=work.design, person=person, seed=seed, script=script)
    if run is not None:
        tried(work)
    return run, problems


def has_run(work: Work) -> bool:
    """Whether anybody could have seen what fails: by a run of the lab, or of its design in the editor."""
    return work.tried_at is not None or work.design.runs.exists()


def tried(work: Work) -> None:
    """From now on the prediction stands."""
    if work.tried_at is None:
        work.tried_at = timezone.now()
        work.save(update_fields=["tried_at"])


def solution_open(*, work: Work, person: Person) -> tuple[Design | None, list[Problem]]:
    """The reference as a design of the person's own, for those who have passed."""
    if not work.attempts.filter(passed=True).exists():
        return None, [Problem("lab", "solution", None, "is shown once you have passed")]
    return design_create(owner=person, document=labs()[work.lab].solution)


def prices_of(work: Work) -> dict[str, Any]:
    """What the newest revision costs, and whether that keeps the goals that are about prices."""
    priced = [goal for goal in labs()[work.lab].goals if goal.measure == "cost.per_month"]
    price = cost(parsed_of(work.design))
    value = price["per_month"]
    goals = {goal.id: {"value": value, "limit": goal.limit, "passed": goal.holds(value)} for goal in priced}
    return {"revision": work.design.revision, "cost": price, "goals": goals}


def progress_of(person: Person | None) -> dict[str, dict[str, Any]]:
    """By slug, of every lab that the person has opened: `passed`, and the best score or None."""
    if person is None:
        return {}
    works = Work.objects.filter(person=person).annotate(best=Max("attempts__score"))
    passed = set(Attempt.objects.filter(work__person=person, passed=True).values_list("work__lab", flat=True))
    return {work.lab: {"passed": work.lab in passed, "best": work.best} for work in works}


def lab_of_work(work: Work) -> Lab:
    return labs()[work.lab]
