"""News of a run for its watchers and its host, through Redis. Losing one costs time, never truth: the database has it all."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import orjson
import redis

from playground.runs import keys
from playground.runs.models import Run, RunCommand, Status
from playground.runtime.redis import sync_client

log = logging.getLogger(__name__)


@cache
def client() -> redis.Redis:
    return sync_client()


def place_of(run: Run) -> int | None:
    """Place in the queue, 1 = next; None once a worker has the run."""
    if run.status != Status.QUEUED:
        return None
    return 1 + Run.objects.filter(status=Status.QUEUED, created_at__lt=run.created_at).count()


def state_message(run: Run) -> dict[str, Any]:
    return {
        "type": "run.state", "status": run.status, "place": place_of(run), "detail": run.detail, "speed": run.speed,
    }  # fmt: skip


def state_publish(run: Run) -> None:
    _publish(run.pk, "s", state_message(run))


def command_publish(entry: RunCommand, ref: str) -> None:
    """Tells the host, then the watchers. The hint wakes the host's reader, which looks by itself once a second."""
    run = entry.run_id
    try:
        pipe = client().pipeline(transaction=False)
        pipe.rpush(keys.commands(run), orjson.dumps({"seq": entry.seq, "command": entry.command}))
        pipe.expire(keys.commands(run), keys.KEPT_S)
        pipe.get(keys.owner(run))
        owner = pipe.execute()[-1]
        if owner is not None:
            client().rpush(keys.hint(owner.decode().rpartition(" ")[0]), run)
    except redis.RedisError as error:
        log.warning("command %s of run %s waits for the log to be read: %s", entry.seq, run, error)
    message = {"type": "command.accepted", "ref": ref, "seq": entry.seq, "command": entry.command}
    _publish(run, "e", message)


def newest_frame(run: str) -> int:
    """Number of the newest frame in the stream; 0 where there is none, or no answer."""
    try:
        newest: Any = client().xrevrange(keys.frames(run), count=1)
    except redis.RedisError:
        return 0
    return int(newest[0][0].split(b"-")[0]) if newest else 0


def _publish(run: str, field: str, message: dict[str, Any]) -> None:
    try:
        pipe = client().pipeline(transaction=False)
        pipe.xadd(keys.state(run), {field: orjson.dumps(message)}, maxlen=keys.STATES_KEPT, approximate=True)
        pipe.expire(keys.state(run), 2 * 86_400)
        pipe.execute()
    except redis.RedisError as error:
        log.warning("watchers of run %s were not told %s: %s", run, message["type"], error)
