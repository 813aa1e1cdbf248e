"""Wires: links that nobody draws. A kind declares them where its copies talk, or where a parameter names another node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Wire:
    """A way from every replica of `source` to every replica of `target`, in at the target's door `door`.

    `params`: link options, such as rtt_ms. Wires of one source may share a name; its program then sees them in turn.
    """

    name: str
    source: str
    target: str
    door: str = "main"
    params: Mapping[str, Any] = field(default_factory=dict)
    counted: bool = False  # what comes over it is work of the target like any other, and is counted there

    @property
    def id(self) -> str:
        """Like no id of a design: it has dots."""
        return f"{self.source}.{self.name}.{self.target}"
