"""Push gateway: brings events to many clients that are far away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from components.base import Choice, Integer, Metric, Number, Proof, Wire
from components.program import Assembler
from components.program.push import ASKING, Push
from components.work import Worker

CRASH = [{"at_s": 4, "command": "inject", "id": "c", "fault": "crash", "target": "me", "selector": "one"}]
BROKEN = {"replicas": 2, "script": CRASH}
MOST_ASKING = 100_000


class PushGateway(Worker):
    """Brings every event to all its clients: they ask, or it keeps a connection to each.

    A request is an event; it goes to all replicas, and from them to their clients. 30 kB a connection is a proposal; 2.28
    million connections on one machine is WhatsApp's number (2012). A message or handshake takes 0.03 ms of a core: 34,000
    new connections a second (NGINX, 2017). After a crash the clients come back to the other replicas.
    """

    kind, label, icon = "push_gateway", "Push gateway", "broadcast"
    metrics = (
        Metric("conns", "clients of the replicas", gauge=True),
        Metric("mem_kb", "memory of open connections", gauge=True),
        Metric("published", "events"),
        Metric("pushed", "events that reached a client"),
        Metric("missed", "events that a client never got"),
        Metric("requests", "times that a client asked"),
        Metric("heartbeats", "signs of life of open connections"),
        Metric("lost", "clients that lost their replica"),
        Metric("reconnects", "clients that came back"),
        Metric("refused", "clients that found no room"),
    )
    times = (Metric("delay_ms", "from the call that brought an event to each client that got it"),)
    sends = (0, 0)
    facts = ("mode", "conns")
    knobs = ("mode", "conns", "replicas", "conns_per_node", "reconnect_jitter_s")
    without: ClassVar[tuple[str, ...]] = ("discipline", "codel")

    mode = Choice(
        default="websocket", choices=("poll", "long_poll", "sse", "websocket"), live=False,
        help="Clients ask at intervals; ask and are held until there is an event; or stay connected. After a break sse tells "
        "what was missed, websocket does not.",
    )  # fmt: skip
    conns = Integer(
        default=10_000, minimum=1, maximum=10_000_000, log=True, live=False, label="Clients",
        help="Of all replicas together.",
    )  # fmt: skip
    conns_per_node = Integer(
        default=100_000, minimum=1, maximum=2_280_000, log=True, label="Connections per node",
        help="More are refused; not for poll.",
    )  # fmt: skip
    mem_kb_per_conn = Integer(
        default=30, minimum=0, maximum=10_000, unit="", log=True, label="Memory per connection", help="In kB; not for poll."
    )  # fmt: skip
    mem_gb = Number(
        default=8.0, minimum=0.0001, maximum=4096, unit="gb", log=True, label="Memory",
        help="Of a replica, for connections; more are refused.",
    )  # fmt: skip
    interval_s = Number(
        default=5.0, minimum=0.01, maximum=3600, unit="s", log=True, help="From request to request of a client; poll only."
    )  # fmt: skip
    hold_s = Number(
        default=30.0, minimum=0.01, maximum=3600, unit="s", log=True,
        help="How long a request is held without an event; long_poll only.",
    )  # fmt: skip
    heartbeat_s = Number(
        default=30.0, minimum=0.1, maximum=3600, unit="s", log=True,
        help="From sign of life to sign of life of a connection; sse and websocket.",
    )  # fmt: skip
    reconnect_jitter_s = Number(
        default=10.0, maximum=3600, unit="s", log=True,
        help="Clients that lost their replica come back at a random moment of so long; 0 = at once.",
    )  # fmt: skip
    rtt_ms = Number(
        default=50.0, minimum=0.1, maximum=60_000, unit="ms", log=True, label="Distance", help="To a client and back."
    )
    cpu_cores = Integer(
        default=2, minimum=1, maximum=64, label="CPU cores", help="Messages in work at once, per replica."
    )
    service_time_ms = Number(
        default=0.03, maximum=60_000, unit="ms", log=True, help="CPU time of a request, event, handshake or heartbeat."
    )
    service_dist = Choice(
        default="const",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from message to message.",
    )
    queue_cap = Integer(
        default=100_000, maximum=1_000_000, log=True, help="Messages that may wait at each replica; more are refused."
    )

    proofs = (
        Proof("mode", "poll", "nodes.me.counters.requests"),
        Proof("conns", 2000, "nodes.me.counters.pushed"),
        Proof("conns_per_node", 800, "nodes.me.counters.refused", "up", BROKEN),
        Proof("mem_kb_per_conn", 90, "nodes.me.counters.mem_kb"),
        Proof("mem_gb", 0.02, "nodes.me.counters.refused", "up", BROKEN),
        Proof("interval_s", 1, "nodes.me.counters.requests", "up", {"mode": "poll"}),
        Proof("hold_s", 1, "nodes.me.counters.requests", "up", {"mode": "long_poll", "hold_s": 4, "users.rate_rps": 0.001}),
        Proof("heartbeat_s", 2, "nodes.me.counters.heartbeats"),
        Proof("reconnect_jitter_s", 100, "nodes.me.counters.reconnects", "down", BROKEN),
        Proof("rtt_ms", 300, "nodes.me.delay_ms.mean"),
        Proof("cpu_cores", 1, "nodes.me.utilisation"),
        Proof("service_time_ms", 3, "nodes.me.utilisation"),
        Proof("replicas", 3, "nodes.me.utilisation", "down"),
        Proof("queue_cap", 1, "client.failed.queue_full", "up", {"service_time_ms": 900, "users.rate_rps": 20}),
        Proof("service_dist", "lognormal", "nodes.me.own_ms.p99", "change", {"service_cv": 3, "service_time_ms": 9}),
        Proof("service_cv", 4, "nodes.me.own_ms.p99", "up", {"service_dist": "lognormal", "service_time_ms": 9}),
        Proof("slow_p", 0.3, "nodes.me.own_ms.p99", "change", {"service_dist": "bimodal", "service_time_ms": 9}),
        Proof(
            "slow_factor", 200, "nodes.me.own_ms.p99", "up",
            {"service_dist": "bimodal", "slow_p": 0.05, "service_time_ms": 9},
        ),
    )  # fmt: skip

    @classmethod
    def example(cls) -> dict[str, Any]:
        nodes = [
            {"id": "users", "kind": "client", "params": {"rate_rps": 5}},
            {"id": "me", "kind": "push_gateway", "params": {"conns": 1000}},
        ]
        return {"format": 1, "nodes": nodes, "links": [{"id": "in", "source": "users", "target": "me"}]}

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        if params["mode"] in ASKING and params["conns"] > MOST_ASKING:
            yield "conns", params["conns"], f"must be at most {MOST_ASKING} for poll and long_poll"

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        yield Wire("events", node.id, node.id, "event")

    def program(self, asm: Assembler) -> None:
        Push(asm).write()
