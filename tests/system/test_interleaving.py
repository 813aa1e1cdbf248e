"""Several people edit at once through two web processes, and one of those is killed: all end with one document."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from components.design import as_dict, parse
from components.edits import apply
from tests.playground.world import TWO_SERVICES
from tests.running import ROOT, Person, Running, free_port

EDITS = 24
CLIENTS = 4


class Web:
    """A second web process of a playground."""

    def __init__(self, site: Running) -> None:
        self._site, self.port = site, free_port()
        self.start()

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "daphne",
            "-b",
            "127.0.0.1",
            "-p",
            str(self.port),
            "playground.asgi:application",
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self._site.env, stderr=subprocess.DEVNULL)
        self._site.wait_for(self._answers)

    def _answers(self) -> bool:
        try:
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Editor:
    """Somebody with the design open: applies what the server says, in its order, and asks for what was missed."""

    def __init__(self, name: str, port: int, design: str, person: Person) -> None:
        self.name, self.dice = name, random.Random(name)
        self._url, self._person = f"ws://127.0.0.1:{port}/ws/designs/{design}", person
        self._origin = f"http://127.0.0.1:{port}"
        self.document: Any = None
        self.revision = -1
        self.acknowledged: dict[str, int] = {}
        self._sent = 0
        self._socket: ClientConnection | None = None

    async def listen(self) -> None:
        while True:
            try:
                headers = {"Cookie": self._person.cookies, "Origin": self._origin}
                async with connect(self._url, additional_headers=headers, open_timeout=30) as self._socket:
                    async for text in self._socket:
                        await self._hear(orjson.loads(text))
            except (OSError, ConnectionClosed, InvalidHandshake):
                await asyncio.sleep(0.1)

    async def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "design.snapshot" and self.document is None:
            self.document, _ = parse(message["design"], draft=True)
            self.revision = message["revision"]
        elif message["type"] == "design.snapshot" and self._socket and message["revision"] > self.revision:
            await self._socket.send(orjson.dumps({"type": "hello", "since": self.revision}).decode())
        elif message["type"] == "edit.accepted" and message["revision"] > self.revision:
            assert message["revision"] == self.revision + 1, (self.name, self.revision, message)
            self.document, problems, _ = apply(self.document, message["edit"])
            assert self.document is not None, problems
            self.revision += 1
            if message["ref"].startswith(f"{self.name}-"):
                self.acknowledged[message["ref"]] = message["revision"]

    async def work(self) -> None:
        for _ in range(EDITS):
            await asyncio.sleep(self.dice.random() * 0.15)
            self._sent += 1
            said = {"type": "edit.submit", "ref": f"{self.name}-{self._sent}", "edit": self._edit()}
            try:
                if self._socket is not None:
                    await self._socket.send(orjson.dumps(said).decode())
            except ConnectionClosed:
                continue

    def _edit(self) -> dict[str, Any]:
        ids = [node.id for node in self.document.nodes]
        id = self.dice.choice(ids)
        fresh = {"id": f"{self.name}{self._sent}", "kind": "service", "name": "New", "x": 0, "y": 0}
        return self.dice.choice(
            [
                {"op": "move", "to": {id: [self.dice.randrange(999), 0]}},
                {"op": "rename", "id": id, "name": f"{self.name} {self._sent}"},
                {"op": "set", "id": "a", "param": "workers", "value": self.dice.randrange(1, 99)},
                {"op": "add", "node": fresh},
                {"op": "remove", "ids": [id]},
            ]
        )


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    return {} if request.param == "sqlite" else {"DATABASE_URL": request.getfixturevalue("postgresql")}


@pytest.fixture
def place(database: dict[str, str], tmp_path: Path) -> Iterator[tuple[Running, Web]]:
    with Running(tmp_path / "var", "--live", "1", **database) as site:
        web = Web(site)
        yield site, web
        web.kill()


def test_every_interleaving_ends_in_one_document(place: tuple[Running, Web]) -> None:
    site, web = place
    person = site.person()
    design = person.post("/api/designs", {"design": TWO_SERVICES})["id"]
    ports = [site.port, web.port] * (CLIENTS // 2)
    editors = [Editor(chr(ord("p") + number), port, design, person) for number, port in enumerate(ports)]
    with ThreadPoolExecutor(1) as apart:  # the browser's own loop is running in this thread
        apart.submit(asyncio.run, together(editors, web)).result()

    log = person.get(f"/api/designs/{design}/edits?since=0")
    entries = log["edits"] if isinstance(log, dict) else log
    refs = {entry["ref"]: entry["revision"] for entry in entries}
    assert [entry["revision"] for entry in entries] == list(range(1, len(entries) + 1))
    for editor in editors:
        assert editor.acknowledged.items() <= refs.items(), "what was acknowledged is in the log"
    replayed, _ = parse(TWO_SERVICES, draft=True)
    for entry in entries:
        assert replayed is not None
        replayed, problems, _ = apply(replayed, entry["edit"])
        assert replayed is not None, problems
    stored = person.get(f"/api/designs/{design}")
    assert len(entries) > EDITS and stored["revision"] == len(entries)
    assert as_dict(replayed) == stored["design"]
    for editor in editors:
        assert (editor.revision, as_dict(editor.document)) == (stored["revision"], stored["design"]), editor.name


async def together(editors: list[Editor], web: Web) -> None:
    """All work; in the middle one of the two processes is killed and comes back; then all hear the rest."""
    listening = [asyncio.create_task(editor.listen()) for editor in editors]
    await until(lambda: all(editor.document is not None for editor in editors), listening)
    working = [asyncio.create_task(editor.work()) for editor in editors]
    await asyncio.sleep(1)
    web.kill()
    await asyncio.to_thread(web.start)
    await asyncio.gather(*working)
    # A last edit of somebody brings everybody to the end of the log.
    await until(lambda: len({editor.revision for editor in editors}) == 1, listening)
    for task in listening:
        task.cancel()


async def until(condition: Any, tasks: list[asyncio.Task[None]]) -> None:
    deadline = time.monotonic() + 60
    steady = 0
    while steady < 10:
        steady = steady + 1 if condition() else 0
        for task in tasks:
            if task.done():
                task.result()
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
