"""The kernel against the oracle on random designs: every kind, options of links, faults, commands of the script, loops."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings

from components.catalog import KINDS
from components.design import parse
from components.model import Design
from tests.worker.engine.made import MS, Play, plays
from tests.worker.engine.oracle_commands import Beyond, OracleMachine, words_of_ids
from tests.worker.engine.pieces import put
from worker.engine import machine as machines
from worker.engine.compiler import compile_design
from worker.engine.layout import HIST_STATS
from worker.engine.simulation import Simulation

ENGINE = settings.get_profile("engine")
LINES = 1 << 14  # so many that nothing grows; growth has a test of its own
RUN_MS, STEP_MS = 400, 100


@pytest.fixture(autouse=True)
def many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "START_LINES", LINES)


class Pair:
    """The same design on the machine and on the oracle, each with its own faults, knobs and control loops."""

    def __init__(self, design: Design, seed: int) -> None:
        self.real = Simulation(design, seed)
        plan = compile_design(design, seed)
        self.oracle = OracleMachine(plan.tables, LINES)
        self.plain = Simulation.__new__(Simulation)
        self.plain._build(plan, self.oracle)  # type: ignore[arg-type]
        self.plain._start()
        self.ids = np.array(sorted(words_of_ids(plan)))

    def advance(self, ns: int) -> None:
        self.plain.advance(ns)
        self.real.advance(ns)

    def compare(self) -> None:
        machine, oracle = self.real.machine, self.oracle
        found, wanted = machine.arena[: len(oracle.memory)].copy(), oracle.arena.copy()
        found[self.ids] = wanted[self.ids] = 0
        differing = np.flatnonzero(found != wanted)
        assert not len(differing), [(self.owner(at), int(found[at]), int(wanted[at])) for at in differing[:5]]
        assert machine.streams.tolist() == list(oracle.streams)
        assert machine.dists.tolist() == list(oracle.laws)
        assert machine.live == oracle.live
        assert machine.hist_stats.reshape(-1, HIST_STATS)[:, :3].ravel().tolist() == (
            oracle.hist_stats.reshape(-1, HIST_STATS)[:, :3].ravel().tolist()
        )
        assert self.real.log == self.plain.log
        assert self.real.controls.kept() == self.plain.controls.kept()

    def owner(self, at: int) -> str:
        for id, placed in self.real.plan.nodes.items():
            for replica, block in enumerate(placed.replicas):
                if block <= at < block + placed.block:
                    offset, name = max((found, name) for name, found in placed.own.items() if found <= at - block)
                    return f"{id} ({placed.node.kind}) {replica}: {name} + {at - block - offset}"
        return str(at)


def play_both(play: Play) -> Pair:
    pair = Pair(play.design, play.seed)
    for ms in range(STEP_MS, RUN_MS + 1, STEP_MS):
        pair.advance(ms * MS)
        pair.compare()
    return pair


def test_random_designs_of_every_kind_are_the_oracles_to_the_bit() -> None:
    shares: Counter[str] = Counter()

    for number, kind in enumerate(KINDS):

        @seed(number)
        @settings(ENGINE, max_examples=3)
        @given(plays(0, RUN_MS, kind))
        def run(play: Play) -> None:
            shares.update(["designs", *play.traits()])
            try:
                shares["events"] += play_both(play).real.machine.events
            except Beyond:
                shares["edited in the run, compared until then"] += 1

        run()
    print(dict(shares))
    assert shares["all three"] >= 0.5 * shares["designs"]
    assert all(shares[kind] >= 3 for kind in KINDS)
    assert shares["edited in the run, compared until then"] < 0.2 * shares["designs"]
    assert shares["events"] > 500 * shares["designs"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_is_the_oracles_to_the_bit(kind: str) -> None:
    """Long enough for its control loop, with its own script."""
    design, problems = parse({"name": kind} | KINDS[kind].example())
    assert design is not None, [problem.line() for problem in problems]
    pair = Pair(design, 3)
    for second in (0.7, 1.5):
        try:
            pair.advance(round(second * 1000) * MS)
        except Beyond:
            return
        pair.compare()


def test_a_wrong_word_is_found() -> None:
    """The comparison can fail: an oracle that forgets one answer is another machine."""
    design, _ = parse({"name": "c"} | KINDS["service"].example())
    assert design is not None
    pair = Pair(design, 3)
    pair.advance(300 * MS)
    pair.compare()
    pair.oracle.memory[pair.real.plan.nodes["me"].replicas[0] + 6] -= 1
    with pytest.raises(AssertionError, match="service"):
        pair.compare()


def test_the_oracle_imports_nothing_of_the_kernel() -> None:
    for path in Path(__file__).parent.glob("oracle*.py"):
        imported = {
            node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        }
        mine = {name for name in imported if name.startswith("worker")}
        assert mine <= {"worker.engine.layout"}, f"{path.name}: {mine}"


@pytest.mark.parametrize("kind", ["load_balancer", "shard_router", "service", "api_gateway", "worker"])
def test_a_link_with_every_option_that_needs_registers_compiles(kind: str) -> None:
    """Registers are few: layers of options and the policies of the caller must not run out of them."""
    document = {"name": kind} | copy.deepcopy(KINDS[kind].example())
    options: dict[str, Any] = {"retry": {"jitter": "decorrelated"}, "hedge": {}, "pool": {}, "circuit_breaker": {}}
    options |= {"adaptive_throttle": {}, "fallback": {"kind": "stale"}, "protocol": {}, "fan_out": {"n": 2}}
    for link in document["links"]:
        if link["source"] == "me":
            link["params"] = options
    if kind == "load_balancer":
        put(document, "me", "outlier_ejection", {})
    design, problems = parse(document)
    assert design is not None, [problem.line() for problem in problems]
    pair = Pair(design, 5)
    pair.advance(300 * MS)
    pair.compare()
