"""Who is asking: the person that the signed session cookie names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from playground.accounts.models import Person
from playground.limits import GUESTS_PER_MINUTE
from playground.rates import Buckets

SESSION_KEY = "person"


GUEST_BURST = 200
_newcomers = Buckets(GUESTS_PER_MINUTE / 60, GUEST_BURST)


class TooManyGuests(Exception):
    """More new guests came from one address than GUESTS_PER_MINUTE allows; answered with 429."""


def person_in(session: Mapping[str, Any]) -> Person | None:
    """The person of a session, or None for a stranger and for a row that is gone or somebody else's by now."""
    id = session.get(SESSION_KEY)
    if not isinstance(id, str):
        return None
    person = Person.objects.select_related("user").filter(pk=id, merged_into=None).first()
    return person if person is not None and _opens(session, person) else None


def _opens(session: Mapping[str, Any], person: Person) -> bool:
    """A guest is whoever has the cookie; the person of an account, whoever is signed in to it with its password of today."""
    if person.user is None:
        return True
    given = str(session.get(HASH_SESSION_KEY, ""))
    return str(person.user.pk) == session.get(USER_KEY) and constant_time_compare(
        given, person.user.get_session_auth_hash()
    )


def person_of(request: HttpRequest) -> Person | None:
    return person_in(request.session)


def person_ensure(request: HttpRequest) -> Person:
    """The person who asks; a stranger becomes a guest, whose cookie goes out with the response.

    Raises TooManyGuests.
    """
    person = person_of(request)
    if person is None:
        if not _newcomers.take(address_of(request)):
            raise TooManyGuests
        person = Person.objects.create()
        request.session[SESSION_KEY] = person.pk
    return person


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: behind a proxy that ends TLS, what that proxy has seen."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))
