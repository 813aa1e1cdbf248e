"""The doctor's first half: what can be asked before anything is installed. Standard library only."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

from playground.runtime.install import PYTHON, ROOT, environment, installed
from playground.runtime.testing import browser_installed

NEEDED_GB = 1.0
Finding = tuple[bool, str, str]  # fine?, what was looked at, what was found or what to do


def python() -> Finding:
    return True, "Python", f"{platform.python_version()} at {sys.executable}"


def system() -> Finding:
    known = sys.platform in ("linux", "darwin")
    return (
        known,
        "system",
        f"{platform.platform()}, {os.cpu_count()} cores"
        + ("" if known else ": the embedded server runs on Linux and macOS; use compose.yaml or WSL here"),
    )


def disk() -> Finding:
    free = shutil.disk_usage(ROOT).free / 1e9
    return free > NEEDED_GB, "disk", f"{free:.1f} GB free" + ("" if free > NEEDED_GB else f", {NEEDED_GB} GB needed")


def folder() -> Finding:
    fine = os.access(ROOT, os.W_OK)
    return fine, "folder", f"{ROOT} can {'' if fine else 'not '}be written"


def packages() -> Finding:
    if installed(dev=True):
        return True, "packages", "installed, with the tools for tests"
    if installed(dev=False):
        return True, "packages", "installed (python3 play.py test adds its tools)"
    return index()


def index() -> Finding:
    """Asked only while something is still to be installed: an installed playground needs no network."""
    url = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple/"
    try:
        urllib.request.urlopen(url.rstrip("/") + "/uv/", timeout=10).close()
    except (urllib.error.URLError, OSError, ValueError) as error:
        return (
            False,
            "packages",
            (
                f"not installed, and the index does not answer Python ({error}); a mirror is named by PIP_INDEX_URL, a proxy "
                "by HTTPS_PROXY, a certificate authority by SSL_CERT_FILE and PIP_CERT"
            ),
        )
    return True, "packages", "not installed yet; the index answers, python3 play.py installs them"


def chromium() -> Finding:
    path = browser_installed()
    return True, "Chromium", path or "none found; only python3 play.py test needs it and will try to install one"


def findings() -> Iterator[Finding]:
    checks: list[Callable[[], Finding]] = [python, system, folder, disk, packages, chromium]
    for check in checks:
        yield check()


def show(finding: Finding) -> bool:
    fine, what, found = finding
    print(f"{'ok  ' if fine else 'BAD '} {what:10} {found}", flush=True)
    return fine


def main(rest: list[str]) -> int:
    bad = [finding for finding in findings() if not show(finding)]
    if installed(dev=False):
        command = [str(PYTHON), str(ROOT / "manage.py"), "doctor", *rest]
        return subprocess.run(command, env=environment(), cwd=ROOT, check=False).returncode or int(bool(bad))
    return int(bool(bad))
