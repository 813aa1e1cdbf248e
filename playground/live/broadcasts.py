"""Broadcasts: the same thing happens to many designs at the same virtual second, with the same seed."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import orjson
from django.db import transaction
from redis.exceptions import RedisError

from components.limits import VIRTUAL_S
from components.problem import Problem
from playground.accounts.models import Person
from playground.limits import BROADCASTS_PER_SESSION
from playground.live.models import Broadcast, Delivery, Participant, Session
from playground.live.news import changed, one, roster_changed, tell_sync
from playground.live.plans import PLANS, commands_for, steps_in
from playground.live.words import and_list
from playground.live.work import learners
from playground.runs import keys
from playground.runs.models import Run, RunCommand
from playground.runs.news import client
from playground.runs.services import command_submit

LEAD_S = 3.0  # ahead of the fastest run, so that all commands are there in time
NOT_RUNNING = "not running"
NOT_CHOSEN = "not chosen"


def broadcast_send(
    *, session: Session, person: Person, message: dict[str, Any], healthy: Collection[str] = ()
) -> tuple[Broadcast | None, list[Problem]]:
    """Does `steps` to the runs of those in `to`: "all", "healthy", {"random": n} or {"some": [participant ids]}.

    `at_s` chooses the virtual second; without one it is a little ahead of the fastest run.
    """
    steps, problems = steps_in(message.get("steps"))
    everybody = learners(session)
    chosen, more = _chosen(session, everybody, message.get("to", "all"), healthy)
    problems += more
    runs = _runs(everybody)
    at_s, more = _moment(message.get("at_s"), runs.values())
    problems += more
    if problems:
        return None, problems
    if not any(participant.design_id in runs for participant in chosen):
        return None, [Problem("broadcast", "to", None, "reaches no run: start them first")]
    with transaction.atomic():
        Session.objects.select_for_update().get(pk=session.pk)  # two instructors may send at once
        number = Broadcast.objects.filter(session=session).count() + 1
        if number > BROADCASTS_PER_SESSION:
            rule = f"must be at most {BROADCASTS_PER_SESSION} in one class"
            return None, [Problem("broadcast", "count", number, rule)]
        broadcast = Broadcast.objects.create(
            session=session, author=person, number=number, steps=steps, words=words_of(steps),
            to=message.get("to", "all"), at_s=at_s, seed=session.seed,
        )  # fmt: skip
    for participant in chosen:
        _deliver(broadcast, participant, runs.get(participant.design_id or ""), person)
    changed(session.pk)
    roster_changed(session.pk)
    return broadcast, []


def words_of(steps: list[dict[str, Any]]) -> str:
    """ "flushed the cache and tripled the load for 30 s"."""
    return and_list(list(dict.fromkeys(PLANS[step["plan"]].did for step in steps)))[:200]


def _chosen(
    session: Session, everybody: list[Participant], to: object, healthy: Collection[str]
) -> tuple[list[Participant], list[Problem]]:
    if to == "all":
        return everybody, []
    if to == "healthy":
        return [participant for participant in everybody if participant.pk in healthy], []
    match to:
        case {"random": int(count), **rest} if not rest and not isinstance(count, bool) and count > 0:
            # The same class, seed and broadcast draw the same learners.
            dice = random.Random(f"{session.seed}:{Broadcast.objects.filter(session=session).count()}")
            return sorted(dice.sample(everybody, min(count, len(everybody))), key=lambda p: p.joined_at), []
        case {"some": list(ids), **rest} if not rest and ids and all(isinstance(id, str) for id in ids):
            return [participant for participant in everybody if participant.pk in ids], []
    rule = 'must be all, healthy, {"random": 5} or {"some": [participants]}'
    return [], [Problem("broadcast", "to", to, rule)]


def _runs(everybody: Iterable[Participant]) -> dict[str, Run]:
    """The newest run of each design that is not over."""
    designs = [participant.design_id for participant in everybody if participant.design_id]
    active = Run.objects.filter(design_id__in=designs, finished_at=None).order_by("created_at")
    return {run.design_id: run for run in active}


def _moment(at_s: object, runs: Iterable[Run]) -> tuple[float, list[Problem]]:
    if at_s is None:
        return math.ceil(fastest_s([run.pk for run in runs])) + LEAD_S, []
    if isinstance(at_s, bool) or not isinstance(at_s, int | float) or not 0 <= at_s <= VIRTUAL_S:
        return 0.0, [Problem("broadcast", "at_s", at_s, f"must be between 0 and {VIRTUAL_S}")]
    return float(at_s), []


def fastest_s(runs: list[str]) -> float:
    """The virtual second of the run that is furthest; 0 where no frame can be had."""
    try:
        pipe = client().pipeline(transaction=False)
        for run in runs:
            pipe.xrevrange(keys.frames(run), count=1)
        answers = pipe.execute()
    except RedisError:
        return 0.0
    return max((orjson.loads(rows[0][1][b"f"])["t_ns"] / 1e9 for rows in answers if rows), default=0.0)


def _deliver(broadcast: Broadcast, participant: Participant, run: Run | None, person: Person) -> None:
    delivery = Delivery(broadcast=broadcast, participant=participant, run=run)
    if run is None or participant.design is None:
        delivery.why_not = NOT_RUNNING
    else:
        commands, lacks = commands_for(participant.design.document, broadcast.steps, f"class-{broadcast.number}")
        delivery.why_not = ", ".join(lacks)[:120]
        for after_s, command in commands:
            entry, problems = command_submit(
                run_id=run.pk, person=person, command=command, at_s=broadcast.at_s + after_s
            )
            if entry is not None:
                delivery.seqs.append(entry.seq)
            elif not delivery.why_not:
                delivery.why_not = problems[0].rule[:120]
    delivery.save()
    if delivery.seqs:
        did = {"words": broadcast.words, "at_s": broadcast.at_s, "seed": broadcast.seed}
        tell_sync(one(participant.pk), {"type": "session.did", **did})


def broadcasts_of(session: Session) -> list[dict[str, Any]]:
    """What was sent, newest first: how many had it in time, who had it late, who could not have it and why."""
    found = list(session.broadcasts.order_by("-number").prefetch_related("deliveries")[:50])
    runs = {delivery.run_id for broadcast in found for delivery in broadcast.deliveries.all()}
    applied = {
        (run, seq): at
        for run, seq, at in RunCommand.objects.filter(run_id__in=runs).values_list("run_id", "seq", "applied_ns")
    }
    return [_told(broadcast, applied) for broadcast in found]


def _told(broadcast: Broadcast, applied: dict[tuple[str, int], int | None]) -> dict[str, Any]:
    deliveries = list(broadcast.deliveries.all())
    hit = [delivery for delivery in deliveries if delivery.seqs]
    begins_ns = broadcast.at_s * 1e9
    late = [
        delivery
        for delivery in hit
        if delivery.run_id and (applied.get((delivery.run_id, delivery.seqs[0])) or 0) > begins_ns
    ]
    why_not = Counter(delivery.why_not for delivery in deliveries if delivery.why_not)
    return {
        "number": broadcast.number, "words": broadcast.words, "at_s": broadcast.at_s, "seed": broadcast.seed,
        "sent": len(hit), "late": len(late), "why_not": dict(sorted(why_not.items())),
    }  # fmt: skip
