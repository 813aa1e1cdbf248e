"""Hypothesis strategies: legal parameter values, designs, edits of a design, and junk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from components.base import Calls, Choice, Flag, Group, Id, Integer, Number, Param, Pointer, Points, Rows, Several
from components.catalog import KINDS
from components.design import Design
from components.link import LinkOptions
from components.model import Node

Values = st.SearchStrategy[Any]
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
MOST_GIVEN = 5  # of a link's many options: a handful at a time finds what all together would, much sooner
PLACES = st.integers(-5000, 5000) | st.floats(-1e6, 1e6, allow_nan=False)


def value_of(param: Param) -> Values:
    """Legal values of a parameter."""
    return (st.none() | _value(param)) if param.nullable else _value(param)


def _value(param: Param) -> Values:
    match param:
        case Integer():
            return st.integers(int(param.minimum), int(param.maximum))
        case Number():
            return st.floats(param.minimum, param.maximum, allow_nan=False)
        case Choice():
            return st.sampled_from(param.choices)
        case Several():
            return st.lists(st.sampled_from(param.choices), unique=True)
        case Flag():
            return st.booleans()
        case Points():
            times = st.lists(st.integers(0, 86_400), unique=True, max_size=4).map(sorted)
            return times.flatmap(
                lambda at: st.tuples(*(st.tuples(st.just(t), st.floats(0, 9)).map(list) for t in at)).map(list)
            )
        case Pointer():
            return st.sampled_from([f"n{number}" for number in range(9)])
        case Group():
            return values_of(param.fields)
        case Id():
            return st.from_regex(r"[a-z0-9_-]{1,40}", fullmatch=True)
        case Calls():
            return st.just([])
        case Rows():
            row = values_of(param.fields, param.required)
            return st.lists(row, max_size=3, unique_by=(lambda row: repr(row[param.unique])) if param.unique else None)
    raise AssertionError(f"no values are known for {param}")


def values_of(fields: Mapping[str, Param], required: tuple[str, ...] = ()) -> Values:
    """Objects with some of the fields, in any order."""
    needed = st.tuples(*(st.tuples(st.just(name), value_of(fields[name])) for name in required))
    others = [name for name in fields if name not in required]
    if not others:
        return needed.map(dict)
    chosen = st.lists(st.sampled_from(others), unique=True, max_size=MOST_GIVEN)
    some = chosen.flatmap(
        lambda names: st.tuples(*(st.tuples(st.just(name), value_of(fields[name])) for name in names))
    )
    return st.tuples(needed, some).map(lambda parts: dict([*parts[1], *parts[0]]))


@st.composite
def documents(draw: st.DrawFn, fewest: int = 0, most: int = 7) -> dict[str, Any]:
    """Design files without problems, possibly drafts."""
    kinds = draw(st.lists(st.sampled_from(list(KINDS)), min_size=fewest, max_size=most))
    nodes = [draw(nodes_of(f"n{number}", kind)) for number, kind in enumerate(kinds)]
    links: list[dict[str, Any]] = []
    for a, source in enumerate(kinds):
        targets = [b for b in range(a + 1, len(kinds)) if KINDS[kinds[b]].receives]
        room = KINDS[source].sends[1]
        for b in draw(st.lists(st.sampled_from(targets), max_size=3 if room is None else room)) if targets else []:
            params = draw(values_of(options_of(source)))
            links.append({"id": f"l{len(links)}", "source": f"n{a}", "target": f"n{b}", "params": params})
    document = {"format": 1, "name": draw(NAMES), "scale": draw(st.integers(1, 100)), "nodes": nodes, "links": links}
    return document | {"script": draw(scripts(nodes)), "slos": draw(slos())}


def options_of(kind: str) -> Mapping[str, Param]:
    """What a link out of a kind may say."""
    obeyed = KINDS[kind].link_options
    return {name: param for name, param in LinkOptions.params.items() if obeyed is None or name in obeyed}


def nodes_of(id: str, kind: str) -> Values:
    places = {"x": PLACES, "y": PLACES, "name": NAMES}
    params = values_of(KINDS[kind].params).map(lambda params: agreeing(kind, params))
    fixed = {"id": st.just(id), "kind": st.just(kind), "params": params}
    return st.fixed_dictionaries(fixed, optional=places)


def agreeing(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters without those that do not go with the others."""
    component = KINDS[kind]
    while found := next(iter(component().check(component.filled(params))), None):
        blamed = found[0].split(".")[0]
        params = {name: value for name, value in params.items() if name != blamed} if blamed in params else {}
    return params


def scripts(nodes: list[dict[str, Any]]) -> Values:
    """Crashes, each with its healing."""
    targets = [node["id"] for node in nodes if "crash" in KINDS[node["kind"]].faults]
    if not targets:
        return st.just([])
    hits = st.lists(st.tuples(st.sampled_from(targets), st.integers(0, 100)), max_size=3)
    return hits.map(
        lambda found: [
            entry
            for number, (target, at) in enumerate(found)
            for entry in (
                {"at_s": at, "command": "inject", "id": f"f{number}", "fault": "crash", "target": target},
                {"at_s": at + 1, "command": "heal", "id": f"f{number}"},
            )
        ]
    )


def slos() -> Values:
    availability = st.fixed_dictionaries({"sli": st.just("availability"), "target": st.floats(0.01, 0.99)})
    return st.lists(availability, max_size=2).map(lambda made: [{"name": str(n)} | slo for n, slo in enumerate(made)])


@st.composite
def edits(draw: st.DrawFn, design: Design, depth: int = 0) -> dict[str, Any]:
    """Edits that mostly make sense on `design`; some are refused."""
    nodes = st.sampled_from([node.id for node in design.nodes] or ["nobody"])
    links = st.sampled_from([link.id for link in design.links] or ["nobody"])
    op = draw(
        st.sampled_from(
            ["add", "connect", "remove", "move", "set", "unset", "rename", "describe", "lists"]
            + ["batch"] * (depth < 2)
        )
    )
    index = {"index": draw(st.integers(0, 9))} if draw(st.booleans()) else {}
    match op:
        case "add":
            kind = draw(st.sampled_from(list(KINDS)))
            return {"op": op, "node": draw(nodes_of(f"m{draw(st.integers(0, 9))}", kind))} | index
        case "connect":
            ends = draw(pairs_of(design) | st.tuples(nodes, nodes))
            source = design.find(ends[0])
            options = options_of(source.kind) if isinstance(source, Node) else LinkOptions.params
            link = {"source": ends[0], "target": ends[1], "params": draw(values_of(options))}
            return {"op": op, "link": {"id": f"k{draw(st.integers(0, 9))}"} | link} | index
        case "remove":
            return {"op": op, "ids": draw(st.lists(nodes | links, min_size=1, max_size=3))}
        case "move":
            return {"op": op, "to": draw(st.dictionaries(nodes, st.tuples(PLACES, PLACES).map(list), min_size=1))}
        case "set" | "unset":
            return draw(settings_of(design, draw(nodes | links), op))
        case "rename":
            return {"op": op, "id": draw(nodes), "name": draw(NAMES)}
        case "describe":
            return {"op": op, "name": draw(NAMES), "scale": draw(st.integers(1, 9))}
        case "lists":
            script = draw(scripts([node.as_dict() for node in design.nodes]))
            return draw(st.sampled_from([{"op": "script", "script": script}, {"op": "slos", "slos": draw(slos())}]))
    return {"op": "batch", "edits": draw(st.lists(edits(design, depth + 1), max_size=5))}


def pairs_of(design: Design) -> Values:
    """Ends of links that may be drawn: forward in the file, into what receives, from what calls."""
    pairs = [
        (a.id, b.id)
        for place, a in enumerate(design.nodes)
        for b in design.nodes[place + 1 :]
        if b.component.receives and a.component.sends[1] is None
    ]
    return st.sampled_from(pairs) if pairs else st.nothing()


@st.composite
def settings_of(draw: st.DrawFn, design: Design, id: str, op: str) -> dict[str, Any]:
    """Set or unset a parameter or one key of a group."""
    part = design.find(id)
    fields = part.component.params if part and hasattr(part, "component") else LinkOptions.params
    name = draw(st.sampled_from(list(fields)))
    param, path = fields[name], name
    if isinstance(param, Group) and param.fields and draw(st.booleans()):
        key = draw(st.sampled_from(list(param.fields)))
        param, path = param.fields[key], f"{name}.{key}"
    return {"op": op, "id": id, "param": path} | ({"value": draw(value_of(param))} if op == "set" else {})


def junk() -> Values:
    """Anything that JSON, YAML or a careless caller may bring."""
    texts = st.text(max_size=5) | st.sampled_from(
        ["\ud800", "\x00", "x" * 10_000, "users", "service", "inject", "retry.max"]
    )
    numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 2**63, True])
    leaves = st.none() | numbers | texts
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
