"""Proofs: how a test sees that a parameter matters. Declared beside the parameter, run for every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Proof:
    """In the kind's example, `param` set to `value` moves a number of the summary.

    `moves`: dotted path into the summary ("nodes.me.counters.hits"); a last part "*" adds up an object's numbers, a missing
    number is 0. `way`: up, down or change. `given`: what must be so first: {"param": value} of the kind itself, {"id.param": value} of
    another node or link of the example, {"script": entries}.
    """

    param: str
    value: Any
    moves: str = "client.latency_ms.mean"
    way: str = "up"
    given: Mapping[str, Any] = field(default_factory=dict)
