"""From a request to the class that it names, if the caller may do that to it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from playground.accounts.services import person_of
from playground.live.models import Session
from playground.live.permissions import Act, Seat, allowed, seat_of


def session_for(request: HttpRequest, id: str, act: Act) -> tuple[Session, Seat]:
    """Raises Http404 and PermissionDenied."""
    session = get_object_or_404(Session.objects.select_related("owner", "spotlight"), pk=id)
    seat = seat_of(person_of(request), session)
    if not allowed(seat, act):
        raise PermissionDenied(f"you may not {act.value}")
    return session, seat
