"""With a mail server: a forgotten password, and an address that must be confirmed first."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings

from tests.playground.accounts.test_accounts import ADA, LOGIN, begin, names, sign_up, visitor


@pytest.fixture(autouse=True)
def mailing(transactional_db: None) -> Iterator[None]:
    cache.clear()
    with override_settings(MAIL=True, EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        yield


def link() -> str:
    """The path in the newest mail."""
    found = re.search(r"http://testserver(/account/\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def test_a_forgotten_password_is_set_anew_once() -> None:
    home, away = visitor(), visitor()
    design = begin(home)
    sign_up(home)
    assert away.post("/account/reset", {"email": ADA["email"]}).status_code == 302
    assert mail.outbox[-1].to == [ADA["email"]]
    path = link()
    form = away.get(path, follow=True)
    words = {"password1": "another long horse", "password2": "another long horse"}
    assert form.status_code == 200
    assert away.post(form.redirect_chain[-1][0], words).status_code == 302
    assert names(home) == set()  # other browsers are signed out
    again = Client().get(path, follow=True)
    assert "This link is over" in again.content.decode()
    assert away.post("/account/login", LOGIN | {"password": words["password1"]}).status_code == 302
    assert names(away) == {design}


def test_who_has_no_account_learns_nothing() -> None:
    answer = visitor().post("/account/reset", {"email": "nobody@example.com"})
    assert (answer.status_code, answer.url) == (302, "/account/reset/sent")  # type: ignore[attr-defined]


@override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory")
def test_an_address_is_confirmed_before_the_work_is_claimed() -> None:
    browser = visitor()
    design = begin(browser)
    assert sign_up(browser).url == "/account/confirm"
    assert names(browser) == {design}  # a guest still
    path = link()
    assert "Confirm" in browser.get(path).content.decode()
    assert browser.post(path).status_code == 302
    browser.post("/account/login", LOGIN)
    assert names(browser) == {design}
    away = visitor()
    away.post("/account/login", LOGIN)
    assert names(away) == {design}
