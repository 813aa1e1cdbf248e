"""A host's way out to Redis: frames (Writer), and what a predecessor left behind (take_over).

Everything written for a run goes through one script that first compares the run's owner with the writer: a host that
was thought dead and comes back cannot add a frame. A frame and the times of the commands it shows enter together.
A server that has forgotten the owner (it was restarted without a disk) is told again; a later owner replaces an earlier.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import orjson
import redis
import structlog

from playground.runs import keys
from playground.runtime.redis import sync_client

BACKLOG_BYTES = 64_000_000  # what a Writer holds back while the server is away, before it leaves frames out
GATHER_S = 0.004  # the writer waits for frames that come close together: fewer round trips, less CPU
RETRY_S = (0.1, 0.3, 1.0, 2.0)

WRITE = """
local lost, fresh, a = {}, {}, 3
for i = 1, #KEYS, 6 do
  local owner = redis.call('GET', KEYS[i])
  if not owner then
    redis.call('SET', KEYS[i], ARGV[a])
    fresh[#fresh + 1] = (i - 1) / 6
  end
  if owner and owner ~= ARGV[a] then
    lost[#lost + 1] = (i - 1) / 6
  else
    for seq, at in string.gmatch(ARGV[a + 3], '(%d+) (%d+)') do redis.call('RPUSH', KEYS[i + 2], seq .. ' ' .. at) end
    if ARGV[a + 1] ~= '0' then
      redis.pcall('XADD', KEYS[i + 1], 'MAXLEN', '~', ARGV[1], ARGV[a + 1] .. '-0', 'f', ARGV[a + 2])
    end
    if ARGV[a + 4] ~= '' then redis.call('XADD', KEYS[i + 3], 'MAXLEN', '~', ARGV[2], '*', 's', ARGV[a + 4]) end
    if ARGV[a + 5] ~= '' then redis.call('SET', KEYS[i + 4], ARGV[a + 5]) end
    if ARGV[a + 6] ~= '' then redis.call('SET', KEYS[i + 5], ARGV[a + 6], 'EX', 30) end
  end
  a = a + 7
end
return {lost, fresh}
"""

TAKE = """
local held = redis.call('GET', KEYS[1])
if held and tonumber(string.match(held, ' (%d+)$')) >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2])
return 1
"""

T = TypeVar("T")
log = structlog.get_logger()


class Entry(NamedTuple):
    """One thing to write for a run, as its owner: a frame, times of commands, a state, a snapshot, an answer, or several."""

    run: str
    token: str  # "<host> <fence>"
    seq: int = 0  # of the frame
    frame: bytes = b""
    times: tuple[tuple[int, int], ...] = ()
    state: bytes = b""
    snapshot: bytes = b""
    why: bytes = b""  # an answer


class Past(NamedTuple):
    """What is left of a run: number of its newest frame, when commands were applied, the newest snapshot."""

    frames: int
    times: dict[int, int]
    snapshot: bytes | None


def take_over(client: redis.Redis, run: str, host: str, fence: int) -> Past | None:
    """Makes `host` the owner, from when on nobody else can write. None where a later owner is there already."""
    if not client.eval(TAKE, 1, keys.owner(run), host, str(fence)):
        return None
    pipe = client.pipeline(transaction=False)
    pipe.xrevrange(keys.frames(run), count=1)
    pipe.lrange(keys.applied(run), 0, -1)
    pipe.get(keys.snapshot(run))
    newest, times, snapshot = pipe.execute()
    frames = int(newest[0][0].split(b"-")[0]) if newest else 0
    return Past(frames, {int(seq): int(at) for seq, at in (pair.split() for pair in times)}, snapshot)


def put_meta(client: redis.Redis, run: str, meta: dict[str, Any]) -> None:
    client.set(keys.meta(run), orjson.dumps(meta))


def let_go(client: redis.Redis, run: str) -> None:
    """A run has ended: late watchers still find its last frames for a while."""
    pipe = client.pipeline(transaction=False)
    for name in (keys.meta, keys.frames, keys.state, keys.owner):
        pipe.expire(name(run), keys.KEPT_S)
    pipe.delete(keys.commands(run), keys.snapshot(run))
    pipe.expire(keys.applied(run), keys.KEPT_S)
    pipe.execute()


class Writer(threading.Thread):
    """Writes entries in order, as many as have gathered in one round trip.

    `lost` hears of runs that have another owner, `forgotten` of those that the server did not know any more.
    """

    def __init__(self, lost: Callable[[str, str], None], forgotten: Callable[[str], None]) -> None:
        super().__init__(name="writer", daemon=True)
        self._lost, self._forgotten = lost, forgotten
        self._client = sync_client()
        self._script = self._client.register_script(WRITE)
        self._queue: queue.SimpleQueue[list[Entry] | threading.Event] = queue.SimpleQueue()
        self._bytes = 0
        self.left_out = 0  # frames

    def put(self, entries: list[Entry]) -> None:
        if self._bytes > BACKLOG_BYTES:
            self.left_out += sum(1 for entry in entries if entry.seq)
            entries = [entry._replace(seq=0, frame=b"") for entry in entries]
        self._bytes += sum(len(entry.frame) for entry in entries)
        self._queue.put(entries)

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything put before is written."""
        done = threading.Event()
        self._queue.put(done)
        return done.wait(timeout_s)

    def run(self) -> None:
        with crash_only():
            while True:
                batch, events = self._gather()
                if batch:
                    self._write(batch)
                for event in events:
                    event.set()

    def _gather(self) -> tuple[list[Entry], list[threading.Event]]:
        batch: list[Entry] = []
        events: list[threading.Event] = []
        item = self._queue.get()
        if not isinstance(item, threading.Event):
            time.sleep(GATHER_S)
        while True:
            if isinstance(item, threading.Event):
                events.append(item)
            else:
                batch += item
            if len(batch) > 500 or self._queue.empty():
                return batch, events
            item = self._queue.get()

    def _write(self, batch: list[Entry]) -> None:
        names: list[str] = []
        words: list[Any] = [keys.FRAMES_KEPT, keys.STATES_KEPT]
        for entry in batch:
            run = entry.run
            names += (
                keys.owner(run),
                keys.frames(run),
                keys.applied(run),
                keys.state(run),
                keys.snapshot(run),
                keys.why(run),
            )
            times = ",".join(f"{seq} {at}" for seq, at in entry.times)
            words += (entry.token, entry.seq, entry.frame, times, entry.state, entry.snapshot, entry.why)
        lost, fresh = retrying(lambda: self._script(keys=names, args=words), "frames")
        for index in lost:
            self._lost(batch[index].run, batch[index].token)
        for index in fresh:
            self._forgotten(batch[index].run)
        self._bytes -= sum(len(entry.frame) for entry in batch)


def retrying(call: Callable[[], T], what: str) -> T:
    """Repeats a Redis call until the server answers. Every call here may be made twice without harm.

    What a lost answer held (popped commands) comes back from the log.
    """
    attempt = 0
    while True:
        try:
            return call()
        except redis.RedisError as error:
            if attempt in (0, 10, 100, 1000):
                log.warning("redis does not answer", what=what, attempt=attempt, error=str(error))
            time.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1


@contextlib.contextmanager
def crash_only() -> Iterator[None]:
    """Around a thread without which the host is worth nothing: it ends the process, and others take its runs."""
    try:
        yield
    except BaseException:
        log.exception("thread failed, the process ends", thread=threading.current_thread().name)
        os._exit(70)
