from __future__ import annotations

from typing import Any

import pytest

from components.catalog import KINDS
from components.commands import Command, parse
from components.faults import FAULTS
from components.limits import SCRIPT_ENTRIES
from components.problem import Problem
from components.reading import paths
from tests.components.examples import drawing, parsed, shop

CRASH = {"command": "inject", "id": "f9", "fault": "crash", "target": "web"}
SET = {"command": "set", "target": "web", "param": "workers", "value": 8}
LOAD = {"command": "load", "target": "users", "factor": 2}
LATENCY = {"command": "inject", "id": "f9", "fault": "latency", "target": "l2"}

BROKEN: dict[str, tuple[Any, tuple[str, Any, str]]] = {
    "not an object": ("crash", ("", "crash", "must be an object")),
    "no command": ({"id": "f9"}, ("command", None, "must be one of inject, heal, set, load, edit")),
    "unknown command": (
        CRASH | {"command": "injct"},
        ("command", "injct", "must be one of inject, heal, set, load, edit; did you mean inject?"),
    ),
    "command is a list": ({"command": ["set"]}, ("command", ["set"], "must be one of inject, heal, set, load, edit")),
    "edit of nothing": ({"command": "edit"}, ("edit", None, "must be given")),
    "edit without an op": ({"command": "edit", "edit": {}}, ("edit", {}, "must be an object with an op")),
    "live with a time": (CRASH | {"at_s": 5}, ("at_s", 5, "is for script entries; a live command acts at once")),
    "ramp": (CRASH | {"ramp_s": 5}, ("ramp_s", 5, "must be absent: crash has no size")),
    "abort": (CRASH | {"abort_if": {}}, ("abort_if", {}, "is not available yet")),
    "unknown fault": (
        CRASH | {"fault": "crush"},
        ("fault", "crush", f"must be one of {', '.join(FAULTS)}"),
    ),
    "fault is a list": (
        CRASH | {"fault": []},
        ("fault", [], f"must be one of {', '.join(FAULTS)}"),
    ),
    "no id": ({"command": "inject", "fault": "crash", "target": "web"}, ("id", None, "must be given")),
    "bad id": (CRASH | {"id": "F 1"}, ("id", "F 1", "must be 1 to 40 of a-z, 0-9, _ and -")),
    "no target": ({"command": "inject", "fault": "crash", "id": "f9"}, ("target", None, "must be given")),
    "unknown target": (
        CRASH | {"target": "wep"},
        ("target", "wep", "is no node or link of the design; did you mean web?"),
    ),
    "key of another fault": (CRASH | {"factor": 2}, ("factor", 2, "is not a key of inject crash")),
    "parameter of the fault": (
        CRASH | {"fault": "slow", "factor": 0},
        ("factor", 0, "must be between 0.1 and 1000"),
    ),
    "fault of nodes on a link": (CRASH | {"target": "l2"}, ("fault", "crash", "cannot happen to a link, only to a node")),
    "fault that the kind does not know": (
        CRASH | {"fault": "cache_flush"},
        ("fault", "cache_flush", "cannot happen to web, a service"),
    ),
    "crash of clients": (CRASH | {"target": "users"}, ("fault", "crash", "cannot happen to users, a client")),
    "spike of a service": (CRASH | {"fault": "spike"}, ("fault", "spike", "cannot happen to web, a service")),
    "unknown selector": (
        CRASH | {"selector": "some"},
        ("selector", "some", 'must be all, one, {"n": 1} or {"percent": 50}'),
    ),
    "selector with two keys": (
        CRASH | {"selector": {"n": 1, "percent": 5}},
        ("selector", {"n": 1, "percent": 5}, 'must be all, one, {"n": 1} or {"percent": 50}'),
    ),
    "more than there are": (
        CRASH | {"selector": {"n": 4}},
        ("selector", {"n": 4}, "must be between 1 and 3, as web has 3 replicas"),
    ),
    "half a replica": (
        CRASH | {"selector": {"n": 1.5}},
        ("selector", {"n": 1.5}, "must be a whole number, as web has 3 replicas"),
    ),
    "no percent": (
        CRASH | {"selector": {"percent": 0}},
        ("selector", {"percent": 0}, "must be between 0.01 and 100"),
    ),
    "selector on a link": (
        LATENCY | {"selector": "one"},
        ("selector", "one", "must be all or absent: latency hits all of l2"),
    ),
    "selector of a fault without replicas": (
        LATENCY | {"target": "web", "selector": {"n": 1}},
        ("selector", {"n": 1}, "must be all or absent: latency hits all of web"),
    ),
    "no time at all": (CRASH | {"for_s": 0}, ("for_s", 0, "must be between 0.001 and 31536000")),
    "duration is null": (CRASH | {"for_s": None}, ("for_s", None, "must not be null")),
    "duration of an instant": (
        CRASH | {"fault": "cache_flush", "target": "cache", "for_s": 5},
        ("for_s", 5, "must be absent: cache_flush happens once"),
    ),
    "heal nothing": ({"command": "heal"}, ("id", None, "must be given")),
    "heal with a target": (
        {"command": "heal", "id": "f1", "target": "web"},
        ("target", "web", "is not a key of heal"),
    ),
    "set nobody": (SET | {"target": "nobody"}, ("target", "nobody", "is no node or link of the design")),
    "set an unknown parameter": (
        SET | {"param": "worker"},
        ("param", "worker", "is not a parameter of service; did you mean workers?"),
    ),
    "parameter is a list": (SET | {"param": ["workers"]}, ("param", ["workers"], "is not a parameter of service")),
    "set an unknown option": (
        SET | {"target": "l1", "param": "retry.most"},
        ("param", "retry.most", "is not a parameter of a link; did you mean retry.on?"),
    ),
    "no value": ({"command": "set", "target": "web", "param": "workers"}, ("value", None, "must be given")),
    "value out of range": (SET | {"value": 0}, ("value", 0, "must be between 1 and 10000")),
    "value of a wrong type": (SET | {"value": "8"}, ("value", "8", "must be a whole number")),
    "value is null": (SET | {"value": None}, ("value", None, "must not be null")),
    "too few replicas": (
        SET | {"param": "replicas", "value": 0},
        ("value", 0, "must be between 1 and 50"),
    ),
    "whole group": (
        SET | {"target": "l1", "param": "retry", "value": {"max": -1}},
        ("value", {"max": -1}, "must be between 0 and 100"),
    ),
    "load on a service": (LOAD | {"target": "web"}, ("target", "web", "must be a client")),
    "load on a link": (LOAD | {"target": "l1"}, ("target", "l1", "must be a client")),
    "load on nobody": (LOAD | {"target": "user"}, ("target", "user", "is no node or link of the design; did you mean users?")),
    "load of less than nothing": (LOAD | {"factor": -1}, ("factor", -1, "must be between 0 and 1000")),
    "too much load": (LOAD | {"factor": 1001}, ("factor", 1001, "must be between 0 and 1000")),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_mistake_is_named(case: str) -> None:
    data, (field, value, rule) = BROKEN[case]
    assert parse(data, parsed(), scheduled=False) == (None, [Problem("command", field, value, rule)])


LEGAL: list[tuple[dict[str, Any], Command]] = [
    (
        CRASH,
        Command(
            "inject", id="f9", fault="crash", target="web", selector="all",
            params={"blackhole": False, "restart_after_s": None},
        ),
    ),
    (
        CRASH | {"selector": {"n": 2}, "for_s": 60, "blackhole": True},
        Command(
            "inject", id="f9", fault="crash", target="web", selector={"n": 2}, for_s=60,
            params={"blackhole": True, "restart_after_s": None},
        ),
    ),
    (
        LATENCY | {"add_ms": 30},
        Command(
            "inject", id="f9", fault="latency", target="l2", selector="all", params={"add_ms": 30, "jitter_ms": 0.0}
        ),
    ),
    ({"command": "heal", "id": "f9"}, Command("heal", id="f9")),
    (SET, Command("set", target="web", param="workers", value=8)),
    (
        SET | {"target": "l1", "param": "timeout_ms", "value": None},
        Command("set", target="l1", param="timeout_ms", value=None),
    ),
    (SET | {"target": "l1", "param": "retry.max"}, Command("set", target="l1", param="retry.max", value=8)),
    (SET | {"target": "db", "param": "wal.fsync_ms"}, Command("set", target="db", param="wal.fsync_ms", value=8)),
    (LOAD, Command("load", target="users", factor=2)),
    (LOAD | {"factor": 0}, Command("load", target="users", factor=0)),
]  # fmt: skip


@pytest.mark.parametrize(("data", "command"), LEGAL, ids=lambda part: part["command"] if isinstance(part, dict) else "")
def test_legal_command_is_read_and_round_trips(data: dict[str, Any], command: Command) -> None:
    design = parsed()
    assert parse(data, design, scheduled=False) == (command, [])
    assert parse(command.as_dict(), design, scheduled=False) == (command, [])
    scheduled, _ = parse(data | {"at_s": 5}, design, scheduled=True)
    assert scheduled is not None
    assert scheduled.at_s == 5
    assert parse(scheduled.as_dict(), design, scheduled=True) == (scheduled, [])


def test_the_site_may_give_a_live_command_a_moment() -> None:
    assert parse(CRASH | {"at_s": 5}, parsed(), scheduled=False, timed=True)[1] == []
    assert parse(CRASH, parsed(), scheduled=False, timed=True)[1] == []


def test_every_mistake_of_a_command_is_named() -> None:
    _, problems = parse(CRASH | {"id": 5, "for_s": -1, "colour": "red", "ramp_s": -1}, parsed(), scheduled=False)
    assert sorted(problem.field for problem in problems) == ["colour", "for_s", "id", "ramp_s"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
def test_fault_hits_the_kinds_that_name_it_and_links_if_it_is_of_links(kind: str, fault: str) -> None:
    design = parsed(drawing({"users": "client", "x": kind, "y": "service"}, ("users", "y")), draft=True)
    inject = {"command": "inject", "id": "f1", "fault": fault}
    on_node, _ = parse(inject | {"target": "x"}, design, scheduled=False)
    on_link, _ = parse(inject | {"target": "l0"}, design, scheduled=False)
    assert (on_node is not None) == (FAULTS[fault].fits(KINDS[kind].faults) or "link" in FAULTS[fault].on)
    assert (on_link is not None) == ("link" in FAULTS[fault].on)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_can_be_set_in_a_run(kind: str) -> None:
    design = parsed(drawing({"x": kind}), draft=True)
    for path in paths(KINDS[kind].params):
        head, _, tail = path.partition(".")
        param = KINDS[kind].params[head]
        if tail and param.default is None:  # its group is off
            continue
        param = param.fields[tail] if tail else param  # type: ignore[attr-defined]
        command, problems = parse(
            {"command": "set", "target": "x", "param": path, "value": param.default}, design, scheduled=False
        )
        allowed = param.check(param.default) is None and head not in KINDS[kind].fixed
        assert (command is not None) == allowed, problems


SCRIPTS: dict[str, tuple[list[dict[str, Any]], list[Problem]]] = {
    "no time": ([CRASH], [Problem("script[0]", "at_s", None, "must be given")]),
    "before the start": (
        [CRASH | {"at_s": -1}],
        [Problem("script[0]", "at_s", -1, "must be between 0 and 31536000")],
    ),
    "one id twice": (
        [CRASH | {"at_s": 1}, CRASH | {"at_s": 2}],
        [Problem("script[1]", "id", "f9", "is the id of another fault of the script")],
    ),
    "heals what is not there": (
        [{"at_s": 5, "command": "heal", "id": "f9"}],
        [Problem("script[0]", "id", "f9", "must be the id of a fault that the script injects before")],
    ),
    "heals too early": (
        [{"at_s": 5, "command": "heal", "id": "f9"}, CRASH | {"at_s": 6}],
        [Problem("script[0]", "id", "f9", "must be the id of a fault that the script injects before")],
    ),
    "edit": (
        [{"at_s": 5, "command": "edit", "edit": {}}],
        [Problem("script[0]", "edit", {}, "must be an object with an op")],
    ),
    "too long": (
        [LOAD | {"at_s": number} for number in range(SCRIPT_ENTRIES + 1)],
        [Problem("design", "script", SCRIPT_ENTRIES + 1, f"must have at most {SCRIPT_ENTRIES} entries")],
    ),
    "out of order in the file": ([{"at_s": 9, "command": "heal", "id": "f9"}, CRASH | {"at_s": 6}], []),
    "healed at once": ([CRASH | {"at_s": 6}, {"at_s": 6, "command": "heal", "id": "f9"}], []),
}


@pytest.mark.parametrize("case", SCRIPTS)
def test_script_is_checked_as_a_whole(case: str) -> None:
    from components.design import parse as parse_design

    script, problems = SCRIPTS[case]
    assert parse_design(shop() | {"script": script})[1] == problems
