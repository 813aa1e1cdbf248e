"""Who is asking: the person that the signed session cookie names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from playground.accounts.models import Person

SESSION_KEY = "person"


def person_in(session: Mapping[str, Any]) -> Person | None:
    """The person of a session, or None for a stranger and for a row that is gone."""
    id = session.get(SESSION_KEY)
    return Person.objects.filter(pk=id).first() if isinstance(id, str) else None


def person_of(request: HttpRequest) -> Person | None:
    return person_in(request.session)


def person_ensure(request: HttpRequest) -> Person:
    """The person who asks; a stranger becomes a guest, whose cookie goes out with the response."""
    person = person_of(request)
    if person is None:
        person = Person.objects.create()
        request.session[SESSION_KEY] = person.pk
    return person
