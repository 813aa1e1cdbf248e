"""An experiment as JSON: for the API and for pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from playground.experiments.models import CellStatus, Experiment, Status


def experiment_shown(experiment: Experiment, *, whole: bool = True) -> dict[str, Any]:
    """How far it is; with `whole` also its result."""
    done, of = progress_of(experiment)
    row = {
        "id": experiment.pk,
        "design": experiment.design_id,
        "revision": experiment.revision,
        "plan": experiment.plan,
        "status": experiment.status,
        "detail": experiment.detail,
        "done": done,
        "of": of,
        "left_s": left_s(experiment, done, of),
        "created_at": experiment.created_at.isoformat(),
        "finished_at": experiment.finished_at.isoformat() if experiment.finished_at else None,
    }
    return row | ({"result": experiment.result} if whole else {})


def progress_of(experiment: Experiment) -> tuple[int, int]:
    """(cells that are done, all)."""
    cells = experiment.cells
    return cells.filter(status=CellStatus.DONE).count(), cells.count()


def left_s(experiment: Experiment, done: int, of: int) -> int | None:
    """Seconds that it will still take, by what it took so far. None while nobody can know."""
    if experiment.status != Status.RUNNING or not done or experiment.started_at is None:
        return None
    spent = (timezone.now() - experiment.started_at).total_seconds()
    return max(1, round(spent / done * (of - done)))
