"""manage.py playground: everything on one machine, one Ctrl-C stops it all."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from typing import IO, Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, connections

from playground.experiments import cells
from playground.labs import grading
from playground.runs import keys, reaper
from playground.runtime import embedded, plan
from playground.runtime.redis import sync_client
from playground.runtime.supervisor import Fallen, Supervisor

REAP_S = 1.0
PATIENCE_S = 4
COLOURS = (36, 32, 33, 35, 34, 31)
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Command(BaseCommand):
    help = "Starts server, site and workers, and prints the address. Ctrl-C stops everything."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, help=f"port (the first free one from {plan.PORTS[0]} on)")
        parser.add_argument("--live", type=int, default=min(CORES, plan.WORKERS_MOST), help="live workers")

    def handle(self, *args: Any, **options: Any) -> None:
        self.names: dict[str, int] = {}
        embedded.var().mkdir(parents=True, exist_ok=True)
        with open(embedded.var() / "playground.lock", "a+") as lock:
            take(lock)
            code = asyncio.run(self.main(options, lock))
        sys.exit(code)

    async def main(self, options: dict[str, Any], lock: IO[str]) -> int:
        asked = asyncio.Event()
        supervisor = Supervisor(self.say, lambda: self.note(supervisor))
        loop = asyncio.get_running_loop()

        def ask() -> None:
            if asked.is_set():
                supervisor.kill()
            asked.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, ask)
        waiting: asyncio.Future[Any] = asyncio.ensure_future(asked.wait())
        starting: asyncio.Future[Any] = asyncio.ensure_future(self.start(supervisor, options, lock))
        try:
            await asyncio.wait([waiting, starting], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asyncio.wait([waiting, supervisor.failed], return_when=asyncio.FIRST_COMPLETED)
            if supervisor.failed.done():
                raise Fallen(supervisor.failed.result())
        except (Fallen, RuntimeError) as error:
            self.say("playground", f"{error}; stopping everything (python3 play.py doctor may know why)")
            return 1
        finally:
            starting.cancel()
            self.say("playground", "stopping ...")
            await supervisor.stop()
            self.say("playground", "stopped")
        return 0

    async def start(self, supervisor: Supervisor, options: dict[str, Any], lock: IO[str]) -> None:
        began = time.monotonic()
        port = options["port"] or plan.free_port(options["host"])
        url = f"http://{options['host']}:{port}"
        alone = not os.environ.get("REDIS_URL")
        if alone:
            await supervisor.start(plan.server())
        elif not await asyncio.to_thread(plan.answers_ping):
            raise RuntimeError(f"no Redis-protocol server answers at {os.environ['REDIS_URL']}")
        self.say("playground", "preparing the database ...")
        await asyncio.to_thread(self.prepare, alone)
        await asyncio.gather(
            supervisor.start(plan.web(options["host"], port)), self.workers(supervisor, options["live"])
        )
        threading.Thread(target=self.reap, daemon=True, name="reaper").start()
        lock.write(url)
        lock.flush()
        self.say("playground", f"ready after {time.monotonic() - began:.1f} s: {url}   (Ctrl-C stops everything)")

    def prepare(self, alone: bool) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        if alone:
            reaper.abandon()
        connections.close_all()

    async def workers(self, supervisor: Supervisor, lives: int) -> None:
        """Once the kernel is compiled; says now and then that the compiler is at work."""
        compiling = asyncio.ensure_future(supervisor.once(plan.kernel()))
        began = time.monotonic()
        while not (await asyncio.wait([compiling], timeout=PATIENCE_S))[0]:
            seconds = time.monotonic() - began
            self.say("kernel", f"compiling the simulation kernel, {seconds:.0f} s (once; about 20 s)")
        compiling.result()
        programs = [plan.batch(), *(plan.live(number + 1, self.fallen) for number in range(lives))]
        await asyncio.gather(*(supervisor.start(program) for program in programs))

    def note(self, supervisor: Supervisor) -> None:
        """Keeps var/playground.json true: who runs as which process."""
        pids = {program.name: program.pid for program in supervisor.programs}
        path = embedded.var() / "playground.json"
        path.with_suffix(".new").write_text(json.dumps({"pid": os.getpid(), "pids": pids}))
        path.with_suffix(".new").replace(path)

    def fallen(self, host: str) -> None:
        """A live worker is gone for sure: its runs need not wait until its lease runs out."""
        sync_client().delete(keys.host(host))
        self.reap_once(sure_s=0)

    def reap(self) -> None:
        while True:
            time.sleep(REAP_S)
            self.reap_once()

    def reap_once(self, **options: float) -> None:
        try:
            reaper.reap(**options)
            grading.cells_resend()
            cells.experiments_resend()
        except Exception as error:  # a server that is away comes back, or the supervisor stops everything
            self.say("reaper", f"{type(error).__name__}: {error}")
        finally:
            close_old_connections()

    def say(self, name: str, line: str) -> None:
        colour = COLOURS[self.names.setdefault(name, len(self.names)) % len(COLOURS)]
        prefix = f"\033[{colour}m{name:10}\033[0m|" if sys.stdout.isatty() else f"{name:10}|"
        print(prefix, line, flush=True)


def take(lock: IO[str]) -> None:
    """Keeps a second playground out of the same folder."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        raise CommandError(f"already running here: {lock.read() or 'it is just starting'}") from None
    lock.truncate(0)
