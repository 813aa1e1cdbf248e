"""Design, Node, Link: a design that has been checked. components/design.py makes them from JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from components.base import Component
from components.catalog import KINDS
from components.link import LinkOptions

FORMAT = 1


@dataclass(frozen=True)
class Node:
    """A placed component. `params` holds what was given, `filled` everything. Neither may be changed."""

    id: str
    kind: str
    name: str
    x: float = 0
    y: float = 0
    zone: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def component(self) -> type[Component]:
        return KINDS[self.kind]

    @cached_property
    def filled(self) -> dict[str, Any]:
        return self.component.filled(self.params)

    @property
    def replicas(self) -> int:
        """Processes of the node."""
        return int(self.filled.get(self.component.copies, 1))

    def as_dict(self) -> dict[str, Any]:
        place = {"x": self.x, "y": self.y, "zone": self.zone}
        return {"id": self.id, "kind": self.kind, "name": self.name, **place, "params": dict(self.params)}


@dataclass(frozen=True)
class Link:
    """A call path. `params` holds what was given, `filled` everything. Neither may be changed."""

    id: str
    source: str
    target: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def filled(self) -> dict[str, Any]:
        return LinkOptions.filled(self.params)

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "source": self.source, "target": self.target, "params": dict(self.params)}


@dataclass(frozen=True)
class Design:
    """Nodes and links in file order. A rate is divided by `scale` when it runs."""

    name: str = ""
    description: str = ""
    scale: float = 1
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    script: tuple[dict[str, Any], ...] = ()
    slos: tuple[dict[str, Any], ...] = ()

    def node(self, id: str) -> Node:
        """Raises KeyError for an unknown id."""
        return self._nodes[id]

    def link(self, id: str) -> Link:
        """Raises KeyError for an unknown id."""
        return self._links[id]

    def find(self, id: object) -> Node | Link | None:
        """The node or link with this id, if there is one; `id` may be anything."""
        return (self._nodes.get(id) or self._links.get(id)) if isinstance(id, str) else None

    def links_from(self, id: str) -> tuple[Link, ...]:
        return self._links_from.get(id, ())

    def links_to(self, id: str) -> tuple[Link, ...]:
        return self._links_to.get(id, ())

    def ids(self) -> list[str]:
        return [*self._nodes, *self._links]

    @cached_property
    def _nodes(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _links(self) -> dict[str, Link]:
        return {link.id: link for link in self.links}

    @cached_property
    def _links_from(self) -> dict[str, tuple[Link, ...]]:
        return _grouped((link.source, link) for link in self.links)

    @cached_property
    def _links_to(self) -> dict[str, tuple[Link, ...]]:
        return _grouped((link.target, link) for link in self.links)


def _grouped(pairs: Iterable[tuple[str, Link]]) -> dict[str, tuple[Link, ...]]:
    groups: dict[str, list[Link]] = {}
    for id, link in pairs:
        groups.setdefault(id, []).append(link)
    return {id: tuple(links) for id, links in groups.items()}


def as_dict(design: Design) -> dict[str, Any]:
    """The design file: format 1, keys in a fixed order; parsing it gives an equal design."""
    return {
        "format": FORMAT,
        "name": design.name,
        "description": design.description,
        "scale": design.scale,
        "nodes": [node.as_dict() for node in design.nodes],
        "links": [link.as_dict() for link in design.links],
        "script": [dict(entry) for entry in design.script],
        "slos": [dict(slo) for slo in design.slos],
    }
