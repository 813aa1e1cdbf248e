"""The pace of a class: freeze and thaw, pause and resume, and start all together."""

from __future__ import annotations

from typing import Any

from playground.accounts.models import Person
from playground.live.models import Session
from playground.live.news import roster_changed
from playground.live.sessions import session_set
from playground.live.work import freeze_all, learners, thaw_all
from playground.runs.models import Run
from playground.runs.services import command_submit, run_start


def freeze_set(*, session: Session, on: bool) -> None:
    """Nobody can change their design in any way while it is frozen."""
    if on:
        freeze_all(session)
    else:
        thaw_all(session)
    session_set(session=session, frozen=on)


def pause_set(*, session: Session, person: Person, on: bool) -> int:
    """Pauses or resumes every run. Returns how many."""
    designs = [participant.design_id for participant in learners(session) if participant.design_id]
    told = 0
    for run in Run.objects.filter(design_id__in=designs, finished_at=None):
        entry, _ = command_submit(run_id=run.pk, person=person, command={"command": "pause" if on else "resume"})
        told += entry is not None
    session_set(session=session, paused=on)
    return told


def start_all(*, session: Session) -> dict[str, Any]:
    """Runs the newest revision of every learner's design with the seed of the class: {"started", "refused"}."""
    if session.paused:
        session_set(session=session, paused=False)
    refused: list[dict[str, str]] = []
    started = 0
    for participant in learners(session):
        if participant.design is None:
            continue
        run, problems = run_start(design=participant.design, person=participant.person, seed=session.seed)
        if run is None:
            refused.append({"participant": participant.pk, "why": problems[0].rule})
        else:
            started += 1
    roster_changed(session.pk)
    return {"started": started, "refused": refused}
