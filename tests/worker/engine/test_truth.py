"""Who shares a truth: stores with the same keys and whoever holds copies of them."""

from __future__ import annotations

import pytest

from components.base import Component
from components.catalog import KINDS
from components.model import Design, Link, Node
from worker.engine.truths import truth_groups


class Store(Component):
    keeps_truth = True


class Copy(Component):
    reads_truth = True


class Both(Component):
    keeps_truth = reads_truth = True


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Store, Copy, Both, Component):
        monkeypatch.setitem(KINDS, kind.__name__.lower(), kind)


def design(kinds: dict[str, str], *links: str) -> Design:
    """Links are written a>b."""
    ends = [link.split(">") for link in links]
    nodes = tuple(Node(id, kind, id) for id, kind in kinds.items())
    return Design(nodes=nodes, links=tuple(Link(f"l{n}", a, b) for n, (a, b) in enumerate(ends)))


def test_a_store_that_nobody_copies_keeps_no_truth() -> None:
    assert truth_groups(design({"web": "component", "db": "store"}, "web>db"), ()) == {}


def test_a_copy_looks_past_what_only_passes_requests_on() -> None:
    found = truth_groups(design({"c": "copy", "web": "component", "db": "store"}, "c>web", "web>db"), ())
    assert found == {"c": "db", "db": "db"}


def test_shards_under_one_cache_are_one_truth_and_another_database_is_its_own() -> None:
    kinds = {"c": "copy", "a": "store", "b": "store", "d": "copy", "e": "store"}
    found = truth_groups(design(kinds, "c>b", "c>a", "d>e"), ())
    assert found == {"c": "a", "a": "a", "b": "a", "d": "e", "e": "e"}


def test_a_copy_is_tied_to_its_store_by_a_wire_and_stores_end_the_search() -> None:
    kinds = {"c": "copy", "replica": "copy", "primary": "store", "behind": "store"}
    found = truth_groups(design(kinds, "c>replica", "primary>behind"), [("primary", "replica")])
    assert found == {"c": "primary", "replica": "primary", "primary": "primary"}


def test_who_keeps_and_reads_has_its_own() -> None:
    assert truth_groups(design({"kv": "both", "db": "store"}, "kv>db"), ()) == {"kv": "kv"}
