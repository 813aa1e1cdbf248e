"""News of a class over the channel layer: to everybody, to its instructors, to one participant."""

from __future__ import annotations

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def everybody(session_id: str) -> str:
    return f"live.{session_id}"


def instructors(session_id: str) -> str:
    return f"live.lead.{session_id}"


def one(participant_id: str) -> str:
    return f"live.one.{participant_id}"


async def tell(group: str, message: dict[str, Any]) -> None:
    try:
        await get_channel_layer().group_send(group, {"type": "live.news", "message": message})
    except (RedisError, OSError) as error:
        log.warning("%s was not told %s: %s", group, message["type"], error)


def tell_sync(group: str, message: dict[str, Any]) -> None:
    async_to_sync(tell)(group, message)


def changed(session_id: str) -> None:
    """What the class is has changed: every socket of it looks again."""
    tell_sync(everybody(session_id), {"type": "session.changed"})


def roster_changed(session_id: str) -> None:
    """Somebody came, went or has another design: the instructors' sockets look again."""
    tell_sync(instructors(session_id), {"type": "roster.changed"})
