"""Five ways to break the design on the home page, found in the design itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Break:
    """A button: what it says, and the fault that it injects."""

    label: str
    icon: str
    command: Mapping[str, Any]


def breaks(document: Mapping[str, Any]) -> list[Break]:
    return list(_breaks(document))


def _breaks(document: Mapping[str, Any]) -> Iterator[Break]:
    first: dict[str, str] = {}
    for node in document["nodes"]:
        first.setdefault(node["kind"], node["id"])
    if "cache" in first:
        yield Break("Crash the cache", "skull", {"fault": "crash", "target": first["cache"]})
    if "client" in first:
        yield Break("Triple the load", "trending-up", {"fault": "spike", "target": first["client"], "factor": 3})
    if "sql_primary" in first:
        yield Break(
            "Slow the database", "hourglass-low", {"fault": "slow", "target": first["sql_primary"], "factor": 2}
        )
    cut = next((link["id"] for link in document["links"] if link["source"] == first.get("load_balancer")), None)
    if cut:
        yield Break("Cut a link", "network-off", {"fault": "loss", "target": cut, "p": 1})
    if "service" in first:
        yield Break("Ship a bad version", "versions", {"fault": "error", "target": first["service"], "p": 0.3})
