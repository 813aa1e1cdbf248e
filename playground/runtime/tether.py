"""Runs a command that must not outlive its parent: `python -m playground.runtime.tether COMMAND ...`.

On Linux the kernel kills it when the parent goes, however that goes. Elsewhere this process stays and watches.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
WATCH_S = 0.5


def main(command: list[str]) -> int:
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it went before the kernel knew
            return 1
        os.execvp(command[0], command)
    return watch(command, parent)


def watch(command: list[str], parent: int) -> int:
    """Stays between the two: passes signals on, and kills the command once the parent is gone."""
    child = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda got, _: child.send_signal(got))
    while child.poll() is None:
        if os.getppid() != parent:
            child.kill()
        time.sleep(WATCH_S)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
