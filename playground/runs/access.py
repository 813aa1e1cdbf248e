"""From a request to the run that it names, if the caller may do that to its design."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from playground.accounts.services import person_of
from playground.designs.access import require
from playground.designs.permissions import Action, role_of
from playground.runs.models import Run


def run_for(request: HttpRequest, id: str, action: Action) -> Run:
    """Raises Http404 and PermissionDenied."""
    run = get_object_or_404(Run.objects.select_related("design"), pk=id)
    require(role_of(person_of(request), run.design, request.GET.get("share", "")), action)
    return run
