"""Tasks of experiments. A task only says what wants a look: losing one, or having it twice, does no harm."""

from __future__ import annotations

import logging

import kombu.exceptions

from playground.celery import app

FAN_TASK = "worker.experiment_fan"  # argument: the experiment; sends a task for each of its waiting cells
CELL_TASK = "worker.experiment_cell"  # argument: the key of the cell
CONCLUDE_TASK = "worker.experiment_conclude"  # argument: the experiment; the callback of the chord
QUEUE = "batch"
PRIORITY = 9  # the last: whoever waits for a grade comes first
WAITING = f"{QUEUE}\x06\x16{PRIORITY}"  # the list in Redis where tasks of this priority wait

log = logging.getLogger(__name__)


def experiment_send(experiment: str) -> bool:
    """False: it waits for the next experiments_resend."""
    try:
        app.send_task(FAN_TASK, args=[experiment], queue=QUEUE, priority=PRIORITY, retry=False, ignore_result=True)
    except (kombu.exceptions.OperationalError, OSError) as error:
        log.error("experiment %s cannot be queued: %s", experiment, error)
        return False
    return True
