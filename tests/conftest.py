from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from playground.runtime import embedded, plan
from tests.databases import django_db_setup, postgresql  # noqa: F401, fixtures


@pytest.fixture(scope="session")
def server() -> Iterator[None]:
    """A real Redis-protocol server, where playground.runtime.redis looks for it."""
    process = subprocess.Popen(embedded.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not plan.answers_ping():
        assert process.poll() is None
        time.sleep(0.02)
    yield
    process.terminate()
    process.wait()
