"""Links to runs: made and revoked by the owner of the design, good for playing one run again."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from components.problem import Problem
from playground.designs.models import Design
from playground.runs.models import Run, RunLink


def newest_run(design: Design) -> Run | None:
    return design.runs.order_by("-created_at").first()


def link_create(*, run: Run | None) -> tuple[RunLink | None, list[Problem]]:
    """The link of a run: the one that there is already, unless it was revoked."""
    if run is None:
        return None, [Problem("run", "", None, "must exist; run the design first")]
    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)
        return RunLink.objects.filter(run=run, revoked_at=None).first() or RunLink.objects.create(run=run), []


def link_find(token: str) -> RunLink | None:
    """The link of a token that was not revoked, with its run and design."""
    return RunLink.objects.select_related("run__design").filter(token=token, revoked_at=None).first()


def links_revoke(*, design: Design) -> int:
    """Ends the links of all runs of a design. Returns how many there were."""
    return RunLink.objects.filter(run__design=design, revoked_at=None).update(revoked_at=timezone.now())
