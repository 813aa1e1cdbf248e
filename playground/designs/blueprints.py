"""Blueprints: designs to start from, one JSON file each in blueprint_files/; a number in front of its name is its place.

A file is {"summary", "lesson", "note", "weak": [node ids], "design": format 1}.
"""

from __future__ import annotations

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
class Blueprint:
    """`weak` names the nodes that break first, `lesson` what is to be learnt, `note` what to try."""

    slug: str
    name: str
    summary: str
    lesson: str
    note: str
    weak: tuple[str, ...]
    document: dict[str, Any]


@cache
def blueprints() -> dict[str, Blueprint]:
    """By slug, in the order of the file names. Raises ValueError for a file that is not a design."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        data = orjson.loads(path.read_bytes())
        document = as_dict(stored(data["design"]))
        slug = path.stem.lstrip("0123456789-")
        found[slug] = Blueprint(
            slug, document["name"], data["summary"], data["lesson"], data["note"], tuple(data["weak"]), document
        )
    return found


def gallery() -> list[Blueprint]:
    return [blueprint for slug, blueprint in blueprints().items() if slug != DEMO]
