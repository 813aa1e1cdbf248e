"""Which nodes share a truth: the stores that a reader's answers come from, and the readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from components.model import Design


def truth_groups(design: Design, wires: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The group of every node that keeps or reads a truth, named by its first store. Nobody to read it, no group.

    A reader's stores are the first ones on its outgoing links. `wires` (their two ends) count in both directions.
    """
    kinds = {node.id: node.component for node in design.nodes}
    onward: dict[str, list[str]] = {id: [] for id in kinds}
    for link in design.links:
        onward[link.source].append(link.target)
    for source, target in wires:
        onward[source].append(target)
        onward[target].append(source)
    head: dict[str, str] = {}

    def root(id: str) -> str:
        while head.get(id, id) != id:
            id = head[id]
        return id

    order = list(kinds)
    read: set[str] = set()
    readers: dict[str, str] = {}
    for id, kind in kinds.items():
        if not kind.reads_truth:
            continue
        stores = [id] if kind.keeps_truth else list(first_stores(id, onward, kinds))
        for store in stores:
            first, second = sorted((root(stores[0]), root(store)), key=order.index)
            head[second] = first
            read.add(store)
        if stores:
            readers[id] = stores[0]
    return {id: root(store) for id, store in (readers | {store: store for store in read}).items()}


def first_stores(start: str, onward: dict[str, list[str]], kinds: dict[str, type]) -> Iterator[str]:
    """Keepers that can be reached without passing another."""
    seen, todo = {start}, [start]
    while todo:
        for following in onward[todo.pop(0)]:
            if following in seen:
                continue
            seen.add(following)
            if kinds[following].keeps_truth:  # type: ignore[attr-defined]
                yield following
            else:
                todo.append(following)
