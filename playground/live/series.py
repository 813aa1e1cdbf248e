"""Series of runs in Redis, so that a score does not depend on which web process looked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import redis.asyncio

from playground.live import keys
from playground.live.track import Point, Track


async def series_read(client: redis.asyncio.Redis, run: str) -> dict[int, Point]:
    rows: dict[bytes, bytes] = await client.hgetall(keys.series(run))
    return {int(second): _point(value) for second, value in rows.items()}


def _point(value: bytes) -> Point:
    offered, ok, failed, p99_us = (int(part) for part in value.split())
    return offered, ok, failed, p99_us


async def series_write(client: redis.asyncio.Redis, tracks: Iterable[Track]) -> None:
    """Adds the points that are not stored yet."""
    pipe: Any = client.pipeline(transaction=False)
    count = 0
    for track in tracks:
        if track.fresh:
            rows = {str(second): " ".join(map(str, point)) for second, point in track.fresh.items()}
            pipe.hset(keys.series(track.run), mapping=rows)
            pipe.expire(keys.series(track.run), keys.KEPT_S)
            track.fresh = {}
            count += 1
    if count:
        await pipe.execute()
