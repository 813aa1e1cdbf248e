"""Both commands from an empty clone: python -m bench.fresh [--test] [--log FILE]

env -i, an empty HOME, empty caches, and a PATH that leads nowhere: no node, no chromium, no uv. Needs the network.
Prints how long each step took, and keeps what the commands said.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_S = 900
STEP = re.compile(r"^play \| (.+): ([\d.]+) s$")
READY = re.compile(r"ready after ([\d.]+) s")


def clone(folder: Path) -> dict[str, str]:
    """A clone and the environment of somebody who has nothing."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder / "playground"], check=True)
    (folder / "home").mkdir()
    return {"HOME": str(folder / "home"), "PATH": "/nonexistent"}


def start(
    command: list[str], folder: Path, env: dict[str, str], log: list[str], stop_at: str | None
) -> tuple[int, float]:
    """Runs a command to its end, or, once it says `stop_at`, ends it with Ctrl-C. Returns status and seconds."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder / "playground", env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    spent = 0.0
    for line in process.stdout:
        line = line.rstrip().replace(str(folder), "~")
        if line.startswith("(Reading database"):  # dpkg's progress, twenty lines of it
            continue
        log.append(line)
        print(line, flush=True)
        if stop_at and stop_at in line:
            spent = time.monotonic() - began
            process.send_signal(signal.SIGINT)
    return process.wait(START_S), spent or time.monotonic() - began


def rows(log: list[str]) -> list[tuple[str, str]]:
    found = [(match[1], match[2]) for line in log if (match := STEP.match(line))]
    return [*found, *(("start everything", match[1]) for line in log if (match := READY.search(line)))]


def left(folder: Path) -> list[str]:
    """Processes that still have something to do with the clone."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if str(folder) in os.readlink(environ):
                found.append(environ.parent.name)
        except OSError:
            continue
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", action="store_true", help="python3 play.py test too")
    parser.add_argument("--log", type=Path, help="where to keep what the commands said")
    options = parser.parse_args()
    python = getattr(sys, "_base_executable", sys.executable)
    log: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="fresh-"))
    try:
        env = clone(folder)
        for title in ("first start", "second start"):
            log.append(f"== {title}: python3 play.py")
            mark = len(log)
            status, spent = start([python, "play.py"], folder, env, log, "ready after")
            log.append(
                f"== {title}: {spent:.1f} s to the address, status {status} after Ctrl-C, left behind: {left(folder) or 'nothing'}"
            )
            print(log[-1], *(f"   {name}: {seconds} s" for name, seconds in rows(log[mark:])), sep="\n", flush=True)
        if options.test:
            log.append("== python3 play.py test")
            status, spent = start([python, "play.py", "test"], folder, env, log, None)
            log.append(f"== tests: {spent:.0f} s, status {status}, left behind: {left(folder) or 'nothing'}")
            print(log[-1], flush=True)
    finally:
        if options.log:
            options.log.write_text("\n".join(log) + "\n")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
