"""What workers do to cells: take, give a sign of life, finish, conclude. Only worker/sweeping.py calls this.

Every write names the try (the fencing number): a worker whose cell was given to another changes nothing, and is told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import redis
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from components.experiment import Plan, more_of, parse, result_of
from components.model import Design as Parsed
from playground.designs.documents import parsed_at
from playground.experiments import sending
from playground.experiments.models import ACTIVE, CellStatus, Experiment, ExperimentCell, Status
from playground.limits import CELL_HEARD_S, TRIES_PER_CELL
from playground.runtime.redis import sync_client

RESEND_S = 20  # a waiting cell that nobody has in a queue is sent again after this
FORGOTTEN_S = 600  # and one that is waiting for so long is sent again in any case

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """Everything that a worker needs to compute one cell."""

    cell: int
    turn: int
    design: Parsed
    plan: Plan
    point: int
    seed: int


@lru_cache(maxsize=8)
def plan_of(experiment: Experiment) -> tuple[Parsed, Plan]:
    """The design and the plan, which never change and were checked when they were stored: every point of it.

    Raises ValueError where they no longer pass.
    """
    design = parsed_at(experiment.design, experiment.revision)
    plan, problems = parse(experiment.plan, design)
    if plan is None:
        raise ValueError("; ".join(problem.line() for problem in problems))
    return design, plan


def waiting_of(*, experiment: str) -> list[int]:
    """Cells that want a task now; they count as sent."""
    if not Experiment.objects.filter(pk=experiment, status__in=ACTIVE).exists():
        return []
    cells = ExperimentCell.objects.filter(experiment=experiment, status=CellStatus.WAITING)
    found = list(cells.order_by("pk").values_list("pk", flat=True))
    cells.update(heard_at=timezone.now())
    return found


def cell_take(*, cell: int) -> Taken | None:
    """Gives a waiting cell to the caller. None if there is nothing to do: drop the task."""
    with transaction.atomic():
        rows = ExperimentCell.objects.select_for_update(of=("self",)).select_related("experiment__design")
        found = rows.filter(pk=cell, status=CellStatus.WAITING, experiment__status__in=ACTIVE).first()
        if found is None:
            return None
        experiment = found.experiment
        if found.tries >= TRIES_PER_CELL:
            _fail(experiment, f"{found.tries} workers in a row were lost with one run.")
            return None
        found.status, found.tries, found.heard_at = CellStatus.RUNNING, found.tries + 1, timezone.now()
        found.save(update_fields=["status", "tries", "heard_at"])
        waiting = Experiment.objects.filter(pk=experiment.pk, status=Status.QUEUED)
        waiting.update(status=Status.RUNNING, started_at=timezone.now())
    try:
        design, plan = plan_of(experiment)
    except (ValueError, LookupError) as error:
        _fail(experiment, str(error))
        return None
    return Taken(found.pk, found.tries, design, plan, found.point, found.seed)


def cell_heard(*, cell: int, turn: int) -> bool:
    """A sign of life. False: the experiment is over or the cell is another's, so stop."""
    return bool(_held(cell, turn).update(heard_at=timezone.now()))


def cell_finish(*, cell: int, turn: int, result: dict[str, Any]) -> bool:
    """Stores what was counted. False: the cell is another's."""
    return bool(_held(cell, turn).update(status=CellStatus.DONE, result=result, heard_at=timezone.now()))


def cell_failed(*, cell: int, turn: int, detail: str) -> None:
    """A cell that cannot be computed ends its experiment."""
    with transaction.atomic():
        experiment = Experiment.objects.select_for_update().filter(cells=cell, status__in=ACTIVE).first()
        if experiment is not None and _held(cell, turn).exists():
            _fail(experiment, detail)


def experiment_conclude(*, experiment: str) -> bool:
    """Computes the result once every cell is done, or adds the cells of the next round and has them sent.

    Called twice, or too early, it does nothing. True: there is a result now.
    """
    with transaction.atomic():
        rows = Experiment.objects.select_for_update(of=("self",)).select_related("design")
        found = rows.filter(pk=experiment, status__in=ACTIVE).first()
        if found is None or found.cells.exclude(status=CellStatus.DONE).exists():
            return False
        design, plan = plan_of(found)
        cells = {(cell.point, cell.seed): cell.result for cell in found.cells.all() if cell.result is not None}
        try:
            more = more_of(plan, cells)
            found.result = None if more else result_of(plan, cells, design.scale)
        except Exception as error:  # whoever waits must hear of it, and nobody should try again for ever
            log.exception("experiment %s cannot be concluded", experiment)
            _fail(found, f"Its result could not be computed: {type(error).__name__}: {error}")
            return False
        if more:
            rows_of = [ExperimentCell(experiment=found, point=point, seed=seed) for point, seed in more]
            ExperimentCell.objects.bulk_create(rows_of, batch_size=500)
        else:
            found.status, found.finished_at = Status.DONE, timezone.now()
            found.save(update_fields=["result", "status", "finished_at"])
    if more:
        sending.experiment_send(experiment)
    return not more


def experiments_resend() -> list[str]:
    """Gives cells of lost workers to others, and concludes what nobody called back for. Experiments to be fanned out again."""
    now = timezone.now()
    running = ExperimentCell.objects.filter(status=CellStatus.RUNNING, experiment__status__in=ACTIVE)
    silent = list(running.filter(heard_at__lt=now - timedelta(seconds=CELL_HEARD_S)))
    lost = [cell for cell in silent if _held(cell.pk, cell.tries).update(status=CellStatus.WAITING)]
    if lost:
        log.warning("cells %s of experiments lost their workers", [cell.pk for cell in lost])
    active = Experiment.objects.filter(status__in=ACTIVE)
    complete = active.exclude(cells__status__in=(CellStatus.WAITING, CellStatus.RUNNING))
    overdue = complete.annotate(last=Max("cells__heard_at")).filter(last__lt=now - timedelta(seconds=RESEND_S))
    for key in overdue.values_list("pk", flat=True):
        experiment_conclude(experiment=key)
    patience = FORGOTTEN_S if _queued() else RESEND_S
    waiting = ExperimentCell.objects.filter(status=CellStatus.WAITING, experiment__status__in=ACTIVE)
    late = (
        waiting.filter(heard_at__lt=now - timedelta(seconds=patience)).values_list("experiment", flat=True).distinct()
    )
    wanted = sorted({cell.experiment_id for cell in lost} | set(late))
    return [key for key in wanted if sending.experiment_send(key)]


def _held(cell: int, turn: int) -> Any:
    held = {"tries": turn, "status": CellStatus.RUNNING, "experiment__status__in": ACTIVE}
    return ExperimentCell.objects.filter(pk=cell, **held)


def _fail(experiment: Experiment, detail: str) -> None:
    ended = {"status": Status.FAILED, "detail": detail[:500], "finished_at": timezone.now()}
    Experiment.objects.filter(pk=experiment.pk, status__in=ACTIVE).update(**ended)


def _queued() -> int:
    try:
        return int(sync_client().llen(sending.WAITING))
    except redis.RedisError:
        return 1
