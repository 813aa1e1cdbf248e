"""Films: what is played again, asked for by pages and made by workers. See docs/decisions for why frames are recomputed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import kombu.exceptions
import orjson
import redis
from django.db import IntegrityError
from django.utils import timezone

from components.control import is_control
from components.design import as_dict
from components.model import Design as Parsed
from playground.celery import app
from playground.designs.documents import stored
from playground.designs.models import Design
from playground.limits import FILMS_PER_DESIGN
from playground.runs import keys
from playground.runs.models import Film, Run, RunCommand
from playground.runs.news import client
from playground.runs.services import design_of

FRESH_NS = 10 * 10**9
RESEND_S = 30  # a film of which nothing was heard for so long is asked for again
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """All that a worker needs to make a film."""

    film: str
    design: Parsed
    seed: int
    log: list[tuple[int, int, dict[str, Any]]]
    until_ns: int


def film_of_run(run: Run) -> Film:
    """The film of a run: of all of it when it is over, else of what there is now. Made anew when the run went on."""
    key = f"run {run.pk}"
    film = Film.objects.filter(key=key).first()
    until_ns = reached(run)
    # What is being made is waited for; of a run that is on, a little more is not worth a new film.
    fresh = film is not None and until_ns - film.until_ns <= (FRESH_NS if run.active else 0)
    if film is not None and (fresh or not film.over):
        return resent(film)
    entries = applied(run, until_ns)
    if film is not None:
        film.delete()
    return film_ensure(
        key=key, design=run.design, document=as_dict(design_of(run)), seed=run.seed, entries=entries, until_ns=until_ns
    )


def film_ensure(
    *, key: str, design: Design, document: dict[str, Any], seed: int, entries: list[Any], until_ns: int
) -> Film:
    """The film with this key; it is ordered if there is none."""
    film = Film.objects.filter(key=key).first()
    if film is None:
        try:
            film = Film.objects.create(
                key=key, design=design, document=document, seed=seed, log=entries, until_ns=until_ns
            )
        except IntegrityError:  # somebody else was faster
            return Film.objects.get(key=key)
        old = Film.objects.filter(design=design).order_by("-created_at").values_list("pk", flat=True)
        Film.objects.filter(pk__in=list(old[FILMS_PER_DESIGN:])).delete()
    return resent(film)


def resent(film: Film) -> Film:
    """Puts the film into the queue unless it is there; a worker that was lost with it is replaced that way."""
    if film.over or (film.sent_at and timezone.now() - film.sent_at < timedelta(seconds=RESEND_S)):
        return film
    Film.objects.filter(pk=film.pk).update(sent_at=timezone.now())
    try:
        app.send_task(keys.FILM_TASK, args=[film.pk], queue=keys.BATCH, retry=False, ignore_result=True)
    except (kombu.exceptions.OperationalError, OSError) as error:
        log.error("film %s cannot be queued: %s", film.pk, error)
    return film


def reached(run: Run) -> int:
    """Virtual ns up to which the run has come: by its summary, by its newest frame, or by its log."""
    if run.summary and "virtual_s" in run.summary:
        return round(float(run.summary["virtual_s"]) * 1e9)
    newest = 0
    try:
        entries: Any = client().xrevrange(keys.frames(run.pk), count=1)
        if entries:
            newest = int(orjson.loads(entries[0][1][b"f"])["t_ns"])
    except redis.RedisError as error:
        log.warning("newest frame of run %s: %s", run.pk, error)
    known = RunCommand.objects.filter(run=run).exclude(applied_ns=None).values_list("applied_ns", flat=True)
    return max(newest, run.virtual_ns, *[at or 0 for at in known])


def applied(run: Run, until_ns: int) -> list[list[Any]]:
    """[seq, ns, command] of what was applied up to then, controls left out: they move clocks, not the simulation.

    Of a run that is on, the newest times are still in Redis: they enter it together with the frame that shows them.
    """
    times: dict[int, int] = {}
    try:
        pairs: Any = client().lrange(keys.applied(run.pk), 0, -1)
        times = {int(seq): int(at) for seq, at in (pair.split() for pair in pairs)}
    except redis.RedisError as error:
        log.warning("times of run %s: %s", run.pk, error)
    found = []
    for entry in RunCommand.objects.filter(run=run).order_by("seq"):
        at = entry.applied_ns if entry.applied_ns is not None else times.get(entry.seq)
        if at is not None and at <= until_ns and not is_control(entry.command):
            found.append([entry.seq, at, entry.command])
    return found


# What workers do


def film_take(*, film_id: str) -> Order | None:
    """The order of a film that is not made yet; None for one that is, or that nobody wants any more."""
    film = Film.objects.filter(pk=film_id).first()
    if film is None or film.over:
        return None
    entries = [(seq, at, command) for seq, at, command in film.log]
    return Order(film.pk, stored(film.document), film.seed, entries, film.until_ns)


def film_say(*, film_id: str, done_ns: int) -> bool:
    """Stores how far it has come. False: nobody wants it any more."""
    return bool(Film.objects.filter(pk=film_id, data=None).update(done_ns=done_ns, sent_at=timezone.now()))


def film_store(*, film_id: str, data: bytes | None, detail: str = "") -> None:
    """The film, or why there is none."""
    Film.objects.filter(pk=film_id).update(data=data, detail=detail[:500])
