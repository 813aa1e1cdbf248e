"""Edits that are refused: the reason is named and nothing changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from components.edits import apply
from components.limits import BATCH_DEPTH, BATCH_EDITS, LINKS, NODES
from components.problem import Problem
from tests.components.examples import drawing, parsed
from tests.components.test_edits import text

ID_RULE = "must be 1 to 40 of a-z, 0-9, _ and -"
OPS = "must be one of add, connect, remove, move, set, unset, rename, describe, script, slos, batch"
NODE = {"id": "web2", "kind": "service"}
LINK = {"id": "l9", "source": "web", "target": "db"}
SET = {"op": "set", "id": "web", "param": "workers", "value": 8}

REFUSED: dict[str, tuple[Any, tuple[str, str, Any, str]]] = {
    "not an object": ([], ("edit", "", [], "must be an object")),
    "no op": ({"node": NODE}, ("edit", "op", None, OPS)),
    "unknown op": ({"op": "delete"}, ("edit", "op", "delete", OPS)),
    "op is a list": ({"op": ["add"]}, ("edit", "op", ["add"], OPS)),
    "no node": ({"op": "add"}, ("edit", "node", None, "must be given")),
    "extra key": ({"op": "add", "node": NODE, "at": 1}, ("edit", "at", 1, "is not a key of add")),
    "node is null": ({"op": "add", "node": None}, ("edit", "node", None, "must be an object")),
    "node with a bad id": ({"op": "add", "node": NODE | {"id": "A"}}, ("edit", "node.id", "A", ID_RULE)),
    "node of an unknown kind": (
        {"op": "add", "node": NODE | {"kind": "cash"}},
        ("web2", "kind", "cash", "is not a kind of component; did you mean cache?"),
    ),
    "node with a bad parameter": (
        {"op": "add", "node": NODE | {"params": {"workers": 0}}},
        ("web2", "workers", 0, "must be between 1 and 10000"),
    ),
    "id of another": ({"op": "add", "node": NODE | {"id": "l1"}}, ("l1", "id", "l1", "is the id of another node or link")),
    "negative place": ({"op": "add", "node": NODE, "index": -1}, ("edit", "index", -1, "must be between 0 and 2000")),
    "place in words": ({"op": "add", "node": NODE, "index": "0"}, ("edit", "index", "0", "must be a whole number")),
    "link of another id": (
        {"op": "connect", "link": LINK | {"id": "web"}},
        ("web", "id", "web", "is the id of another node or link"),
    ),
    "link without a target": (
        {"op": "connect", "link": {"id": "l9", "source": "web"}},
        ("l9", "target", None, "must be given"),
    ),
    "dangling link": (
        {"op": "connect", "link": LINK | {"target": "wep"}},
        ("l9", "target", "wep", "is no node of the design; did you mean web?"),
    ),
    "self link": (
        {"op": "connect", "link": LINK | {"target": "web"}},
        ("l9", "target", "web", "must not be the source itself"),
    ),
    "into a client": (
        {"op": "connect", "link": LINK | {"target": "users"}},
        ("l9", "target", "users", "must not be a client: it only sends"),
    ),
    "cycle": (
        {"op": "connect", "link": LINK | {"target": "lb"}},
        ("l9", "target", "lb", "must not close a cycle of calls that wait for each other: lb -> web -> lb"),
    ),
    "too many": (
        {"op": "connect", "link": LINK | {"source": "cache"}},
        ("cache", "links", 2, "must be at most 1 outgoing"),
    ),
    "remove nothing": ({"op": "remove", "ids": []}, ("edit", "ids", [], "must be a list of ids")),
    "remove one word": ({"op": "remove", "ids": "web"}, ("edit", "ids", "web", "must be a list of ids")),
    "remove a stranger": (
        {"op": "remove", "ids": ["web", "wab"]},
        ("edit", "ids[1]", "wab", "is not in the design; did you mean web?"),
    ),
    "remove a list": ({"op": "remove", "ids": [["web"]]}, ("edit", "ids[0]", ["web"], "is not in the design")),
    "move nobody": ({"op": "move", "to": {}}, ("edit", "to", {}, 'must be an object such as {"web": [0, 80]}')),
    "move a link": ({"op": "move", "to": {"l1": [0, 0]}}, ("edit", "to", "l1", "is not in the design")),
    "move to one number": ({"op": "move", "to": {"web": [5]}}, ("web", "x", [5], "must be moved to [x, y]")),
    "move to words": ({"op": "move", "to": {"web": [5, "6"]}}, ("web", "y", "6", "must be a number")),
    "move too far": (
        {"op": "move", "to": {"web": [1e9, 0]}},
        ("web", "x", 1e9, "must be between -1000000 and 1000000"),
    ),
    "set without a value": (
        {"op": "set", "id": "web", "param": "workers"},
        ("edit", "value", None, "must be given"),
    ),
    "set a stranger": (SET | {"id": "wep"}, ("edit", "id", "wep", "is not in the design; did you mean web?")),
    "set an unknown parameter": (
        SET | {"param": "worker"},
        ("web", "worker", 8, "is not a parameter of service; did you mean workers?"),
    ),
    "set an unknown key": (
        SET | {"id": "l1", "param": "retry.mx"},
        ("l1", "retry.mx", 8, "is not a parameter of a link; did you mean retry.max?"),
    ),
    "key of what is no group": (
        SET | {"param": "workers.max"},
        ("web", "workers.max", 8, "is not a parameter of service; did you mean workers?"),
    ),
    "parameter is a list": (SET | {"param": []}, ("edit", "param", [], "must be the name of a parameter")),
    "set out of range": (SET | {"value": 0}, ("web", "workers", 0, "must be between 1 and 10000")),
    "set a key out of range": (
        SET | {"id": "l1", "param": "retry.max", "value": -1},
        ("l1", "retry.max", -1, "must be between 0 and 100"),
    ),
    "unset an unknown parameter": (
        {"op": "unset", "id": "db", "param": "walls"},
        ("db", "walls", None, "is not a parameter of sql_primary; did you mean wal?"),
    ),
    "rename a link": ({"op": "rename", "id": "l1", "name": "x"}, ("edit", "id", "l1", "is not in the design")),
    "rename without a name": ({"op": "rename", "id": "web"}, ("edit", "name", None, "must be given")),
    "long name": (
        {"op": "rename", "id": "web", "name": "x" * 81},
        ("web", "name", "x" * 81, "must have 0 to 80 characters"),
    ),
    "describe nothing": (
        {"op": "describe"},
        ("edit", "name", None, "must give one of name, description, scale"),
    ),
    "scale": ({"op": "describe", "scale": 0}, ("design", "scale", 0, "must be between 1 and 1000000")),
    "script is null": ({"op": "script", "script": None}, ("design", "script", None, "must be a list")),
    "script entry": ({"op": "script", "script": [7]}, ("script[0]", "", 7, "must be an object")),
    "objectives are null": ({"op": "slos", "slos": None}, ("design", "slos", None, "must be a list")),
    "objective": (
        {"op": "slos", "slos": [{"name": "up", "sli": "availability", "target": 2}]},
        ("slos[0]", "target", 2, "must be between 0 and 1"),
    ),
    "batch without edits": ({"op": "batch"}, ("edit", "edits", None, "must be given")),
    "batch of one": ({"op": "batch", "edits": {}}, ("edit", "edits", {}, "must be a list of edits")),
    "edit of a batch": (
        {"op": "batch", "edits": [SET, {"op": "batch", "edits": [SET, SET | {"id": "x"}]}]},
        ("edit", "edits[1].edits[1].id", "x", "is not in the design"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_edit_is_explained_and_changes_nothing(case: str) -> None:
    edit, (where, field, value, rule) = REFUSED[case]
    design, asked = parsed(), copy.deepcopy(edit)
    before = text(design)
    assert apply(design, edit) == (None, [Problem(where, field, value, rule)], None)
    assert text(design) == before
    assert edit == asked


def test_batch_is_all_or_nothing() -> None:
    design = parsed()
    before = text(design)
    result, problems, inverse = apply(design, {"op": "batch", "edits": [SET, {"op": "remove", "ids": ["nobody"]}]})
    assert (result, inverse) == (None, None)
    assert [problem.field for problem in problems] == ["edits[1].ids[0]"]
    assert text(design) == before


def test_limits_hold_for_edits() -> None:
    full = parsed(drawing({f"n{number}": "service" for number in range(NODES)}), draft=True)
    assert apply(full, {"op": "add", "node": NODE})[1] == [
        Problem("design", "nodes", "501 nodes", "must be at most 500 nodes")
    ]
    full = parsed(drawing({"a": "service", "b": "service"}, *[("a", "b")] * LINKS), draft=True)
    assert apply(full, {"op": "connect", "link": {"id": "more", "source": "a", "target": "b"}})[1] == [
        Problem("design", "links", "2001 links", "must be at most 2000 links")
    ]


def test_batches_are_bounded() -> None:
    many = {"op": "batch", "edits": [SET] * 3000}
    _, problems, _ = apply(parsed(), {"op": "batch", "edits": [many, many]})
    assert [problem.rule for problem in problems] == [f"must be at most {BATCH_EDITS} edits in all"]
    deep = SET
    for _ in range(BATCH_DEPTH + 1):
        deep = {"op": "batch", "edits": [deep]}
    assert [problem.rule for problem in apply(parsed(), deep)[1]] == [
        f"must not nest deeper than {BATCH_DEPTH} batches"
    ]
    assert apply(parsed(), deep["edits"][0])[1] == []


def test_edit_of_a_malformed_script_within_a_batch_is_refused() -> None:
    script = [5, {"target": ["web"]}, {"id": {}}]
    edit = {"op": "batch", "edits": [{"op": "script", "script": script}, {"op": "remove", "ids": ["web"]}]}
    result, problems, _ = apply(parsed(), edit)
    assert result is None
    assert {problem.where for problem in problems} == {"script[0]", "script[1]", "script[2]"}
