"""The same playground on real servers: PostgreSQL, and a Redis-protocol server over TCP that is restarted under it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from playground.runtime import embedded
from tests.running import Running, free_port
from tests.system.follow import Follower
from tests.system.test_recovery import COMMANDS, check, finish
from tests.worker.designs import document

SEED = 20261122
PASSWORD = "secret"


class Server:
    """A server with a disk, a password and a port, as in compose.yaml."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self._command = [
            embedded.binary(), "--port", str(self.port), "--requirepass", PASSWORD, "--dir", str(folder),
            "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction",
            "--logfile", str(folder / "server.log"),
        ]  # fmt: skip

    def start(self) -> None:
        self.process = subprocess.Popen(self._command)
        client = redis.Redis.from_url(self.url)
        deadline = time.monotonic() + 30
        while True:
            try:
                client.ping()
                return
            except redis.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


def test_on_postgresql_and_a_server_that_is_restarted(server: Server, postgresql: str, tmp_path: Path) -> None:
    env = {"DATABASE_URL": postgresql, "REDIS_URL": server.url}
    with Running(tmp_path / "var", "--live", "2", **env) as site:
        assert set(site.pids) == {"web", "batch", "live-1", "live-2"}
        assert not list((tmp_path / "var").glob("*.sqlite3"))
        person = site.person()
        run = person.start(document(), SEED)
        follower = Follower(site, run)
        site.wait_for(lambda: follower.newest > 5)
        person.command(run, **COMMANDS[0])
        site.kill(site.host_of(run))
        before = follower.newest
        site.wait_for(lambda: follower.newest > before + 5)

        server.stop()
        time.sleep(1)
        server.start()
        before = follower.newest
        site.wait_for(lambda: follower.newest > before + 10)
        person.command(run, **COMMANDS[1])
        site.wait_for(
            lambda: any([2, at] in frame["acks"] for frame in list(follower.frames.values()) for at in [frame["t_ns"]])
        )
        other = person.start(document(), SEED)  # the workers hear the queue again
        site.wait_for(lambda: person.get(f"/api/runs/{other}")["status"] == "running")
        check(follower, finish(site, person, run, follower))
