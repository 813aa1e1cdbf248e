"""Problems: what is wrong with something that came from outside, as values and never as exceptions."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SHOWN_CHARS = 80
SHOWN_DEPTH = 3
SHOWN_ITEMS = 8


@dataclass(frozen=True)
class Problem:
    """`rule` says what `value` at `field` of `where` breaks.

    `where` is the id of a node or link, or "design", "script[2]", "slos[0]", "edit", "command". A field
    that was not given has the value None.
    """

    where: str
    field: str
    value: Any
    rule: str

    def line(self) -> str:
        """One line for a terminal: `web.workers = -3: must be between 1 and 10000`."""
        place = one_line(f"{self.where}.{self.field}" if self.field else self.where)
        return f"{place} = {json.dumps(shown(self.value), ensure_ascii=False)}: {one_line(self.rule)}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON: always encodable as UTF-8, always short, whatever the value was."""
        where, field, rule = one_line(self.where), one_line(self.field), one_line(self.rule)
        return {"where": where, "field": field, "value": shown(self.value), "rule": rule}


def closest(word: object, known: Iterable[str]) -> str:
    """`; did you mean X?` for a misspelt word, or nothing."""
    if not isinstance(word, str) or len(word) > SHOWN_CHARS:
        return ""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def shown(value: object, depth: int = SHOWN_DEPTH) -> Any:
    """`value` as short JSON: long text cut, deep or long containers and odd numbers as words."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else "a huge number"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return one_line(value, keep_lines=True)
    if isinstance(value, Mapping) and depth:
        pairs = list(value.items())[:SHOWN_ITEMS]
        cut = {"…": f"{len(value)} keys"} if len(value) > SHOWN_ITEMS else {}
        return {_key(key): shown(part, depth - 1) for key, part in pairs} | cut
    if isinstance(value, list | tuple) and depth:
        cut_items = [f"… {len(value)} items"] if len(value) > SHOWN_ITEMS else []
        return [shown(part, depth - 1) for part in value[:SHOWN_ITEMS]] + cut_items
    return "…" if isinstance(value, Mapping | list | tuple) else f"a {type(value).__name__}"


def one_line(text: str, keep_lines: bool = False) -> str:
    """Short, printable text: no lone surrogates, no control characters."""
    cut = text if len(text) <= 3 * SHOWN_CHARS else text[: 3 * SHOWN_CHARS] + "…"
    safe = cut.encode("utf-8", "backslashreplace").decode()
    keep = "\n\t" if keep_lines else ""
    return "".join(char if char.isprintable() or char in keep else f"\\u{ord(char):04x}" for char in safe)


def _key(key: object) -> str:
    return one_line(key if isinstance(key, str) else str(shown(key, 0)))
