"""The supervisor with small programs: order, falls, stops, and that nothing outlives it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from playground.runtime import plan
from playground.runtime.supervisor import Fallen, Program, Supervisor
from playground.runtime.tether import watch

ROOT = Path(__file__).resolve().parents[1]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


SLEEP = python("import time; time.sleep(600)")
STUBBORN = python(
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


class Stage:
    """A supervisor and what it said."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.launches = 0
        self.supervisor = Supervisor(lambda name, line: self.lines.append((name, line)), self.launched)

    def launched(self) -> None:
        self.launches += 1

    def said(self, name: str) -> list[str]:
        return [line for who, line in self.lines if who == name]


async def eventually(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"


async def test_a_program_that_falls_is_started_again() -> None:
    stage, told = Stage(), []
    program = Program("worker", SLEEP, launching=lambda: told.append("up"), fallen=lambda: told.append("down"))
    await stage.supervisor.start(program)
    first = program.pid
    assert first
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: stage.launches == 2 and program.pid not in (None, first))
    assert told == ["up", "down", "up"]
    assert stage.said("worker") == ["ended with -9, starting again"]
    await stage.supervisor.stop()


def test_a_worker_that_comes_back_is_another_host() -> None:
    gone: list[str] = []
    program = plan.live(1, gone.append)
    assert program.launching
    assert program.fallen
    names = []
    for _ in range(2):
        program.launching()
        names.append(program.env["PLAYGROUND_HOST"])
    assert names[0] != names[1]
    program.fallen()
    assert gone == [names[1]]


async def test_one_that_falls_too_often_takes_everything_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.runtime.supervisor.FALLS", 5)
    stage = Stage()
    await stage.supervisor.start(Program("flaky", python("raise SystemExit(3)")))
    assert await asyncio.wait_for(stage.supervisor.failed, 60) == "flaky ended with 3"
    assert stage.launches == 5
    await stage.supervisor.stop()


async def test_one_that_must_not_fall_takes_everything_down_at_once() -> None:
    stage = Stage()
    await stage.supervisor.start(Program("server", python("raise SystemExit(1)"), again=False))
    assert await asyncio.wait_for(stage.supervisor.failed, 30) == "server ended with 1"
    await stage.supervisor.stop()


async def test_one_that_never_gets_ready_is_named() -> None:
    async def never() -> bool:
        return False

    stage = Stage()
    with pytest.raises(Fallen, match="slow was not ready after 0 s"):
        await stage.supervisor.start(Program("slow", SLEEP, ready=never, ready_s=0.2))
    with pytest.raises(Fallen, match="dead ended with 4 before it was ready"):
        await stage.supervisor.start(Program("dead", python("raise SystemExit(4)"), ready=never))
    with pytest.raises(Fallen, match="once ended with 5"):
        await stage.supervisor.once(Program("once", python("raise SystemExit(5)")))
    await stage.supervisor.stop()


async def test_stopping_goes_by_rank_and_ends_in_a_kill(tmp_path: Path) -> None:
    stage = Stage()
    ended: list[str] = []
    polite = "import signal, time, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nprint('up', flush=True)\ntime.sleep(600)"
    for name, command, rank in (("server", python(polite), 0), ("stubborn", STUBBORN, 1), ("web", python(polite), 2)):
        await stage.supervisor.start(Program(name, command, rank=rank, stop_s=0.5))
    await eventually(lambda: all(stage.said(name) == ["up"] for name in ("server", "stubborn", "web")))

    async def note(program: Program) -> None:
        assert program.process
        await program.process.wait()
        ended.append(program.name)

    notes = [asyncio.create_task(note(program)) for program in stage.supervisor.programs]
    await stage.supervisor.stop()
    await asyncio.gather(*notes)
    assert ended == ["web", "stubborn", "server"]
    assert "did not stop within 0 s" in stage.said("stubborn")[-1]


async def test_what_a_program_started_goes_with_it() -> None:
    stage = Stage()
    code = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print(p.pid, flush=True); time.sleep(600)"
    await stage.supervisor.start(Program("parent", python(code)))
    await eventually(lambda: stage.said("parent"))
    child = int(stage.said("parent")[0])
    assert alive(child)
    await stage.supervisor.stop()
    await eventually(lambda: not alive(child))


def test_the_tether_elsewhere_watches_its_parent(tmp_path: Path) -> None:
    """Where the kernel cannot be asked: the command ends by itself, by a signal, or with the parent."""
    assert watch(python("raise SystemExit(7)"), os.getppid()) == 7
    code = (
        "import subprocess, sys, os, time\n"
        "inner = 'import os, sys; from playground.runtime.tether import watch; "
        'watch([sys.executable, "-c", "import os, time; open(sys_argv, \\\\"w\\\\").write(str(os.getpid())); time.sleep(600)".replace("sys_argv", repr(sys.argv[1]))], os.getppid())\'\n'
        "subprocess.Popen([sys.executable, '-c', inner, sys.argv[1]])\n"
        "time.sleep(600)\n"
    )
    sign = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", code, str(sign)], cwd=ROOT)
    deadline = time.monotonic() + 30
    while not (sign.exists() and sign.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pid = int(sign.read_text())
    assert alive(pid)
    parent.kill()
    parent.wait()
    while alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_taken_port_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(plan, "PORTS", range(port, port + 1))
        with pytest.raises(RuntimeError, match="all taken"):
            plan.free_port("127.0.0.1")
    assert plan.free_port("127.0.0.1") == port


def run_playground(var: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "playground"]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PLAYGROUND_VAR": str(var)} | env, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


def test_a_second_playground_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    import fcntl

    with open(tmp_path / "playground.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("http://127.0.0.1:8000")
        lock.flush()
        done = run_playground(tmp_path)
    assert done.returncode == 1
    assert "already running here: http://127.0.0.1:8000" in done.stderr


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    done = run_playground(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")
    assert done.returncode == 1
    assert "no Redis-protocol server answers at redis://127.0.0.1:1/0" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
