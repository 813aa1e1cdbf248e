"""JSON from outside: text or bytes in, an object or a Problem out."""

from __future__ import annotations

from typing import Any

import orjson

from components.problem import Problem


def read_object(data: bytes | str, where: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Parses strict JSON: UTF-8, no NaN, at most 1024 levels. Anything but an object is a Problem of `where`."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return None, [Problem(where, "", None, f"must be JSON: {error}")]
    if not isinstance(value, dict):
        return None, [Problem(where, "", value, "must be a JSON object")]
    return value, []
