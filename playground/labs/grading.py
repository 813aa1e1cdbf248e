"""What workers do to cells: take, give a sign of life, finish. Only worker/batch.py and the reaper call this.

Every write names the try (the fencing number): a worker whose cell was given to another changes nothing, and is told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import redis
from django.db import transaction
from django.utils import timezone

from components.lab import Lab, verdict
from components.model import Design
from playground.designs.documents import parsed_at
from playground.labs import sending
from playground.labs.catalogue import labs
from playground.labs.models import ACTIVE, Attempt, CellStatus, GradeCell, Status
from playground.labs.scores import score_of
from playground.limits import CELL_HEARD_S, TRIES_PER_CELL
from playground.runtime.redis import sync_client

RESEND_S = 20  # a waiting cell that nobody has in a queue is sent again after this
FORGOTTEN_S = 600  # and one that is waiting for so long is sent again in any case

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """Everything that a worker needs to grade one scenario with one seed."""

    cell: int
    turn: int
    lab: Lab
    design: Design
    scenario: str
    seed: int


def cell_take(*, cell: int) -> Taken | None:
    """Gives a waiting cell to the caller. None if there is nothing to do: drop the task."""
    with transaction.atomic():
        found = _waiting(cell)
        if found is None:
            return None
        attempt = found.attempt
        lab = labs().get(attempt.work.lab)
        if lab is None or lab.digest != attempt.digest:
            _fail(attempt, "The lab was changed meanwhile. Submit again.")
            return None
        if found.tries >= TRIES_PER_CELL:
            _fail(attempt, f"{found.tries} workers in a row were lost with it.")
            return None
        found.status, found.tries, found.heard_at = CellStatus.RUNNING, found.tries + 1, timezone.now()
        found.save(update_fields=["status", "tries", "heard_at"])
        Attempt.objects.filter(pk=attempt.pk, status=Status.QUEUED).update(status=Status.RUNNING)
    design = parsed_at(attempt.work.design, attempt.revision)
    return Taken(found.pk, found.tries, lab, design, found.scenario, found.seed)


def _waiting(cell: int) -> GradeCell | None:
    rows = GradeCell.objects.select_for_update(of=("self",)).select_related("attempt__work__design")
    return rows.filter(pk=cell, status=CellStatus.WAITING, attempt__status__in=ACTIVE).first()


def cell_heard(*, cell: int, turn: int) -> bool:
    """A sign of life. False: the attempt is over or the cell is another's, so stop."""
    return bool(_held(cell, turn).update(heard_at=timezone.now()))


def cell_finish(*, cell: int, turn: int, result: dict[str, Any]) -> bool:
    """Stores a result; with the last one comes the verdict, in the same transaction. False: the cell is another's."""
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update().filter(cells=cell, status__in=ACTIVE).first()
        if attempt is None or not _held(cell, turn).update(status=CellStatus.DONE, result=result):
            return False
        if not attempt.cells.exclude(status=CellStatus.DONE).exists():
            _conclude(attempt)
    return True


def cell_failed(*, cell: int, turn: int, detail: str) -> None:
    """A cell that cannot be computed ends its attempt."""
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update().filter(cells=cell, status__in=ACTIVE).first()
        if attempt is not None and _held(cell, turn).exists():
            _fail(attempt, detail)


def _held(cell: int, turn: int) -> Any:
    return GradeCell.objects.filter(pk=cell, tries=turn, status=CellStatus.RUNNING, attempt__status__in=ACTIVE)


def _conclude(attempt: Attempt) -> None:
    lab = labs()[attempt.work.lab]
    results = [cell.result for cell in attempt.cells.order_by("pk") if cell.result is not None]
    attempt.verdict = verdict(lab, parsed_at(attempt.work.design, attempt.revision), results)
    attempt.passed = attempt.verdict["passed"]
    attempt.score = score_of(lab, attempt.verdict, attempt.hints)
    attempt.status, attempt.finished_at = Status.DONE, timezone.now()
    attempt.save(update_fields=["verdict", "passed", "score", "status", "finished_at"])


def _fail(attempt: Attempt, detail: str) -> None:
    attempt.status, attempt.detail, attempt.finished_at = Status.FAILED, detail[:500], timezone.now()
    attempt.save(update_fields=["status", "detail", "finished_at"])


def cells_resend() -> int:
    """Gives cells of lost workers to others, and sends tasks again that the broker has forgotten. Returns how many."""
    now = timezone.now()
    running = GradeCell.objects.filter(status=CellStatus.RUNNING, attempt__status__in=ACTIVE)
    silent = running.filter(heard_at__lt=now - timedelta(seconds=CELL_HEARD_S))
    lost = [cell.pk for cell in silent if _held(cell.pk, cell.tries).update(status=CellStatus.WAITING)]
    if lost:
        log.warning("cells %s lost their workers", lost)
    patience = FORGOTTEN_S if _queued() else RESEND_S
    waiting = GradeCell.objects.filter(status=CellStatus.WAITING, attempt__status__in=ACTIVE).exclude(pk__in=lost)
    late = waiting.filter(heard_at__lt=now - timedelta(seconds=patience)).order_by("pk").values_list("pk", flat=True)
    return sending.cells_send([*lost, *late[:200]])


def _queued() -> int:
    try:
        return int(sync_client().llen(sending.WAITING))
    except redis.RedisError:
        return 1
