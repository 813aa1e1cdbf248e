"""The names that a run has in Redis, shared by the site (hub, commands) and the worker (stream).

Plain strings only, so that the worker can import them without Django.

The log of commands in the database is the truth; the list in Redis only carries news. A worker that takes a run
first reads the log, then the list, and skips every sequence number that it already has.
"""

from __future__ import annotations

CELERY_TASK = "worker.live_run"
"""Name of the task of one live run; arguments: (run id,)."""
CELERY_QUEUE = "live"

FRAMES_KEPT = 300
"""Frames in the stream of a run (approximate trim)."""
STATES_KEPT = 100
"""Messages in the state stream of a run (approximate trim)."""
KEPT_S = 3600
"""Expiry of all keys of a run after its end, in seconds."""
WATCHED_S = 6
"""Expiry of `watched`: a run without it has no watcher and may send fewer frames."""

FRAME_FIELD = b"f"
"""Field of a frame's stream entry: the bytes for the browser."""
STATE_FIELD = b"s"
"""Field of a state stream entry that is a run.state message; a late joiner needs the last one only."""
EVENT_FIELD = b"e"
"""Field of a state stream entry that is any other message for all watchers (command.accepted)."""


def meta(run: str) -> str:
    """String: the meta message as JSON bytes; set before the first frame."""
    return f"run:{run}:meta"


def frames(run: str) -> str:
    """Stream of frames. The entry id is `frame_id(seq)`, so Redis itself refuses a frame that is there already."""
    return f"run:{run}:frames"


def frame_id(seq: int) -> str:
    """Entry id of the frame with sequence number `seq` (1, 2, …)."""
    return f"{seq}-0"


def state(run: str) -> str:
    """Stream of run.state and command.accepted messages, as JSON bytes, ids given by Redis."""
    return f"run:{run}:state"


def commands(run: str) -> str:
    """List of {"seq": n, "command": {…}} as JSON bytes, oldest first."""
    return f"run:{run}:commands"


def applied(run: str) -> str:
    """List of "seq,virtual_ns": pushed before the first frame that shows the command, trimmed once it is in the database."""
    return f"run:{run}:applied"


def owner(run: str) -> str:
    """String "host fence": the host that advances the run and its fencing number (the attempt)."""
    return f"run:{run}:owner"


def watched(run: str) -> str:
    """String with an expiry of WATCHED_S: somebody looks at this run."""
    return f"run:{run}:watched"


def host(name: str) -> str:
    """String with an expiry: the lease of a host, held while it lives."""
    return f"host:{name}"


def hint(name: str) -> str:
    """List of run ids that have news for this host."""
    return f"host:{name}:hint"
