#!/usr/bin/env python3
"""Starts the playground from a fresh clone: `python3 play.py`, `python3 play.py test`, `python3 play.py doctor`.

This file only looks for a Python that is new enough, and is written so that every Python can read it.
The rest is in playground/runtime/install.py.
"""

import glob
import os
import subprocess
import sys

WANTED = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
PROBE = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] < " + repr(WANTED) + ")"
HELP = """The playground needs Python {0}.{1} or newer with the venv module; this is {2} at {3},
and no other was found on PATH, in ~/.pyenv/versions, /usr/local/bin or /opt/homebrew/bin.

  Debian, Ubuntu   sudo apt install python3 python3-venv
  Fedora           sudo dnf install python3
  macOS            brew install python
  any system       https://www.python.org/downloads/

Then start again: python3 play.py
"""


def candidates():
    """Pythons worth a try, this one first."""
    yield sys.executable
    names = ["python3." + str(minor) for minor in range(20, WANTED[1] - 1, -1)] + ["python3", "python"]
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    folders += sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin")), reverse=True)
    folders += ["/usr/local/bin", "/opt/homebrew/bin", "/usr/bin"]
    for folder in folders:
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                yield path


def works(python):
    """Whether it runs, is new enough and can make environments. A shim that leads nowhere does not."""
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call([python, "-c", PROBE], stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def main():
    os.chdir(HERE)
    python = next((path for path in candidates() if path and works(path)), None)
    if python is None:
        sys.stderr.write(HELP.format(*(WANTED + (sys.version.split()[0], sys.executable))))
        return 1
    arguments = [python, "-m", "playground.runtime.install"] + sys.argv[1:]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(python, arguments)
    return subprocess.call(arguments)


if __name__ == "__main__":
    sys.exit(main())
