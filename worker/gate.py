"""Gate: a worker that has enough to do takes no more runs; they wait in the queue, where others may take them.

WORKER_FULL in the environment is the share of one core at which that is so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import structlog

FULL = float(os.environ.get("WORKER_FULL") or 0.75)  # of one core
ROOM = 0.8 * FULL
LOOK_S = 1.0

log = structlog.get_logger()


class Gate:
    """`busy` is a share of one core; `stop` and `take` close and open the worker's end of the queue."""

    def __init__(self, busy: Callable[[], float], stop: Callable[[], object], take: Callable[[], object]) -> None:
        self._busy, self._stop, self._take = busy, stop, take
        self.open = True

    def look(self) -> None:
        """Between FULL and ROOM it stays as it is, or it would flap."""
        busy = self._busy()
        if self.open and busy >= FULL:
            self.open = False
            self._stop()
            log.warning("worker is full and takes no more runs", busy=round(busy, 2))
        elif not self.open and busy <= ROOM:
            self.open = True
            self._take()
            log.warning("worker takes runs again", busy=round(busy, 2))

    def keep(self) -> None:
        while True:
            self.look()
            time.sleep(LOOK_S)
