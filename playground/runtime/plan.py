"""The programs of a playground on one machine, and how each shows that it can serve."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path

import redis

from playground.runtime import embedded
from playground.runtime.redis import sync_client
from playground.runtime.supervisor import Program

PORTS = range(8000, 8020)
LIVE_RUNS = 150  # threads of one live worker, so runs at once
WORKERS_MOST = 2
CELERY = [sys.executable, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "playground"]


def free_port(host: str) -> int:
    """The first of PORTS that nobody listens on. Raises RuntimeError."""
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"ports {PORTS[0]} to {PORTS[-1]} are all taken; choose one with --port")


def server() -> Program:
    async def ready() -> bool:
        return await asyncio.to_thread(answers_ping)

    return Program("server", embedded.command(), ready=ready, ready_s=20, stop_s=5, again=False)


def answers_ping() -> bool:
    try:
        return bool(sync_client().ping())
    except redis.RedisError:
        return False


def kernel() -> Program:
    return Program("kernel", [sys.executable, "-m", "worker.warm"])


def web(host: str, port: int) -> Program:
    url = f"http://{host}:{port}/healthz"

    async def ready() -> bool:
        return await asyncio.to_thread(answers_http, url)

    command = [sys.executable, "-m", "daphne", "-b", host, "-p", str(port), "--verbosity", "0"]
    return Program("web", [*command, "playground.asgi:application"], env=quiet(), ready=ready, rank=2)


def answers_http(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def live(number: int, fallen: Callable[[str], None]) -> Program:
    """Paced runs. Every process is a host of another name: one that is gone must not look as if it had come back.

    `fallen` hears the name of a host that is gone for sure, so that nobody has to wait until its lease runs out.
    """
    runs = os.environ.get("PLAYGROUND_LIVE_RUNS", str(LIVE_RUNS))
    program = worker(f"live-{number}", ["-P", "threads", "-c", runs, "-Q", "live", "--disable-prefetch"])

    def name() -> None:
        program.env["PLAYGROUND_HOST"] = f"{socket.gethostname()}-live-{number}-{secrets.token_hex(4)}"

    program.launching = name
    program.fallen = lambda: fallen(program.env["PLAYGROUND_HOST"])
    return program


def batch() -> Program:
    """Jobs as fast as possible: grading, experiments, and what beat asks for. PLAYGROUND_BATCH says how many at once."""
    return worker("batch", ["-P", "prefork", "-c", os.environ.get("PLAYGROUND_BATCH", "1"), "-Q", "batch"])


def worker(name: str, options: list[str]) -> Program:
    sign = embedded.var() / f"{name}.ready"
    sign.unlink(missing_ok=True)
    command = [*CELERY, "worker", "-n", f"{name}@%h", *options, "--without-gossip", "--without-mingle"]
    command += ["--loglevel", "WARNING"]
    # Celery would have Django check everything first, and so load all pages and the API into every worker.
    env = quiet() | {"PLAYGROUND_READY": str(sign), "CELERY_SKIP_CHECKS": "1", "PLAYGROUND_PAGES": "0"}
    env["MALLOC_ARENA_MAX"] = "1"  # glibc gives every thread a heap of its own, and a run is a thread
    return Program(name, command, env=env, ready=exists(sign), stop_s=20, rank=1)


def quiet() -> dict[str, str]:
    """A terminal shows what needs attention; LOG_LEVEL=INFO shows the rest."""
    return {"LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}


def exists(path: Path) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return path.exists()

    return ready
