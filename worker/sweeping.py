"""Celery tasks of experiments, on the queue `batch`: a group of cells, and a chord's callback that concludes.

The database says what is done. A cell that two workers have, or a callback that never comes, changes nothing: cells
are taken under a fencing number, and what was lost on the way is sent again.
"""

from __future__ import annotations

import time

import structlog
from celery import chord

from playground.celery import app
from playground.experiments import cells, sending
from playground.limits import EXPERIMENT_CELL_S
from worker.insist import insist
from worker.sweep.cell import run_cell

HEARD_S = 2.0  # between two signs of life

log = structlog.get_logger()


class Watch:
    """Says now and then that a cell is being worked on, and hears whether anybody still wants it."""

    def __init__(self, taken: cells.Taken) -> None:
        self.taken = taken
        self.began = self.said = time.monotonic()
        self.wanted = True

    def over(self) -> bool:
        """Whether to stop. Raises ValueError for a run that takes too long."""
        now = time.monotonic()
        if now - self.began > EXPERIMENT_CELL_S:
            raise ValueError(f"One run took more than {EXPERIMENT_CELL_S} s: lower the load, or make runs shorter.")
        if self.wanted and now - self.said > HEARD_S:
            self.said = now
            self.wanted = insist(cells.cell_heard, cell=self.taken.cell, turn=self.taken.turn)
        return not self.wanted


@app.task(name=sending.FAN_TASK)
def fan(experiment: str) -> None:
    """Sends every waiting cell, and one task for when all of them are done."""
    waiting = insist(cells.waiting_of, experiment=experiment)
    if not waiting:
        conclude(experiment)
        return
    place = {"queue": sending.QUEUE, "priority": sending.PRIORITY}
    group = [cell.si(key).set(**place) for key in waiting]
    chord(group, conclude.si(experiment).set(**place)).apply_async()


@app.task(name=sending.CELL_TASK)
def cell(key: int) -> None:
    """Computes one point under one seed. A cell that is not waiting is left alone."""
    taken = insist(cells.cell_take, cell=key)
    if taken is None:
        return
    watch = Watch(taken)
    mine = {"cell": taken.cell, "turn": taken.turn}
    try:
        result = run_cell(taken.design, taken.plan, taken.point, taken.seed, stop=watch.over)
    except Exception as error:
        log.exception("cell of an experiment failed", cell=key)
        detail = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        insist(cells.cell_failed, **mine, detail=detail)
        return
    if result is not None:
        insist(cells.cell_finish, **mine, result=result)


@app.task(name=sending.CONCLUDE_TASK)
def conclude(experiment: str) -> None:
    """Does nothing while a cell is missing."""
    insist(cells.experiment_conclude, experiment=experiment)


@app.task(name="worker.experiments_resend")
def resend() -> None:
    """Sends again what waits for too long."""
    insist(cells.experiments_resend)
