from __future__ import annotations

from components.graph import cycles, layout, reachable
from components.model import Design, Link, Node
from tests.components.examples import drawing, parsed


def raw(*links: tuple[str, str]) -> Design:
    """A design that was not checked: it may have cycles."""
    names = sorted({end for link in links for end in link})
    nodes = tuple(Node(name, "service", name) for name in names)
    return Design(nodes=nodes, links=tuple(Link(f"l{place}", a, b) for place, (a, b) in enumerate(links)))


def test_cycle_ends_with_the_link_that_closed_it() -> None:
    found = cycles(raw(("a", "b"), ("b", "c"), ("c", "d"), ("c", "a")))
    assert [[link.id for link in cycle] for cycle in found] == [["l0", "l1", "l3"]]


def test_second_link_between_the_same_nodes_closes_no_cycle() -> None:
    assert cycles(raw(("a", "b"), ("a", "b"))) == []


def test_reachable_follows_the_calls() -> None:
    design = parsed()
    assert reachable(design, "users") == {"lb", "web", "cache", "db"}
    assert reachable(design, "cache") == {"db"}
    assert reachable(design, "db") == set()


def test_clients_stand_left_and_calls_go_right() -> None:
    kinds = {"db": "sql_primary", "web": "service", "users": "client", "other": "client"}
    design = parsed(drawing(kinds, ("users", "web"), ("web", "db"), ("other", "db")))
    places = layout(design)
    assert list(places) == list(kinds)
    assert [places[id][0] for id in ("users", "other", "web", "db")] == [0, 0, 288, 576]


def test_service_that_nobody_calls_stands_before_what_it_calls() -> None:
    kinds = {"users": "client", "web": "service", "db": "sql_primary", "job": "service"}
    places = layout(parsed(drawing(kinds, ("users", "web"), ("web", "db"), ("job", "db"))))
    assert places["job"][0] == places["web"][0] == 288


def test_layout_of_nothing_is_empty() -> None:
    assert layout(parsed(drawing({}), draft=True)) == {}
