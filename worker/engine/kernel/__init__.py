"""The kernel: numba only. Its cache folder is named by everything it is made from, since numba sees no other file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numba

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = ("NUMBA_BOUNDSCHECK", "NUMBA_CPU_FEATURES", "NUMBA_CPU_NAME", "NUMBA_OPT")  # numba's own index knows not all


def sources() -> list[Path]:
    """Every file whose text ends up in machine code."""
    ours = sorted(Path(__file__).parent.glob("*.py"))
    return [*ours, ROOT / "components" / "program" / "op.py", ROOT / "worker" / "engine" / "layout.py"]


def fingerprint() -> str:
    """Names the compiled kernel: its sources, the versions of numba and numpy, and how numba was told to compile."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.read_bytes())
    for package in ("numba", "numpy"):
        digest.update(version(package).encode())
    for name in SETTINGS:
        digest.update(f"{name}={os.environ.get(name, '')};".encode())
    return digest.hexdigest()[:16]


def claim_cache() -> Path:
    """The folder of this very kernel. A process started by this one finds the folder named already and stays in it.

    numba may have been imported before, so it is told as well: else it would keep machine code beside the sources
    and not notice when the helpers change.
    """
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or ROOT / ".numba")
    name = fingerprint()
    folder = folder if folder.name == name else folder / name
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    numba.config.CACHE_DIR = str(folder)
    return folder


def warm(progress: Callable[[str], None] = lambda stage: None) -> None:
    """Compile everything (seconds, once) or read it from the cache; `progress` gets a word per stage."""
    from worker.engine.kernel.warming import warm_all

    warm_all(progress)


claim_cache()
