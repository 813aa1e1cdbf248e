from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.design import Design, as_dict, check, parse
from components.edits import apply, complete
from components.limits import LINKS, NODES
from components.problem import Problem
from tests.components.examples import drawing, parsed, shop
from tests.components.made import documents, edits

Edit = dict[str, Any]


def text(design: Design) -> str:
    """Everything, the order of lists and keys included."""
    return json.dumps(as_dict(design))


def changed(edit: Edit, design: Design | None = None) -> Design:
    """The edited design; undoing the edit gave the design before, to the letter."""
    before = design or parsed()
    result, problems, inverse = apply(before, edit)
    assert result is not None, [problem.line() for problem in problems]
    back, problems, again = apply(result, inverse)
    assert problems == []
    assert back is not None
    assert text(back) == text(before)
    redone, _, _ = apply(back, again)
    assert redone is not None
    assert text(redone) == text(result)
    return result


def ids(parts: Any) -> list[str]:
    return [part.id for part in parts]


def test_node_is_added_at_the_end_or_at_its_place() -> None:
    node = {"id": "web2", "kind": "service", "x": 8, "y": 16}
    assert ids(changed({"op": "add", "node": node}).nodes) == ["users", "lb", "web", "cache", "db", "web2"]
    design = changed({"op": "add", "node": node, "index": 1})
    assert ids(design.nodes) == ["users", "web2", "lb", "web", "cache", "db"]
    assert (design.node("web2").name, design.node("web2").x, design.node("web2").y) == ("Service", 8, 16)


def test_place_behind_the_end_is_the_end() -> None:
    assert ids(changed({"op": "add", "node": {"id": "web2", "kind": "service"}, "index": 99}).nodes)[-1] == "web2"


def test_link_is_connected_at_its_place() -> None:
    design = changed({"op": "connect", "link": {"id": "l9", "source": "web", "target": "db"}, "index": 0})
    assert ids(design.links) == ["l9", "l1", "l2", "l3", "l4"]
    assert ids(design.links_from("web")) == ["l9", "l3"]


def test_removed_node_takes_its_links_and_script_entries_along() -> None:
    design = changed({"op": "remove", "ids": ["web"]})
    assert ids(design.nodes) == ["users", "lb", "cache", "db"]
    assert ids(design.links) == ["l1", "l4"]
    assert [entry["command"] for entry in design.script] == ["set"]


def test_removed_link_takes_its_script_entries_along() -> None:
    design = changed({"op": "remove", "ids": ["l1"]})
    assert ids(design.links) == ["l2", "l3", "l4"]
    assert [entry["command"] for entry in design.script] == ["inject", "heal"]


def test_everything_can_be_removed_and_put_back() -> None:
    design = changed({"op": "remove", "ids": ["db", "users", "l2", "web", "cache", "lb"]})
    assert (design.nodes, design.links, design.script) == ((), (), ())
    assert design.slos == parsed().slos


def test_nodes_move_together() -> None:
    design = changed({"op": "move", "to": {"web": [8, -16.5], "db": [0, 0]}})
    assert [(node.x, node.y) for node in design.nodes] == [(0, 0), (288, 0), (8, -16.5), (864, 0), (0, 0)]


SETTINGS: dict[str, tuple[Edit, str, dict[str, Any], Edit]] = {
    "absent": (
        {"op": "set", "id": "web", "param": "workers", "value": 8}, "web",
        {"replicas": 3, "workers": 8}, {"op": "unset", "id": "web", "param": "workers"},
    ),
    "present": (
        {"op": "set", "id": "web", "param": "replicas", "value": 8}, "web",
        {"replicas": 8}, {"op": "set", "id": "web", "param": "replicas", "value": 3},
    ),
    "null": (
        {"op": "set", "id": "l2", "param": "timeout_ms", "value": None}, "l2",
        {"timeout_ms": None}, {"op": "unset", "id": "l2", "param": "timeout_ms"},
    ),
    "group on": (
        {"op": "set", "id": "l2", "param": "retry", "value": {}}, "l2",
        {"retry": {}}, {"op": "unset", "id": "l2", "param": "retry"},
    ),
    "group off": (
        {"op": "set", "id": "db", "param": "wal", "value": None}, "db",
        {"wal": None}, {"op": "set", "id": "db", "param": "wal", "value": {}},
    ),
    "key of a group that is off": (
        {"op": "set", "id": "l2", "param": "retry.max", "value": 1}, "l2",
        {"retry": {"max": 1}}, {"op": "unset", "id": "l2", "param": "retry"},
    ),
    "key of a group": (
        {"op": "set", "id": "l1", "param": "retry.max", "value": 1}, "l1",
        {"timeout_ms": 1000, "retry": {"max": 1}}, {"op": "set", "id": "l1", "param": "retry.max", "value": 3},
    ),
    "new key of a group": (
        {"op": "set", "id": "l1", "param": "retry.jitter", "value": "none"}, "l1",
        {"timeout_ms": 1000, "retry": {"max": 3, "jitter": "none"}},
        {"op": "unset", "id": "l1", "param": "retry.jitter"},
    ),
    "unset": (
        {"op": "unset", "id": "web", "param": "replicas"}, "web",
        {}, {"op": "set", "id": "web", "param": "replicas", "value": 3},
    ),
    "unset what is not set": (
        {"op": "unset", "id": "web", "param": "workers"}, "web",
        {"replicas": 3}, {"op": "unset", "id": "web", "param": "workers"},
    ),
    "unset the last key of a group": (
        {"op": "unset", "id": "l1", "param": "retry.max"}, "l1",
        {"timeout_ms": 1000, "retry": {}}, {"op": "set", "id": "l1", "param": "retry.max", "value": 3},
    ),
    "unset a key of a group that is off": (
        {"op": "unset", "id": "l2", "param": "retry.max"}, "l2",
        {}, {"op": "unset", "id": "l2", "param": "retry"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SETTINGS)
def test_parameter_is_set_and_the_inverse_is_narrow(case: str) -> None:
    edit, id, params, inverse = SETTINGS[case]
    part = changed(edit).find(id)
    assert part is not None
    assert part.params == params
    assert list(part.params) == list(params)
    assert apply(parsed(), edit)[2] == inverse


def test_group_that_is_null_is_restored_as_null() -> None:
    document = shop()
    document["nodes"][4]["params"] = {"wal": None}
    design = changed({"op": "set", "id": "db", "param": "wal.fsync_ms", "value": 2}, parsed(document))
    assert design.node("db").params == {"wal": {"fsync_ms": 2}}


def test_node_is_renamed() -> None:
    assert changed({"op": "rename", "id": "web", "name": "Frontend"}).node("web").name == "Frontend"


def test_design_is_described() -> None:
    design = changed({"op": "describe", "name": "Stall", "scale": 10})
    assert (design.name, design.description, design.scale) == ("Stall", parsed().description, 10)


def test_script_and_objectives_are_replaced() -> None:
    script = [{"at_s": 1, "command": "load", "target": "users", "factor": 2}]
    assert changed({"op": "script", "script": script}).script == tuple(script)
    slos = [{"name": "up", "sli": "availability", "target": 0.999}]
    assert changed({"op": "slos", "slos": slos}).slos == tuple(slos)


def test_batch_is_one_step_and_its_parts_see_each_other() -> None:
    add = {"op": "add", "node": {"id": "web2", "kind": "service"}}
    connect = {"op": "connect", "link": {"id": "l9", "source": "lb", "target": "web2"}}
    rename = {"op": "batch", "edits": [{"op": "rename", "id": "web2", "name": "Second"}]}
    edit = {"op": "batch", "edits": [add, connect, rename, {"op": "remove", "ids": ["l2"]}]}
    design = changed(edit)
    assert design.node("web2").name == "Second"
    assert ids(design.links_from("lb")) == ["l9"]
    inverse = apply(parsed(), edit)[2]
    assert inverse is not None
    assert [step["op"] for step in inverse["edits"]] == ["connect", "rename", "remove", "remove"]


def test_link_must_not_come_before_its_node_within_a_batch() -> None:
    connect = {"op": "connect", "link": {"id": "l9", "source": "lb", "target": "other"}}
    add = {"op": "add", "node": {"id": "other", "kind": "service"}}
    _, problems, _ = apply(parsed(), {"op": "batch", "edits": [connect, add]})
    assert problems == [Problem("l9", "target", "other", "is no node of the design")]
    changed({"op": "batch", "edits": [add, connect]})


def test_empty_batch_changes_nothing() -> None:
    assert text(changed({"op": "batch", "edits": []})) == text(parsed())


def test_edits_work_on_an_empty_draft() -> None:
    draft = parsed(drawing({}), draft=True)
    design = changed({"op": "add", "node": {"id": "users", "kind": "client"}}, draft)
    assert ids(design.nodes) == ["users"]


def test_full_design_can_be_cleared_and_put_back() -> None:
    names = [f"n{number}" for number in range(NODES)]
    pairs = [(names[number % 250], names[250 + number % 249]) for number in range(LINKS)]
    changed({"op": "remove", "ids": names}, parsed(drawing(dict.fromkeys(names, "service"), *pairs), draft=True))


def test_result_shares_nothing_with_the_edit() -> None:
    script = [{"at_s": 1, "command": "inject", "id": "f1", "fault": "crash", "target": "web", "selector": {"n": 1}}]
    node = {"id": "more", "kind": "client", "params": {"pattern": [[0, 1]]}}
    edit = {"op": "batch", "edits": [{"op": "script", "script": script}, {"op": "add", "node": node}]}
    result, _, _ = apply(parsed(), edit)
    assert result is not None
    before = text(result)
    script[0]["selector"]["n"] = 9  # type: ignore[index]
    node["params"]["pattern"][0][1] = 9  # type: ignore[index]
    assert text(result) == before


def test_complete_edit_spells_out_what_it_adds_and_does_the_same() -> None:
    add = {"op": "add", "node": {"id": "more", "kind": "service"}, "index": 0}
    connect = {"op": "connect", "link": {"id": "l9", "source": "lb", "target": "more"}}
    rename = {"op": "rename", "id": "web", "name": "W"}
    full = complete({"op": "batch", "edits": [add, {"op": "batch", "edits": [connect]}, rename]})
    node = {"id": "more", "kind": "service", "name": "Service", "x": 0, "y": 0, "zone": None, "params": {}}
    link = connect["link"] | {"params": {}}  # type: ignore[operator]
    inner = {"op": "batch", "edits": [{"op": "connect", "link": link}]}
    assert full == {"op": "batch", "edits": [{"op": "add", "node": node, "index": 0}, inner, rename]}
    assert apply(parsed(), full)[0] == apply(parsed(), {"op": "batch", "edits": [add, connect, rename]})[0]


@settings(max_examples=100)
@given(st.data())
def test_inverse_restores_any_design_after_any_edits(data: st.DataObject) -> None:
    design = parsed(data.draw(documents(fewest=3)), draft=True)
    for _ in range(3):
        edit = json.loads(json.dumps(data.draw(edits(design))))
        before = text(design)
        result, problems, inverse = apply(design, edit)
        assert text(design) == before
        if result is None:
            assert problems
            assert inverse is None
            continue
        assert problems == []
        assert check(result) == []
        assert parse(json.loads(text(result)), draft=True) == (result, [])
        assert apply(design, complete(edit)) == (result, [], inverse)
        back, problems, _ = apply(result, json.loads(json.dumps(inverse)))
        assert problems == []
        assert back is not None
        assert text(back) == before
        design = result
