"""From a request to the design that it names, if the caller may do that."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from playground.accounts.services import person_of
from playground.designs.models import Design
from playground.designs.permissions import Action, Role, allowed, role_of, share_of


def design_for(request: HttpRequest, id: str, action: Action) -> tuple[Design, Role, str]:
    """The design, the caller's role and the share token of the query. Raises Http404 and PermissionDenied."""
    design = get_object_or_404(Design, pk=id)
    token = request.GET.get("share", "")
    role = role_of(person_of(request), design, token)
    require(role, action)
    return design, role, token


@dataclass(frozen=True)
class Seen:
    """A design at a revision, as somebody may see it. `frozen`: by a link that shows this revision alone."""

    design: Design
    role: Role
    token: str
    revision: int
    frozen: bool


def seen_for(request: HttpRequest, id: str, revision: int | None = None) -> Seen:
    """The newest revision or the one asked for; a frozen link opens its own. Raises Http404 and PermissionDenied."""
    design = get_object_or_404(Design, pk=id)
    token = request.GET.get("share", "")
    role = role_of(person_of(request), design, token)
    if allowed(role, Action.SEE):
        at = design.revision if revision is None else revision
        if not 0 <= at <= design.revision:
            raise Http404
        return Seen(design, role, token, at, frozen=False)
    share = share_of(token, design)
    if share is None or share.revision is None or revision not in (None, share.revision):
        raise PermissionDenied(f"you may not {Action.SEE.value}")
    return Seen(design, Role.VIEWER, token, share.revision, frozen=True)


def require(role: Role, action: Action) -> None:
    """Raises PermissionDenied."""
    if not allowed(role, action):
        raise PermissionDenied(f"you may not {action.value}")
