"""From a request to the design that it names, if the caller may do that."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from playground.accounts.services import person_of
from playground.designs.models import Design
from playground.designs.permissions import Action, Role, allowed, role_of


def design_for(request: HttpRequest, id: str, action: Action) -> tuple[Design, Role, str]:
    """The design, the caller's role and the share token of the query. Raises Http404 and PermissionDenied."""
    design = get_object_or_404(Design, pk=id)
    token = request.GET.get("share", "")
    role = role_of(person_of(request), design, token)
    require(role, action)
    return design, role, token


def require(role: Role, action: Action) -> None:
    """Raises PermissionDenied."""
    if not allowed(role, action):
        raise PermissionDenied(f"you may not {action.value}")
