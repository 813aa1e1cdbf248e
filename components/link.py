"""What a link can do: distance, loss, patience, second tries, connections, bytes. The same on every link.

In which order the options act is said in components/program/calls.py.
"""

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

    adaptive_throttle = Group(
        help="Refuse own calls when too few are answered well: p = (tries - k * good) / (tries + 1) (Google SRE book, 2016).",
        fields={
            "k": Number(default=2.0, minimum=1, maximum=100, help="Tries for each good answer that are let through."),
            "window_s": Number(
                default=120.0, minimum=0.1, maximum=3600, unit="s", log=True, help="How far back tries count."
            ),
        },
    )
    hedge = Group(
        help="Ask another replica when the answer takes long; the first good answer counts, the other is late.",
        fields={
            "after_ms": Number(
                default=None, nullable=True, maximum=3_600_000, unit="ms", log=True, live=False,
                help="When to ask again; null = by the percentile.",
            ),
            "after_percentile": Number(
                default=95.0, minimum=1, maximum=99.99, help="Of how long this link's own tries take, learned as they come.",
            ),
            "max": Integer(default=1, maximum=10, label="Hedges", help="Further tries of one call."),
        },
    )  # fmt: skip
    batch = Group(
        help="Calls of one caller replica are gathered and go to the target as one, which serves once for all of them.",
        fields={
            "max": Integer(default=10, minimum=1, maximum=100_000, log=True, label="Calls", help="A batch this large goes at once."),
            "linger_ms": Number(
                default=5.0, maximum=60_000, unit="ms", log=True, live=False, help="How long the first call waits for others."
            ),
        },
    )  # fmt: skip
    pool = Group(
        help="Connections of one caller replica to the target; a call waits for a free one.",
        fields={
            "max_conns": Integer(
                default=20, minimum=1, maximum=100_000, log=True, label="Connections", help="Open at once."
            ),
            "acquire_timeout_ms": Number(
                default=1000.0, maximum=3_600_000, unit="ms", log=True, live=False,
                help="How long a call waits for a connection before it fails as pool_timeout.",
            ),
        },
    )  # fmt: skip
    protocol = Group(
        help="Connections must be opened: one round trip, and more for TLS.",
        fields={
            "kind": Choice(
                default="rest_json", choices=("rest_json", "grpc"), live=False,
                help="rest_json: HTTP/1.1, a connection carries one call at a time. grpc: HTTP/2, 100 calls at once.",
            ),
            "keepalive": Flag(default=True, help="Keep connections open for the next call."),
            "tls": Choice(
                default="none", choices=("none", "tls13", "tls12"), live=False, label="TLS",
                help="One more round trip for a new connection with TLS 1.3, two with TLS 1.2.",
            ),
        },
    )  # fmt: skip
    fan_out = Group(
        help="Every call becomes n calls at once, over the replicas in turn, each with a key of its own.",
        fields={
            "n": Integer(default=3, minimum=1, maximum=5000, log=True, label="Calls", help="How many at once."),
            "wait": Choice(default="all", choices=("all", "k", "first"), live=False, help="How many must answer."),
            "k": Integer(default=2, minimum=1, maximum=5000, log=True, help="Answers that are enough (all, if there are fewer); wait k only."),
            "partial_ok_ms": Number(
                default=None, nullable=True, maximum=3_600_000, unit="ms", log=True, live=False,
                help="After this time one answer is enough; null = never.",
            ),
        },
    )  # fmt: skip
    mb_s = Number(
        default=None, nullable=True, minimum=0.01, maximum=100_000, unit="mb_s", log=True, live=False, label="Bandwidth",
        help="Of each direction and each caller replica; bytes stand in line. null = unlimited. 1 Gb/s = 125.",
    )  # fmt: skip
    payload = Group(
        help="What a call carries, how it is written down, and the work of writing and reading it.",
        fields={
            "kb": Number(
                default=None, nullable=True, maximum=1_000_000, unit="kb", log=True, live=False, label="Request",
                help="Of the request; null = the client's object for a write, nothing for a read.",
            ),
            "response_kb": Number(
                default=None, nullable=True, maximum=1_000_000, unit="kb", log=True, live=False, label="Answer",
                help="Of the answer; null = the client's object for a read, nothing for a write.",
            ),
            "compression": Choice(
                default="none", choices=("none", "gzip"), live=False, help="gzip: 30 % of the bytes, more work."
            ),
            "format": Choice(
                default="json", choices=("json", "protobuf"), live=False, help="protobuf: a third of the bytes, half the work."
            ),
            "cpu_us": Number(
                default=10.0, maximum=100_000, unit="us", log=True, label="Work per kB",
                help="To write a kB of JSON, and again to read it.",
            ),
        },
    )  # fmt: skip
    fallback = Group(
        help="A call that failed for good becomes a good answer of lower quality.",
        fields={
            "kind": Choice(
                default="default", choices=("stale", "default", "drop_feature"), live=False,
                help="The last good answer for the key, always the same answer, or an answer without this part.",
            ),
            "cost_ms": Number(
                default=1.0, maximum=60_000, unit="ms", log=True, help="Time it takes; not for drop_feature."
            ),
            "quality": Number(default=0.5, maximum=1, help="What such an answer is worth; a good one is worth 1."),
        },
    )  # fmt: skip
    idempotency = Group(
        help="Repeated writes (retries, hedges) are told apart at the target by the number of the request.",
        fields={
            "key": Flag(default=True, help="Send a key: what was done is answered again without being done. Else count only."),
            "store_ttl_s": Number(
                default=86_400.0, maximum=31_536_000, unit="s", log=True, live=False,
                help="How long the target keeps a key; a later repeat is done once more.",
            ),
        },
    )  # fmt: skip
    consistency = Choice(
        default="leader", choices=("leader", "any_replica", "read_your_writes", "bounded"), live=False,
        help="Which copies of a database may answer reads: only the leader; any; one that has the user's own writes; one "
        "that is at most staleness_ms behind. Who is too far behind passes the read on to the leader.",
    )  # fmt: skip
    staleness_ms = Number(
        default=1000.0, minimum=1, maximum=3_600_000, unit="ms", log=True,
        help="How old an answer may be; consistency bounded only.",
    )  # fmt: skip
    mode = Choice(
        default="sync", choices=("sync", "fire_and_forget"), live=False,
        help="fire_and_forget: the caller goes on at once and never hears of the outcome.",
    )  # fmt: skip
    mirror = Group(
        help="Shadow traffic: copies of a share of the requests go this way as well, and nobody waits for them.",
        fields={"share": Number(default=1.0, maximum=1, help="Share of the requests that is copied.")},
    )
    mesh = Group(
        help="Every call passes the two proxies of a service mesh: 2.65 ms more at the 90th percentile (Istio docs, 2021).",
        fields={},
    )

    knobs = ("timeout_ms", "rtt_ms", "jitter_ms", "loss_p")

    @classmethod
    def filled(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """All options; the preset has filled the round trip unless that is given."""
        values = super().filled(given)
        if values["preset"] and "rtt_ms" not in given:
            values["rtt_ms"] = NET_PRESETS_MS[values["preset"]]
        return values
