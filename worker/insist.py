"""The database may be away for a while; what a task has to tell it must not be lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from django.db import Error as DatabaseError
from django.db import close_old_connections

RETRY_S = 1.0

T = TypeVar("T")
log = structlog.get_logger()


def insist(call: Callable[..., T], **arguments: Any) -> T:
    """Repeats a call until the database answers, and gives the connection back: hundreds of threads wait here."""
    while True:
        try:
            return call(**arguments)
        except DatabaseError as error:
            log.warning("database does not answer", call=call.__name__, error=str(error))
            time.sleep(RETRY_S)
        finally:
            close_old_connections()
