"""Links to runs: made and revoked by the owner of the design, good for playing one run again."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from components.problem import Problem
from playground.designs.models import Design
from playground.designs.sharing import ENDS
from playground.runs.models import Run, RunLink


def newest_run(design: Design) -> Run | None:
    return design.runs.order_by("-created_at").first()


def link_create(*, run: Run | None, ends: object = None) -> tuple[RunLink | None, list[Problem]]:
    """The link of a run: the one that there is already, unless it was revoked or is over.

    `ends`, a word of ENDS, says how long it is good for from now; None leaves that as it is.
    """
    if run is None:
        return None, [Problem("run", "", None, "must exist; run the design first")]
    if ends is not None and ends not in ENDS:
        return None, [Problem("link", "ends", ends, f"must be one of {', '.join(ENDS)}")]
    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)
        link = RunLink.objects.filter(RunLink.open(), run=run).first() or RunLink.objects.create(run=run)
        if ends is not None:
            after = ENDS[str(ends)]
            link.expires_at = None if after is None else timezone.now() + after
            link.save(update_fields=["expires_at"])
    return link, []


def link_find(token: str) -> RunLink | None:
    """The link of a token that was not revoked and is not over, with its run and design."""
    return RunLink.objects.select_related("run__design").filter(RunLink.open(), token=token).first()


def links_revoke(*, design: Design) -> int:
    """Ends the links of all runs of a design. Returns how many there were."""
    return RunLink.objects.filter(RunLink.open(), run__design=design).update(revoked_at=timezone.now())
