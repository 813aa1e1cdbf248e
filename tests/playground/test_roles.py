"""Who may do what: every page, API call and socket message for every role, from the lists that the site itself uses.

A page, call or message without a row here fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from playground.accounts.models import Person
from playground.api.api import api
from playground.designs.consumers import DesignConsumer
from playground.designs.models import Design, Share
from playground.designs.permissions import ALLOWED, Action
from playground.routing import websocket_urlpatterns
from playground.runs.consumers import RunConsumer
from playground.runs.models import Run
from playground.runs.services import run_start
from playground.sockets import Socket, Unrouted
from tests.playground.conftest import browser_of
from tests.playground.world import CRASH, RENAME, TWO_SERVICES, closed, heard, heard_of, opened, say

ROLES = ("owner", "viewer", "stranger", "nobody")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ALL, SEEN = (200, 200, 200, 200), (200, 200, 403, 403)

PAGES: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "home"): ALL,
    ("GET", "designs"): ALL,
    ("POST", "create"): (302, 302, 302, 302),
    ("GET", "editor"): SEEN,
    ("POST", "share"): (200, 403, 403, 403),
    ("GET", "inspector"): SEEN,
    ("GET", "shared"): (302, 200, 200, 200),  # who has the token is a viewer
    ("POST", "fork"): (302, 302, 302, 302),
    ("GET", "healthz"): ALL,
    ("GET", "readyz"): ALL,
}
API: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/catalog"): ALL,
    ("GET", "/schema"): ALL,
    ("POST", "/validate"): ALL,
    ("GET", "/designs"): ALL,
    ("POST", "/designs"): (201, 201, 201, 201),
    ("GET", "/designs/{id:id}"): (200, 200, 403, 401),
    ("GET", "/designs/{id:id}/edits"): (200, 200, 403, 401),
    ("POST", "/designs/{id:id}/edits"): (200, 403, 403, 401),
    ("POST", "/designs/{id:id}/layout"): (200, 200, 403, 401),
    ("DELETE", "/designs/{id:id}/share"): (200, 403, 403, 401),
    ("POST", "/designs/{id:id}/runs"): (201, 403, 403, 401),
    ("GET", "/runs/{id:id}"): (200, 200, 403, 401),
    ("POST", "/runs/{id:id}/commands"): (201, 403, 403, 401),
    ("POST", "/runs/{id:id}/stop"): (200, 403, 403, 401),
}
BODIES: dict[str, Any] = {
    "/validate": TWO_SERVICES,
    "/designs": {"design": TWO_SERVICES},
    "/designs/{id:id}/edits": {"edit": RENAME},
    "/runs/{id:id}/commands": {"command": CRASH},
}
SOCKETS: dict[tuple[type[Socket], str], tuple[bool, bool]] = {  # owner, viewer; others do not get in
    (DesignConsumer, "edit.submit"): (True, False),
    (DesignConsumer, "hello"): (True, True),
    (RunConsumer, "command.submit"): (True, False),
    (RunConsumer, "ack"): (True, True),
}
MESSAGES: dict[str, dict[str, Any]] = {
    "edit.submit": {"edit": RENAME},
    "hello": {"since": 0},
    "command.submit": {"command": CRASH},
    "ack": {"seq": 0},
}


@pytest.fixture
def run(design: Design, owner: Person) -> Run:
    made, problems = run_start(design=design, person=owner, seed=7)
    assert made is not None, problems
    return made


def person_as(role: str, owner: Person, other: Person) -> Person | None:
    return {"owner": owner, "viewer": other, "stranger": other}.get(role)


def pages(patterns: list[Any] | None = None) -> Iterator[URLPattern]:
    """Every pattern but those of the API."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) != "api/":
                yield from pages(pattern.url_patterns)
        else:
            yield pattern


def calls() -> list[tuple[str, str]]:
    return [
        (method, f"{prefix.rstrip('/')}{path}" if path != "" else prefix)
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


def page_path(name: str, design: Design, share: Share) -> str:
    takes = {"editor": [design.pk], "share": [design.pk], "inspector": [design.pk]}
    takes |= {"shared": [share.token], "fork": [share.token]}
    return reverse(name, args=takes.get(name, []))


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    if path.startswith("/api/"):
        return client.generic(method, path, b"" if body is None else orjson.dumps(body), "application/json")
    return client.generic(method, path)


def test_every_page_has_a_row() -> None:
    names = {pattern.name for pattern in pages()}
    assert names == {name for _, name in PAGES}


def test_every_call_has_a_row() -> None:
    found = calls()
    assert len(found) == len(set(found)) > 10
    assert set(found) == set(API)


def test_every_socket_message_has_a_row() -> None:
    consumers = {pattern.callback.consumer_class for pattern in websocket_urlpatterns} - {Unrouted}
    assert {(consumer, type_) for consumer in consumers for type_ in consumer.MESSAGES} == set(SOCKETS)
    assert set(ALLOWED) == set(Action)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "name"), PAGES)
def test_page(method: str, name: str, role: str, design: Design, share: Share, owner: Person, other: Person) -> None:
    path = page_path(name, design, share) + (f"?share={share.token}" if role == "viewer" else "")
    answer = send(browser_of(person_as(role, owner, other)), method, path)
    assert answer.status_code == PAGES[method, name][ROLES.index(role)]


@pytest.mark.parametrize("name", {name for _, name in PAGES})
def test_other_methods_are_refused(name: str, design: Design, share: Share, owner: Person) -> None:
    for method in METHODS:
        if (method, name) not in PAGES:
            assert send(browser_of(owner), method, page_path(name, design, share)).status_code == 405, method


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), API)
def test_call(
    method: str, path: str, role: str, design: Design, share: Share, run: Run, owner: Person, other: Person
) -> None:
    id = run.pk if path.startswith("/runs") else design.pk
    query = f"?share={share.token}" if role == "viewer" else ""
    answer = send(
        browser_of(person_as(role, owner, other)), method, f"/api{path.replace('{id:id}', id)}{query}", BODIES.get(path)
    )
    assert answer.status_code == API[method, path][ROLES.index(role)], answer.content
    if answer.status_code >= 400:
        assert answer.json()["problems"]


@pytest.mark.parametrize("path", ["/designs/{id:id}", "/runs/{id:id}"])
def test_a_token_opens_its_own_design_only(path: str, design: Design, run: Run, other: Person) -> None:
    theirs = Design.objects.create(owner=other, name="x", document=design.document)
    token = Share.objects.create(design=theirs).token
    id = run.pk if path.startswith("/runs") else design.pk
    assert browser_of(other).get(f"/api{path.replace('{id:id}', id)}?share={token}").status_code == 403


@pytest.mark.parametrize(("consumer", "type_"), SOCKETS)
async def test_message(
    consumer: type[Socket], type_: str, design: Design, share: Share, run: Run, owner: Person, other: Person
) -> None:
    path = f"/ws/designs/{design.pk}" if consumer is DesignConsumer else f"/ws/runs/{run.pk}"
    refused = consumer.MESSAGES[type_].refused
    for place, (person, query) in enumerate(
        [(owner, ""), (other, f"?share={share.token}"), (None, f"?share={share.token}")]
    ):
        socket = await opened(path + query, person)
        await say(socket, type=type_, ref="r", **MESSAGES[type_])
        await say(socket, type="nonsense")
        answers = await answers_of(socket, until="error")
        allowed = SOCKETS[consumer, type_][0 if place == 0 else 1]
        assert (refused not in answers or refused == "error") is allowed, (place, answers)
        await socket.disconnect()


async def answers_of(socket: WebsocketCommunicator, until: str) -> list[str]:
    """Types of the messages up to the answer to nonsense, which comes in any case."""
    types = []
    while True:
        message = await heard(socket)
        if message["type"] == until and message["problems"][0]["field"] == "type":
            return types
        types.append(message["type"])


@pytest.mark.parametrize("kind", ["designs", "runs"])
async def test_who_may_not_see_is_shown_out(kind: str, design: Design, run: Run, other: Person) -> None:
    id = design.pk if kind == "designs" else run.pk
    assert await closed(await opened(f"/ws/{kind}/{id}", other)) == 4403
    assert await closed(await opened(f"/ws/{kind}/{id}")) == 4401
    assert await closed(await opened(f"/ws/{kind}/{id}?share=wrong", other)) == 4403
    assert await closed(await opened(f"/ws/{kind}/{'z' * 16}", other)) == 4404
    assert await closed(await opened(f"/ws/{kind}/nothing", other)) == 4404


@pytest.mark.parametrize("kind", ["designs", "runs"])
async def test_revoking_a_link_closes_its_sockets(
    kind: str, design: Design, run: Run, share: Share, owner: Person, other: Person
) -> None:
    id = design.pk if kind == "designs" else run.pk
    visitor, mine = await opened(f"/ws/{kind}/{id}?share={share.token}", other), await opened(f"/ws/{kind}/{id}", owner)
    await heard_of(visitor, "design.snapshot" if kind == "designs" else "run.state")
    answer = await database_sync_to_async(browser_of(owner).delete)(f"/api/designs/{design.pk}/share")
    assert answer.json() == {"revoked": 1}
    assert await closed(visitor) == 4403
    await say(mine, type="nonsense")
    assert (await heard_of(mine, "error"))["problems"]
    await mine.disconnect()
