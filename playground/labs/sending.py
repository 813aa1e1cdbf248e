"""Tasks of cells. A task only says which cell wants a look: losing one, or having it twice, does no harm."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import kombu.exceptions
from django.utils import timezone

from playground.celery import app
from playground.labs.models import CellStatus, GradeCell

TASK = "worker.grade_cell"  # argument: the key of the cell
QUEUE = "batch"
PRIORITY = 6  # 0 comes first: what keeps runs alive must not wait behind what is graded
WAITING = f"{QUEUE}\x06\x16{PRIORITY}"  # the list in Redis where tasks of this priority wait

log = logging.getLogger(__name__)


def cells_send(cells: Sequence[int]) -> int:
    """Puts waiting cells into Celery's queue; those that cannot be sent now are sent by the next cells_resend."""
    sent = 0
    for cell in cells:
        try:
            app.send_task(TASK, args=[cell], queue=QUEUE, priority=PRIORITY, retry=False, ignore_result=True)
        except (kombu.exceptions.OperationalError, OSError) as error:
            log.error("cell %s cannot be queued: %s", cell, error)
            break
        sent += 1
    GradeCell.objects.filter(pk__in=cells[:sent], status=CellStatus.WAITING).update(heard_at=timezone.now())
    return sent
