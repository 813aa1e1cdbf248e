"""Edits: how a design changes. An edit is a JSON object; applying it gives the new design and the inverse edit.

    {"op": "add", "node": {…}, "index": 0}          {"op": "connect", "link": {…}, "index": 0}
    {"op": "remove", "ids": ["web", "l1"]}          {"op": "move", "to": {"web": [0, 80]}}
    {"op": "set", "id": "l1", "param": "retry.max", "value": 3}
    {"op": "unset", "id": "l1", "param": "retry"}   {"op": "rename", "id": "web", "name": "Web"}
    {"op": "describe", "name": "…", "description": "…", "scale": 1}
    {"op": "script", "script": […]}                 {"op": "slos", "slos": […]}
    {"op": "batch", "edits": […]}                   all or nothing, one step of undo

`index` is the place in the file (absent or too large = the end), so that an inverse restores the order too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components import reading
from components.base import Integer, Param
from components.design import check, detached
from components.draft import Draft, Edit, Refused
from components.limits import BATCH_DEPTH, BATCH_EDITS, LINKS
from components.model import Design
from components.parts import HEAD, read_link, read_node
from components.problem import Problem, closest

ANY = Param(nullable=True)
INDEX = Integer(maximum=LINKS)

OPS: dict[str, tuple[Callable[..., Edit], dict[str, Param]]] = {
    "add": (Draft.add, {"node": ANY, "index": INDEX}),
    "connect": (Draft.connect, {"link": ANY, "index": INDEX}),
    "remove": (Draft.remove, {"ids": ANY}),
    "move": (Draft.move, {"to": ANY}),
    "set": (Draft.set, {"id": ANY, "param": ANY, "value": ANY}),
    "unset": (Draft.unset, {"id": ANY, "param": ANY}),
    "rename": (Draft.rename, {"id": ANY, "name": ANY}),
    "describe": (Draft.describe, dict.fromkeys(HEAD, ANY)),
    "script": (Draft.rewrite, {"script": ANY}),
    "slos": (Draft.promise, {"slos": ANY}),
}
OPTIONAL = {"add": ("index",), "connect": ("index",), "describe": tuple(HEAD)}


def apply(design: Design, edit: object) -> tuple[Design | None, list[Problem], Edit | None]:
    """(new design, [], inverse), or (None, problems, None); `design` stays as it is either way.

    The result may be a draft, as for `parse(…, draft=True)`. Applying the inverse to the result gives a
    design equal to `design`, file order included.
    """
    draft = Draft(design)
    try:
        inverse = _apply(draft, edit, "", _Budget())
    except Refused as refused:
        return None, refused.problems, None
    result = draft.design()
    problems = check(result)
    return (None, problems, None) if problems else (detached(result), [], inverse)


def complete(edit: Edit) -> Edit:
    """An accepted edit with the nodes and links that it adds written out, for those who know no defaults."""
    if edit["op"] == "batch":
        return {"op": "batch", "edits": [complete(part) for part in edit["edits"]]}
    if edit["op"] == "add" and (node := read_node(edit["node"], "node")[0]):
        return edit | {"node": node.as_dict()}
    if edit["op"] == "connect" and (link := read_link(edit["link"], "link")[0]):
        return edit | {"link": link.as_dict()}
    return edit


class _Budget:
    """How many more edits a batch may hold."""

    def __init__(self) -> None:
        self.left = BATCH_EDITS

    def spend(self, place: str, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise Refused(Problem("edit", f"{place}edits", count, f"must be at most {BATCH_EDITS} edits in all"))


def _apply(draft: Draft, edit: object, place: str, budget: _Budget, depth: int = 0) -> Edit:
    if not isinstance(edit, dict):
        raise Refused(Problem("edit", place.removesuffix("."), edit, "must be an object"))
    op = edit.get("op")
    if op == "batch":
        return _batch(draft, edit, place, budget, depth)
    if not isinstance(op, str) or op not in OPS:
        known = (*OPS, "batch")
        raise Refused(Problem("edit", f"{place}op", op, f"must be one of {', '.join(known)}{closest(op, known)}"))
    change, fields = OPS[op]
    required = tuple(name for name in fields if name not in OPTIONAL.get(op, ()))
    values, problems = reading.read({"op": ANY} | fields, edit, "edit", f"a key of {op}", place, required)
    if problems:
        raise Refused(*problems)
    return change(draft, place, **{name: value for name, value in values.items() if name != "op"})


def _batch(draft: Draft, edit: dict[str, Any], place: str, budget: _Budget, depth: int) -> Edit:
    values, problems = reading.read({"op": ANY, "edits": ANY}, edit, "edit", "a key of batch", place, ("edits",))
    if problems:
        raise Refused(*problems)
    edits = values["edits"]
    if not isinstance(edits, list):
        raise Refused(Problem("edit", f"{place}edits", edits, "must be a list of edits"))
    if depth == BATCH_DEPTH:
        raise Refused(Problem("edit", f"{place}edits", None, f"must not nest deeper than {BATCH_DEPTH} batches"))
    budget.spend(place, len(edits))
    back = [_apply(draft, part, f"{place}edits[{number}].", budget, depth + 1) for number, part in enumerate(edits)]
    return {"op": "batch", "edits": [step for inverse in reversed(back) for step in _steps(inverse)]}


def _steps(inverse: Edit) -> list[Edit]:
    return list(inverse["edits"]) if inverse["op"] == "batch" else [inverse]
