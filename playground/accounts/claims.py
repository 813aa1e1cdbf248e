"""A guest gets an account, or is known again: whose work is whose afterwards.

Signing up claims the guest of this browser: the same Person, so everything stays where it is. Signing in to an account
that has a Person already moves what the guest has to that one. A claimed Person opens to its account alone: the cookie
of the guest that it was, which somebody else may have planted or copied, names nobody any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.timezone import now

from playground.accounts.models import Person
from playground.accounts.services import SESSION_KEY

Merge = Callable[[Person, Person], None]
_before: list[Merge] = []


def before_merge(act: Merge) -> Merge:
    """Registers what a room must do before the rows of a guest (first) become those of a person (second)."""
    _before.append(act)
    return act


def enter(sender: object, request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    """Signal user_logged_in: the session names the account's Person from now on."""
    id = request.session.get(SESSION_KEY)
    person = claim(user=user, guest_id=id if isinstance(id, str) else None)
    request.session[SESSION_KEY] = person.pk


@transaction.atomic
def claim(*, user: AbstractBaseUser, guest_id: str | None) -> Person:
    """The Person of an account, which takes what the guest has; one that somebody has claimed is nobody's guest."""
    get_user_model().objects.select_for_update().get(pk=user.pk)  # one of two browsers at a time
    guest = Person.objects.select_for_update().filter(pk=guest_id, user=None, merged_into=None).first()
    mine = Person.objects.select_for_update().filter(user=user.pk).first()
    name = str(getattr(user, "first_name", ""))
    if mine is None and guest is None:
        return Person.objects.create(user_id=user.pk, name=name or "Guest", claimed_at=now())
    if mine is None:
        assert guest is not None
        guest.user_id, guest.name, guest.claimed_at = user.pk, name or guest.name, now()
        guest.save(update_fields=["user", "name", "claimed_at"])
        return guest
    if guest is not None:
        merge(guest, mine)
    return mine


@transaction.atomic
def merge(guest: Person, person: Person) -> None:
    """Everything that points at the guest points at the person; a row that the person has already stays with the guest."""
    for act in _before:
        act(guest, person)
    for relation in Person._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or not (relation.one_to_many or relation.one_to_one):
            continue
        name: str = relation.field.name  # type: ignore[union-attr]
        rows: Any = relation.related_model._base_manager  # type: ignore[union-attr]
        if name != "merged_into" and not _moved(rows.filter(**{name: guest}), name, person):
            for row in rows.filter(**{name: guest}):
                _moved(rows.filter(pk=row.pk), name, person)
    guest.merged_into = person
    guest.save(update_fields=["merged_into"])


def _moved(rows: Any, name: str, person: Person) -> bool:
    """False where one of the rows may be there once only, and the person has it."""
    try:
        with transaction.atomic():
            rows.update(**{name: person})
    except IntegrityError:
        return False
    return True
