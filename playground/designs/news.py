"""News of a design for everybody who has it open, over the channel layer. Losing one is mended by the next."""

from __future__ import annotations

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def group(design_id: str) -> str:
    return f"design.{design_id}"


def visitors(design_id: str) -> str:
    """The group of the sockets that a share link opened."""
    return f"visitors.{design_id}"


async def tell(design_id: str, message: dict[str, Any]) -> None:
    """`message` goes to every socket of the design, in any process."""
    try:
        await get_channel_layer().group_send(group(design_id), {"type": "design.news", "message": message})
    except (RedisError, OSError) as error:
        log.warning("sockets of design %s were not told %s: %s", design_id, message["type"], error)


async def pass_on(design_id: str, by: str, message: dict[str, Any]) -> None:
    """Presence: from the socket `by` to all others of the design. Losing it costs nothing that lasts."""
    try:
        await get_channel_layer().group_send(group(design_id), {"type": "presence.news", "by": by, "message": message})
    except (RedisError, OSError) as error:
        log.warning("presence in design %s was not told: %s", design_id, error)


def tell_sync(design_id: str, message: dict[str, Any]) -> None:
    """The same from a view or a service."""
    async_to_sync(tell)(design_id, message)


def access_changed(design_id: str) -> None:
    """Links were revoked: sockets that one of them opened must look again."""
    try:
        async_to_sync(get_channel_layer().group_send)(visitors(design_id), {"type": "access.changed"})
    except (RedisError, OSError) as error:
        log.warning("visitors of design %s were not told: %s", design_id, error)
