"""The edits that turn one design into another, as one batch: what restoring an old revision does.

It says as little as it can: what both have stays untouched, so that locks and co-editors see what really changes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from components.model import Design, Link, Node

Edit = dict[str, Any]
Part = TypeVar("Part", Node, Link)
HEAD = ("name", "description", "scale")


def diff(before: Design, after: Design) -> Edit | None:
    """A batch that makes `after` out of `before`, file order and given parameters included; None if they are equal."""
    edits = [*_edits(before, after)]
    return {"op": "batch", "edits": edits} if edits else None


def _edits(before: Design, after: Design) -> Iterator[Edit]:
    kept_nodes = _kept(before.nodes, after.nodes)
    kept_links = {id for id in _kept(before.links, after.links) if _ends_stay(after.link(id), kept_nodes)}
    gone = [node.id for node in before.nodes if node.id not in kept_nodes]
    falling = {link.id for link in before.links if link.source in gone or link.target in gone}
    gone += [link.id for link in before.links if link.id not in kept_links and link.id not in falling]
    # The script goes first and comes last: a node that is removed takes its entries along, and new ones may need new nodes.
    rewritten = before.script != after.script or bool(before.script and gone)
    if before.script and rewritten:
        yield {"op": "script", "script": []}
    if gone:
        yield {"op": "remove", "ids": gone}
    for index, node in enumerate(after.nodes):
        if node.id not in kept_nodes:
            yield {"op": "add", "node": node.as_dict(), "index": index}
    for index, link in enumerate(after.links):
        if link.id not in kept_links:
            yield {"op": "connect", "link": link.as_dict(), "index": index}
    yield from _changes(before, after, kept_nodes, kept_links)
    head = {name: getattr(after, name) for name in HEAD if getattr(before, name) != getattr(after, name)}
    if head:
        yield {"op": "describe", **head}
    if before.slos != after.slos:
        yield {"op": "slos", "slos": [dict(slo) for slo in after.slos]}
    if after.script and rewritten:
        yield {"op": "script", "script": [dict(entry) for entry in after.script]}


def _kept(before: Sequence[Part], after: Sequence[Part]) -> set[str]:
    """What need not be taken out and put in again: the same thing, and in the same order as the others that stay."""
    was = {part.id: (place, part) for place, part in enumerate(before)}
    same = [part for part in after if part.id in was and _same(was[part.id][1], part)]
    return {same[index].id for index in _rising([was[part.id][0] for part in same])}


def _same(a: Node | Link, b: Node | Link) -> bool:
    """Whether edits can make one out of the other: kind and ends are for life."""
    if isinstance(a, Node) and isinstance(b, Node):
        return a.kind == b.kind and a.zone == b.zone
    return isinstance(a, Link) and isinstance(b, Link) and (a.source, a.target) == (b.source, b.target)


def _rising(places: Sequence[int]) -> list[int]:
    """Indices of a longest rising run through `places`, by patience: piles keep the lowest end of each length."""
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, place in enumerate(places):
        pile = bisect_left(tops, place)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        piles[pile : pile + 1] = [index]
    run = []
    index = piles[-1] if piles else -1
    while index >= 0:
        run.append(index)
        index = before[index]
    return run[::-1]


def _ends_stay(link: Link, kept: set[str]) -> bool:
    return link.source in kept and link.target in kept


def _changes(before: Design, after: Design, nodes: set[str], links: set[str]) -> Iterator[Edit]:
    moved = {}
    for node in after.nodes:
        if node.id in nodes:
            was = before.node(node.id)
            if (was.x, was.y) != (node.x, node.y):
                moved[node.id] = [node.x, node.y]
            if was.name != node.name:
                yield {"op": "rename", "id": node.id, "name": node.name}
            yield from _params(node.id, was.params, node.params)
    for link in after.links:
        if link.id in links:
            yield from _params(link.id, before.link(link.id).params, link.params)
    if moved:
        yield {"op": "move", "to": moved}


def _params(id: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Edit]:
    for name in was:
        if name not in now:
            yield {"op": "unset", "id": id, "param": name}
    for name, value in now.items():
        if name not in was or was[name] != value:
            yield {"op": "set", "id": id, "param": name, "value": value}
