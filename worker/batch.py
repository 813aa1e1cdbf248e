"""Celery tasks of the queue `batch`: the second door to the database, for what runs as fast as it can.

A graded run is one task. It is cancelled, and shown to be alive, between the slices of its simulation.
"""

from __future__ import annotations

import time

import structlog

from playground.celery import app
from playground.labs import grading, sending
from worker.grading import grade_cell
from worker.insist import insist

HEARD_S = 2.0  # between two signs of life

log = structlog.get_logger()


class Watch:
    """Says now and then that a cell is being worked on, and hears whether anybody still wants it."""

    def __init__(self, taken: grading.Taken) -> None:
        self.taken = taken
        self.said = time.monotonic()
        self.wanted = True

    def over(self) -> bool:
        """Whether to stop."""
        if self.wanted and time.monotonic() - self.said > HEARD_S:
            self.said = time.monotonic()
            self.wanted = insist(grading.cell_heard, cell=self.taken.cell, turn=self.taken.turn)
        return not self.wanted


@app.task(name=sending.TASK)
def grade(cell: int) -> None:
    """Computes one scenario with one seed. A cell that is not waiting is left alone."""
    taken = insist(grading.cell_take, cell=cell)
    if taken is None:
        return
    watch = Watch(taken)
    mine = {"cell": taken.cell, "turn": taken.turn}
    try:
        result = grade_cell(taken.lab, taken.design, taken.lab.scenario(taken.scenario), taken.seed, stop=watch.over)
    except Exception as error:
        log.exception("cell failed", cell=cell)
        detail = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        insist(grading.cell_failed, **mine, detail=detail)
        return
    if result is not None:
        insist(grading.cell_finish, **mine, result=result)


@app.task(name="worker.resend")
def resend() -> None:
    """Sends again what waits for too long."""
    insist(grading.cells_resend)
