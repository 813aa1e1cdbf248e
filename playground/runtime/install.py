"""Sets up `.venv` from the lock and hands over: to the supervisor, the tests or the doctor. Standard library only."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed"
USAGE = """python3 play.py            start everything and print the address
python3 play.py test ...   run all checks and tests; what follows goes to pytest
python3 play.py doctor     say what is wrong with this machine
"""


class Trouble(Exception):
    """Something this machine does not have; the text says what to do."""


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Prints what is being done, and afterwards how long it took."""
    print(f"play | {name} ...", flush=True)
    started = time.monotonic()
    yield
    print(f"play | {name}: {time.monotonic() - started:.1f} s", flush=True)


def environment() -> dict[str, str]:
    """The caller's environment (proxies, PIP_*, UV_*, certificates), with the tools of `.venv` found first."""
    env = dict(os.environ)
    env["PATH"] = os.pathsep.join([str(PYTHON.parent), *filter(None, [env.get("PATH")]), os.defpath])
    env["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    env["VIRTUAL_ENV"] = str(VENV)
    env.setdefault("UV_PYTHON_DOWNLOADS", "never")
    env.setdefault("UV_SYSTEM_CERTS", "1")  # a company's own certificate authority is in the system's store
    env.setdefault("NODE_USE_SYSTEM_CA", "1")
    env.setdefault("NPM_CONFIG_UPDATE_NOTIFIER", "false")
    env.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    env["PYTHONUNBUFFERED"] = "1"
    env.pop("PYTHONHOME", None)
    home = env.get("HOME", "")
    if not home or not os.access(home, os.W_OK):
        env["HOME"] = str(VENV / "home")  # caches need some place
    return env


def run(*command: str | Path) -> bool:
    """Whether the command ended well. Its output goes to the terminal."""
    Path(environment()["HOME"]).mkdir(parents=True, exist_ok=True)
    return subprocess.run([str(part) for part in command], cwd=ROOT, env=environment(), check=False).returncode == 0


def wanted(dev: bool) -> str:
    """What a finished installation is made of, as one line; `dev` adds the tools for tests."""
    parts = [(ROOT / name).read_bytes() for name in ("uv.lock", "pyproject.toml") if (ROOT / name).exists()]
    return f"{hashlib.sha256(b''.join(parts)).hexdigest()} {VENV} {'dev' if dev else 'run'}"


def installed(dev: bool) -> bool:
    """Whether `.venv` already holds exactly this lock; an installation for tests serves for running too."""
    if not PYTHON.exists() or not STAMP.exists():
        return False
    stamp = STAMP.read_text()
    if stamp not in (wanted(dev=True), wanted(dev)):
        return False
    return subprocess.run([str(PYTHON), "-c", "pass"], capture_output=True, check=False).returncode == 0


def install(dev: bool) -> None:
    """Makes `.venv` and fills it: with uv from the lock, or with pip from the exported list where uv cannot be had."""
    if installed(dev):
        return
    if not PYTHON.exists() or not run(PYTHON, "-c", "import sys; sys.exit(sys.version_info[:2] < (3, 11))"):
        with step(f"make .venv with Python {sys.version.split()[0]}"):
            shutil.rmtree(VENV, ignore_errors=True)
            if not run(sys.executable, "-m", "venv", VENV):
                raise Trouble("python -m venv failed (Debian, Ubuntu: sudo apt install python3-venv)")
    STAMP.unlink(missing_ok=True)
    with step("install from the lock (0.4 GB, mostly the compiler of the simulation kernel)"):
        if not with_uv(dev) and not with_pip(dev):
            raise Trouble(
                "the packages could not be installed. They come from PyPI: is the network up? A proxy or a mirror is\n"
                "taken from HTTPS_PROXY, PIP_INDEX_URL, PIP_CERT and their like. python3 play.py doctor tells more."
            )
    STAMP.write_text(wanted(dev))


def with_uv(dev: bool) -> bool:
    uv = PYTHON.parent / "uv"
    if not uv.exists():
        if not run(PYTHON, "-c", "import pip"):
            run(PYTHON, "-m", "ensurepip")
        if not run(PYTHON, "-m", "pip", "install", "--quiet", "uv"):
            return False
    groups = ["--group", "dev"] if dev else ["--no-dev"]
    return run(uv, "sync", "--frozen", "--inexact", "--quiet", "--python", PYTHON, *groups)


def with_pip(dev: bool) -> bool:
    print("play | uv could not do it; pip takes a few minutes more", flush=True)
    name = "requirements-dev.txt" if dev else "requirements.txt"
    return run(PYTHON, "-m", "pip", "install", "--quiet", "-r", ROOT / name)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two starts at once must not fill the same `.venv`."""
    if os.name != "posix":
        yield
        return
    import fcntl

    with open(ROOT / ".venv.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def become(*command: str | Path) -> int:
    """Replaces this process, so that Ctrl-C and signals reach the command itself."""
    arguments = [str(part) for part in command]
    sys.stdout.flush()
    os.chdir(ROOT)
    if os.name == "posix":
        os.execve(arguments[0], arguments, environment())
    return subprocess.run(arguments, env=environment(), check=False).returncode


def main(arguments: list[str]) -> int:
    what, rest = (arguments[0], arguments[1:]) if arguments else ("start", [])
    if what.startswith("-") and what not in ("-h", "--help"):
        what, rest = "start", arguments
    try:
        if what == "start":
            with alone():
                install(dev=False)
            return become(PYTHON, ROOT / "manage.py", "playground", *rest)
        if what == "test":
            from playground.runtime import testing

            with alone():
                install(dev=True)
                found = testing.prepare()
            os.environ.update(found)
            return become(PYTHON, "-m", "tests", *rest)
        if what == "doctor":
            from playground.runtime import machine

            return machine.main(rest)
    except Trouble as trouble:
        print(f"play | {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(USAGE, end="")
    return 0 if what in ("-h", "--help", "help") else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
