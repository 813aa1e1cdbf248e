"""What workers do to runs: take, report, finish, hand back. Only worker/tasks.py calls this.

Every write names the attempt (the fencing number): a worker whose run was given to another changes nothing, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from components.model import Design as Parsed
from playground.limits import ATTEMPTS_PER_RUN
from playground.runs.models import OVER, TAKEN, Run, RunCommand, Status
from playground.runs.news import newest_frame, state_publish
from playground.runs.services import design_of, run_send

RESEND_S = 60


@dataclass(frozen=True)
class LogEntry:
    """A command of the run's log; `applied_ns` is None until the virtual time of its application is known."""

    seq: int
    command: dict[str, Any]
    applied_ns: int | None


@dataclass(frozen=True)
class Taken:
    """Everything that a worker needs to make a run: from the start, or again."""

    run: str
    attempt: int
    design: Parsed
    seed: int
    speed: float | str
    log: list[LogEntry]


def run_take(*, run_id: str, host: str) -> Taken | None:
    """Gives a queued run to `host` under a new fencing number. None if it is over, unknown or taken: drop the task."""
    with transaction.atomic():
        run = Run.objects.select_for_update().filter(pk=run_id, status=Status.QUEUED).first()
        if run is None:
            return None
        run.status, run.owner, run.attempt = Status.STARTING, host, run.attempt + 1
        run.started_at = run.started_at or timezone.now()
        run.save(update_fields=["status", "owner", "attempt", "started_at"])
    state_publish(run)
    return Taken(run.pk, run.attempt, design_of(run), run.seed, run.speed, run_log(run_id=run.pk))


def run_log(*, run_id: str, after: int = 0) -> list[LogEntry]:
    """The commands with a number above `after`, in order."""
    entries = RunCommand.objects.filter(run_id=run_id, seq__gt=after).order_by("seq")
    return [LogEntry(entry.seq, entry.command, entry.applied_ns) for entry in entries]


def run_status(*, run_id: str, attempt: int, status: str, virtual_ns: int | None = None) -> bool:
    """Stores `running` or `paused`, which the worker itself shows to the watchers. False: the run is another's."""
    changes: dict[str, Any] = {"status": status} | ({} if virtual_ns is None else {"virtual_ns": virtual_ns})
    return bool(_held(run_id, attempt).update(**changes))


def run_say(*, run_id: str, attempt: int, detail: str) -> bool:
    """Stores and shows a sentence for the watchers, such as the progress of a start."""
    if not _held(run_id, attempt).update(detail=detail[:500]):
        return False
    state_publish(Run.objects.get(pk=run_id))
    return True


def run_applied(*, run_id: str, times: list[tuple[int, int]]) -> None:
    """Stores when commands were applied: (seq, virtual ns) each. A time that is known is never changed."""
    for seq, at in times:
        RunCommand.objects.filter(run_id=run_id, seq=seq, applied_ns=None).update(applied_ns=at)


def run_finish(
    *, run_id: str, attempt: int, status: str, detail: str = "", summary: dict[str, Any] | None = None
) -> bool:
    """The end: finished, stopped or failed. False: the run is another's."""
    if status not in OVER:
        raise ValueError(f"{status} is not the end of a run")
    now = timezone.now()
    changes = {"status": status, "detail": detail[:500], "summary": summary, "finished_at": now}
    if not _held(run_id, attempt).update(**changes):
        return False
    state_publish(Run.objects.get(pk=run_id))
    return True


def run_hand_back(*, run_id: str, attempt: int) -> bool:
    """A worker that shuts down gives its run back to the queue. False: the run is another's."""
    if not _held(run_id, attempt).update(status=Status.QUEUED, owner=""):
        return False
    run_send(Run.objects.get(pk=run_id))
    return True


def run_lost(*, run_id: str, attempt: int) -> bool:
    """The worker of a run has gone: back into the queue. False: the run is another's, or has failed now.

    It fails when ATTEMPTS_PER_RUN workers in a row vanished without one new frame: then the run is what kills them.
    """
    with transaction.atomic():
        run = _held(run_id, attempt).select_for_update().first()
        if run is None:
            return False
        newest = newest_frame(run_id)
        run.losses = 1 if newest > run.lost_frame else run.losses + 1
        run.lost_frame, run.owner, run.status = max(newest, run.lost_frame), "", Status.QUEUED
        if run.losses >= ATTEMPTS_PER_RUN:
            run.status, run.finished_at = Status.FAILED, timezone.now()
            run.detail = f"{run.losses} workers in a row were lost with it at the same moment."
        run.save()
    if run.status == Status.FAILED:
        state_publish(run)
        return False
    run_send(run)
    return True


def runs_taken() -> list[tuple[str, int, str]]:
    """(run id, attempt, host) of every run that a worker should be advancing."""
    return list(Run.objects.filter(status__in=TAKEN).values_list("pk", "attempt", "owner"))


def runs_held(*, host: str) -> set[tuple[str, int]]:
    """(run id, attempt) of every run that `host` should be advancing."""
    return set(Run.objects.filter(status__in=TAKEN, owner=host).values_list("pk", "attempt"))


def runs_unapplied(*, run_ids: list[str]) -> dict[str, list[LogEntry]]:
    """The commands, in order, whose application is not known, of those runs that have any."""
    found: dict[str, list[LogEntry]] = {}
    for entry in RunCommand.objects.filter(run_id__in=run_ids, applied_ns=None).order_by("seq"):
        found.setdefault(entry.run_id, []).append(LogEntry(entry.seq, entry.command, None))
    return found


def runs_resend() -> int:
    """Sends the tasks of runs that wait for long once more: a broker without a disk forgets them. Twice does no harm."""
    long_ago = timezone.now() - timedelta(seconds=RESEND_S)
    waiting = list(Run.objects.filter(status=Status.QUEUED, sent_at__lt=long_ago).order_by("created_at")[:100])
    return sum(run_send(run) for run in waiting)


def _held(run_id: str, attempt: int) -> Any:
    return Run.objects.filter(pk=run_id, attempt=attempt, status__in=TAKEN)
