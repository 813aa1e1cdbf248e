from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from components.design import as_dict, check, parse, runnable
from components.limits import DESIGN_BYTES, LINKS, NODES, PROBLEMS
from components.problem import Problem
from tests.components.examples import drawing, parsed, shop
from tests.components.made import documents

Change = Callable[[dict[str, Any]], object]


def put(*path: str | int, value: Any) -> Change:
    """A change that sets the value at a path of the document."""

    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def drop(*path: str | int) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


def also(key: str, item: Any) -> Change:
    return lambda document: document[key].append(item)


ID_RULE = "must be 1 to 40 of a-z, 0-9, _ and -"

BROKEN: dict[str, tuple[Change, tuple[str, str, Any, str]]] = {
    "no format": (drop("format"), ("design", "format", None, "must be given; the newest is 1")),
    "later format": (put("format", value=2), ("design", "format", 2, "must be 1")),
    "format as a flag": (put("format", value=True), ("design", "format", True, "must be 1")),
    "unknown field": (put("nodez", value=[]), ("design", "nodez", [], "is not a field of a design; did you mean nodes?")),
    "name is a number": (put("name", value=5), ("design", "name", 5, "must be text")),
    "half a character": (
        put("description", value="\ud800"),
        ("design", "description", "\ud800", "must not hold control characters or half characters"),
    ),
    "scale of zero": (put("scale", value=0), ("design", "scale", 0, "must be between 1 and 1000000")),
    "no nodes": (drop("nodes"), ("design", "nodes", None, "must be given")),
    "nodes are text": (put("nodes", value="web"), ("design", "nodes", "web", "must be a list")),
    "links are null": (put("links", value=None), ("design", "links", None, "must be a list")),
    "node is a number": (put("nodes", 2, value=5), ("design", "nodes[2]", 5, "must be an object")),
    "node without an id": (drop("nodes", 2, "id"), ("design", "nodes[2].id", None, "must be given")),
    "bad id": (put("nodes", 2, "id", value="We b"), ("design", "nodes[2].id", "We b", ID_RULE)),
    "id is a list": (put("nodes", 2, "id", value=["web"]), ("design", "nodes[2].id", ["web"], ID_RULE)),
    "no kind": (drop("nodes", 2, "kind"), ("web", "kind", None, "must be given")),
    "unknown kind": (
        put("nodes", 2, "kind", value="servise"),
        ("web", "kind", "servise", "is not a kind of component; did you mean service?"),
    ),
    "kind is a list": (put("nodes", 2, "kind", value=[]), ("web", "kind", [], "is not a kind of component")),
    "field of a node": (put("nodes", 2, "colour", value=1), ("web", "colour", 1, "is not a field of a node")),
    "x is nan": (put("nodes", 2, "x", value=math.nan), ("web", "x", math.nan, "must be a number")),
    "y is far away": (put("nodes", 2, "y", value=1e7), ("web", "y", 1e7, "must be between -1000000 and 1000000")),
    "x is a flag": (put("nodes", 2, "x", value=True), ("web", "x", True, "must be a number")),
    "zone": (put("nodes", 2, "zone", value="eu"), ("web", "zone", "eu", "must be null: there are no zones yet")),
    "params are a list": (put("nodes", 2, "params", value=[]), ("web", "params", [], "must be an object")),
    "unknown parameter": (
        put("nodes", 2, "params", "worker", value=4),
        ("web", "worker", 4, "is not a parameter of service; did you mean workers?"),
    ),
    "out of range": (
        put("nodes", 2, "params", "workers", value=-3),
        ("web", "workers", -3, "must be between 1 and 10000"),
    ),
    "infinite": (put("nodes", 0, "params", "rate_rps", value=math.inf), ("users", "rate_rps", math.inf, "must be a number")),
    "huge": (
        put("nodes", 2, "params", "workers", value=10**400),
        ("web", "workers", 10**400, "must be between 1 and 10000"),
    ),
    "flag for a number": (
        put("nodes", 2, "params", "workers", value=True),
        ("web", "workers", True, "must be a whole number"),
    ),
    "group is a number": (put("nodes", 4, "params", "wal", value=1), ("db", "wal", 1, "must be an object")),
    "key of a group": (
        put("nodes", 4, "params", "wal", value={"fsync": 1}),
        ("db", "wal.fsync", 1, "is not a key of wal; did you mean fsync_ms?"),
    ),
    "value in a group": (
        put("links", 0, "params", "retry", "max", value=1000),
        ("l1", "retry.max", 1000, "must be between 0 and 100"),
    ),
    "link is null": (put("links", 1, value=None), ("design", "links[1]", None, "must be an object")),
    "link without a target": (drop("links", 1, "target"), ("l2", "target", None, "must be given")),
    "link without an id": (drop("links", 1, "id"), ("design", "links[1].id", None, "must be given")),
    "option of a link": (
        put("links", 1, "params", "timeout", value=5),
        ("l2", "timeout", 5, "is not a parameter of a link; did you mean timeout_ms?"),
    ),
    "params of a link": (put("links", 1, "params", value=7), ("l2", "params", 7, "must be an object")),
    "field of a link": (put("links", 1, "from", value="lb"), ("l2", "from", "lb", "is not a field of a link")),
    "twice in nodes": (put("nodes", 3, "id", value="web"), ("web", "id", "web", "is the id of another node or link")),
    "node and link": (put("links", 3, "id", value="web"), ("web", "id", "web", "is the id of another node or link")),
    "dangling target": (
        put("links", 1, "target", value="wep"),
        ("l2", "target", "wep", "is no node of the design; did you mean web?"),
    ),
    "dangling source": (put("links", 1, "source", value="zz"), ("l2", "source", "zz", "is no node of the design")),
    "link to a link": (
        put("links", 1, "target", value="l3"),
        ("l2", "target", "l3", "is no node of the design"),
    ),
    "self": (put("links", 1, "target", value="lb"), ("l2", "target", "lb", "must not be the source itself")),
    "into a client": (
        put("links", 2, "target", value="users"),
        ("l3", "target", "users", "must not be a client: it only sends"),
    ),
    "too many links": (
        also("links", {"id": "l5", "source": "cache", "target": "db"}),
        ("cache", "links", 2, "must be at most 1 outgoing"),
    ),
    "database calls": (
        also("links", {"id": "l5", "source": "db", "target": "web"}),
        ("db", "links", 1, "must be 0 outgoing: a sql_primary calls nothing"),
    ),
    "cycle": (
        put("links", 3, "target", value="lb"),
        (
            "l4", "target", "lb",
            "must not close a cycle of calls that wait for each other: lb -> web -> cache -> lb",
        ),
    ),
    "script is an object": (put("script", value={}), ("design", "script", {}, "must be a list")),
    "entry is text": (put("script", 0, value="crash"), ("script[0]", "", "crash", "must be an object")),
    "entry aims at nothing": (
        put("script", 0, "target", value="wep"),
        ("script[0]", "target", "wep", "is no node or link of the design; did you mean web?"),
    ),
    "slos are null": (put("slos", value=None), ("design", "slos", None, "must be a list")),
    "objective is null": (put("slos", 0, value=None), ("slos[0]", "", None, "must be an object")),
    "objective without a name": (drop("slos", 0, "name"), ("slos[0]", "name", None, "must be given")),
    "indicator": (put("slos", 0, "sli", value="speed"), ("slos[0]", "sli", "speed", "must be one of latency, availability")),
    "no threshold": (drop("slos", 0, "threshold_ms"), ("slos[0]", "threshold_ms", None, "must be given")),
    "threshold of availability": (
        put("slos", 0, "sli", value="availability"),
        ("slos[0]", "threshold_ms", 150, "is for the sli latency"),
    ),
    "target of 1": (put("slos", 0, "target", value=1), ("slos[0]", "target", 1, "must be more than 0 and less than 1")),
    "target of 0": (put("slos", 0, "target", value=0.0), ("slos[0]", "target", 0.0, "must be more than 0 and less than 1")),
    "target in percent": (put("slos", 0, "target", value=99), ("slos[0]", "target", 99, "must be between 0 and 1")),
    "key of an objective": (put("slos", 0, "goal", value=1), ("slos[0]", "goal", 1, "is not a field of an objective")),
    "objectives of one name": (
        also("slos", {"name": "fast reads", "sli": "availability", "target": 0.9}),
        ("slos[1]", "name", "fast reads", "is the name of another objective"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("draft", [False, True])
def test_mistake_is_named_with_place_field_value_and_rule(case: str, draft: bool) -> None:
    change, (where, field, value, rule) = BROKEN[case]
    document = shop()
    if not case.startswith(("entry", "script")):
        document["script"] = []
    change(document)
    design, problems = parse(document, draft)
    assert design is None
    assert [repr(problem) for problem in problems] == [repr(Problem(where, field, value, rule))]


INCOMPLETE: dict[str, tuple[dict[str, Any], list[Problem]]] = {
    "nothing": (drawing({}), [Problem("design", "nodes", None, "must have a client: nothing sends requests")]),
    "client alone": (drawing({"users": "client"}), [Problem("users", "links", 0, "must be at least 1 outgoing")]),
    "balancer without targets": (
        drawing({"users": "client", "lb": "load_balancer"}, ("users", "lb")),
        [Problem("lb", "links", 0, "must be at least 1 outgoing")],
    ),
    "no client": (
        drawing({"web": "service"}),
        [Problem("design", "nodes", None, "must have a client: nothing sends requests")],
    ),
}


@pytest.mark.parametrize("case", INCOMPLETE)
def test_draft_may_be_incomplete_and_cannot_run(case: str) -> None:
    document, problems = INCOMPLETE[case]
    assert runnable(parsed(document, draft=True)) == problems
    assert parse(document) == (None, problems)


@pytest.mark.parametrize("data", [None, 5, "design", [], math.nan, [[]]], ids=repr)
def test_design_must_be_an_object(data: object) -> None:
    _, problems = parse(data)
    assert [(problem.where, problem.field, problem.rule) for problem in problems] == [
        ("design", "", "must be an object")
    ]


def test_all_mistakes_come_back_at_once() -> None:
    document = shop()
    document["nodes"][2]["params"] |= {"workers": 0, "replicas": 99}
    document["links"][0]["params"]["loss_p"] = 2
    document["slos"][0]["target"] = 2
    _, problems = parse(document)
    places = [(problem.where, problem.field) for problem in problems]
    assert sorted(places) == [("l1", "loss_p"), ("slos[0]", "target"), ("web", "replicas"), ("web", "workers")]


def test_every_tangle_of_cycles_is_named_once() -> None:
    kinds = dict.fromkeys(["a", "b", "c", "d", "e"], "service")
    _, problems = parse(
        drawing(kinds, ("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "c")), draft=True
    )
    assert [(problem.where, problem.rule.partition(": ")[2]) for problem in problems] == [
        ("l1", "a -> b -> a"),
        ("l5", "c -> d -> e -> c"),
    ]


def test_long_cycle_is_shortened() -> None:
    names = [f"n{number}" for number in range(50)]
    _, problems = parse(
        drawing(dict.fromkeys(names, "service"), *zip(names, [*names[1:], "n0"], strict=True)), draft=True
    )
    assert problems[0].rule.endswith("n0 -> n1 -> n2 -> n3 -> n4 -> n5 -> n6 -> n7 -> n8 -> n9 -> … -> n0")


def test_diamond_is_no_cycle() -> None:
    kinds = {"u": "client", "a": "service", "b": "service", "c": "service", "d": "service"}
    parsed(drawing(kinds, ("u", "a"), ("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")))


def services(count: int) -> dict[str, str]:
    return {f"n{number}": "service" for number in range(count)}


def test_limits_on_nodes_and_links() -> None:
    assert parse(drawing(services(NODES)), draft=True)[1] == []
    assert parse(drawing(services(NODES + 1)), draft=True)[1] == [
        Problem("design", "nodes", "501 nodes", "must be at most 500 nodes")
    ]
    full = drawing(services(2), *[("n0", "n1")] * LINKS)
    assert parse(full, draft=True)[1] == []
    full["links"].append({"id": "more", "source": "n0", "target": "n1"})
    assert parse(full, draft=True)[1] == [Problem("design", "links", "2001 links", "must be at most 2000 links")]


def test_design_must_not_be_larger_than_a_file_may_be() -> None:
    document = drawing({f"c{number}": "client" for number in range(500)})
    for node in document["nodes"]:
        node["params"] = {"pattern": [[at + 0.123456, 1.23456789] for at in range(200)]}
    _, problems = parse(document, draft=True)
    assert [(problem.where, problem.rule) for problem in problems] == [
        ("design", f"must be at most {DESIGN_BYTES} bytes")
    ]


def test_answer_is_short_however_much_is_wrong() -> None:
    document = drawing(services(NODES))
    for node in document["nodes"]:
        node["params"] = {f"wrong{number}": number for number in range(300)}
    assert len(parse(document)[1]) == PROBLEMS


def test_design_shares_nothing_with_its_document() -> None:
    document = shop()
    document["nodes"][0]["params"]["pattern"] = [[0, 1]]
    before = as_dict(parsed(document))
    design = parsed(document)
    document["nodes"][0]["params"]["pattern"][0][1] = 9
    document["links"][0]["params"]["retry"]["max"] = 9
    document["script"][0]["selector"]["n"] = 9
    document["slos"][0]["target"] = 0.5
    assert as_dict(design) == before


def test_missing_parts_get_their_defaults() -> None:
    design = parsed({"format": 1, "nodes": [{"id": "web", "kind": "service"}]}, draft=True)
    assert as_dict(design) == {
        "format": 1,
        "name": "",
        "description": "",
        "scale": 1,
        "nodes": [{"id": "web", "kind": "service", "name": "Service", "x": 0, "y": 0, "zone": None, "params": {}}],
        "links": [],
        "script": [],
        "slos": [],
    }
    assert design.node("web").filled["workers"] == 16


def test_absent_option_is_off_and_empty_option_is_on() -> None:
    design = parsed()
    assert design.link("l1").filled["retry"]["max"] == 3
    assert design.link("l1").filled["retry"]["backoff"] == "exp"
    assert design.link("l1").filled["circuit_breaker"] is None
    assert design.node("db").filled["wal"]["fsync_ms"] == 1.0


def test_preset_fills_the_round_trip_unless_it_is_given() -> None:
    document = shop()
    document["links"][1]["params"] = {"preset": "region_far"}
    document["links"][2]["params"] = {"preset": "region_far", "rtt_ms": 3}
    design = parsed(document)
    assert [design.link(id).filled["rtt_ms"] for id in ("l1", "l2", "l3")] == [0.5, 150.0, 3]


def test_design_knows_its_parts() -> None:
    design = parsed()
    assert [link.id for link in design.links_from("web")] == ["l3"]
    assert [link.id for link in design.links_to("web")] == ["l2"]
    assert design.links_to("users") == ()
    assert design.find("db") is design.node("db")
    assert design.find("l1") is design.link("l1")
    assert design.find("nobody") is None
    assert design.find(["db"]) is None
    with pytest.raises(KeyError):
        design.node("l1")


@given(documents())
def test_design_round_trips_through_its_document(document: dict[str, Any]) -> None:
    design = parsed(document, draft=True)
    text = json.dumps(as_dict(design), allow_nan=False)
    again = parsed(json.loads(text), draft=True)
    assert again == design
    assert json.dumps(as_dict(again)) == text
    assert check(design) == []
