"""What pages load: style sheets, joined by page where they are hashed, and the modules behind an entry."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"

CANVAS = ("css/canvas/cards.css", "css/canvas/health.css", "css/canvas/links.css", "css/canvas/levels.css")


def _each(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"css/{folder}/{name}.css" for name in names)


SHEETS: dict[str, tuple[str, ...]] = {
    "css/site.css": (
        *("css/layers.css", "css/reset.css", "css/tokens.css", "css/base.css"),
        *_each("components", "icon", "button", "chip", "field", "range", "choice", "tabs", "float", "topbar"),
        "css/utilities.css",
    ),
    "css/editor.css": (
        *("vendor/uplot.css", *CANVAS),
        *_each("screens", "editor", "bar", "palette", "floats", "inspector", "faults", "popovers", "history", "dock"),
        *_each("screens", "twin", "results", "timeline", "company"),
    ),
    "css/embed.css": (*CANVAS, *_each("screens", "editor", "bar", "floats", "timeline", "company", "replay", "embed")),
    "css/replay.css": (
        *("vendor/uplot.css", *CANVAS),
        *_each(
            "screens",
            "editor",
            "bar",
            "floats",
            "popovers",
            "dock",
            "results",
            "twin",
            "timeline",
            "kpis",
            "company",
            "replay",
        ),
    ),
    "css/pages.css": _each("screens", "cards", "sheets", "notes"),
    "css/experiments.css": _each("screens", "cards", "report", "experiments", "sweeps"),
    "css/lab.css": _each("screens", "lab", "report"),
    "css/learn.css": (*_each("components", "ring"), *_each("screens", "cards", "learn")),
    "css/home.css": (*CANVAS, *_each("components", "ring"), *_each("screens", "home", "kpis", "cards")),
    "css/live.css": _each("screens", "cards", "class", "console", "wall", "projector"),
}
"""Joined sheets and their parts, in the order in which a page links them."""

_COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
_TYPE = re.compile(r"/\*\*(?:(?!\*/).)*\*/ ?")  # within a line
_INDENT = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)
_IMPORT = re.compile(r"""^import\b(?:[^"';]*\bfrom)?\s*["']([^"']+)["'];""", re.MULTILINE)


def joined(parts: tuple[str, ...], read: Callable[[str], str]) -> str:
    """One sheet out of many. All are in css/ or name no files of their own, so their urls stay right."""
    return "\n".join(read(part) for part in parts)


def slim(module: str) -> str:
    """A module without types, without comments that have lines of their own, without indentation: a third less to send.

    No module of ours has a template literal of several lines or a string with a type in it, which this would change.
    """
    return _INDENT.sub("", _TYPE.sub("", _COMMENT.sub("", module)))


@cache
def modules(entry: str) -> tuple[str, ...]:
    """`entry` and every module that it imports, directly or not, as paths under static/."""
    found = [entry]
    for path in found:
        folder = posixpath.dirname(path)
        for target in _IMPORT.findall((STATIC / path).read_text()):
            module = posixpath.normpath(posixpath.join(folder, target))
            if module not in found:
                found.append(module)
    return tuple(found)
