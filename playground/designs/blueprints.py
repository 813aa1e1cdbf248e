"""Blueprints: designs to start from, one JSON file each in blueprint_files/; a number in front of its name is its place.

A file is {"summary", "lesson", "note", "weak": [node ids], "design": format 1}. Beside it lie its reading notes, .toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from components.design import as_dict
from playground.designs.documents import stored

FOLDER = Path(__file__).with_name("blueprint_files")
DEMO = "demo"
"""The one that runs on the home page; it is not in the gallery."""


@dataclass(frozen=True)
class Notes:
    """What to notice, what breaks first, and what to try: sentences, of which a try may be checked on the engine."""

    notice: tuple[str, ...]
    breaks: tuple[str, ...]
    tries: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Blueprint:
    """`weak` names the nodes that break first, `lesson` what is to be learnt, `note` what to try."""

    slug: str
    name: str
    summary: str
    lesson: str
    note: str
    weak: tuple[str, ...]
    document: dict[str, Any]
    notes: Notes

    @property
    def weak_names(self) -> list[str]:
        return [node["name"] for node in self.document["nodes"] if node["id"] in self.weak]


@cache
def blueprints() -> dict[str, Blueprint]:
    """By slug, in the order of the file names. Raises ValueError for a file that is not a design."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        data = orjson.loads(path.read_bytes())
        document = as_dict(stored(data["design"]))
        slug = path.stem.lstrip("0123456789-")
        found[slug] = Blueprint(
            slug, document["name"], data["summary"], data["lesson"], data["note"], tuple(data["weak"]), document,
            notes_of(path.with_suffix(".toml")),
        )  # fmt: skip
    return found


def notes_of(path: Path) -> Notes:
    data = tomllib.loads(path.read_text())
    return Notes(tuple(data["notice"]), tuple(data["breaks"]), tuple(data["try"]))


def gallery() -> list[Blueprint]:
    return [blueprint for slug, blueprint in blueprints().items() if slug != DEMO]
