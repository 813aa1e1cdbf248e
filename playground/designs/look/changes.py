"""An edit of the log in words: what a person did, named as on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.designs.look.words import said, word

MOST = 60  # characters of a value


def changes(edit: Mapping[str, Any], inverse: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Short sentences without a full stop; `names` are those of the newest revision, by id."""
    known = (
        {node["id"]: node["name"] for node in _nodes(inverse)}
        | dict(names)
        | {node["id"]: node["name"] for node in _nodes(edit)}
    )
    return [*_said(edit, known)]


def _said(edit: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    def name(id: object) -> str:
        return names.get(str(id), str(id))

    match edit["op"]:
        case "batch":
            if len(edit["edits"]) > 8:
                yield f"{len(edit['edits'])} changes at once"
            else:
                for part in edit["edits"]:
                    yield from _said(part, names)
        case "add":
            yield f"Added {edit['node'].get('name') or edit['node']['id']}"
        case "connect":
            yield f"Connected {name(edit['link']['source'])} to {name(edit['link']['target'])}"
        case "remove":
            yield f"Removed {_several([name(id) for id in edit['ids']])}"
        case "move":
            yield f"Moved {_several([name(id) for id in edit['to']])}"
        case "set":
            value = edit["value"]
            shown = "" if isinstance(value, dict) else f" to {said(value)[:MOST]}"
            yield f"Set {_param(edit['param'])} of {name(edit['id'])}{shown}"
        case "unset":
            yield f"Took back {_param(edit['param'])} of {name(edit['id'])}"
        case "rename":
            yield f"Renamed a component to {edit['name']}"
        case "describe":
            yield f"Named it {edit['name']}" if edit.get("name") else "Changed its description"
        case "script":
            yield "Changed the steps of the script"
        case "slos":
            yield "Changed the objectives"


def _nodes(edit: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if edit["op"] == "batch":
        for part in edit["edits"]:
            yield from _nodes(part)
    elif edit["op"] == "add" and edit["node"].get("name"):
        yield edit["node"]


def _param(path: str) -> str:
    return " · ".join(word(part).lower() for part in path.split("."))


def _several(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more"
