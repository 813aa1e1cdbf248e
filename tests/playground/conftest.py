from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from playground.accounts import services as accounts
from playground.accounts.models import Person
from playground.designs.models import Design, Share
from playground.designs.services import design_create
from playground.designs.sharing import share_create
from playground.rates import Buckets
from playground.runs import news
from playground.runtime.redis import sync_client
from tests.playground.world import TWO_SERVICES, cookie_of


@pytest.fixture(scope="session", autouse=True)
def unhashed() -> Iterator[None]:
    """Pages without collectstatic; tests/playground/test_storage.py looks at the hashed files."""
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a good hash takes a third of a second, on purpose
    with override_settings(STORAGES=storages, PASSWORD_HASHERS=quick):
        yield


@pytest.fixture(autouse=True)
def clean(server: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty Redis server, and nobody has come from anywhere."""
    sync_client().flushall()
    news.client.cache_clear()
    monkeypatch.setattr(accounts, "_newcomers", Buckets(1, 1000))


@pytest.fixture
def owner(transactional_db: None) -> Person:
    return Person.objects.create(name="Ada")


@pytest.fixture
def other(transactional_db: None) -> Person:
    return Person.objects.create(name="Bob")


@pytest.fixture
def design(owner: Person) -> Design:
    """users -> a -> b -> db, runnable."""
    made, problems = design_create(owner=owner, document=TWO_SERVICES)
    assert made is not None, problems
    return made


@pytest.fixture
def share(design: Design) -> Share:
    return share_create(design=design)


@pytest.fixture
def browser(owner: Person) -> Client:
    """The owner's."""
    return browser_of(owner)


def browser_of(person: Person | None, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    if person is not None:
        client.cookies["sessionid"] = cookie_of(person)
    return client
