"""Accounts over real requests: a guest's work is claimed on sign-up, and comes along on sign-in."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from playground.accounts.claims import claim, merge
from playground.accounts.models import Person
from playground.designs.models import Design, Member
from playground.designs.services import design_create
from playground.limits import WRONG_PASSWORDS
from playground.runs.services import run_start
from tests.playground.world import TWO_SERVICES, closed, opened

ADA = {"name": "Ada", "email": "ada@example.com", "password1": "a long horse battery"}
LOGIN = {"login": ADA["email"], "password": ADA["password1"]}


@pytest.fixture(autouse=True)
def unlimited(transactional_db: None) -> None:
    cache.clear()


def visitor() -> Client:
    return Client(raise_request_exception=False)


def begin(client: Client) -> str:
    """A design of the guest in this browser."""
    answer: Any = client.post("/d/new")
    assert answer.status_code == 302
    return str(answer.url.rpartition("/")[2])


def sign_up(client: Client, **changed: str) -> Any:
    return client.post("/account/signup", ADA | changed)


def names(client: Client) -> set[str]:
    return {row["id"] for row in client.get("/api/designs").json()}


def test_signing_up_claims_what_the_guest_has() -> None:
    browser = visitor()
    design = begin(browser)
    answer = sign_up(browser)
    assert (answer.status_code, answer.url) == (302, "/d/")
    person = Person.objects.get()
    assert (person.name, person.user and person.user.email) == ("Ada", ADA["email"])
    assert person.claimed_at is not None
    assert names(browser) == {design}
    assert browser.get(f"/d/{design}").status_code == 200


def test_signing_up_without_any_work_makes_a_person() -> None:
    browser = visitor()
    sign_up(browser, name="")
    assert Person.objects.get().user == User.objects.get()
    assert begin(browser) in names(browser)
    assert Person.objects.count() == 1


def test_work_is_found_from_another_browser() -> None:
    first, second = visitor(), visitor()
    design = begin(first)
    sign_up(first)
    assert second.get(f"/d/{design}").status_code == 403
    assert second.post("/account/login", LOGIN).status_code == 302
    assert names(second) == {design}
    assert second.get(f"/d/{design}").status_code == 200


def test_signing_in_merges_the_guest_of_this_browser() -> None:
    home, away = visitor(), visitor()
    design = begin(home)
    sign_up(home)
    other = begin(away)
    guest = Design.objects.get(pk=other).owner
    edit = {"edit": {"op": "describe", "name": "Made as a guest"}}
    assert away.post(f"/api/designs/{other}/edits", edit, content_type="application/json").status_code == 200
    away.post("/account/login", LOGIN)
    assert names(home) == names(away) == {design, other}
    assert Person.objects.exclude(user=None).get() == Design.objects.get(pk=other).owner
    guest.refresh_from_db()
    assert guest.merged_into == Design.objects.get(pk=design).owner
    assert Design.objects.get(pk=other).edits.get().author == guest.merged_into


def test_merging_moves_runs_and_keeps_the_stronger_membership(owner: Person, other: Person, design: Design) -> None:
    person = Person.objects.create(user=User.objects.create(username="c"))
    mine, _ = design_create(owner=other, document=TWO_SERVICES)
    assert mine is not None
    run, _ = run_start(design=mine, person=other, seed=1)
    assert run is not None
    Member.objects.create(design=design, person=person, role="viewer")
    Member.objects.create(design=design, person=other, role="editor")
    Member.objects.create(design=mine, person=person, role="editor")
    merge(other, person)
    run.refresh_from_db()
    assert run.starter == person
    assert Design.objects.get(pk=mine.pk).owner == person
    assert Member.objects.get(design=design, person=person).role == "editor"
    other.refresh_from_db()
    assert other.merged_into == person


def test_a_guest_is_claimed_once(owner: Person, design: Design) -> None:
    """Two copies of one cookie, two accounts: the second one starts with nothing."""
    first, second = (User.objects.create(username=name) for name in "ab")
    assert claim(user=first, guest_id=owner.pk) == owner
    late = claim(user=second, guest_id=owner.pk)
    assert late != owner
    assert Design.objects.get().owner == owner
    assert claim(user=first, guest_id=owner.pk) == owner
    assert claim(user=first, guest_id=late.pk) == owner  # somebody else's person is nobody's guest
    late.refresh_from_db()
    assert late.user == second


def test_a_planted_cookie_opens_nothing_after_sign_up() -> None:
    """Session fixation: whoever knew the guest's cookie before is a stranger to the account."""
    victim, thief = visitor(), visitor()
    design = begin(thief)
    victim.cookies["sessionid"] = thief.cookies["sessionid"].value
    sign_up(victim)
    assert names(victim) == {design}
    assert names(thief) == set()
    assert thief.get(f"/d/{design}").status_code == 403
    assert thief.get(f"/api/designs/{design}").status_code == 401
    victim.post("/account/logout")
    assert thief.get(f"/d/{design}").status_code == 403


async def test_a_planted_cookie_opens_no_socket(owner: Person, design: Design) -> None:
    from channels.db import database_sync_to_async

    from tests.playground.world import cookie_of

    cookie = await database_sync_to_async(cookie_of)(owner)

    def take() -> None:
        claim(user=User.objects.create(username="a"), guest_id=owner.pk)

    await database_sync_to_async(take)()
    assert cookie
    assert await closed(await opened(f"/ws/designs/{design.pk}", owner)) == 4401


def test_signing_out_leaves_a_fresh_stranger() -> None:
    browser = visitor()
    design = begin(browser)
    sign_up(browser)
    assert browser.post("/account/logout").status_code == 302
    assert names(browser) == set()
    assert browser.get(f"/d/{design}").status_code == 403
    other = begin(browser)
    assert Design.objects.get(pk=other).owner != Design.objects.get(pk=design).owner


def test_a_new_password_signs_other_browsers_out() -> None:
    home, away = visitor(), visitor()
    design = begin(home)
    sign_up(home)
    away.post("/account/login", LOGIN)
    changed = home.post(
        "/account/password",
        {"oldpassword": ADA["password1"], "password1": "another long horse", "password2": "another long horse"},
    )
    assert changed.status_code == 302
    assert home.get(f"/d/{design}").status_code == 200
    assert away.get(f"/d/{design}").status_code == 403


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"email": "nobody"}, "valid email"),
        ({"email": ""}, "required"),
        ({"password1": "short"}, "8 characters"),
        ({"password1": "password"}, "common"),
        ({"name": "x" * 81}, "80 characters"),
        ({"name": "x\x00y"}, "Null characters"),
    ],
)
def test_a_bad_sign_up_is_refused_at_its_field(changed: dict[str, str], word: str) -> None:
    answer = sign_up(visitor(), **changed)
    assert answer.status_code == 200
    assert word in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not User.objects.exists()


def test_an_address_has_one_account() -> None:
    sign_up(visitor())
    answer = sign_up(visitor(), email=ADA["email"].upper())
    assert answer.status_code == 200
    assert User.objects.count() == 1


def test_wrong_passwords_are_counted() -> None:
    browser = visitor()
    sign_up(visitor())
    for _ in range(WRONG_PASSWORDS):
        answer: HttpResponse = browser.post("/account/login", LOGIN | {"password": "wrong"})
        assert answer.status_code == 200
    assert "Too many" in browser.post("/account/login", LOGIN).content.decode()  # even with the right one


def test_signing_in_goes_back_to_where_one_came_from_and_nowhere_else() -> None:
    browser = visitor()
    sign_up(browser)
    for path, lands in (("/d/?x=1", "/d/?x=1"), ("https://example.com/", "/d/"), ("//example.com", "/d/")):
        browser.post("/account/logout")
        assert browser.post("/account/login", LOGIN | {"next": path}).url == lands  # type: ignore[attr-defined]


def test_forged_forms_are_refused() -> None:
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for path in ("login", "signup", "logout"):
        assert browser.post(f"/account/{path}", ADA | LOGIN).status_code == 403
