"""The files of the repository, by what git knows and what is about to be added."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is, or would be, in a commit; paths from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return tuple(Path(name) for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file())


def under(*folders: str, suffixes: tuple[str, ...]) -> list[Path]:
    """Tracked files in `folders` with one of the suffixes, vendored ones left out."""
    return [
        path
        for path in tracked()
        if path.parts[0] in folders
        and path.suffix in suffixes
        and "vendor" not in path.parts
        and "migrations" not in path.parts
    ]


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
