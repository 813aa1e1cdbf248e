"""Any kind of the catalogue in a random design: its own example, with some of its own proofs, fitted into another document."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from components.base import Group, Param, Proof
from components.catalog import KINDS
from components.design import parse

Document = dict[str, Any]


def is_legal(document: Document) -> bool:
    return parse({"format": 1, "name": "made", "script": []} | document)[0] is not None


def put(document: Document, owner: str, path: str, value: Any) -> None:
    """Set a parameter of a node or link."""
    part = next(part for part in [*document["nodes"], *document["links"]] if part["id"] == owner)
    place = part.setdefault("params", {})
    *groups, last = path.split(".")
    for group in groups:
        place[group] = place = dict(place.get(group) or {})
    place[last] = value


def with_proof(document: Document, proof: Proof) -> Document:
    """The example where the proof's parameter acts; unchanged where that does not go with what is there."""
    changed = copy.deepcopy(document)
    ids = {part["id"] for part in [*changed["nodes"], *changed["links"]]}
    for name, value in proof.given.items():
        owner, _, path = name.partition(".")
        if name != "script":
            put(changed, *(("me", name) if owner not in ids else (owner, path)), copy.deepcopy(value))
    put(changed, "me", proof.param, copy.deepcopy(proof.value))
    return changed if is_legal(changed) else document


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Ids in parameters, such as pointers, follow their nodes and links."""
    if isinstance(value, dict):
        return {key: renamed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


@cache
def proofs_of(kind: str) -> list[Proof]:
    return KINDS[kind].all_proofs()


def flat(params: Mapping[str, Param], prefix: str = "") -> dict[str, Param]:
    """{dotted path: Param}, groups with what is in them."""
    found: dict[str, Param] = {}
    for name, param in params.items():
        found[prefix + name] = param
        if isinstance(param, Group):
            found |= flat(param.fields, f"{prefix}{name}.")
    return found


@cache
def live_settings(kind: str) -> list[tuple[str, Any]]:
    """(parameter, value) that may be set while a run is on, and shows."""
    known = flat(KINDS[kind].params)
    return [(p.param, p.value) for p in proofs_of(kind) if p.param in known and known[p.param].live]


@st.composite
def pieces(draw: st.DrawFn, kind: str, tag: str, options: st.SearchStrategy[Document]) -> Document:
    """The kind's example with up to three of its proofs, some options on its links, and ids that begin with the tag."""
    document: Document = {key: copy.deepcopy(KINDS[kind].example()[key]) for key in ("nodes", "links")}
    if proofs := proofs_of(kind):
        for proof in draw(st.lists(st.sampled_from(proofs), max_size=3, unique_by=lambda proof: proof.param)):
            document = with_proof(document, proof)
    for link in document["links"]:
        wanted = draw(options)
        before, link["params"] = link.get("params", {}), link.get("params", {}) | wanted
        if not is_legal(document):
            link["params"] = before
    parts = [*document["nodes"], *document["links"]]
    names = {part["id"]: f"{tag}-{part['id']}" for part in parts}
    for part in parts:
        part["params"] = renamed(part.get("params", {}), names)
    nodes = [node | {"id": names[node["id"]], "name": node["id"]} for node in document["nodes"]]
    ends = [link | {end: names[link[end]] for end in ("id", "source", "target")} for link in document["links"]]
    return {"nodes": nodes, "links": ends}


def joined(document: Document, piece: Document, way: Document | None) -> Document:
    """Both in one document, and a link between them if that is legal."""
    both = document | {part: [*document[part], *piece[part]] for part in ("nodes", "links")}
    linked = both | {"links": [*both["links"], *([way] if way else [])]}
    return linked if is_legal(linked) else both
