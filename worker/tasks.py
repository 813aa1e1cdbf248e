"""The Celery tasks: the only door between the machine and the database.

A live run is one task. Its thread makes the simulation (from the start, or again after a worker was lost), hands it to
the host of this process, and from then on only waits for notices and stores what they say.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import sys
import threading
import time
from collections.abc import Callable

import redis
import structlog

from playground.celery import app
from playground.limits import RUN_IDLE_S, RUN_VIRTUAL_S
from playground.runs import keys, lifecycle, reaper
from playground.runtime.redis import sync_client
from worker import stream
from worker.engine import kernel
from worker.engine.simulation import ENGINE
from worker.insist import insist
from worker.live import Logged
from worker.replay import bring_back
from worker.runner import Host, host_name
from worker.seat import Ended, Gap, Meta, Notice, Seat, Status, Times

COMPARE_S = 10.0  # between two looks at what the database says of all runs of this host
GATHER_S = 0.2  # notices are stored together when they come this close
FLUSH_S = 5.0
SWITCH_S = 0.0005  # the loop gives the interpreter's lock away for every kernel call: it must come back soon

log = structlog.get_logger()


class Draining(Exception):
    """The worker shuts down before the run was made."""


@functools.cache
def host() -> Host:
    """The host of this process."""
    sys.setswitchinterval(SWITCH_S)
    made = Host(host_name(), RUN_IDLE_S)
    threading.Thread(target=compare_often, args=[made], daemon=True, name="compare").start()
    return made


@functools.cache
def client() -> redis.Redis:
    return sync_client()


@app.task(name=keys.TASK)
def live_run(run_id: str) -> None:
    """Advances a run until it is over, or until this worker shuts down. A run that is not waiting is left alone."""
    place = host()
    if place.draining:
        time.sleep(GATHER_S)
        app.send_task(keys.TASK, args=[run_id], queue=keys.QUEUE, ignore_result=True)
        return
    taken = insist(lifecycle.run_take, run_id=run_id, host=place.name)
    if taken is None:
        return
    try:
        seat = make(taken, place)
        if seat is not None:
            attend(taken, seat, place)
    except Draining:
        insist(lifecycle.run_hand_back, run_id=taken.run, attempt=taken.attempt)
    except Exception as error:
        log.exception("run failed", run=run_id)
        detail = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        finish(taken, Ended("failed", detail))


@app.task(name="worker.reap", ignore_result=False)
def reap() -> int:
    """Puts the runs of lost workers back into the queue. Returns how many."""
    return reaper.reap()


@app.task(name="worker.warm", ignore_result=False)
def warm() -> str:
    """Compiles the kernel where this worker runs, or loads it. Returns the engine's version."""
    kernel.warm()
    return ENGINE


def make(taken: lifecycle.Taken, place: Host) -> Seat | None:
    """Builds the simulation and brings it to where the run was last seen. None if another host has the run by now."""
    token = f"{place.name} {taken.attempt}"
    past = stream.take_over(client(), taken.run, place.name, taken.attempt)
    if past is None:
        return None
    if past.times:  # those that the lost worker did not get to store
        insist(lifecycle.run_applied, run_id=taken.run, times=sorted(past.times.items()))
    entries = [Logged(e.seq, e.command, past.times.get(e.seq, e.applied_ns)) for e in taken.log]
    pulse = pulse_of(taken, place)
    live, shown = bring_back(taken.design, taken.seed, RUN_VIRTUAL_S * 10**9, entries, past, pulse)
    now = time.monotonic_ns()
    seat = Seat(taken.run, taken.attempt, token, live.sim.meta() | {"run": taken.run}, live, since_ns=now, kept_ns=now)
    if not place.add(seat, shown):
        raise Draining
    return seat


def pulse_of(taken: lifecycle.Taken, place: Host) -> Callable[[int], None]:
    """Says on the way how far a long replay is, and gives it up when the worker shuts down."""
    said = time.monotonic()

    def pulse(now_ns: int) -> None:
        nonlocal said
        if place.draining:
            raise Draining
        if time.monotonic() - said > 1:
            said = time.monotonic()
            detail = f"Repeating what happened so far: second {now_ns // 10**9}"
            insist(lifecycle.run_say, run_id=taken.run, attempt=taken.attempt, detail=detail)

    return pulse


def attend(taken: lifecycle.Taken, seat: Seat, place: Host) -> None:
    """Stores what the host tells about a run, until it is over here."""
    mine = {"run_id": taken.run, "attempt": taken.attempt}
    ended: Ended | None = None
    while ended is None:
        notices = gather(seat)
        if times := [pair for notice in notices if isinstance(notice, Times) for pair in notice.pairs]:
            insist(lifecycle.run_applied, run_id=taken.run, times=times)
        for meta in [notice.meta for notice in notices if isinstance(notice, Meta)][-1:]:
            stream.put_meta(client(), taken.run, meta)
        if any(isinstance(notice, Gap) for notice in notices):
            entries = insist(lifecycle.run_log, run_id=taken.run, after=seat.live.applied)
            place.commands(seat, [Logged(entry.seq, entry.command) for entry in entries])
        if any(isinstance(notice, Status) for notice in notices):
            reached = {"status": seat.status, "virtual_ns": seat.live.sim.now_ns}
            if not insist(lifecycle.run_status, **mine, **reached):
                place.drop(seat)
        ended = next((notice for notice in notices if isinstance(notice, Ended)), None)
    place.writer.flush(FLUSH_S)
    place.remove(seat)
    if ended.status == "handed":
        insist(lifecycle.run_hand_back, **mine)
    elif ended.status != "lost":
        finish(taken, ended)


def gather(seat: Seat) -> list[Notice]:
    """The next notices: those that come close together are stored together."""
    notices = [seat.notices.get()]
    if not isinstance(notices[0], Ended):
        time.sleep(GATHER_S)
    with contextlib.suppress(queue.Empty):
        while True:
            notices.append(seat.notices.get_nowait())
    return notices


def compare(place: Host) -> None:
    """Holds the runs of this host against the database: what was taken away or deleted is let go, and a command whose
    message got lost is applied after all.
    """
    seats = place.seats()
    held = insist(lifecycle.runs_held, host=place.name)
    waiting = insist(lifecycle.runs_unapplied, run_ids=[seat.run for seat in seats])
    for seat in seats:
        if (seat.run, seat.attempt) not in held:
            place.drop(seat)
        elif entries := waiting.get(seat.run):
            place.commands(seat, [Logged(entry.seq, entry.command) for entry in entries])


def compare_often(place: Host) -> None:
    while not place.draining:
        time.sleep(COMPARE_S)
        compare(place)


def finish(taken: lifecycle.Taken, ended: Ended) -> None:
    changes = {"status": ended.status, "detail": ended.detail, "summary": ended.summary}
    if insist(lifecycle.run_finish, run_id=taken.run, attempt=taken.attempt, **changes):
        stream.let_go(client(), taken.run)
