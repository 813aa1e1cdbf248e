"""What a link can do: distance, loss, timeout, retries, circuit breaker. The same on every link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base import Choice, Declared, Flag, Group, Integer, Number, Several

NET_PRESETS_MS = {"same_host": 0.05, "same_az": 0.5, "cross_az": 1.0, "region_near": 70.0, "region_far": 150.0}
"""Round-trip times in ms (CURRICULUM sources: Dean/Norvig latency list; cross-AZ pings 2023)."""

RETRIED = ("timeout", "error", "rejected")
"""Classes of failure that a retry may answer; `rejected` is every refusal without work done."""


class LinkOptions(Declared):
    """How a caller reaches its target: distance, loss, patience, second tries."""

    preset = Choice(
        default=None, nullable=True, choices=tuple(NET_PRESETS_MS), help="Fills the round trip; an own rtt_ms wins."
    )
    rtt_ms = Number(
        default=0.5,
        maximum=10_000,
        unit="ms",
        log=True,
        label="Round trip",
        help="Network time there and back, half each way.",
    )
    jitter_ms = Number(
        default=0.0, maximum=10_000, unit="ms", log=True, help="Mean of an exponential delay on top, each way."
    )
    loss_p = Number(default=0.0, maximum=1, label="Loss", help="Share of messages lost, each way.")
    timeout_ms = Number(
        default=1000.0,
        minimum=0.001,
        maximum=3_600_000,
        unit="ms",
        log=True,
        nullable=True,
        help="How long the caller waits for a try; null waits for ever.",
    )
    deadline_propagation = Flag(
        default=False,
        help="The call tells its target until when somebody waits; a target that starts later answers `expired` unworked.",
    )
    weight = Number(default=1.0, maximum=1000, live=False, help="Share of a client's traffic, against its other links.")
    retry = Group(
        help="Try again after a failure (the caller keeps its slot while it waits).",
        fields={
            "max": Integer(default=2, maximum=100, label="Retries", help="Tries after the first one."),
            "on": Several(
                default=["timeout", "error", "rejected"], choices=RETRIED, help="Failures that are tried again."
            ),
            "backoff": Choice(
                default="exp", choices=("exp", "const", "none"), help="How the wait grows from try to try."
            ),
            "base_ms": Number(default=50.0, maximum=60_000, unit="ms", log=True, help="First wait."),
            "cap_ms": Number(default=2000.0, maximum=600_000, unit="ms", log=True, help="Longest wait."),
            "jitter": Choice(
                default="full", choices=("full", "equal", "decorrelated", "none"), help="How the wait is spread."
            ),
            "budget_ratio": Number(
                default=None,
                nullable=True,
                maximum=10,
                help="Retries per call over time; null is no limit. 0.1 lets retries add 10 %.",
            ),
        },
    )
    circuit_breaker = Group(
        help="Stop calling a target that fails (Hystrix defaults, 2012, recalled).",
        fields={
            "window_s": Number(
                default=10.0, minimum=0.1, maximum=3600, unit="s", log=True, help="How far back failures count."
            ),
            "min_calls": Integer(
                default=20, minimum=1, maximum=1_000_000, log=True, help="Fewest calls in the window to judge."
            ),
            "error_rate": Number(default=0.5, minimum=0.01, maximum=1, help="Share of failures that opens it."),
            "open_s": Number(
                default=5.0, minimum=0.01, maximum=3600, unit="s", log=True, help="How long it stays open."
            ),
            "half_open_probes": Integer(
                default=1, minimum=1, maximum=1000, help="Good calls in a row that close it again."
            ),
        },
    )

    knobs = ("timeout_ms", "rtt_ms", "jitter_ms", "loss_p")

    @classmethod
    def filled(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """All options; the preset has filled the round trip unless that is given."""
        values = super().filled(given)
        if values["preset"] and "rtt_ms" not in given:
            values["rtt_ms"] = NET_PRESETS_MS[values["preset"]]
        return values
