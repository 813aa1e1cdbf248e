"""The one place that makes Redis clients, because their time-outs decide whether idle sockets live.

redis-py 8 gives up reading after 5 s and opens at most 100 connections by default; both kill sockets that
merely wait. REDIS_URL names the server (redis://, rediss://, unix://); without it the embedded one is meant.
"""

from __future__ import annotations

import os

import redis
import redis.asyncio

from playground.runtime import embedded

BLOCK_S = 2  # longest wait inside one blocking command (BLPOP, XREAD)


def url() -> str:
    return os.environ.get("REDIS_URL") or f"unix://{embedded.socket_path()}?db=0"


def broker_url() -> str:
    """The same server in Celery's spelling."""
    address = url()
    if not address.startswith("unix://"):
        return address
    path, _, query = address.removeprefix("unix://").partition("?")
    return f"redis+socket://{path}?virtual_host={dict(p.split('=') for p in query.split('&') if p).get('db', '0')}"


def sync_client() -> redis.Redis:
    """For short commands. A command that gets no answer fails after 10 s with redis.TimeoutError."""
    return redis.Redis.from_url(url(), socket_timeout=10, socket_connect_timeout=5, health_check_interval=15)


def blocking_client() -> redis.Redis:
    """For one thread that waits in commands of at most BLOCK_S: a dead connection is noticed, a quiet one is not."""
    return redis.Redis.from_url(
        url(), socket_timeout=BLOCK_S + 10, socket_connect_timeout=5, health_check_interval=15, max_connections=1
    )


def async_client() -> redis.asyncio.Redis:
    """For the web process, where many tasks wait at once: no read time-out, no cap on connections worth the name."""
    return redis.asyncio.Redis.from_url(
        url(), socket_timeout=None, socket_connect_timeout=5, health_check_interval=15, max_connections=10_000
    )


def channel_layer() -> dict[str, object]:
    """Host entry for channels_redis, with the same care."""
    return {"address": url(), "socket_timeout": None, "max_connections": 10_000}
