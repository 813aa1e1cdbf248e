"""Names of the Redis keys of a class."""

from __future__ import annotations

KEPT_S = 86_400
PRESENT_S = 30  # a socket that is not heard of for so long counts as gone
BEAT_S = 10


def present(session: str) -> str:
    """Sorted set: "<participant> <channel>" by the time (Unix, s) until which that socket counts as there."""
    return f"live:{session}:present"


def scribe(session: str) -> str:
    """String that one web process holds at a time: it alone stores series and scores."""
    return f"live:{session}:scribe"


def series(run: str) -> str:
    """Hash: virtual second -> "offered ok failed p99_us"."""
    return f"live:run:{run}:series"
