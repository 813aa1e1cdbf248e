"""A kind for laws of replicated stores: sessions with a key each that write, wait, read, and do it again."""

from __future__ import annotations

from typing import Any

import pytest

from components import parts
from components.base import Choice, Component, Integer, Metric, Number
from components.catalog import KINDS
from components.design import parse
from components.program import KEY, WRITE, Assembler, Op, Way, call, ms
from worker.engine.simulation import Simulation

NS = 1_000_000_000


class Probe(Component):
    """Reads `after_ms` after every write of its own."""

    kind, label, icon = "probe", "Probe", "users"
    sends, keyed, receives = (1, 1), True, False
    metrics = (Metric("reads", "reads"),)

    sessions = Integer(default=200, minimum=1, maximum=10_000, help="Keys.")
    after_ms = Number(default=0.0, maximum=1e6, unit="ms", help="From answer to read.")
    pause_ms = Number(default=0.0, maximum=1e6, unit="ms", help="From read to write.")

    def program(self, asm: Assembler) -> None:
        reads, keys, way = asm.counter("reads"), asm.word("keys"), Way(asm, asm.links[0])
        with asm.daemon(asm.params["sessions"]), asm.local() as key, asm.local() as pause:
            asm.move(key, keys)
            asm.bump(keys)
            asm.move(WRITE, 0)
            with asm.forever():
                asm.move(KEY, key)
                asm.emit(Op.SUB, WRITE, 1, WRITE)
                asm.move(pause, ms(asm.params["after_ms"]))
                with asm.when(WRITE, "==", 0):
                    asm.bump(reads)
                    asm.move(pause, ms(asm.params["pause_ms"]))
                call(asm, way)
                asm.emit(Op.SLEEP, pause)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "probe", Probe)
    monkeypatch.setitem(parts.NODE, "kind", Choice(choices=tuple(KINDS)))


def probed(store: dict[str, Any], seconds: float, seed: int = 1, **params: Any) -> dict[str, Any]:
    """The counters of the store after that many virtual seconds, with `reads` and the links' latencies."""
    sessions = params.get("sessions", 200)
    nodes = [
        {"id": "users", "kind": "client", "params": {"rate_rps": 0, "keys_n": sessions}},
        {"id": "probe", "kind": "probe", "params": params},
        {
            "id": "kv",
            "kind": "quorum_kv",
            "params": {"service_time_ms": 0, "timeout_ms": 600_000, "workers": 10_000} | store,
        },
    ]
    free = {"rtt_ms": 0, "timeout_ms": None}
    links = [
        {"id": "l", "source": "probe", "target": "kv", "params": free},
        {"id": "u", "source": "users", "target": "kv", "params": free},
    ]
    design, problems = parse({"format": 1, "nodes": nodes, "links": links})
    assert design is not None and not problems, [problem.line() for problem in problems]
    simulated = Simulation(design, seed)
    simulated.advance(round(seconds * NS))
    summary = simulated.summary()
    found = dict(summary["nodes"]["kv"]["counters"])
    return found | {
        "reads": summary["nodes"]["probe"]["counters"]["reads"],
        "latency": summary["links"]["l"]["latency_ms"],
    }
