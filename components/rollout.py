"""How a deployer counts: replicas with the new version in each step, and whether they are worse than the old ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def planned(params: Mapping[str, Any], replicas: int, step: int) -> int:
    """Replicas with the new version in a step, the first being 0."""
    if params["strategy"] == "rolling":
        return int(min(replicas, params["max_surge"] * (step + 1)))
    if params["strategy"] == "blue_green":
        return replicas
    share = params["canary_percent"] / 100
    for _ in range(step):
        share = min(1.0, share * params["canary_growth"])
        if share == 1:
            break
    return int(min(replicas, math.ceil(round(share * replicas, 6))))


def is_worse(memory: dict[str, Any], rule: dict[str, Any]) -> bool:
    """Do the new replicas fail a larger share of their requests?"""
    shares = []
    for done, bad in (memory["new"], memory["old"]):
        shares.append(bad / (done + bad) if done + bad else 0.0)
    return bool(sum(memory["new"]) >= rule["min_requests"] and shares[0] - shares[1] > rule["max_error_delta"])
