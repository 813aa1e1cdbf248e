"""The laws of times and gaps, as rows for the machine. All values in ns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from components.program.assembler import Law

Row = tuple[str, float, float, float]
SHAPE = ("service_dist", "service_cv", "slow_p", "slow_factor")


def service_law(mean: str = "service_time_ms", name: str = "service") -> Law:
    """The service time of a node: mean from the parameter `mean`, shape from service_dist."""

    def row(params: Mapping[str, Any]) -> Row:
        return shaped(params[mean] * 1e6, params)

    return Law(name, row, (mean, *SHAPE))


def work_law(name: str, mean_ms: float) -> Law:
    """A time of that mean, of the shape of the node's service time."""
    return Law(name, lambda params: shaped(mean_ms * 1e6, params), SHAPE)


def shaped(mean: float, params: Mapping[str, Any]) -> Row:
    """A law of that mean. Lognormal: sigma^2 = ln(1 + cv^2). Bimodal: exponential, now and then `slow_factor` longer."""
    match params["service_dist"]:
        case "const":
            return ("CONST", mean, 0.0, 0.0)
        case "exp":
            return ("EXP", mean, 0.0, 0.0)
        case "lognormal":
            variance = math.log1p(params["service_cv"] ** 2)
            return ("LOGNORMAL", math.log(mean) - variance / 2 if mean > 0 else -700.0, math.sqrt(variance), 0.0)
        case "bimodal":
            p, factor = params["slow_p"], params["slow_factor"]
            fast = mean / (1 - p + p * factor)
            return ("BIMODAL_EXP", fast, fast * factor, p)
    raise ValueError(f"unknown law {params['service_dist']}")


def object_law() -> Law:
    """The size of an object in bytes."""

    def row(params: Mapping[str, Any]) -> Row:
        shape = "lognormal" if params["object_cv"] > 0 else "const"
        return shaped(params["object_kb"] * 1000, {"service_dist": shape, "service_cv": params["object_cv"]})

    return Law("object", row, ("object_kb", "object_cv"))


def constant_law(name: str, path: str, scale: float) -> Law:
    """Always the same: the parameter at the dotted `path` times `scale`."""

    def row(params: Mapping[str, Any]) -> Row:
        value: Any = params
        for part in path.split("."):
            value = value[part]
        return ("CONST", value * scale, 0.0, 0.0)

    return Law(name, row, (path,))


def gap_law(name: str, rate: str, kind: str) -> Law:
    """Gaps between arrivals at `rate` per second; kind exp or const. Rate 0 is a gap of 2^40 ns; the engine parks it."""

    def row(params: Mapping[str, Any]) -> Row:
        gap = 1e9 / params[rate] if params[rate] > 0 else 2.0**40
        return ("EXP" if kind == "exp" else "CONST", gap, 0.0, 0.0)

    return Law(name, row, (rate,))


def think_law(name: str, path: str) -> Law:
    """Exponential pauses of the parameter's mean, given in seconds."""
    return Law(name, lambda params: ("EXP", params[path] * 1e9, 0.0, 0.0), (path,))
