"""Labs are open to everybody, each with work of their own; an attempt is its learner's alone."""

from __future__ import annotations

from typing import Any

from playground.labs.attempts import attempt_submit
from playground.labs.models import Attempt
from playground.labs.services import labs, work_open
from tests.playground.roles.cast import OWNERS, World, allow, everybody

SLUG = "cache-and-load-balancer"
OWN = allow(OWNERS)

PAGES = {
    ("GET", "learn"): everybody(),
    ("GET", "lab"): everybody(),
    ("POST", "lab-hints"): everybody(),
    ("POST", "lab-prediction"): everybody(),
    ("POST", "lab-submit"): everybody(),
    ("POST", "lab-solution"): everybody(422),
    ("GET", "attempt"): OWN,
    ("POST", "attempt-cancel"): OWN,
}
CALLS = {
    ("GET", "/labs"): everybody(),
    ("GET", "/labs/{slug}"): everybody(),
    ("POST", "/labs/{slug}/open"): everybody(),
    ("POST", "/labs/{slug}/prediction"): everybody(),
    ("POST", "/labs/{slug}/hints"): everybody(),
    ("GET", "/labs/{slug}/prices"): everybody(404),
    ("POST", "/labs/{slug}/runs"): everybody(201),
    ("POST", "/labs/{slug}/attempts"): everybody(201),
    ("GET", "/attempts/{id:id}"): OWN,
    ("POST", "/attempts/{id:id}/cancel"): OWN,
    ("POST", "/attempts/{id:id}/replay"): allow(OWNERS, yes=422),
}
CHOICE = labs()[SLUG].prediction.choices[0]  # type: ignore[union-attr]
SENDS: dict[str, Any] = {
    "lab-hints": {"number": "1"},
    "lab-prediction": {"choice": CHOICE},
    "/labs/{slug}/prediction": {"choice": CHOICE},
    "/labs/{slug}/hints": {"number": 1},
}


def attempt(world: World) -> Attempt:
    """One of the owner."""
    owner = world.person("owner")
    work, problems = work_open(person=owner, slug=SLUG)
    assert work is not None, problems
    made, problems = attempt_submit(work=work, person=owner)
    assert made is not None, problems
    return made


def values(name: str, world: World) -> dict[str, str]:
    return {"slug": SLUG} if "lab" in name else {"id": world.the(attempt).pk}
