"""The documents say what is there."""

from __future__ import annotations

import re

from tests.house.files import ROOT, tracked

MAP = (ROOT / "docs" / "map.md").read_text()


def test_the_map_names_everything_at_the_top() -> None:
    top = {f"{path.parts[0]}/" if len(path.parts) > 1 else path.name for path in tracked()}
    assert sorted(name for name in top if f"`{name}`" not in MAP) == []


def test_the_map_names_every_room() -> None:
    houses = {"components", "worker", "playground", "static", "templates", "tests", "docs"}
    rooms = {
        f"{path.parts[0]}/{path.parts[1]}/" for path in tracked() if path.parts[0] in houses and len(path.parts) > 2
    }
    assert sorted(room for room in rooms if f"`{room}`" not in MAP) == []


def test_the_map_names_nothing_that_is_gone() -> None:
    named = re.findall(r"`([\w./-]+)`", MAP)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in tracked() if path.parts[:2] == ("docs", "decisions")]
    assert numbers == list(range(1, len(numbers) + 1))
