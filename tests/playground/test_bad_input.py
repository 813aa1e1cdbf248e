"""Bad input through page, API and socket: a problem that says where, what and why; nothing is stored; no 500."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from channels.db import database_sync_to_async
from channels.testing import HttpCommunicator
from django.test import Client

from playground import sockets
from playground.accounts.models import Person
from playground.asgi import application
from playground.designs.models import Design, Edit, Share, Snapshot
from playground.limits import BODY_BYTES, COMMAND_BYTES, MESSAGE_BYTES
from playground.runs.models import Run, RunCommand
from playground.runs.services import run_start
from tests.playground.conftest import browser_of
from tests.playground.world import TWO_SERVICES, closed, cookie_of, heard, heard_of, opened, say
from tests.playground.world import socket as make_socket

LINK = {"id": "new", "source": "b", "target": "a"}
NODE = {"id": "new", "kind": "service", "name": "New", "x": 0, "y": 0}
MANY = [{"op": "add", "node": NODE | {"id": f"n{number}"}} for number in range(501)]

EDITS: dict[str, tuple[Any, str]] = {  # the edit, and a word that its rule must have
    "a synchronous cycle": ({"op": "connect", "link": LINK}, "cycle"),
    "an unknown kind": ({"op": "add", "node": NODE | {"kind": "toaster"}}, "kind"),
    "an unknown parameter": ({"op": "set", "id": "a", "param": "wrkers", "value": 3}, "workers"),
    "an unknown link option": ({"op": "set", "id": "a-b", "param": "retry.maximum", "value": 3}, "retry"),
    "out of range": ({"op": "set", "id": "a", "param": "workers", "value": -3}, "between 1 and"),
    "a dangling link": ({"op": "connect", "link": LINK | {"target": "ghost"}}, ""),
    "an unknown node": ({"op": "rename", "id": "ghost", "name": "x"}, ""),
    "501 nodes": ({"op": "batch", "edits": MANY}, "500"),
    "a word for a number": ({"op": "set", "id": "a", "param": "workers", "value": "many"}, "whole number"),
    "a number for a node": ({"op": "add", "node": 7}, "object"),
    "a list for an id": ({"op": "remove", "ids": [["a"]]}, ""),
    "an edit that is a number": (5, "object"),
    "an edit that is a list": ([], "object"),
    "no edit": (None, "object"),
    "an unknown operation": ({"op": "explode"}, ""),
    "a key too many": ({"op": "rename", "id": "a", "name": "x", "extra": 1}, ""),
    "an id that is taken": ({"op": "add", "node": NODE | {"id": "a"}}, ""),
    "a name with a zero byte": ({"op": "rename", "id": "a", "name": "x\x00y"}, ""),
    "a place out of this world": ({"op": "move", "to": {"a": [1e300, 0]}}, ""),
    "a huge number": ({"op": "set", "id": "a", "param": "workers", "value": 10**18}, "between 1 and"),
}
COMMANDS: dict[str, Any] = {
    "an unknown verb": {"command": "explode"},
    "an unknown fault": {"command": "inject", "id": "f", "fault": "flood", "target": "a"},
    "an unknown target": {"command": "inject", "id": "f", "fault": "crash", "target": "ghost"},
    "a link that should crash": {"command": "inject", "id": "f", "fault": "crash", "target": "a-b"},
    "an unknown key": {"command": "inject", "id": "f", "fault": "crash", "target": "a", "colour": "red"},
    "too many replicas": {"command": "inject", "id": "f", "fault": "crash", "target": "a", "selector": {"n": 9}},
    "a value out of range": {"command": "set", "target": "a", "param": "workers", "value": 0},
    "an edit that is none": {"command": "edit", "edit": {"op": "explode", "ids": ["a"]}},
    "an edit of nobody": {"command": "edit", "edit": {"op": "remove", "ids": ["nobody"]}},
    "a time": {"command": "heal", "id": "f", "at_s": 3},
    "too fast": {"command": "speed", "factor": 1000},
    "not a speed": {"command": "speed", "factor": "fast"},
    "no step": {"command": "step", "for_s": 0},
    "not an object": "crash",
    "nothing": None,
}
BODIES: dict[str, bytes] = {
    "not JSON": b"{nodes: 1}",
    "a list": b"[1, 2]",
    "a number": b"5",
    "null": b"null",
    "NaN": b'{"edit": {"op": "set", "id": "a", "param": "workers", "value": NaN}}',
    "infinity": b'{"edit": {"op": "set", "id": "a", "param": "workers", "value": Infinity}}',
    "a number with 400 digits": b'{"edit": {"op": "move", "to": {"a": [1' + b"0" * 400 + b", 0]}}}",
    "deep nesting": b'{"edit": ' * 100_000,
    "deep and closed": b'{"edit":' * 5000 + b"1" + b"}" * 5000,
    "deep lists": b'{"edit": ' + b"[" * 900 + b"]" * 900 + b"}",
    "bytes that are not UTF-8": b'{"edit": {"op": "rename", "id": "a", "name": "\xff\xfe"}}',
    "half a surrogate pair": b'{"edit": {"op": "rename", "id": "a", "name": "\\ud800"}}',
    "cut off": b'{"edit": {"op": "ren',
    "an unknown field": b'{"edit": {}, "exit": 1}',
    "a body of another type": b'{"edit": "rename"}',
}


def counts() -> dict[str, Any]:
    """Everything that bad input must leave as it is."""
    revisions = list(Design.objects.order_by("pk").values_list("pk", "revision", "name", "document"))
    rows = {model.__name__: model.objects.count() for model in (Person, Design, Edit, Snapshot, Share, Run, RunCommand)}
    return rows | {"designs": orjson.dumps(revisions)}


def assert_problems(problems: list[dict[str, Any]], word: str = "") -> None:
    assert problems
    for problem in problems:
        assert set(problem) == {"where", "field", "value", "rule"}
        assert problem["where"] and problem["rule"]
        assert "Traceback" not in problem["rule"]
    assert any(word in problem["rule"] for problem in problems), problems


def call(client: Client, path: str, body: bytes) -> Any:
    return client.generic("POST", path, body, "application/json")


@pytest.fixture
def run(design: Design, owner: Person) -> Run:
    made, problems = run_start(design=design, person=owner)
    assert made is not None, problems
    return made


@pytest.mark.parametrize("case", EDITS)
def test_edit_through_the_api(case: str, design: Design, browser: Client) -> None:
    edit, word = EDITS[case]
    before = counts()
    answer = call(browser, f"/api/designs/{design.pk}/edits", orjson.dumps({"edit": edit}))
    assert answer.status_code == 422
    assert_problems(answer.json()["problems"], word if isinstance(edit, dict) else "")
    assert counts() == before


async def test_edits_through_the_socket(design: Design, owner: Person) -> None:
    before = await database_sync_to_async(counts)()
    for case, (edit, word) in EDITS.items():
        socket = await opened(f"/ws/designs/{design.pk}", owner)
        await say(socket, type="edit.submit", ref=case, edit=edit)
        answer = await heard_of(socket, "edit.refused")
        assert answer["ref"] == case
        assert_problems(answer["problems"], word)
        await socket.disconnect()
    assert await database_sync_to_async(counts)() == before


@pytest.mark.parametrize("case", COMMANDS)
def test_command_through_the_api(case: str, run: Run, browser: Client) -> None:
    before = counts()
    answer = call(browser, f"/api/runs/{run.pk}/commands", orjson.dumps({"command": COMMANDS[case]}))
    assert answer.status_code == 422
    assert_problems(answer.json()["problems"])
    assert counts() == before


async def test_commands_through_the_socket(run: Run, owner: Person) -> None:
    before = await database_sync_to_async(counts)()
    socket = await opened(f"/ws/runs/{run.pk}", owner)
    for case, command in COMMANDS.items():
        await say(socket, type="command.submit", ref=case, command=command)
        answer = await heard_of(socket, "command.refused")
        assert answer["ref"] == case
        assert_problems(answer["problems"])
    await socket.disconnect()
    assert await database_sync_to_async(counts)() == before


@pytest.mark.parametrize(
    "path",
    [
        "/api/designs/{design}/edits",
        "/api/designs",
        "/api/validate",
        "/api/designs/{design}/runs",
        "/api/runs/{run}/commands",
    ],
)
@pytest.mark.parametrize("case", BODIES)
def test_body(case: str, path: str, design: Design, run: Run, browser: Client) -> None:
    before = counts()
    answer = call(browser, path.format(design=design.pk, run=run.pk), BODIES[case])
    assert 400 <= answer.status_code < 500, answer.content[:300]
    assert_problems(answer.json()["problems"])
    assert len(answer.content) < 20_000
    assert counts() == before


DESIGNS: dict[str, Callable[[], Any]] = {
    "a cycle": lambda: TWO_SERVICES | {"links": [*TWO_SERVICES["links"], LINK]},
    "an unknown kind": lambda: TWO_SERVICES | {"nodes": [NODE | {"kind": "toaster"}]},
    "501 nodes": lambda: TWO_SERVICES | {"nodes": [NODE | {"id": f"n{number}"} for number in range(501)]},
    "2001 links": lambda: TWO_SERVICES | {"links": [LINK | {"id": f"l{number}"} for number in range(2001)]},
    "nodes that are a word": lambda: TWO_SERVICES | {"nodes": "none"},
    "a format of the future": lambda: TWO_SERVICES | {"format": 99},
    "an empty object": dict,
}


@pytest.mark.parametrize("case", DESIGNS)
def test_design_through_the_api(case: str, owner: Person, browser: Client) -> None:
    before = counts()
    document = DESIGNS[case]()
    for path, body in (("/api/designs", {"design": document}), ("/api/validate", document)):
        answer = call(browser, path, orjson.dumps(body))
        assert answer.status_code == 422
        assert_problems(answer.json()["problems"])
    assert counts() == before


@pytest.mark.parametrize("path", ["/api/designs/{design}/edits", "/api/validate", "/d/new"])
def test_body_of_five_megabytes(path: str, design: Design, browser: Client) -> None:
    before = counts()
    answer = call(browser, path.format(design=design.pk), b"x" * 5_000_000)
    assert answer.status_code == 413
    assert str(BODY_BYTES) in answer.content.decode()
    assert counts() == before


@pytest.mark.parametrize("path", ["/api/designs/{design}/edits", "/api/validate"])
async def test_big_body_of_unknown_length(path: str, design: Design, owner: Person) -> None:
    big, cookie = b" " * (BODY_BYTES + 1), f"sessionid={cookie_of(owner)}".encode()
    headers = [(b"host", b"localhost"), (b"cookie", cookie)] if "edits" in path else [(b"host", b"localhost")]
    if "edits" in path:
        headers[1] = (b"cookie", cookie + b"; csrftoken=" + b"x" * 32)
        headers.append((b"x-csrftoken", b"x" * 32))
    answer = await HttpCommunicator(application, "POST", path.format(design=design.pk), big, headers).get_response()
    assert answer["status"] == 413
    assert_problems(orjson.loads(answer["body"])["problems"])


@pytest.mark.parametrize(
    "path",
    [
        "/d/unknown", "/d/zzzzzzzzzzzzzzzz", "/d/ZZZZZZZZZZZZZZZZ", "/s/short", f"/s/{'z' * 24}", "/d/zzzzzzzzzzzzzzzz/inspector",
        "/api/designs/zzzzzzzzzzzzzzzz", "/api/runs/%00", "/api/designs/..%2f..%2fetc", "/nowhere",
    ],
)  # fmt: skip
def test_paths_that_lead_nowhere(path: str, browser: Client) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize(
    "query",
    [
        "",
        "ids=",
        "ids=ghost",
        "ids=a,,b,%00",
        "ids=" + "x" * 5000,
        "ids=a&share=%ff",
        "ids=a&share=%00" + "a" * 23,
        "share=" + "y" * 5000,
        "ids=%22%3E%3Cscript%3E",
    ],
)
def test_inspector_of_things_that_are_not_there(query: str, design: Design, browser: Client) -> None:
    answer = browser.get(f"/d/{design.pk}/inspector?{query}")
    assert answer.status_code == 200
    assert b"<script>" not in answer.content


def test_form_with_an_unknown_blueprint(owner: Person, browser: Client) -> None:
    before = counts()
    answer = browser.post("/d/new", {"blueprint": "castle<b>"})
    assert answer.status_code == 422
    assert "must be one of" in answer.content.decode()
    assert b"<b>" not in answer.content
    assert counts() == before


def test_forms_and_calls_from_other_sites_are_refused(design: Design, owner: Person) -> None:
    """A cookie alone does nothing: the token of our own pages must come with it."""
    client = browser_of(owner, enforce_csrf_checks=True)
    before = counts()
    assert client.post("/d/new").status_code == 403
    answer = call(
        client, f"/api/designs/{design.pk}/edits", orjson.dumps({"edit": {"op": "rename", "id": "a", "name": "x"}})
    )
    assert answer.status_code == 403
    assert answer.json()["problems"][0]["field"] == "X-CSRFToken"
    assert counts() == before
    client.get(f"/d/{design.pk}")
    token = client.cookies["csrftoken"].value
    body = orjson.dumps({"edit": {"op": "rename", "id": "a", "name": "x"}})
    answer = client.generic("POST", f"/api/designs/{design.pk}/edits", body, "application/json", HTTP_X_CSRFTOKEN=token)
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["designs", "runs"])
async def test_socket_messages_that_are_nonsense(kind: str, design: Design, run: Run, owner: Person) -> None:
    before = await database_sync_to_async(counts)()
    texts = [
        "{", "5", "null", "[]", '{"type": 5}', '{"type": "explode"}', '{"type": "_enter"}', '{"type": "design.news"}',
        '{"type": "hello", "since": -1}', '{"type": "ack", "seq": "x"}', '{"type": "hello", "ref": 5}', '{"value": NaN}',
        '{"type": "edit.submit", "ref": "' + "x" * 41 + '"}', '{"a":' * 2000, '{"type": "hello", "since": 1e400}',
        '{"type": "edit.submit"}', '{"type": "command.submit"}',
    ]  # fmt: skip
    socket = await opened(f"/ws/{kind}/{design.pk if kind == 'designs' else run.pk}", owner)
    for text in texts:
        await socket.send_to(text_data=text)
        while "problems" not in (answer := await heard(socket)):
            pass
        assert_problems(answer["problems"])
    await socket.send_to(bytes_data=b"\x00\x01")
    while "problems" not in (answer := await heard(socket)):
        pass
    assert "not bytes" in answer["problems"][0]["rule"]
    await socket.disconnect()
    assert await database_sync_to_async(counts)() == before


@pytest.mark.parametrize(("kind", "limit"), [("designs", MESSAGE_BYTES), ("runs", COMMAND_BYTES)])
async def test_socket_messages_that_are_too_big(kind: str, limit: int, design: Design, run: Run, owner: Person) -> None:
    socket = await opened(f"/ws/{kind}/{design.pk if kind == 'designs' else run.pk}", owner)
    await socket.send_to(text_data=" " * (limit + 1))
    assert await closed(socket) == 1009


async def test_a_flood_of_nonsense_closes_the_socket(design: Design, owner: Person) -> None:
    socket = await opened(f"/ws/designs/{design.pk}", owner)
    for _ in range(60):
        await socket.send_to(text_data="nonsense")
    assert await closed(socket) == 4400


async def test_too_many_commands_are_refused_and_not_stored(
    run: Run, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MESSAGES_PER_S", 0.001)
    monkeypatch.setattr(sockets, "MESSAGE_BURST", 3)
    socket = await opened(f"/ws/runs/{run.pk}", owner)
    for number in range(5):
        await say(
            socket, type="command.submit", ref=str(number), command={"command": "load", "target": "users", "factor": 2}
        )
    refused = await heard_of(socket, "command.refused")
    assert "times a second" in refused["problems"][0]["rule"]
    assert refused["ref"] == "3"
    await socket.disconnect()
    assert await RunCommand.objects.acount() == 3


async def test_a_socket_from_another_origin_is_refused(design: Design, owner: Person) -> None:
    connected, _ = await make_socket(f"/ws/designs/{design.pk}", owner, origin="http://evil.example").connect()
    assert not connected
