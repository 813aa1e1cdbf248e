"""Rules compare two documents, so it does not matter by which edit something changed."""

from __future__ import annotations

from typing import Any

import pytest

from components.design import Design, parse
from components.edits import apply
from components.rules import broken

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "x",
    "nodes": [
        {"id": "users", "kind": "client", "name": "Users"},
        {"id": "web", "kind": "service", "name": "Web", "params": {"replicas": 2}},
        {"id": "db", "kind": "sql_primary", "name": "DB"},
    ],
    "links": [
        {"id": "l1", "source": "users", "target": "web"},
        {"id": "l2", "source": "web", "target": "db", "params": {"timeout_ms": 500}},
    ],
}
RULES: dict[str, Any] = {
    "locked": ["users", "db", "l2"], "stay": ["web"], "kinds": ["service", "cache"], "most": {"service": 4},
    "fixed": ["price_per_hour", "service_time_ms", "rtt_ms"], "keep": ["scale", "script", "slos"],
}  # fmt: skip
CACHE = {"op": "add", "node": {"id": "c", "kind": "cache", "name": "C"}}


def design() -> Design:
    parsed, problems = parse(DOCUMENT, draft=True)
    assert parsed is not None, problems
    return parsed


def after(edit: dict[str, Any]) -> Design:
    changed, problems, _ = apply(design(), edit)
    assert changed is not None, problems
    return changed


ALLOWED = [
    {"op": "move", "to": {"users": [8, 8], "db": [16, 16]}},
    {"op": "rename", "id": "db", "name": "Postgres"},
    {"op": "set", "id": "web", "param": "replicas", "value": 4},
    {"op": "set", "id": "l1", "param": "timeout_ms", "value": 10},
    CACHE,
    {"op": "set", "id": "db", "param": "max_conns", "value": 100},  # its default, said aloud
]
REFUSED = [
    ("users", "params", {"op": "set", "id": "users", "param": "rate_rps", "value": 1}),
    ("db", "", {"op": "remove", "ids": ["db"]}),
    ("l2", "params", {"op": "set", "id": "l2", "param": "timeout_ms", "value": 10}),
    ("lb", "kind", {"op": "add", "node": {"id": "lb", "kind": "load_balancer", "name": "LB"}}),
    ("design", "service", {"op": "set", "id": "web", "param": "replicas", "value": 5}),
    ("web", "service_time_ms", {"op": "set", "id": "web", "param": "service_time_ms", "value": 1}),
    ("c", "service_time_ms", CACHE | {"node": {**CACHE["node"], "params": {"service_time_ms": 0.001}}}),  # type: ignore[dict-item]
    ("web", "", {"op": "remove", "ids": ["web"]}),
    ("web", "price_per_hour", {"op": "set", "id": "web", "param": "price_per_hour", "value": 0}),
    ("l1", "rtt_ms", {"op": "set", "id": "l1", "param": "rtt_ms", "value": 0}),
    ("l9", "rtt_ms", {"op": "connect", "link": {"id": "l9", "source": "web", "target": "db", "params": {"rtt_ms": 0}}}),
    ("design", "scale", {"op": "describe", "scale": 10}),
    ("design", "slos", {"op": "slos", "slos": [{"name": "a", "sli": "availability", "target": 0.9}]}),
    ("design", "script", {"op": "script", "script": [{"at_s": 1, "command": "load", "target": "users", "factor": 0}]}),
]


@pytest.mark.parametrize("edit", ALLOWED)
def test_what_no_rule_names_may_change(edit: dict[str, Any]) -> None:
    assert broken(RULES, design(), after(edit)) == []
    assert broken({"frozen": "Editing is frozen."}, design(), after(edit))


@pytest.mark.parametrize(("where", "field", "edit"), REFUSED)
def test_what_a_rule_names_is_refused(where: str, field: str, edit: dict[str, Any]) -> None:
    found = broken(RULES, design(), after(edit))
    assert (where, field) in {(problem.where, problem.field) for problem in found}
    assert broken({}, design(), after(edit)) == []


def test_removing_and_adding_again_is_no_way_around() -> None:
    again = {"id": "db", "kind": "sql_primary", "name": "DB", "params": {"service_time_ms": 0.1}}
    edits = [{"op": "remove", "ids": ["db"]}, {"op": "add", "node": again}]
    found = broken(RULES, design(), after({"op": "batch", "edits": edits}))
    assert ("db", "params") in [(problem.where, problem.field) for problem in found]
    assert ("l2", "") in [(problem.where, problem.field) for problem in found]  # it went with its node
