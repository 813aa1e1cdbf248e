"""Who is here: joined, moved, left; limits; a server that vanishes; roles that change while a page is open."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from playground.accounts.models import Person
from playground.designs import consumers, presence
from playground.designs.models import Design, Member, Share
from playground.designs.news import access_changed
from playground.limits import PRESENCE_PER_S
from tests.playground.world import RENAME, heard, heard_of, opened, say


async def entered(design: Design, person: Person | None, query: str = "") -> WebsocketCommunicator:
    socket = await opened(f"/ws/designs/{design.pk}{query}", person)
    await heard_of(socket, "design.snapshot")
    await say(socket, type="presence.update")
    await say(socket, type="nonsense")  # its answer comes when the first message was handled
    await heard_of(socket, "error")
    return socket


async def test_who_comes_learns_who_is_there_and_they_learn_of_it(
    design: Design, owner: Person, share: Share, other: Person
) -> None:
    first = await entered(design, owner)
    second = await opened(f"/ws/designs/{design.pk}?share={share.token}", other)
    await heard_of(second, "design.snapshot")
    await say(second, type="presence.update", cursor=[1, 2], selection=["a"])
    joined = await heard_of(first, "presence.joined")
    (peer,) = joined["peers"]
    assert (peer["name"], joined["you"]["name"]) == ("Bob", "Ada")
    assert peer["hue"] != joined["you"]["hue"]
    assert await heard(first) == {
        "type": "presence.moved", "peer": peer["peer"], "cursor": [1, 2], "selection": ["a"],
    }  # fmt: skip
    told = await heard_of(second, "presence.joined")
    assert [each["name"] for each in told["peers"]] == ["Ada"] and told["you"] == peer
    await second.disconnect()
    assert await heard_of(first, "presence.left") == {"type": "presence.left", "peer": peer["peer"]}
    await first.disconnect()
    assert (await presence.here(design.pk))[0] == []


async def test_who_only_listens_is_nobody(design: Design, owner: Person) -> None:
    """A socket that never says where it is, such as a script's, is not shown and hears nothing of the others."""
    quiet = await opened(f"/ws/designs/{design.pk}", owner)
    await heard_of(quiet, "design.snapshot")
    first = await entered(design, owner)
    await say(first, type="edit.submit", ref="e", edit=RENAME)
    assert (await heard(quiet))["type"] == "edit.accepted"
    assert len((await presence.here(design.pk))[0]) == 1
    for socket in (quiet, first):
        await socket.disconnect()


async def test_guests_have_animals_and_keep_them(transactional_db: None) -> None:
    guest = await Person.objects.acreate()
    names = {presence.name_of(guest, "x"), presence.name_of(guest, "y")}
    assert len(names) == 1 and names.pop().startswith("Guest ")
    assert presence.name_of(None, "x").startswith("Guest ")


BAD: list[dict[str, Any]] = [
    {"cursor": "here"}, {"cursor": [1]}, {"cursor": [1, "2"]}, {"cursor": [True, 1]}, {"cursor": [1e9, 0]},
    {"selection": "a"}, {"selection": [1]}, {"selection": ["x" * 41]}, {"selection": ["a"] * 201},
]  # fmt: skip


@pytest.mark.parametrize("message", BAD, ids=str)
async def test_nonsense_is_refused_and_passed_on_to_nobody(
    message: dict[str, Any], design: Design, owner: Person
) -> None:
    first, second = await entered(design, owner), await entered(design, owner)
    await heard_of(first, "presence.moved")
    await say(second, type="presence.update", **message)
    assert (await heard_of(second, "presence.refused"))["problems"]
    await say(second, type="presence.update", cursor=[5, 5])
    assert (await heard(first))["cursor"] == [5, 5]
    for socket in (first, second):
        await socket.disconnect()


async def test_a_flood_of_cursors_is_refused_and_edits_are_not(design: Design, owner: Person) -> None:
    socket = await entered(design, owner)
    for x in range(3 * PRESENCE_PER_S):
        await say(socket, type="presence.update", cursor=[x, 0])
    assert (await heard_of(socket, "presence.refused"))["problems"][0]["rule"].startswith("must come at most")
    await say(socket, type="edit.submit", ref="e", edit=RENAME)
    assert (await heard_of(socket, "edit.accepted"))["ref"] == "e"
    await socket.disconnect()


async def test_who_was_lost_with_a_server_is_struck_off(
    design: Design, owner: Person, other: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed says goodbye to nobody: the others notice that nothing renews its people."""
    monkeypatch.setattr(presence, "PRESENCE_S", 0)
    ghost, _ = await presence.join(design.pk, "ghost", other)
    monkeypatch.setattr(presence, "PRESENCE_S", 30)
    monkeypatch.setattr(consumers, "PRESENCE_S", 0.3)
    socket = await entered(design, owner)
    kept = [peer["peer"] for peer in (await presence.here(design.pk))[0]]
    assert ghost["peer"] not in kept and len(kept) == 1
    await presence.client().hset(presence.key(design.pk), "ghost", b'{"peer":"ghost","until":1}')
    second = await entered(design, owner)
    await presence.client().hset(presence.key(design.pk), "ghost2", b'{"peer":"ghost2","until":1}')
    assert await heard_of(second, "presence.left") in (
        {"type": "presence.left", "peer": "ghost"}, {"type": "presence.left", "peer": "ghost2"},
    )  # fmt: skip
    for each in (socket, second):
        await each.disconnect()


async def test_a_role_that_changes_is_told_at_once(design: Design, other: Person) -> None:
    member = await Member.objects.acreate(design=design, person=other, role="viewer")
    socket = await entered(design, other)
    member.role = "editor"
    await member.asave()
    await database_sync_to_async(access_changed)(design.pk)
    assert await heard_of(socket, "design.role") == {"type": "design.role", "role": "editor"}
    await say(socket, type="edit.submit", ref="e", edit=RENAME)
    assert (await heard_of(socket, "edit.accepted"))["ref"] == "e"
    member.role = "viewer"
    await member.asave()
    await database_sync_to_async(access_changed)(design.pk)
    assert await heard_of(socket, "design.role") == {"type": "design.role", "role": "viewer"}
    await say(socket, type="edit.submit", ref="f", edit=RENAME)
    assert (await heard_of(socket, "edit.refused"))["ref"] == "f"
    await socket.disconnect()
