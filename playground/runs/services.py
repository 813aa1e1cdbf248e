"""What people do to runs: start, command, stop. What workers do to them is in lifecycle.py."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import kombu.exceptions
from django.db import transaction
from django.utils import timezone

from components.commands import Command, parse
from components.control import Control, is_control, parse_control
from components.design import runnable
from components.edits import apply
from components.model import Design as Parsed
from components.problem import Problem
from playground.accounts.models import Person
from playground.celery import app
from playground.designs.documents import parsed_at, parsed_of
from playground.designs.models import Design
from playground.designs.news import tell_sync
from playground.designs.services import revision_keep
from playground.limits import COMMANDS_PER_RUN, RUNS_PER_PERSON
from playground.runs import keys
from playground.runs.models import ACTIVE, Run, RunCommand, Status
from playground.runs.news import command_publish, state_publish

SEED_MOST = 2**53 - 1  # what a browser can hold
log = logging.getLogger(__name__)


def run_start(
    *,
    design: Design,
    person: Person,
    seed: object = None,
    revision: int | None = None,
    script: list[dict[str, Any]] | None = None,
    commands: Sequence[dict[str, Any]] = (),
) -> tuple[Run | None, list[Problem]]:
    """Stores a run of the newest revision and sends its task. Earlier runs of this design by this person are stopped.

    `revision` runs an older one that was kept; `script` takes the place of the design's own; `commands` are the first
    entries of the log, there before a worker takes the run. Raises LookupError for a revision that does not exist.
    """
    if seed is None:
        seed = secrets.randbelow(2**31)
    elif isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= SEED_MOST:
        return None, [Problem("run", "seed", seed, f"must be a whole number between 0 and {SEED_MOST}")]
    parsed = with_script(parsed_of(design) if revision is None else parsed_at(design, revision), script)
    if problems := runnable(parsed):
        return None, problems
    first, problems = _first(commands, parsed)
    if problems:
        return None, problems
    active = Run.objects.filter(starter=person, status__in=ACTIVE)
    for earlier in active.filter(design=design):
        run_stop(run=earlier, person=person)
    if active.exclude(design=design).count() >= RUNS_PER_PERSON:
        rule = f"must be stopped first: at most {RUNS_PER_PERSON} at once"
        return None, [Problem("run", "count", RUNS_PER_PERSON, rule)]
    with transaction.atomic():
        design = Design.objects.select_for_update().get(pk=design.pk)
        kept = revision_keep(design=design) if revision is None else revision
        run = Run.objects.create(design=design, revision=kept, seed=seed, script=script, starter=person)
        for seq, command in enumerate(first, start=1):
            RunCommand.objects.create(run=run, seq=seq, command=command, author=person)
    if not run_send(run):
        run.status, run.detail, run.finished_at = Status.FAILED, "The queue could not be reached.", timezone.now()
        run.save(update_fields=["status", "detail", "finished_at"])
        return None, [Problem("run", "queue", None, "cannot be reached; try again in a moment")]
    tell_sync(design.pk, {"type": "run.started", "run": run.pk})
    return run, []


def _first(commands: Sequence[dict[str, Any]], design: Parsed) -> tuple[list[dict[str, Any]], list[Problem]]:
    read = [checked(command, design) for command in commands]
    problems = [problem for _, found in read for problem in found]
    return [command.as_dict() for command, _ in read if command is not None], problems


def run_send(run: Run) -> bool:
    """Puts a queued run into Celery's queue. False: it waits for the next runs_resend."""
    state_publish(run)
    try:
        # Without ignore_result the sender subscribes to the result, and waits for 20 s where there is no server.
        app.send_task(keys.TASK, args=[run.pk], queue=keys.QUEUE, retry=False, ignore_result=True)
    except (kombu.exceptions.OperationalError, OSError) as error:
        log.error("run %s cannot be queued: %s", run.pk, error)
        return False
    Run.objects.filter(pk=run.pk).update(sent_at=timezone.now())
    return True


def command_submit(
    *, run_id: str, person: Person, command: object, ref: str = "", at_s: float | None = None
) -> tuple[RunCommand | None, list[Problem]]:
    """Checks a command, gives it the next number in the run's log, and tells host and watchers.

    With `at_s` it waits for that virtual second, and comes at once in a run that is past it (not for controls).
    Raises Run.DoesNotExist.
    """
    run = Run.objects.select_related("design").get(pk=run_id)
    parsed, problems = checked(command, edited_design(run))
    if parsed is None:
        return None, problems
    if at_s is not None and isinstance(parsed, Command):
        parsed = replace(parsed, at_s=at_s)
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if not run.active:
            return None, [Problem("run", "status", run.status, "must not be over")]
        newest = RunCommand.objects.filter(run=run).order_by("-seq").values_list("seq", flat=True).first() or 0
        if newest >= COMMANDS_PER_RUN:
            return None, [Problem("run", "commands", newest, f"must be at most {COMMANDS_PER_RUN}")]
        entry = RunCommand.objects.create(run=run, seq=newest + 1, command=parsed.as_dict(), author=person)
        changed = _control(run, entry.command)
    command_publish(entry, ref)
    if changed:
        state_publish(run)
    return entry, []


def checked(command: object, design: Parsed) -> tuple[Command | Control | None, list[Problem]]:
    """A command for the simulation, or a control for the host that runs it."""
    if is_control(command):
        return parse_control(command)
    parsed, problems = parse(command, design, scheduled=False)
    if parsed is not None and parsed.command == "edit":
        problems = apply(design, parsed.edit)[1]
    return (None, problems) if problems else (parsed, [])


def _control(run: Run, command: dict[str, Any]) -> bool:
    """What a command does to the row at once. True: watchers should hear of it from here, for no worker tells them."""
    verb, waits = command["command"], run.status == Status.QUEUED
    if verb == "speed":
        run.speed = command["factor"]
    elif verb == "stop" and waits:
        run.status, run.finished_at = Status.STOPPED, timezone.now()
    else:
        return False
    run.save(update_fields=["speed", "status", "finished_at"])
    return waits


def design_of(run: Run) -> Parsed:
    """The parsed design that the run began with, with the steps of this run: what its log is repeated on."""
    return with_script(parsed_at(run.design, run.revision), run.script)


def edited_design(run: Run) -> Parsed:
    """The design as it is after the edits and settings that the run's log holds so far."""
    design = design_of(run)
    changing = RunCommand.objects.filter(run=run, command__command__in=("edit", "set")).order_by("seq")
    for command in changing.values_list("command", flat=True):
        edit = command.get("edit") or {
            "op": "set", "id": command.get("target"), "param": command.get("param"), "value": command.get("value"),
        }  # fmt: skip
        design = apply(design, edit)[0] or design
    return design


def with_script(design: Parsed, script: list[dict[str, Any]] | None) -> Parsed:
    """The same design with other steps; None leaves its own."""
    return design if script is None else replace(design, script=tuple(script))


def run_stop(*, run: Run, person: Person) -> Run:
    """Tells the run to stop. Stopping twice is no error."""
    if run.active:
        command_submit(run_id=run.pk, person=person, command={"command": "stop"})
        run.refresh_from_db()
    return run
