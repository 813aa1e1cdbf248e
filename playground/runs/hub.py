"""Hub: in each web process one task per watched run reads its streams once, and every socket gets the same text.

Streams, not pub/sub: who comes late or comes back reads the past from them, and a hub that restarts has lost nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

import django.db
import orjson
import redis.asyncio
from redis.exceptions import RedisError

from playground.limits import FRAMES_CAUGHT_UP
from playground.runs import keys
from playground.runs.watcher import Frame, Watcher
from playground.runtime.redis import BLOCK_S, async_client

BATCH = 50
RETRY_S = 1.0
QUIET = (b'"events":[]', b'"acks":[]')
STATUS = "status"
State = dict[str, Any]
META = b'"meta":{'  # in a frame that changes what frames mean
log = logging.getLogger(__name__)


def frame_of(id: bytes, text: bytes) -> Frame:
    """The number is the entry's id; the text is not parsed."""
    return Frame(int(id.split(b"-")[0]), text.decode(), not all(mark in text for mark in QUIET))


class Feed:
    """The streams of one run. `look` reads the run.state message of the database."""

    def __init__(self, run: str, client: redis.asyncio.Redis, look: Callable[[], Awaitable[State]]) -> None:
        self.run = run
        self.watchers: set[Watcher] = set()
        self._client, self._look = client, look
        self._frames, self._states = b"0-0", b"0-0"  # ids of the newest entries seen
        self._meta = ""
        self._state: State = {}
        self._marked = 0.0
        self._begun = asyncio.Event()
        self.task = asyncio.create_task(self._read(), name=f"feed {run}")

    async def join(self, watcher: Watcher) -> None:
        """State, meta and the last frames, then whatever comes. Raises RedisError."""
        self.watchers.add(watcher)
        await self._begun.wait()
        watcher.note(text_of(self._state))
        entries = await self._client.xrevrange(keys.frames(self.run), count=FRAMES_CAUGHT_UP)
        if entries and not self._meta:
            self._meta = await self._meta_now()
        if self._meta:
            watcher.note(self._meta)
        watcher.begin([frame_of(id, fields[b"f"]) for id, fields in reversed(entries)])

    async def _read(self) -> None:
        while True:
            try:
                if not self._begun.is_set():
                    await self._begin()
                await self._mark()
                await self._next()
            except (RedisError, OSError, django.db.Error) as error:
                log.warning("feed of run %s: %s", self.run, error)
                await asyncio.sleep(RETRY_S)

    async def _begin(self) -> None:
        """Where the streams stand, and the newest state: the stream's, unless the database says that all is over."""
        self._state = await self._look()
        self._meta = await self._meta_now()
        newest = await self._client.xrevrange(keys.frames(self.run), count=1)
        self._frames = newest[0][0] if newest else b"0-0"
        states = await self._client.xrevrange(keys.state(self.run), count=keys.STATES_KEPT * 2)
        self._states = states[0][0] if states else b"0-0"
        told = next((fields[b"s"] for _, fields in states if b"s" in fields), None)
        if told and not over(self._state):
            self._state = orjson.loads(told)
        self._begun.set()

    async def _mark(self) -> None:
        """Says that somebody looks."""
        now = time.monotonic()
        if now - self._marked < keys.WATCH_S / 6:
            return
        self._marked = now
        await self._client.set(keys.watched(self.run), "1", ex=keys.WATCH_S)

    async def _next(self) -> None:
        streams = {keys.frames(self.run): self._frames, keys.state(self.run): self._states}
        answer = await self._client.xread(streams, count=BATCH, block=BLOCK_S * 1000)
        entries = {name.decode(): rows for name, rows in answer or ()}
        for id, fields in entries.get(keys.state(self.run), ()):
            self._states = id
            if b"s" in fields:
                self._state = orjson.loads(fields[b"s"])
            self._note(next(iter(fields.values())).decode())
        for id, fields in entries.get(keys.frames(self.run), ()):
            self._frames = id
            if not self._meta:
                self._meta = await self._meta_now()
                self._note(self._meta)
            if META in fields[b"f"]:
                self._meta = text_of(orjson.loads(fields[b"f"])["meta"] | {"run": self.run})
            frame = frame_of(id, fields[b"f"])
            for watcher in self.watchers:
                watcher.offer(frame)
        if not answer and self._state.get(STATUS) == "queued":
            await self._waiting()

    async def _waiting(self) -> None:
        """No worker tells the place in the queue: it is counted in the database while nothing else happens."""
        state = await self._look()
        if state != self._state:
            self._state = state
            self._note(text_of(state))

    async def _meta_now(self) -> str:
        meta = await self._client.get(keys.meta(self.run))
        return meta.decode() if meta else ""

    def _note(self, text: str) -> None:
        for watcher in self.watchers:
            watcher.note(text)


class Hub:
    """All feeds of one event loop."""

    def __init__(self) -> None:
        self._client = async_client()
        self._feeds: dict[str, Feed] = {}

    async def join(self, run: str, watcher: Watcher, look: Callable[[], Awaitable[State]]) -> None:
        feed = self._feeds.get(run)
        if feed is None:
            feed = self._feeds[run] = Feed(run, self._client, look)
        try:
            await feed.join(watcher)
        except (RedisError, OSError) as error:
            log.warning("past of run %s: %s", run, error)
            watcher.begin([])

    async def why(self, run: str, every: int) -> str:
        """The newest answer to why, or nothing yet; and the host is asked for the next one."""
        await self._client.set(keys.asked(run), str(every), ex=keys.ASK_S)
        answer = await self._client.get(keys.why(run))
        return answer.decode() if answer else ""

    async def leave(self, run: str, watcher: Watcher) -> None:
        feed = self._feeds.get(run)
        if feed is None:
            return
        feed.watchers.discard(watcher)
        if not feed.watchers:
            del self._feeds[run]
            feed.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await feed.task


def over(state: State) -> bool:
    return state.get(STATUS) in ("finished", "failed", "stopped")


def text_of(message: State) -> str:
    return orjson.dumps(message).decode()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
