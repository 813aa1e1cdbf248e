"""Classes: open, close, reopen, and the switches that an instructor turns for all. Problems are values."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from components.problem import Problem
from playground.accounts.models import Person
from playground.limits import SESSIONS_PER_PERSON
from playground.live.codes import new_code
from playground.live.models import Session
from playground.live.news import changed
from playground.live.words import line
from playground.live.work import thaw_all

SEED_MOST = 2**31 - 1
TITLE_CHARS = 80
TRIES = 20


def session_open(*, owner: Person, title: str, led_by: str = "") -> tuple[Session | None, list[Problem]]:
    """A class with a code that no other class has."""
    problems = [
        Problem("class", field, text, f"must be at most {TITLE_CHARS} characters")
        for field, text in (("title", title), ("led_by", led_by))
        if len(text) > TITLE_CHARS
    ]
    title, led_by = line(title), line(led_by)
    if not title:
        problems.append(Problem("class", "title", title, "must be given"))
    if problems:
        return None, problems
    if Session.objects.filter(owner=owner, closed_at=None).count() >= SESSIONS_PER_PERSON:
        return None, [Problem("class", "count", SESSIONS_PER_PERSON, "close a class before you open another one")]
    for _ in range(TRIES):
        seed = secrets.randbelow(10_000)
        session = Session(owner=owner, title=title, led_by=led_by, seed=seed, code=new_code())
        try:
            with transaction.atomic():
                session.save(force_insert=True)
        except IntegrityError:
            continue  # another class has this code
        return session, []
    return None, [Problem("class", "code", None, "no code is free; try again")]


def session_set(*, session: Session, **changes: Any) -> None:
    """Stores what an instructor switched, and tells everybody."""
    Session.objects.filter(pk=session.pk).update(**changes)
    for name, value in changes.items():
        setattr(session, name, value)
    changed(session.pk)


def session_close(*, session: Session) -> None:
    """Nobody joins any more; what was made stays with those who made it, and can be changed by them."""
    thaw_all(session)
    session_set(session=session, closed_at=timezone.now(), frozen=False)


def session_reopen(*, session: Session) -> None:
    session_set(session=session, closed_at=None)


def seed_set(*, session: Session, seed: object) -> list[Problem]:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= SEED_MOST:
        return [Problem("class", "seed", seed, f"must be a whole number between 0 and {SEED_MOST}")]
    session_set(session=session, seed=seed)
    return []


def sessions_of(person: Person) -> list[Session]:
    """Those that the person opened, newest first."""
    return list(Session.objects.filter(owner=person).order_by("-created_at")[:100])
