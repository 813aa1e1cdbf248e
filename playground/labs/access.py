"""From a request to the attempt that it names, if the caller may do that; and to the lab, which everybody may."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from components.lab import Lab
from playground.accounts.services import person_of
from playground.labs.catalogue import labs
from playground.labs.models import Attempt
from playground.labs.permissions import Action, allowed, role_of


def lab_named(slug: str) -> Lab:
    """Raises Http404."""
    lab = labs().get(slug)
    if lab is None:
        raise Http404
    return lab


def attempt_for(request: HttpRequest, id: str, action: Action) -> Attempt:
    """Raises Http404 and PermissionDenied."""
    attempt = get_object_or_404(Attempt.objects.select_related("work__design"), pk=id)
    if not allowed(role_of(person_of(request), attempt.work), action):
        raise PermissionDenied(f"you may not {action.value}")
    return attempt
