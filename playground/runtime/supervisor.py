"""Supervisor: starts programs, waits until each can serve, prints what they say, starts fallen ones again, stops all.

Every program gets a session of its own, so that the terminal's Ctrl-C reaches only the supervisor, which stops them in
order; and each is tethered, so that nothing stays behind when the supervisor is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

FALLS = 10  # a program that falls so often
FALLS_S = 60  # within this time takes everything down
BACKOFF_S = 2.0  # longest wait before it is started again
POLL_S = 0.05


class Fallen(Exception):
    """A program that is needed has ended; the text names it."""


@dataclass(eq=False)
class Program:
    """`ready` says whether it can serve. `stop_s` is what it gets between the request to stop and the kill."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    ready: Callable[[], Awaitable[bool]] | None = None
    ready_s: float = 120
    stop_s: float = 10
    rank: int = 0  # higher ranks are stopped first, those of one rank at once
    again: bool = True  # start it again when it falls
    launching: Callable[[], None] | None = None  # called before each process is made
    fallen: Callable[[], None] | None = None  # called after each that fell
    process: asyncio.subprocess.Process | None = None
    falls: list[float] = field(default_factory=list)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.returncode is None else None


class Supervisor:
    """`say` gets every line with the name of its program; `launched` hears of every process that was started."""

    def __init__(self, say: Callable[[str, str], None], launched: Callable[[], None]) -> None:
        self.programs: list[Program] = []
        self._say = say
        self._launched = launched
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def start(self, program: Program) -> None:
        """Returns when it can serve. Raises Fallen if it ends or is not ready in time."""
        self.programs.append(program)
        await self._launch(program)
        await self._until_ready(program)
        self._task(self._watch(program))

    async def once(self, program: Program) -> None:
        """Runs a program that ends by itself. Raises Fallen unless it ends well."""
        self.programs.append(program)
        await self._launch(program)
        assert program.process is not None
        code = await ended(program.process)
        self.programs.remove(program)
        if code:
            raise Fallen(f"{program.name} ended with {code}")

    async def stop(self) -> None:
        """Asks each to stop, the highest rank first, and kills what does not."""
        self._stopping = True
        for rank in sorted({program.rank for program in self.programs}, reverse=True):
            await asyncio.gather(*(self._end(program) for program in self.programs if program.rank == rank))
        for task in self._tasks:
            task.cancel()

    def kill(self) -> None:
        """At once, for those who press Ctrl-C again."""
        for program in self.programs:
            signal_group(program, signal.SIGKILL)

    async def _launch(self, program: Program) -> None:
        if program.launching:
            program.launching()
        program.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "playground.runtime.tether", *program.command,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | program.env,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            start_new_session=True, limit=1 << 20,
        )  # fmt: skip
        self._task(self._pump(program.name, program.process))
        self._launched()

    async def _until_ready(self, program: Program) -> None:
        process, deadline = program.process, time.monotonic() + program.ready_s
        assert process is not None
        while program.ready and not await program.ready():
            if process.returncode is not None:
                raise Fallen(f"{program.name} ended with {process.returncode} before it was ready")
            if time.monotonic() > deadline:
                raise Fallen(f"{program.name} was not ready after {program.ready_s:.0f} s")
            await asyncio.sleep(POLL_S)

    async def _watch(self, program: Program) -> None:
        while True:
            assert program.process is not None
            code = await ended(program.process)
            if self._stopping:
                return
            signal_group(program, signal.SIGKILL)  # what it had started
            now = time.monotonic()
            program.falls = [at for at in program.falls if now - at < FALLS_S] + [now]
            if program.fallen:
                await asyncio.to_thread(program.fallen)
            if not program.again or len(program.falls) >= FALLS:
                self._fail(f"{program.name} ended with {code}")
                return
            self._say(program.name, f"ended with {code}, starting again")
            await asyncio.sleep(min(BACKOFF_S, 0.2 * 2 ** (len(program.falls) - 1) - 0.2))
            if self._stopping:
                return
            await self._launch(program)

    async def _end(self, program: Program) -> None:
        if program.pid is None or program.process is None:
            return
        signal_group(program, signal.SIGTERM, whole=False)
        try:
            await asyncio.wait_for(ended(program.process), program.stop_s)
        except TimeoutError:
            self._say(program.name, f"did not stop within {program.stop_s:.0f} s")
        signal_group(program, signal.SIGKILL)
        await ended(program.process)

    async def _pump(self, name: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            self._say(name, line.decode(errors="replace").rstrip())

    def _fail(self, text: str) -> None:
        if not self.failed.done():
            self.failed.set_result(text)

    def _task(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def ended(process: asyncio.subprocess.Process) -> int:
    """The exit status. Process.wait() would wait for everybody who still holds the output, children included."""
    while process.returncode is None:
        await asyncio.sleep(POLL_S)
    return process.returncode


def signal_group(program: Program, number: int, whole: bool = True) -> None:
    """To the program and, if `whole`, to all that it started."""
    if program.process is None:
        return
    with contextlib.suppress(ProcessLookupError):
        if whole:
            os.killpg(program.process.pid, number)
        else:
            os.kill(program.process.pid, number)
