"""python -m tests [OPTION ...]: all tests; with options, pytest with those.

What needs no browser runs on all cores (up to four), a file at a time; what starts whole playgrounds runs after it, alone.
"""

from __future__ import annotations

import os
import subprocess
import sys

PYTEST = [sys.executable, "-m", "pytest"]
WHOLE = "tests/system"


def main(options: list[str]) -> int:
    if options:
        return subprocess.call([*PYTEST, *options])
    cores = min(4, os.cpu_count() or 1)
    apart = subprocess.call([*PYTEST, "-n", str(cores), "--dist", "loadfile", "--ignore", WHOLE])
    return subprocess.call([*PYTEST, WHOLE]) or apart


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
