"""Loaded before settings are (pyproject.toml: -p tests.plugin): a folder of its own for every test run, fast parts first,
and the time that each part took.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import settings

VAR = Path(tempfile.mkdtemp(prefix="playground-tests-"))
os.environ["PLAYGROUND_VAR"] = str(VAR)
os.environ.pop("REDIS_URL", None)  # every test run has a server of its own

settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")

PARTS = ("house", "components", "worker", "playground", "system")  # fast first; other files before these
SPENT: dict[str, float] = defaultdict(float)


def part_of(item: pytest.Item | pytest.TestReport) -> str:
    """The folder below tests/, or the file's name."""
    path = Path(item.location[0])
    return path.parts[1] if len(path.parts) > 2 else path.stem.removeprefix("test_")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: PARTS.index(part) if (part := part_of(item)) in PARTS else -1)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    SPENT[part_of(report)] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("time of each part")
    for part, seconds in SPENT.items():
        terminalreporter.line(f"{part:12} {seconds:7.1f} s")


def pytest_unconfigure() -> None:
    shutil.rmtree(VAR, ignore_errors=True)
