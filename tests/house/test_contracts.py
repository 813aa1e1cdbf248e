"""The floor plan: imports point one way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.house.files import ROOT


def test_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_web_process_has_no_numba() -> None:
    code = "import sys, playground.asgi; sys.exit('numba' in sys.modules or 'worker' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
