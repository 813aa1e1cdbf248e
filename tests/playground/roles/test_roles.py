"""Who may do what: every page, API call and socket message for every role, from the lists that the site itself uses.

A page, call or message without a row in rooms/ fails.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from playground.designs.models import Design, Share
from playground.designs.permissions import ALLOWED, Action
from playground.designs.services import design_create
from playground.sockets import Socket
from tests.playground.conftest import browser_of
from tests.playground.roles.cast import ROLES, World, Worlds, harmless
from tests.playground.roles.rooms.runs import run
from tests.playground.roles.table import (
    CALLS,
    METHODS,
    PAGES,
    PATTERNS,
    SENDS,
    SOCKETS,
    call_path,
    calls,
    consumers,
    page_path,
    page_patterns,
    socket_path,
    watchers,
)  # fmt: skip
from tests.playground.world import TWO_SERVICES, closed, heard, heard_of, opened, say

stored = pytest.mark.usefixtures("transactional_db")


def test_every_page_has_a_row() -> None:
    assert len(list(page_patterns())) == len(PATTERNS)
    assert set(PATTERNS) == {name for _, name in PAGES}


def test_every_call_has_a_row() -> None:
    found = calls()
    assert len(found) == len(set(found)) > 10
    assert set(found) == set(CALLS)


def test_every_socket_message_has_a_row() -> None:
    assert {(consumer, type_) for consumer in consumers() for type_ in consumer.MESSAGES} == set(SOCKETS)
    assert set(ALLOWED) == set(Action)


def test_every_row_answers_every_role() -> None:
    for key, answers in (PAGES | CALLS).items():
        assert set(answers) == set(ROLES), key
    for key, roles in SOCKETS.items():
        assert roles <= watchers(key[0]) <= set(ROLES), key


@stored
@pytest.mark.parametrize(("method", "name"), PAGES)
def test_page(method: str, name: str) -> None:
    answered = {}
    worlds = Worlds(harmless(method, PAGES[method, name]))
    for role in ROLES:
        world = worlds.world(role)
        path = page_path(method, name, world)
        answered[role] = world.browser.generic(method, path, **form(SENDS.get(name))).status_code
    assert answered == PAGES[method, name]


@stored
@pytest.mark.parametrize("name", PATTERNS)
def test_other_methods_are_refused(name: str) -> None:
    world = World("owner")
    taken = {method for method, page in PAGES if page == name}
    for method in set(METHODS) - taken:
        assert world.browser.generic(method, page_path(min(taken), name, world)).status_code == 405, method


@stored
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_call(method: str, path: str) -> None:
    answered, unexplained = {}, []
    worlds = Worlds(harmless(method, CALLS[method, path]))
    for role in ROLES:
        world = worlds.world(role)
        where = call_path(method, path, world)  # before the browser: it makes what the call is about
        body = SENDS.get(path)
        answer = world.browser.generic(method, where, b"" if body is None else orjson.dumps(body), "application/json")
        answered[role] = answer.status_code
        if answer.status_code >= 400 and not answer.json()["problems"]:
            unexplained.append(role)
    expected = dict(CALLS[method, path])
    if expected["anonymous"] == 403:
        expected["anonymous"] = 401
    assert answered == expected
    assert unexplained == []


@stored
@pytest.mark.parametrize(("consumer", "type_"), SOCKETS)
async def test_message(consumer: type[Socket], type_: str) -> None:
    refused = consumer.MESSAGES[type_].refused
    found, expected = {}, {}
    worlds = Worlds(set(ROLES) - SOCKETS[consumer, type_])
    for role in ROLES:
        world = await database_sync_to_async(worlds.world)(role)
        path = await database_sync_to_async(socket_path)(consumer, type_, world)
        socket = await opened(path, world.visitor)
        if role not in watchers(consumer):
            expected[role], found[role] = "shown out", await shown_out(socket, role)
            continue
        expected[role] = "done" if role in SOCKETS[consumer, type_] else "refused"
        await say(socket, type=type_, ref="r", **SENDS.get(type_, {}))
        await say(socket, type="nonsense")
        answers = await answers_of(socket)
        found[role] = "refused" if refused in answers and refused != "error" else "done"
        if refused == "error" and "error" in answers:
            found[role] = "refused"
        await socket.disconnect()
    assert found == expected


async def shown_out(socket: WebsocketCommunicator, role: str) -> str:
    code = await closed(socket)
    return "shown out" if code == (4401 if role == "anonymous" else 4403) else f"closed with {code}"


async def answers_of(socket: WebsocketCommunicator) -> list[str]:
    """Types of the messages up to the answer to nonsense, which comes in any case."""
    types = []
    while True:
        message = await heard(socket)
        if message["type"] == "error" and message["problems"][0]["value"] == "nonsense":
            return types
        types.append(message["type"])


def form(data: Any) -> dict[str, Any]:
    """Arguments of Client.generic for a form."""

    return {"data": urlencode(data or {}).encode(), "content_type": "application/x-www-form-urlencoded"}


@stored
@pytest.mark.parametrize("path", ["/designs/{id:id}", "/runs/{id:id}"])
def test_a_token_opens_its_own_design_only(path: str) -> None:
    world = World("stranger")
    theirs, _ = design_create(owner=world.person("guest"), document=TWO_SERVICES)
    assert isinstance(theirs, Design)
    token = Share.objects.create(design=theirs, role="editor").token
    assert world.browser.get(f"{call_path('GET', path, world)}?share={token}").status_code == 403


@stored
@pytest.mark.parametrize("kind", ["designs", "runs"])
async def test_who_may_not_see_is_shown_out(kind: str) -> None:
    world = await database_sync_to_async(World)("guest")
    id = world.design.pk if kind == "designs" else (await database_sync_to_async(world.the)(run)).pk
    assert await closed(await opened(f"/ws/{kind}/{id}", world.visitor)) == 4403
    assert await closed(await opened(f"/ws/{kind}/{id}")) == 4401
    assert await closed(await opened(f"/ws/{kind}/{id}?share=wrong", world.visitor)) == 4403
    assert await closed(await opened(f"/ws/{kind}/{'z' * 16}", world.visitor)) == 4404
    assert await closed(await opened(f"/ws/{kind}/nothing", world.visitor)) == 4404


@stored
@pytest.mark.parametrize("kind", ["designs", "runs"])
async def test_revoking_a_link_closes_its_sockets(kind: str) -> None:
    world = await database_sync_to_async(World)("viewer")
    id = world.design.pk if kind == "designs" else (await database_sync_to_async(world.the)(run)).pk
    visitor = await opened(f"/ws/{kind}/{id}?share={world.token}", world.visitor)
    mine = await opened(f"/ws/{kind}/{id}", world.person("owner"))
    await heard_of(visitor, "design.snapshot" if kind == "designs" else "run.state")
    revoke = browser_of(world.person("owner")).delete
    answer = await database_sync_to_async(revoke)(f"/api/designs/{world.design.pk}/share")
    assert answer.json() == {"revoked": 1}
    assert await closed(visitor) == 4403
    await say(mine, type="nonsense")
    assert (await heard_of(mine, "error"))["problems"]
    await mine.disconnect()
