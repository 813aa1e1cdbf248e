"""Designs, people and sockets for the tests of the site."""

from __future__ import annotations

from typing import Any

import orjson
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.signed_cookies import SessionStore

from playground.accounts.models import Person
from playground.accounts.services import SESSION_KEY
from playground.asgi import application

TWO_SERVICES: dict[str, Any] = {
    "format": 1,
    "name": "Two services",
    "nodes": [
        {"id": "users", "kind": "client", "name": "Users", "x": 0, "y": 0, "params": {"rate_rps": 50}},
        {"id": "a", "kind": "service", "name": "A", "x": 288, "y": 0, "params": {"workers": 8}},
        {"id": "b", "kind": "service", "name": "B", "x": 576, "y": 0},
        {"id": "db", "kind": "sql_primary", "name": "DB", "x": 864, "y": 0},
    ],
    "links": [
        {"id": "users-a", "source": "users", "target": "a"},
        {"id": "a-b", "source": "a", "target": "b", "params": {"retry": {"max": 1}}},
        {"id": "b-db", "source": "b", "target": "db"},
    ],
}
RENAME = {"op": "rename", "id": "a", "name": "Renamed"}
CRASH = {"command": "inject", "id": "f1", "fault": "crash", "target": "b"}


def cookie_of(person: Person) -> str:
    session = SessionStore()
    session[SESSION_KEY] = person.pk
    if person.user is not None:  # signed in
        session[auth.SESSION_KEY] = str(person.user.pk)
        session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[auth.HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def socket(path: str, person: Person | None = None, origin: str = "http://localhost") -> WebsocketCommunicator:
    headers = [(b"origin", origin.encode()), (b"host", b"localhost")]
    if person is not None:
        headers.append((b"cookie", f"sessionid={cookie_of(person)}".encode()))
    return WebsocketCommunicator(application, path, headers=headers)


async def opened(path: str, person: Person | None = None) -> WebsocketCommunicator:
    communicator = socket(path, person)
    connected, _ = await communicator.connect(timeout=10)
    assert connected
    return communicator


async def heard(communicator: WebsocketCommunicator, timeout: float = 10) -> dict[str, Any]:
    """The next message."""
    answer: dict[str, Any] = orjson.loads(await communicator.receive_from(timeout=timeout))
    return answer


async def heard_of(communicator: WebsocketCommunicator, type_: str) -> dict[str, Any]:
    """The next message of a type."""
    while (message := await heard(communicator))["type"] != type_:
        pass
    return message


async def closed(communicator: WebsocketCommunicator) -> int:
    """The close code; messages before it are passed over."""
    while (output := await communicator.receive_output(timeout=20))["type"] != "websocket.close":
        pass
    return int(output["code"])


async def say(communicator: WebsocketCommunicator, **message: Any) -> None:
    await communicator.send_to(text_data=orjson.dumps(message).decode())
