"""Who of a class is here: every socket says so again and again; what is silent for PRESENT_S counts as gone."""

from __future__ import annotations

import logging
import time

import redis.asyncio
from redis.exceptions import RedisError

from playground.live import keys

log = logging.getLogger(__name__)


async def beat(client: redis.asyncio.Redis, session: str, participant: str, channel: str) -> None:
    try:
        pipe = client.pipeline(transaction=False)
        pipe.zadd(keys.present(session), {f"{participant} {channel}": time.time() + keys.PRESENT_S})
        pipe.expire(keys.present(session), keys.KEPT_S)
        await pipe.execute()
    except (RedisError, OSError) as error:
        log.warning("presence in class %s: %s", session, error)


async def leave(client: redis.asyncio.Redis, session: str, participant: str, channel: str) -> None:
    try:
        await client.zrem(keys.present(session), f"{participant} {channel}")
    except (RedisError, OSError) as error:
        log.warning("presence in class %s: %s", session, error)


def people(members: list[bytes]) -> set[str]:
    """Participants out of the members of the sorted set."""
    return {member.decode().split(" ")[0] for member in members}
