"""Names of the Redis keys of a run and of a host: the words that the site and the machine share.

No imports: the hub (web), the services (web, tasks) and worker/stream.py read the same names here.
"""

from __future__ import annotations

FRAMES_KEPT = 300  # frames a stream keeps at least: 30 s at 10 Hz, for those who come late
STATES_KEPT = 50
KEPT_S = 3600  # keys of a run that nobody touches any more go after this many seconds
TASK = "worker.live_run"  # Celery task of one live run, argument: the run id
QUEUE = "live"
FILM_TASK = "worker.film"  # Celery task that makes a film, argument: its id
BATCH = "batch"
WATCH_S = 30  # a hub that has watchers sets `watched` for this long, and again in good time

ASK_S = 5  # who asks why does so again in this time
WHY_S = 30  # an answer is kept for this long, as the script of worker/stream.py says


def meta(run: str) -> str:
    """String: the meta message (JSON)."""
    return f"run:{run}:meta"


def frames(run: str) -> str:
    """Stream, field `f` = frame (JSON). The entry of frame `seq` has the id `<seq>-0`, so none can enter twice."""
    return f"run:{run}:frames"


def state(run: str) -> str:
    """Stream, field `s` = run.state message (JSON); the newest of them is the state.

    Field `e` = any other message for all watchers (JSON), such as command.accepted; a late joiner needs none of them.
    """
    return f"run:{run}:state"


def commands(run: str) -> str:
    """List of {"seq", "command"} (JSON), pushed on the right: a wake-up, the log in the database is the truth."""
    return f"run:{run}:commands"


def applied(run: str) -> str:
    """List of "<seq> <virtual_ns>": when each command was applied; written with the first frame that shows it."""
    return f"run:{run}:applied"


def snapshot(run: str) -> str:
    """String: the newest state of the simulation that a successor may start from."""
    return f"run:{run}:snapshot"


def owner(run: str) -> str:
    """String "<host> <attempt>": who may write this run's keys. The attempt is the fencing number."""
    return f"run:{run}:owner"


def watched(run: str) -> str:
    """String that exists while somebody looks; an unwatched run shows one frame a second."""
    return f"run:{run}:watched"


def asked(run: str) -> str:
    """String that exists while somebody wants to know why: every how many requests one is to be traced, 0 = none."""
    return f"run:{run}:asked"


def why(run: str) -> str:
    """String: the newest run.why message (JSON), at most one a second while `asked` exists."""
    return f"run:{run}:why"


def host(name: str) -> str:
    """String that exists while the host lives (its lease)."""
    return f"host:{name}"


def hint(name: str) -> str:
    """List of run ids whose command list this host should look at now."""
    return f"host:{name}:hint"
