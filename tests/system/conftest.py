"""One playground and one browser for the whole folder; each test comes as visitors of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.running import Running
from tests.system.pages import chromium
from tests.system.visitors import Visitors

expect.set_options(timeout=30_000)  # machines that test are busy


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("site"), "--live", "2") as running:
        yield running
    broken = [line for line in running.lines if "Traceback" in line or "Internal Server Error" in line]
    assert broken == [], "\n".join(running.lines[-200:])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def visitors(browser: Browser, site: Running) -> Iterator[Visitors]:
    """People who come to the site during one test. What no page may ever do fails it at the end."""
    people = Visitors(browser, site.url)
    yield people
    people.leave()
    assert people.wrong == []
