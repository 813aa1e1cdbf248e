"""Every parameter of every kind moves what its proof says: components/proof.py. A new kind is tested without writing a test."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from components.base import Component, Group, Param, Proof
from components.catalog import KINDS
from components.commands import parse as parse_command
from components.design import parse
from worker.engine.simulation import Simulation

NS = 1_000_000_000
RUN_S, SET_S = 12, 3
ELSEWHERE = ("client", "service")
"""Kinds whose parameters are shown by tests/worker/test_parameters.py."""


def fields(params: Mapping[str, Param], prefix: str = "") -> list[tuple[str, Param]]:
    """(dotted path, Param), groups with what is in them."""
    found: list[tuple[str, Param]] = []
    for name, param in params.items():
        found.append((prefix + name, param))
        if isinstance(param, Group):
            found += fields(param.fields, f"{prefix}{name}.")
    return found


PROOFS = [
    (kind, proof) for kind, component in KINDS.items() if kind not in ELSEWHERE for proof in component.all_proofs()
]
LIVE = [
    (kind, proof)
    for kind, proof in PROOFS
    if dict(fields(KINDS[kind].params))[proof.param].live and proof.param != "price_per_hour"
]


def shown(component: type[Component]) -> list[str]:
    return [path for path, _ in fields(component.params) if path not in component.idle]


def names(rows: list[tuple[str, Proof]]) -> list[str]:
    return [f"{kind}.{proof.param}" for kind, proof in rows]


def put(document: dict[str, Any], owner: str, path: str, value: Any) -> None:
    """Set a parameter of a node or link of the document."""
    part = next(part for part in [*document["nodes"], *document["links"]] if part["id"] == owner)
    place = part.setdefault("params", {})
    *groups, last = path.split(".")
    for group in groups:
        place[group] = place = dict(place.get(group) or {})
    place[last] = value


def built(component: type[Component], proof: Proof) -> dict[str, Any]:
    document = copy.deepcopy(component.example())
    ids = {part["id"] for part in [*document["nodes"], *document["links"]]}
    for name, value in proof.given.items():
        if name == "script":
            document["script"] = value
            continue
        owner, _, path = name.partition(".")
        put(document, *(("me", name) if owner not in ids else (owner, path)), value)
    return document


def simulation(document: dict[str, Any]) -> Simulation:
    design, problems = parse(document)
    assert design is not None and not problems, [problem.line() for problem in problems]
    return Simulation(design, 3)


@cache
def still(document: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Summaries of a run that nobody touches: of its first twelve seconds, and of the twelve after SET_S."""
    simulated = simulation(json.loads(document))
    simulated.advance(SET_S * NS)
    simulated.start_counting()
    simulated.advance(RUN_S * NS)
    mark, simulated.mark = simulated.mark, None
    first = simulated.summary()
    simulated.mark = mark
    simulated.advance((SET_S + RUN_S) * NS)
    return first, simulated.summary()


def number_in(summary: dict[str, Any], path: str) -> float:
    value: Any = summary
    for part in path.split("."):
        if part == "*":
            return float(sum(number for number in value.values() if isinstance(number, int | float)))
        value = value.get(part) if isinstance(value, dict) else value[int(part)]
        if value is None:
            return 0.0
    return float(value)


def moved(before: float, after: float, way: str) -> bool:
    return {"up": after > before, "down": after < before, "change": after != before}[way]


@cache
def kinds() -> list[str]:
    return [kind for kind in KINDS if kind not in ELSEWHERE]


def test_every_parameter_has_a_proof() -> None:
    missing = []
    for kind in kinds():
        proven = {proof.param for proof in KINDS[kind].all_proofs()}
        missing += [f"{kind}.{path}" for path in shown(KINDS[kind]) if path not in proven]
    assert not missing, f"without a proof: {missing}"


@pytest.mark.parametrize("kind", kinds())
def test_the_example_answers_requests(kind: str) -> None:
    simulated = simulation(KINDS[kind].example())
    simulated.advance(5 * NS)
    assert simulated.summary()["client"]["ok"] > 0


@pytest.mark.parametrize(("kind", "proof"), PROOFS, ids=names(PROOFS))
def test_the_parameter_moves_what_it_should(kind: str, proof: Proof) -> None:
    document = built(KINDS[kind], proof)
    a = number_in(still(json.dumps(document))[0], proof.moves)
    put(document, "me", proof.param, proof.value)
    changed = simulation(document)
    changed.advance(RUN_S * NS)
    b = number_in(changed.summary(), proof.moves)
    assert moved(a, b, proof.way), f"{proof.moves}: {a} -> {b}, should go {proof.way}"


@pytest.mark.parametrize(("kind", "proof"), LIVE, ids=names(LIVE))
def test_a_live_parameter_acts_while_the_run_is_on(kind: str, proof: Proof) -> None:
    """Set after three seconds, the rest of the run differs from one where it was not set."""
    document = built(KINDS[kind], proof)
    turned = simulation(document)
    order = {"command": "set", "target": "me", "param": proof.param, "value": proof.value}
    command, problems = parse_command(order, turned.design, scheduled=False)
    assert command is not None, [problem.line() for problem in problems]
    turned.advance(SET_S * NS)
    turned.apply(command, 1)
    turned.start_counting()
    turned.advance((SET_S + RUN_S) * NS)
    a = number_in(still(json.dumps(document))[1], proof.moves)
    b = number_in(turned.summary(), proof.moves)
    assert a != b, f"{proof.moves} stays {a}"
