"""Designs as files: read one that somebody brings, write one to take along."""

from __future__ import annotations

import re
from typing import Any

from components.loading import load
from components.problem import Problem
from components.writing import as_json, as_yaml
from playground.accounts.models import Person
from playground.designs.models import Design
from playground.designs.pictures import unwrapped
from playground.designs.services import design_create

FORMATS = {"json": (as_json, "application/json"), "yaml": (as_yaml, "application/yaml")}


def design_import(*, owner: Person, data: bytes) -> tuple[Design | None, list[Problem]]:
    """A design of `owner` out of a JSON or YAML file, or a picture with one inside; nothing is stored where anything
    is wrong with it.
    """
    data, problems = unwrapped(data)
    if problems:
        return None, problems
    document, problems = load(data)
    if problems:
        return None, problems
    if document is None:  # which would make an empty design
        return None, [Problem("design", "", None, "must not be empty")]
    return design_create(owner=owner, document=document)


def file_of(document: dict[str, Any], revision: int, format: str) -> tuple[str, str, str]:
    """Text, content type and a name that every file system takes."""
    write, kind = FORMATS[format]
    slug = re.sub(r"[^a-z0-9]+", "-", document["name"].lower()).strip("-")[:60] or "design"
    return write(document), kind, f"{slug}-r{revision}.{format}"
