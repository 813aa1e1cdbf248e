"""History: what was changed, an old revision to look at, and going back to it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from playground.accounts.services import person_ensure
from playground.designs.access import design_for, seen_for
from playground.designs.history import history as stretches_of
from playground.designs.history import revision_restore
from playground.designs.news import tell_sync
from playground.designs.permissions import Action, allowed
from playground.designs.sharing_views import number
from playground.designs.views import inspected, still
from playground.middleware import refuse


@require_safe
def history(request: HttpRequest, id: str) -> HttpResponse:
    """The popover: newest first; `before` goes on from there."""
    design, role, token = design_for(request, id, Action.SEE)
    before = request.GET.get("before", "")
    at = int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None
    stretches, more = stretches_of(design=design, before=at)
    context = {
        "design": design, "stretches": stretches, "more": more, "token": token, "first": at is None,
        "may_restore": allowed(role, Action.RESTORE), "origin": origin_of(request, design.forked_from_id),
    }  # fmt: skip
    return render(request, "designs/_history.html", context)


@require_safe
def revision(request: HttpRequest, id: str, revision: int) -> HttpResponse:
    """An old revision, read only."""
    return still(request, seen_for(request, id, revision))


@require_safe
def revision_inspector(request: HttpRequest, id: str, revision: int) -> HttpResponse:
    """The settings of what is selected, as they were."""
    seen = seen_for(request, id, revision)
    return inspected(request, seen.design, seen.revision, "viewer")


@require_POST
def restore(request: HttpRequest, id: str) -> HttpResponse:
    """Goes back to `revision` by one new edit, and opens the editor."""
    design, _, token = design_for(request, id, Action.RESTORE)
    revision, problems = number(request, "revision")
    if revision is None:
        return refuse(request, 422, *problems) if problems else redirect("editor", id)
    accepted, problems = revision_restore(design_id=design.pk, person=person_ensure(request), revision=revision)
    if problems:
        return refuse(request, 422, *problems)
    if accepted is not None:
        tell_sync(design.pk, accepted.message())
    return redirect(reverse("shared", args=[token]) if token else reverse("editor", args=[design.pk]))


def origin_of(request: HttpRequest, id: str | None) -> bool:
    """Whether the visitor may look at the design that this one was forked from."""
    if id is None:
        return False
    try:
        seen_for(request, id)
    except (Http404, PermissionDenied):
        return False
    return True
