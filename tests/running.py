"""A whole playground in a folder of its own, as `manage.py playground` makes it: for system tests and benchmarks."""

from __future__ import annotations

import http.cookiejar
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

import redis

from playground.runs import keys

ROOT = Path(__file__).resolve().parents[1]
START_S = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """`with Running(tmp_path) as site:` ... A person of the site is `site.person()`."""

    def __init__(self, var: Path, *options: str, **env: str) -> None:
        self.var = var
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        self._options = options
        kept = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}
        self.env = kept | {"PLAYGROUND_VAR": str(var), "LOG_LEVEL": "WARNING"} | env

    @property
    def redis_url(self) -> str:
        return self.env.get("REDIS_URL") or f"unix://{self.var / 'valkey.sock'}"

    def __enter__(self) -> Self:
        tethered = [sys.executable, "-m", "playground.runtime.tether"]  # a killed test run leaves nothing behind
        command = [*tethered, sys.executable, "manage.py", "playground", "--port", str(self.port), *self._options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.wait_for(lambda: any("ready after" in line for line in self.lines), START_S)
        self.redis = redis.Redis.from_url(self.redis_url, socket_timeout=None)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def wait_for(self, condition: Any, seconds: float = 60) -> Any:
        """The condition's value once it is true. Fails with the site's output if that takes too long."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("waited in vain; the site said:\n" + "\n".join(self.lines[-60:]))
            time.sleep(0.02)
        return value

    @property
    def pids(self) -> dict[str, int]:
        return dict(json.loads((self.var / "playground.json").read_text())["pids"])

    def host_of(self, run: str) -> str:
        """Name of the program that advances a run: live-1, live-2 ..."""
        owner = self.redis.get(keys.owner(run))
        assert isinstance(owner, bytes)
        return next(name for name in self.pids if f"-{name}-" in owner.decode())

    def kill(self, name: str) -> None:
        os.kill(self.pids[name], signal.SIGKILL)

    def person(self) -> Person:
        return Person(self.url)


class Person:
    """A guest with a cookie, talking to the API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self._opener.open(url + "/", timeout=30).read()

    @property
    def cookies(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    def get(self, path: str) -> Any:
        return self._json(urllib.request.Request(self.url + path))

    def post(self, path: str, body: Any = None) -> Any:
        token = next((cookie.value or "" for cookie in self.jar if cookie.name == "csrftoken"), "")
        headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Referer": self.url}
        data = json.dumps({} if body is None else body).encode()
        return self._json(urllib.request.Request(self.url + path, data, headers))

    def _json(self, request: urllib.request.Request) -> Any:
        try:
            with self._opener.open(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{request.full_url}: {error.code} {error.read().decode()[:500]}") from error

    def start(self, design: dict[str, Any], seed: int = 7) -> str:
        """Saves a design and starts a run of it. Returns the run's id."""
        saved = self.post("/api/designs", {"design": design})
        return str(self.post(f"/api/designs/{saved['id']}/runs", {"seed": seed})["id"])

    def command(self, run: str, **command: Any) -> int:
        """Gives a command. Returns its number in the run's log."""
        return int(self.post(f"/api/runs/{run}/commands", {"command": command})["seq"])
