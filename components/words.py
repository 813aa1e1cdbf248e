"""Params whose values are words: text for people, ids, choices."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, ClassVar

from components.limits import ID_CHARS
from components.param import Param

ID_PATTERN = f"[a-z0-9_-]{{1,{ID_CHARS}}}"


@dataclass(frozen=True, kw_only=True)
class Text(Param):
    """Words for people. One line unless `lines`; nothing that a database or a terminal chokes on."""

    default: Any = ""
    most: int = 80
    least: int = 0
    lines: bool = False
    live: bool = False

    type: ClassVar[str] = "text"

    def rule(self, value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if not self.least <= len(value) <= self.most:
            return f"must have {self.least} to {self.most} characters"
        allowed = "\n\t" if self.lines else ""
        bad = any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in value)
        return "must not hold control characters or half characters" if bad else None

    def type_schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": self.least, "maxLength": self.most}


@dataclass(frozen=True, kw_only=True)
class Id(Param):
    """The name by which files, links and commands know something."""

    live: bool = False

    type: ClassVar[str] = "id"

    def rule(self, value: Any) -> str | None:
        legal = isinstance(value, str) and re.fullmatch(ID_PATTERN, value)
        return None if legal else f"must be 1 to {ID_CHARS} of a-z, 0-9, _ and -"

    def type_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{ID_PATTERN}$"}


@dataclass(frozen=True, kw_only=True)
class Pointer(Id):
    """The id of another node of the design, of one of `kinds` (empty = any)."""

    kinds: tuple[str, ...] = ()
    nullable: bool = True

    type: ClassVar[str] = "pointer"


@dataclass(frozen=True, kw_only=True)
class Outgoing(Id):
    """The id of one of the node's own links, in a row."""


@dataclass(frozen=True, kw_only=True)
class Calls(Param):
    """Ids of the node's own links, called one after another; {"parallel": [ids]} = several at once. null = all in turn."""

    nullable: bool = True
    live: bool = False
    most: int = 50

    type: ClassVar[str] = "calls"

    def rule(self, value: Any) -> str | None:
        if not isinstance(value, list) or len(value) > self.most:
            return f"must be a list of at most {self.most} links"
        for step in value:
            ids = step.get("parallel") if isinstance(step, dict) and len(step) == 1 else [step]
            if not isinstance(ids, list) or not 0 < len(ids) <= self.most or any(Id().rule(id) for id in ids):
                return 'must hold ids of links, or {"parallel": [ids]}'
        return None

    @staticmethod
    def steps(value: Any) -> list[list[str]]:
        """Of a legal list: the ids of each step, one for a plain call."""
        return [step["parallel"] if isinstance(step, dict) else [step] for step in value]

    def type_schema(self) -> dict[str, Any]:
        id = Id().type_schema()
        several = {"type": "array", "items": id, "minItems": 1, "maxItems": self.most}
        group = {
            "type": "object",
            "properties": {"parallel": several},
            "required": ["parallel"],
            "additionalProperties": False,
        }
        return {"type": "array", "maxItems": self.most, "items": {"anyOf": [id, group]}}


@dataclass(frozen=True, kw_only=True)
class Choice(Param):
    choices: tuple[str, ...] = ()
    live: bool = False

    type: ClassVar[str] = "choice"

    def rule(self, value: Any) -> str | None:
        return None if isinstance(value, str) and value in self.choices else f"must be one of {', '.join(self.choices)}"

    def type_schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices)}


@dataclass(frozen=True, kw_only=True)
class Several(Param):
    """A list of different words out of `choices`."""

    choices: tuple[str, ...] = ()
    live: bool = False

    type: ClassVar[str] = "several"

    def rule(self, value: Any) -> str | None:
        if not isinstance(value, list) or any(word not in self.choices for word in value):
            return f"must be a list of {', '.join(self.choices)}"
        return "must not repeat a word" if len(set(value)) < len(value) else None

    def type_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"enum": list(self.choices)}, "uniqueItems": True}
