"""The reaper: finds runs whose worker is gone and puts them back into the queue.

Called every few seconds by beat, and more often by `manage.py playground`. Any number may call it at once.
"""

from __future__ import annotations

import logging
import time

from django.utils import timezone

from playground.runs import keys, lifecycle
from playground.runs.models import ACTIVE, Run, Status
from playground.runtime.redis import sync_client

SURE_S = 0.7  # a lease is renewed every 0.5 s: one that is still missing after this is not merely late
YOUNG_S = 6  # a server that has just started knows no lease yet

log = logging.getLogger(__name__)


def reap(sure_s: float = SURE_S) -> int:
    """Returns how many runs were put back, and sends tasks again that the broker has forgotten."""
    client = sync_client()
    orphans = _orphans()
    if orphans and client.info("server")["uptime_in_seconds"] < YOUNG_S:
        return 0
    if orphans and sure_s:
        time.sleep(sure_s)
        orphans &= _orphans()
    for run, attempt, host in sorted(orphans):
        log.warning("run %s lost its worker %s", run, host)
        lifecycle.run_lost(run_id=run, attempt=attempt)
    lifecycle.runs_resend()
    return len(orphans)


def abandon() -> int:
    """Stops the runs that a playground left when it was closed with its embedded server: their frames are gone."""
    changes = {"status": Status.STOPPED, "detail": "The playground was closed.", "finished_at": timezone.now()}
    return Run.objects.filter(status__in=ACTIVE).update(**changes)


def _orphans() -> set[tuple[str, int, str]]:
    taken = lifecycle.runs_taken()
    if not taken:
        return set()
    leases = sync_client().mget([keys.host(host) for _, _, host in taken])
    return {row for row, lease in zip(taken, leases, strict=True) if lease is None}
