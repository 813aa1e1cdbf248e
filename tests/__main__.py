"""python -m tests [OPTION ...]: all tests; with options, pytest with those.

What needs no browser runs first, on all cores (up to four), a file at a time; browsers come after it, one at a time. A
browser test that fails is tried once more, and the output shows both: a machine that was busy elsewhere is not a defect.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PYTEST = [sys.executable, "-m", "pytest"]
FAILED = 1  # pytest's word for: ran, and something failed
BROWSERS = [str(file) for file in sorted(Path("tests/system").glob("test_*.py")) if "playwright" in file.read_text()]


def main(options: list[str]) -> int:
    if options:
        return subprocess.call([*PYTEST, *options])
    cores = str(min(4, os.cpu_count() or 1))
    others = subprocess.call([*PYTEST, "-n", cores, "--dist", "loadfile", *(f"--ignore={file}" for file in BROWSERS)])
    browsers = subprocess.call([*PYTEST, *BROWSERS])
    if browsers == FAILED:
        print("tests | once more what failed in a browser", flush=True)
        browsers = subprocess.call([*PYTEST, "--last-failed", *BROWSERS])
    return browsers or others


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
