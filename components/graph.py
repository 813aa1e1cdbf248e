"""Graph questions about a design: cycles of synchronous calls, what is reachable, where to put the cards."""

from __future__ import annotations

import itertools

import networkx as nx

from components.layers import arrange
from components.model import Design, Link


def call_graph(design: Design) -> nx.DiGraph[str]:
    """Nodes by id, in file order; an edge for every call that is waited for. Ends must exist."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in design.nodes)
    graph.add_edges_from((link.source, link.target) for link in design.links)
    return graph


def cycles(design: Design) -> list[list[Link]]:
    """One cycle of synchronous calls for each tangle of nodes, starting behind its last link in the file."""
    graph = call_graph(design)
    graph.remove_edges_from([(a, b) for a, b in graph.edges if design.node(a).component.decouples])
    last = {(link.source, link.target): (place, link) for place, link in enumerate(design.links)}
    found = []
    for tangle in nx.strongly_connected_components(graph):
        if len(tangle) == 1:
            continue
        edge = max(((a, b) for a, b in graph.edges(tangle) if b in tangle), key=lambda edge: last[edge][0])
        path = nx.shortest_path(graph, edge[1], edge[0])
        steps = [*itertools.pairwise(path), edge]
        found.append((last[edge][0], [last[step][1] for step in steps]))
    return [links for _, links in sorted(found, key=lambda entry: entry[0])]


def reachable(design: Design, start: str) -> set[str]:
    """Ids of the nodes that a request from `start` may get to, `start` left out."""
    return set(nx.descendants(call_graph(design), start))


def layout(design: Design) -> dict[str, tuple[int, int]]:
    """{node id: (x, y)}: left to right in the direction of the calls, clients first, on the grid of the canvas."""
    return arrange(call_graph(design), [node.id for node in design.nodes if not node.component.receives])
