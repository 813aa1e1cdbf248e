"""Where everything is in a run whose design was edited, for its snapshots: no compiler could find that out again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from components.design import parse
from components.model import Design, Link, Node, as_dict
from components.parts import read_node
from components.program import OutLink, Surroundings
from worker.engine.compiler import Plan, as_link, assemble, wires_of, zipf_of
from worker.engine.grave import Grave
from worker.engine.ground import Ground
from worker.engine.image import find_lanes
from worker.engine.layout import LINE
from worker.engine.machine import Machine, Tables
from worker.engine.place import PlacedLink, PlacedNode

PLAIN = ("hist", "totals_hist", "pc", "replicas", "own", "shared", "laws", "streams", "truth", "hists", "parts", "ends", "block", "ending", "slot_ns", "slots_at")  # fmt: skip


def kept_plan(plan: Plan, machine: Machine, design: Design) -> dict[str, Any]:
    """JSON. `design` = the one that runs, with its parameters as they are now."""
    return {
        "design": as_dict(design),
        "static": machine.segments[0][0] * LINE,
        "ground": plan.ground.kept(),
        "grave": asdict(plan.grave),
        "zipf": plan.zipf,
        "truths": plan.truths,
        "state": plan.state,
        "nodes": {id: kept_node(placed) for id, placed in plan.nodes.items()},
        "ways": {way.link.id: [way.hist, way.failed, way.stream, way.ends] for way in plan.ways()},
    }


def kept_node(placed: PlacedNode) -> dict[str, Any]:
    kept = {name: getattr(placed, name) for name in PLAIN} | {"node": placed.node.as_dict(), "regions": placed.regions}
    return kept | {"around": asdict(placed.asm.around), "old": [kept_node(old) for old in placed.old]}


def plan_of(kept: dict[str, Any], seed: int) -> Plan:
    """The plan of the snapshot. Raises ValueError for a design that does not parse, which today's catalogue may not know."""
    design, problems = parse(kept["design"])
    if design is None:
        raise ValueError("; ".join(problem.line() for problem in problems))
    ground = Ground()
    ground.put_back(kept["ground"])
    nodes = {id: node_of(one, design.node(id)) for id, one in kept["nodes"].items()}

    def way(link: Link, door: str = "main") -> PlacedLink:
        hist, failed, stream, ends = kept["ways"][link.id]
        return PlacedLink(link, hist, failed, stream, door, ends=[(id, replica) for id, replica in ends])

    links = {link.id: way(link) for link in design.links}
    wires = {wire.id: way(as_link(wire), wire.door) for wire in wires_of(design)}
    zipf = [(keys, alpha) for keys, alpha in kept["zipf"]]
    tables = Tables(
        static=np.zeros(kept["static"], np.int64), program=np.zeros(6, np.int64), dists=np.zeros(8),
        streams=np.ones(1, np.uint64), zipf=zipf_of(zipf), hists=ground.hists, starts=[],
    )  # fmt: skip
    truths = {group: (at, keys) for group, (at, keys) in kept["truths"].items()}
    state = [(first, end) for first, end in kept["state"]]
    plan = Plan(design, seed, tables, nodes, links, wires, ground, zipf, truths, state, Grave(**kept["grave"]))
    for placed in plan.ways():
        find_lanes(placed, nodes[placed.link.source])
    return plan


def node_of(kept: dict[str, Any], node: Node | None = None) -> PlacedNode:
    if node is None:
        node, problems = read_node(kept["node"], "node")
        if node is None:
            raise ValueError("; ".join(problem.line() for problem in problems))
    around = dict(kept["around"])
    for name in ("links", "wires"):
        around[name] = [OutLink(**link) for link in around[name]]
    placed = PlacedNode(node, assemble(node, Surroundings(**around)), kept["hist"])
    for name in PLAIN:
        setattr(placed, name, kept[name])
    placed.ends = {link: [(id, replica) for id, replica in ends] for link, ends in kept["ends"].items()}
    placed.regions = {name: [(at, words) for at, words in copies] for name, copies in kept["regions"].items()}
    placed.old = [node_of(old) for old in kept["old"]]
    copies = {old.pc: old for old in placed.old}
    for old in placed.old:  # a copy that ends shares the code of the program that it was made of
        twin = next((o for o in copies.values() if not o.ending and o.asm.around == old.asm.around), None)
        if old.ending and twin is not None:
            old.asm = twin.asm
    return placed
