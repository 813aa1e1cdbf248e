"""Compiled, compiled with bounds checked, and plain Python: the same bits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from components.program import Op
from tests.worker.engine.story import DIGEST, every_op, tell, tell_kernel, tell_kinds
from worker.engine.kernel import claim_cache, fingerprint, sources
from worker.engine.kernel.random import sample

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("mode", ["NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"])
def test_the_story_is_the_same_in_every_mode(mode: str) -> None:
    """Bounds checked: no program and no part of the kernel touches a word outside its arrays."""
    assert told({mode: "1"}) == tell()


def test_no_component_touches_a_word_outside_the_arrays() -> None:
    assert told({"NUMBA_BOUNDSCHECK": "1"}, "kinds") == tell_kinds()


def told(more: dict[str, str], *arguments: str) -> dict[str, str]:
    """The story as another process tells it."""
    environment = os.environ | more | {"PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "tests.worker.engine.story", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_python_has_the_same_bits() -> None:
    """digest.json was written on Python 3.11. After a change of the kernel: python -m tests.worker.engine.story write"""
    assert json.loads(DIGEST.read_text()) == tell_kernel()


def test_the_story_meets_every_op() -> None:
    used = {int(op) for op in every_op().program[::6]}
    used |= {int(Op.CALL), int(Op.REPLY), int(Op.COUNT), int(Op.KEY), int(Op.NOW)}  # in the design
    used |= {int(op) for op in (Op.MOV, Op.JMP, Op.BEQ, Op.BNE, Op.BLT, Op.BLE)}
    assert used >= set(range(int(Op.SOURCE) + 1))


def test_no_product_is_fused_into_a_sum() -> None:
    """A fused a * b + c rounds once instead of twice, and only some processors have it. All laws come from `sample`."""
    fresh = numba.njit(sample.py_func)  # what comes from the cache cannot be looked at
    fresh(np.zeros(8), np.ones(1, np.uint64), 0)
    code = "".join(fresh.inspect_asm().values())
    assert "fmadd" not in code and "fmsub" not in code and code.count("mulsd") > 40


def test_the_cache_is_named_by_everything_that_becomes_machine_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = fingerprint()
    assert {"loop.py", "op.py", "layout.py", "random.py"} <= {path.name for path in sources()}
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1" if os.environ.get("NUMBA_BOUNDSCHECK") != "1" else "0")
    assert fingerprint() != before
    monkeypatch.undo()
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert claim_cache() == tmp_path / before
    assert claim_cache() == tmp_path / before  # a process started by this one stays in the folder
    assert str(tmp_path / before) == numba.config.CACHE_DIR
