"""Gatherer: in each web process one task per class reads the newest frame of every learner's run once a second.

A console gets one small line a learner and second out of it, however many sockets and frames there are. One process at a
time is the scribe: it also keeps the series of the runs and stores the scores.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

import django.db
import redis.asyncio
from channels.db import database_sync_to_async
from redis.exceptions import RedisError

from playground.live import keys
from playground.live.news import everybody, tell
from playground.live.presence import people
from playground.live.roster import Drawn, Learner, drawn, reference_of, roster_of, scores_store
from playground.live.scores import score
from playground.live.series import series_read, series_write
from playground.live.track import Track
from playground.runs import keys as run_keys
from playground.runtime.redis import async_client

EVERY_S = 1.0
LOOK_S = 2.0  # the roster is read again after this long even when nobody said that it changed
SCORE_S = 5.0
SCRIBE_S = 4
log = logging.getLogger(__name__)
Listener = Callable[[dict[str, Any]], Awaitable[None]]


class Gatherer:
    """Of one class. Listeners are the sockets of instructors; `idle` sockets only keep it alive."""

    def __init__(self, session: str, client: redis.asyncio.Redis) -> None:
        self.session = session
        self.listeners: set[Listener] = set()
        self.idle = 0
        self.tracks: dict[str, Track] = {}
        self.learners: list[Learner] = []
        self.here: set[str] = set()
        self.cost_s = 0.0  # CPU of the newest round, database apart
        self._client = client
        self._me = secrets.token_hex(8)
        self._drawn: dict[str, tuple[int, Drawn]] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self._looked = self._scored = 0.0
        self.task = asyncio.create_task(self._run(), name=f"gatherer {session}")

    def spoil(self) -> None:
        """The roster has changed."""
        self._looked = 0.0

    async def join(self, listener: Listener) -> None:
        self.listeners.add(listener)
        if self._told:
            await listener({"type": "session.roster", "people": list(self._told.values()), "gone": []})
            sparks = {learner.id: list(track.spark) for learner, track in self._tracked()}
            await listener({"type": "session.sparks", "sparks": sparks})

    async def _run(self) -> None:
        while True:
            started = time.monotonic()
            try:
                await self.round()
            except (RedisError, OSError, django.db.Error) as error:
                log.warning("class %s: %s", self.session, error)
            await asyncio.sleep(max(0.05, EVERY_S - (time.monotonic() - started)))

    async def round(self) -> None:
        """One look at everything."""
        if time.monotonic() - self._looked >= LOOK_S:
            await self._look()
        scribe = await self._read()
        if self.listeners:
            await self._say(self._wall())
        if scribe and time.monotonic() - self._scored >= SCORE_S:
            self._scored = time.monotonic()
            await self._score()

    async def _look(self) -> None:
        self._looked = time.monotonic()
        self.learners = await database_sync_to_async(roster_of)(self.session)
        stale = [
            learner.design for learner in self.learners
            if learner.design and self._drawn.get(learner.design, (-1, None))[0] != learner.revision
        ]  # fmt: skip
        if stale:
            fresh = await database_sync_to_async(drawn)(stale)
            revisions = {learner.design: learner.revision for learner in self.learners}
            self._drawn |= {id: (revisions[id], drawing) for id, drawing in fresh.items()}
        await self._follow()
        await self._roster()

    async def _follow(self) -> None:
        """A track for each run, and none for those that are over."""
        runs = {learner.run for learner in self.learners if learner.run}
        for learner in self.learners:
            if learner.run and learner.run not in self.tracks and learner.design in self._drawn:
                drawing = self._drawn[learner.design][1]
                track = self.tracks[learner.run] = Track(learner.run, drawing.document, drawing.goals)
                track.series = await series_read(self._client, learner.run)
        for run in set(self.tracks) - runs:
            del self.tracks[run]

    async def _roster(self) -> None:
        """Tells what is new of the roster."""
        now = {learner.id: self._line(learner) for learner in self.learners}
        news = [line for id, line in now.items() if self._told.get(id) != line]
        gone = [id for id in self._told if id not in now]
        self._told = now
        if news or gone:
            await self._say({"type": "session.roster", "people": news, "gone": gone})

    def _line(self, learner: Learner) -> dict[str, Any]:
        drawing = self._drawn.get(learner.design)
        return {
            "id": learner.id, "name": learner.name, "hand": learner.hand, "design": learner.design, "run": learner.run,
            "picture": drawing[1].picture if drawing else None, "score": learner.score.get("score"),
            "parts": learner.score.get("parts", {}),
        }  # fmt: skip

    async def _read(self) -> bool:
        """The newest frame of every run, in one round trip. True: this process is the scribe."""
        pipe = self._client.pipeline(transaction=False)
        pipe.zrangebyscore(keys.present(self.session), time.time(), "+inf")
        pipe.set(keys.scribe(self.session), self._me, nx=True, ex=SCRIBE_S)
        pipe.get(keys.scribe(self.session))
        tracks = list(self.tracks.values())
        for track in tracks:
            pipe.xrevrange(run_keys.frames(track.run), count=1)
            if not track.meta:
                pipe.get(run_keys.meta(track.run))
        answers = iter(await pipe.execute())
        started = time.thread_time()
        self.here = people(next(answers))
        next(answers)
        scribe = bool(next(answers) == self._me.encode())
        if scribe:
            await self._client.expire(keys.scribe(self.session), SCRIBE_S)
        for track in tracks:
            frames = next(answers)
            if not track.meta and (meta := next(answers)):
                track.know(meta)
            if frames:
                track.read(frames[0][1][b"f"])
        self.cost_s = time.thread_time() - started
        if scribe:
            await series_write(self._client, tracks)
        return scribe

    def _tracked(self) -> list[tuple[Learner, Track]]:
        return [(learner, self.tracks[learner.run]) for learner in self.learners if learner.run in self.tracks]

    def _wall(self) -> dict[str, Any]:
        rows = {learner.id: track.row for learner, track in self._tracked() if track.row}
        here = [learner.id for learner in self.learners if learner.id in self.here]
        return {"type": "session.wall", "rows": rows, "here": here, "nodes": self._names()}

    def _names(self) -> dict[str, list[str]]:
        """Whose letter is whose, of the runs whose nodes are not those of the newest revision."""
        found = {}
        for learner, track in self._tracked():
            drawing = self._drawn.get(learner.design)
            names = [node["id"] for node in track.meta.get("nodes", ())]
            if drawing and names and names != [node["id"] for node in drawing[1].document["nodes"]]:
                found[learner.id] = names
        return found

    async def _score(self) -> None:
        reference = await database_sync_to_async(reference_of)(self.session)
        scores: dict[str, dict[str, Any]] = {}
        for learner, track in self._tracked():
            per_month = self._drawn[learner.design][1].per_month
            if figures := score(track.series, track.goals, learner.hits, per_month, reference):
                scores[learner.id] = figures
        if scores:
            await database_sync_to_async(scores_store)(scores)
            await tell(everybody(self.session), {"type": "session.scores", "scores": scores})

    async def _say(self, message: dict[str, Any]) -> None:
        for listener in list(self.listeners):
            await listener(message)


class Gatherers:
    """All of one event loop."""

    def __init__(self) -> None:
        self.client = async_client()
        self._made: dict[str, Gatherer] = {}

    def of(self, session: str) -> Gatherer:
        if session not in self._made:
            self._made[session] = Gatherer(session, self.client)
        return self._made[session]

    async def leave(self, session: str) -> None:
        """After the last socket of a class has gone its task ends."""
        gatherer = self._made.get(session)
        if gatherer is None or gatherer.listeners or gatherer.idle > 0:
            return
        del self._made[session]
        gatherer.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gatherer.task


_gatherers: WeakKeyDictionary[asyncio.AbstractEventLoop, Gatherers] = WeakKeyDictionary()


def gatherers() -> Gatherers:
    """The gatherers of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _gatherers:
        _gatherers[loop] = Gatherers()
    return _gatherers[loop]
