"""Links: what they open, how they change while they are open, and what a frozen one never shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.utils.timezone import now

from playground.accounts.models import Person
from playground.designs.models import Design, Share
from playground.designs.permissions import Role, role_of
from playground.designs.services import edit_apply
from playground.designs.sharing import share_add, share_change, share_end, shares_of
from playground.limits import SHARES_PER_DESIGN
from tests.playground.conftest import browser_of
from tests.playground.world import RENAME, closed, heard, heard_of, opened, say


def add(design: Design, **wanted: Any) -> Share:
    share, problems = share_add(design=design, **wanted)
    assert share is not None, problems
    return share


def test_a_link_carries_its_role_and_loses_it_with_its_end(design: Design, other: Person) -> None:
    share = add(design, role="editor")
    assert role_of(other, design, share.token) is Role.EDITOR
    assert share_change(share=share, role="viewer") == []
    assert role_of(other, design, share.token) is Role.VIEWER
    assert share_change(share=share, ends="hour") == []
    assert share.expires_at is not None
    Share.objects.update(expires_at=now() - timedelta(seconds=1))
    assert role_of(other, design, share.token) is Role.STRANGER
    assert shares_of(design) == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"role": None}, "role"),
        ({"role": "editor", "revision": 0}, "role"),
        ({"revision": 7}, "revision"),
    ],
)
def test_what_no_link_may_be_is_refused(wanted: dict[str, Any], field: str, design: Design) -> None:
    share, problems = share_add(design=design, **wanted)
    assert share is None
    assert problems[0].field == field


def test_changes_that_make_no_sense_are_refused(design: Design) -> None:
    frozen = add(design, revision=0)
    assert share_change(share=frozen, role="editor")[0].field == "role"
    assert share_change(share=frozen, ends="tomorrow")[0].field == "ends"
    frozen.refresh_from_db()
    assert (frozen.role, frozen.expires_at) == ("viewer", None)


def test_a_design_has_so_many_links_and_no_more(design: Design) -> None:
    Share.objects.bulk_create(Share(design=design) for _ in range(SHARES_PER_DESIGN))
    assert share_add(design=design)[1][0].field == "count"
    share_end(share=Share.objects.all()[0])
    assert add(design)


def test_a_frozen_link_shows_its_revision_for_ever(design: Design, owner: Person, other: Person) -> None:
    share = add(design, revision=0)
    edit_apply(design_id=design.pk, person=owner, edit=RENAME)
    edit_apply(design_id=design.pk, person=owner, edit={"op": "describe", "name": "Secret plan"})
    browser = browser_of(other)
    page = browser.get(f"/s/{share.token}").content.decode()
    assert "This revision, for ever" in page
    assert "Renamed" not in page
    assert "Secret plan" not in page
    answer = browser.get(f"/api/designs/{design.pk}?share={share.token}").json()
    assert (answer["revision"], answer["design"]["name"]) == (0, "Two services")
    assert "Renamed" not in str(answer["design"])
    query = f"share={share.token}"
    for path in (
        f"/api/designs/{design.pk}?revision=2&{query}",
        f"/api/designs/{design.pk}/edits?{query}",
        f"/d/{design.pk}?{query}",
        f"/d/{design.pk}/r/2?{query}",
        f"/d/{design.pk}/history?{query}",
        f"/d/{design.pk}/export.json?revision=1&{query}",
    ):
        assert browser.get(path).status_code == 403, path
    made = browser.post(f"/s/{share.token}/fork")
    fork = Design.objects.get(owner=other)
    assert made.url.endswith(fork.pk)  # type: ignore[attr-defined]
    assert (fork.forked_from, fork.forked_revision, fork.name) == (design, 0, "Two services")
    assert "Renamed" not in str(fork.document)


async def test_a_frozen_link_opens_no_socket(design: Design, other: Person) -> None:
    share = await database_sync_to_async(add)(design, revision=0)
    assert await closed(await opened(f"/ws/designs/{design.pk}?share={share.token}", other)) == 4403


async def test_another_role_reaches_open_sockets_at_once(design: Design, owner: Person, other: Person) -> None:
    share = await database_sync_to_async(add)(design)
    socket = await opened(f"/ws/designs/{design.pk}?share={share.token}", other)
    assert (await heard_of(socket, "design.snapshot"))["role"] == "viewer"
    await say(socket, type="edit.submit", ref="a", edit=RENAME)
    assert (await heard(socket))["type"] == "edit.refused"
    await database_sync_to_async(share_change)(share=share, role="editor")
    assert (await heard_of(socket, "design.role"))["role"] == "editor"
    await say(socket, type="edit.submit", ref="b", edit=RENAME)
    assert (await heard_of(socket, "edit.accepted"))["by"] == other.pk
    await database_sync_to_async(share_change)(share=share, role="viewer")
    assert (await heard_of(socket, "design.role"))["role"] == "viewer"
    await say(socket, type="edit.submit", ref="c", edit=RENAME)
    assert (await heard(socket))["type"] == "edit.refused"
    await database_sync_to_async(share_end)(share=share)
    assert await closed(socket) == 4403


async def test_a_link_that_is_over_closes_its_sockets(design: Design, other: Person) -> None:
    def short() -> Share:
        return Share.objects.create(design=design, expires_at=now() + timedelta(seconds=1))

    share = await database_sync_to_async(short)()
    socket = await opened(f"/ws/designs/{design.pk}?share={share.token}", other)
    assert (await heard(socket))["type"] == "design.snapshot"
    assert await closed(socket) == 4403


async def test_a_new_end_counts_for_open_sockets(design: Design, other: Person) -> None:
    share = await database_sync_to_async(add)(design)
    socket = await opened(f"/ws/designs/{design.pk}?share={share.token}", other)
    assert (await heard(socket))["type"] == "design.snapshot"
    await database_sync_to_async(share_change)(share=share, ends="hour")

    def soon() -> None:
        Share.objects.update(expires_at=now() + timedelta(seconds=1))
        share_change(share=Share.objects.get(), role="viewer")

    await database_sync_to_async(soon)()
    assert await closed(socket) == 4403


async def test_who_has_an_editor_link_and_no_name_must_open_the_page_first(design: Design) -> None:
    share = await database_sync_to_async(add)(design, role="editor")
    socket = await opened(f"/ws/designs/{design.pk}?share={share.token}")
    assert (await heard(socket))["role"] == "editor"
    await say(socket, type="edit.submit", ref="a", edit=RENAME)
    refused = await heard(socket)
    assert refused["type"] == "edit.refused"
    assert "name" in refused["problems"][0]["rule"]
    await socket.disconnect()


def test_the_page_of_an_editor_link_gives_a_name(design: Design) -> None:
    share = add(design, role="editor")
    browser = Client()
    assert 'data-role="editor"' in browser.get(f"/s/{share.token}").content.decode()
    edited = browser.post(
        f"/api/designs/{design.pk}/edits?share={share.token}", {"edit": RENAME}, content_type="application/json"
    )
    assert edited.status_code == 200
    assert edited.json()["by"] == Person.objects.exclude(pk=design.owner_id).get().pk


def test_the_dialog_makes_changes_and_ends_links(browser: Client, design: Design) -> None:
    shown = browser.post(f"/d/{design.pk}/share").content.decode()
    first = Share.objects.get()
    assert f"/s/{first.token}" in shown
    browser.post(f"/d/{design.pk}/links", {"role": "editor"})
    browser.post(f"/d/{design.pk}/links", {"revision": "0"})
    assert sorted((share.role, share.revision) for share in shares_of(design) if share != first) == [
        ("editor", None),
        ("viewer", 0),
    ]
    browser.post(f"/d/{design.pk}/links/{first.token}", {"role": "editor", "ends": "day"})
    first.refresh_from_db()
    assert first.role == "editor"
    assert first.expires_at is not None
    browser.post(f"/d/{design.pk}/links/{first.token}", {"revoke": "1"})
    assert first not in shares_of(design)
    assert browser.post(f"/d/{design.pk}/links/{first.token}", {"role": "viewer"}).status_code == 404
    for bad in ({"role": "boss"}, {"revision": "x"}, {"revision": "99"}, {"revision": "-1"}):
        assert browser.post(f"/d/{design.pk}/links", bad).status_code == 422, bad


def test_a_link_is_changed_by_the_owner_of_its_design_alone(browser: Client, design: Design, other: Person) -> None:
    theirs = Design.objects.create(owner=other, name="x", document=design.document)
    share = Share.objects.create(design=theirs)
    assert browser.post(f"/d/{design.pk}/links/{share.token}", {"revoke": "1"}).status_code == 404
    share.refresh_from_db()
    assert share.revoked_at is None


def test_forks_are_listed_for_the_owner_without_a_way_in(browser: Client, design: Design, other: Person) -> None:
    browser_of(other).post(f"/s/{add(design).token}/fork")
    shown = browser.post(f"/d/{design.pk}/share").content.decode()
    fork = Design.objects.get(owner=other)
    assert "1 fork of this design" in shown
    assert "Bob forked r0" in shown
    assert fork.pk not in shown
    assert "forked from Two services r0" in browser_of(other).get("/d/").content.decode()
