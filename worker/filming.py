"""The Celery task that makes films: takes an order from the database, computes, and stores what a page can play."""

from __future__ import annotations

import structlog
from django.db import close_old_connections

from playground.celery import app
from playground.limits import FILM_BYTES, FILM_CPU_S, FILM_FRAMES
from playground.runs import films, keys
from worker.film import film
from worker.live import Logged

log = structlog.get_logger()


@app.task(name=keys.FILM_TASK)
def make_film(film_id: str) -> None:
    """One that is made already, or that nobody wants any more, is left alone."""
    order = films.film_take(film_id=film_id)
    if order is None:
        return

    def pulse(now_ns: int) -> bool:
        return films.film_say(film_id=film_id, done_ns=now_ns)

    entries = [Logged(seq, command, at) for seq, at, command in order.log]
    limits = {"frames": FILM_FRAMES, "most_bytes": FILM_BYTES, "cpu_s": FILM_CPU_S}
    try:
        data, detail = film(order.design, order.seed, entries, order.until_ns, **limits, pulse=pulse)
    except Exception as error:
        log.exception("film failed", film=film_id)
        said = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        films.film_store(film_id=film_id, data=None, detail=said or "It failed.")
        return
    if data is not None:
        films.film_store(film_id=film_id, data=data, detail=detail)
    close_old_connections()
