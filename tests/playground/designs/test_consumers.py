from __future__ import annotations

import asyncio
from typing import Any

from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from playground.accounts.models import Person
from playground.designs.models import Design, Edit, Share
from playground.designs.services import edit_apply
from playground.runs.services import run_start
from tests.playground.conftest import browser_of
from tests.playground.world import heard, heard_of, opened, say


async def editing(design: Design, person: Person | None, query: str = "") -> WebsocketCommunicator:
    socket = await opened(f"/ws/designs/{design.pk}{query}", person)
    assert (await heard(socket))["type"] == "design.snapshot"
    return socket


def rename(name: str) -> dict[str, Any]:
    return {"op": "rename", "id": "a", "name": name}


async def test_the_snapshot_comes_first(design: Design, owner: Person, share: Share) -> None:
    socket = await opened(f"/ws/designs/{design.pk}", owner)
    assert await heard(socket) == {
        "type": "design.snapshot", "revision": 0, "design": design.document, "role": "owner",
        "rules": {}, "run": None,
    }  # fmt: skip
    await socket.disconnect()
    visitor = await opened(f"/ws/designs/{design.pk}?share={share.token}")
    assert (await heard(visitor))["role"] == "viewer"
    await visitor.disconnect()


async def test_an_edit_goes_to_everybody_with_number_and_inverse(design: Design, owner: Person, share: Share) -> None:
    sockets = [
        await editing(design, owner),
        await editing(design, owner),
        await editing(design, None, f"?share={share.token}"),
    ]
    await say(sockets[0], type="edit.submit", ref="c1", edit=rename("New"))
    for socket in sockets:
        assert await heard(socket) == {
            "type": "edit.accepted", "revision": 1, "ref": "c1", "edit": rename("New"), "inverse": rename("A"), "by": owner.pk,
        }  # fmt: skip
        await socket.disconnect()


async def test_a_refused_edit_is_told_to_its_author_alone(design: Design, owner: Person) -> None:
    mine, also = await editing(design, owner), await editing(design, owner)
    await say(mine, type="edit.submit", ref="c1", edit={"op": "rename", "id": "ghost", "name": "x"})
    answer = await heard(mine)
    assert (answer["type"], answer["ref"]) == ("edit.refused", "c1")
    await say(mine, type="edit.submit", ref="c2", edit=rename("x"))
    assert (await heard(also))["ref"] == "c2"
    for socket in (mine, also):
        await socket.disconnect()


async def test_everybody_sees_the_same_order(design: Design, owner: Person) -> None:
    """Each of four people sends ten edits at once; all of them get all forty, numbered without a gap."""
    sockets = [await editing(design, owner) for _ in range(4)]

    async def work(place: int) -> list[dict[str, Any]]:
        for number in range(10):
            await say(sockets[place], type="edit.submit", ref=f"{place}-{number}", edit=rename(f"{place} {number}"))
        return [await heard_of(sockets[place], "edit.accepted") for _ in range(40)]

    got = await asyncio.gather(*(work(place) for place in range(4)))
    assert got[0] == got[1] == got[2] == got[3]
    assert [message["revision"] for message in got[0]] == list(range(1, 41))
    assert len({message["ref"] for message in got[0]}) == 40
    for socket in sockets:
        await socket.disconnect()


async def test_an_edit_whose_news_was_lost_comes_with_the_next_one(design: Design, owner: Person) -> None:
    socket = await editing(design, owner)
    await database_sync_to_async(edit_apply)(design_id=design.pk, person=owner, edit=rename("lost"), ref="lost")
    await say(socket, type="edit.submit", ref="c2", edit=rename("next"))
    assert [(message["revision"], message["ref"]) for message in [await heard(socket), await heard(socket)]] == [
        (1, "lost"), (2, "c2"),
    ]  # fmt: skip
    await socket.disconnect()


async def test_edits_over_http_reach_the_sockets(design: Design, owner: Person) -> None:
    socket = await editing(design, owner)
    client = browser_of(owner)
    body = {"edit": rename("By script"), "ref": "s1"}
    answer = await database_sync_to_async(client.post)(f"/api/designs/{design.pk}/edits", body, "application/json")
    assert await heard(socket) == answer.json()
    await socket.disconnect()


async def test_hello_brings_what_was_missed(design: Design, owner: Person) -> None:
    for name in ("x", "y", "z"):
        await database_sync_to_async(edit_apply)(design_id=design.pk, person=owner, edit=rename(name), ref=name)
    socket = await editing(design, owner)
    await say(socket, type="hello", since=1)
    assert [(await heard(socket))["ref"] for _ in range(2)] == ["y", "z"]
    await say(socket, type="hello", since=99)
    assert (await heard(socket))["type"] == "design.snapshot"
    await socket.disconnect()


async def test_a_run_is_announced_and_in_the_next_snapshot(design: Design, owner: Person) -> None:
    socket = await editing(design, owner)
    run, _ = await database_sync_to_async(run_start)(design=design, person=owner)
    assert run is not None
    assert await heard(socket) == {"type": "run.started", "run": run.pk}
    again = await opened(f"/ws/designs/{design.pk}", owner)
    assert (await heard(again))["run"] == run.pk
    for each in (socket, again):
        await each.disconnect()


async def test_what_was_acknowledged_is_in_the_log(design: Design, owner: Person) -> None:
    socket = await editing(design, owner)
    await say(socket, type="edit.submit", ref="c1", edit=rename("kept"))
    accepted = await heard(socket)
    await socket.disconnect()
    entry = await Edit.objects.aget(design=design)
    assert (entry.revision, entry.ref, entry.edit) == (accepted["revision"], "c1", rename("kept"))
