"""From a request to the experiment that it names: who may see the design may look, who may run it may start and cancel."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from playground.accounts.services import person_of
from playground.designs.access import require
from playground.designs.permissions import Action, Role, role_of
from playground.experiments.models import Experiment


def experiment_for(request: HttpRequest, id: str, action: Action) -> tuple[Experiment, Role, str]:
    """The experiment, the caller's role and the share token of the query. Raises Http404 and PermissionDenied."""
    experiment = get_object_or_404(Experiment.objects.select_related("design"), pk=id)
    token = request.GET.get("share", "")
    role = role_of(person_of(request), experiment.design, token)
    require(role, action)
    return experiment, role, token
