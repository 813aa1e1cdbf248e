"""The checkers: each is one test, so that the closing line of the run speaks for them too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.files import ROOT

HERE = Path(sys.executable).parent
PATH = os.pathsep.join([str(HERE), os.environ.get("PATH", os.defpath)])
COMMANDS = {
    "ruff": ["ruff", "check", "--no-cache", "."],
    "format": ["ruff", "format", "--no-cache", "--check", "."],
    "typos": ["typos", "components", "worker", "playground", "templates", "static/js", "static/css", "tests", "docs"],
    "types": ["mypy", "--cache-dir", ".mypy_cache"],
    "js types": ["npm", "run", "--silent", "types"],
    "js lint": ["npm", "run", "--silent", "lint"],
    "js tests": ["npm", "run", "--silent", "test"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_checker_finds_nothing(name: str) -> None:
    program, *arguments = COMMANDS[name]
    found = shutil.which(program, path=PATH)
    assert found, f"{program} is missing: python3 play.py test installs it"
    env = os.environ | {"PATH": PATH}
    done = subprocess.run([found, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
