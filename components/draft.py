"""A design while an edit changes it: one method for each kind of edit, each giving back the inverse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from components import reading
from components.limits import LINKS, NODES
from components.link import LinkOptions
from components.model import Design, Link, Node
from components.parts import HEAD, NAME, PLACE, read_link, read_node, read_script, read_slos
from components.problem import Problem, closest
from components.wiring import dangling

Edit = dict[str, Any]


class Refused(Exception):
    """Leaves an edit half way; components/edits.py turns it into its problems."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.line() for problem in problems))
        self.problems = list(problems)


class Draft:
    """Starts equal to a design. `place` ("edits[2].") is where in the edit an argument was.

    A method raises Refused when its edit makes no sense here; the draft is spoilt then.
    """

    def __init__(self, design: Design) -> None:
        self._design = design  # name, description, scale, script and slos live in here
        self.nodes = list(design.nodes)
        self.links = list(design.links)
        self.ids = set(design.ids())

    def design(self) -> Design:
        return replace(self._design, nodes=tuple(self.nodes), links=tuple(self.links))

    def add(self, place: str, node: object, index: int | None = None) -> Edit:
        part, problems = read_node(node, f"{place}node", "edit")
        if part is None:
            raise Refused(*problems)
        self._admit(part.id, len(self.nodes), NODES, "nodes")
        self.nodes.insert(len(self.nodes) if index is None else index, part)
        return {"op": "remove", "ids": [part.id]}

    def connect(self, place: str, link: object, index: int | None = None) -> Edit:
        """Both ends must be there by now, so that the inverse of a batch finds what it takes away."""
        part, problems = read_link(link, f"{place}link", "edit")
        if part is None:
            raise Refused(*problems)
        if problems := dangling(part, {node.id: None for node in self.nodes}):
            raise Refused(*problems)
        self._admit(part.id, len(self.links), LINKS, "links")
        self.links.insert(len(self.links) if index is None else index, part)
        return {"op": "remove", "ids": [part.id]}

    def _admit(self, id: str, count: int, most: int, name: str) -> None:
        if id in self.ids:
            raise Refused(Problem(id, "id", id, "is the id of another node or link"))
        if count >= most:
            raise Refused(Problem("design", name, f"{count + 1} {name}", f"must be at most {most} {name}"))
        self.ids.add(id)

    def remove(self, place: str, ids: object) -> Edit:
        """Nodes take their links along, both take the script entries that aim at them."""
        if not isinstance(ids, list) or not ids:
            raise Refused(Problem("edit", f"{place}ids", ids, "must be a list of ids"))
        for number, id in enumerate(ids):
            self._known(id, f"{place}ids[{number}]", self.ids)
        gone = set(ids)
        gone |= {link.id for link in self.links if link.source in gone or link.target in gone}
        back: list[Edit] = [
            {"op": "add", "node": node.as_dict(), "index": index}
            for index, node in enumerate(self.nodes)
            if node.id in gone
        ]
        back += [
            {"op": "connect", "link": link.as_dict(), "index": index}
            for index, link in enumerate(self.links)
            if link.id in gone
        ]
        self.nodes = [node for node in self.nodes if node.id not in gone]
        self.links = [link for link in self.links if link.id not in gone]
        self.ids -= gone
        kept = _without(self._design.script, gone)
        if len(kept) < len(self._design.script):
            back.append(self.rewrite(place, list(kept)))
        return back[0] if len(back) == 1 else {"op": "batch", "edits": back}

    def move(self, place: str, to: object) -> Edit:
        if not isinstance(to, dict) or not to:
            raise Refused(Problem("edit", f"{place}to", to, 'must be an object such as {"web": [0, 80]}'))
        known = {node.id: index for index, node in enumerate(self.nodes)}
        back: dict[str, list[float]] = {}
        for id, point in to.items():
            index = known[self._known(id, f"{place}to", known)]
            if not isinstance(point, list) or len(point) != 2:
                raise Refused(Problem(id, "x", point, "must be moved to [x, y]"))
            for field, value in zip("xy", point, strict=True):
                if broken := PLACE.check(value):
                    raise Refused(Problem(id, field, value, broken))
            back[id] = [self.nodes[index].x, self.nodes[index].y]
            self.nodes[index] = replace(self.nodes[index], x=point[0], y=point[1])
        return {"op": "move", "to": back}

    def set(self, place: str, id: object, param: object, value: object) -> Edit:
        """A dotted `param` switches its group on where it was off."""
        part, head, tail = self._parameter(place, id, param, value)
        group = part.params.get(head)
        inverse = _restore(part, head, tail)
        self._replace(part, {head: (group or {}) | {tail: value} if tail else value})
        return inverse

    def unset(self, place: str, id: object, param: object) -> Edit:
        """Back to the default. What was not set stays so."""
        part, head, tail = self._parameter(place, id, param)
        group = part.params.get(head)
        inverse = _restore(part, head, tail)
        if not tail:
            self._replace(part, without=head)
        elif group:
            self._replace(part, {head: {key: group[key] for key in group if key != tail}})
        return inverse

    def _parameter(self, place: str, id: object, param: object, value: object = None) -> tuple[Node | Link, str, str]:
        self._known(id, f"{place}id", self.ids)
        parts: list[Node | Link] = [*self.nodes, *self.links]
        part = next(part for part in parts if part.id == id)
        fields = LinkOptions.params if isinstance(part, Link) else part.component.params
        if not isinstance(param, str):
            raise Refused(Problem("edit", f"{place}param", param, "must be the name of a parameter"))
        if reading.find(fields, param) is None:
            what = "a link" if isinstance(part, Link) else part.kind
            near = closest(param, reading.paths(fields))
            raise Refused(Problem(part.id, param, value, f"is not a parameter of {what}{near}"))
        head, _, tail = param.partition(".")
        return part, head, tail

    def _replace(self, part: Node | Link, changed: Mapping[str, Any] | None = None, without: str = "") -> None:
        given = {name: value for name, value in part.params.items() if name != without} | dict(changed or {})
        document = part.as_dict() | {"params": given}
        if isinstance(part, Node):
            node, problems = read_node(document, "node")
            if node is None:
                raise Refused(*problems)
            self.nodes[self.nodes.index(part)] = node
        else:
            link, problems = read_link(document, "link")
            if link is None:
                raise Refused(*problems)
            self.links[self.links.index(part)] = link

    def rename(self, place: str, id: object, name: object) -> Edit:
        index = {node.id: index for index, node in enumerate(self.nodes)}
        node = self.nodes[index[self._known(id, f"{place}id", index)]]
        if broken := NAME.check(name):
            raise Refused(Problem(node.id, "name", name, broken))
        self.nodes[index[node.id]] = replace(node, name=str(name))
        return {"op": "rename", "id": node.id, "name": node.name}

    def describe(self, place: str, **head: object) -> Edit:
        values, problems = reading.read(HEAD, head, "design", "a field of a design")
        if problems:
            raise Refused(*problems)
        if not values:
            raise Refused(Problem("edit", f"{place}name", None, f"must give one of {', '.join(HEAD)}"))
        back = {name: getattr(self._design, name) for name in values}
        self._design = replace(self._design, **values)
        return {"op": "describe", **back}

    def rewrite(self, place: str, script: object) -> Edit:
        entries, problems = read_script(script)
        if problems:
            raise Refused(*problems)
        back = {"op": "script", "script": list(self._design.script)}
        self._design = replace(self._design, script=tuple(entries))
        return back

    def promise(self, place: str, slos: object) -> Edit:
        objectives, problems = read_slos(slos)
        if problems:
            raise Refused(*problems)
        back = {"op": "slos", "slos": list(self._design.slos)}
        self._design = replace(self._design, slos=tuple(objectives))
        return back

    def _known(self, id: object, field: str, known: Iterable[str]) -> str:
        if isinstance(id, str) and id in known:
            return id
        raise Refused(Problem("edit", field, id, f"is not in the design{closest(id, known)}"))


def _restore(part: Node | Link, head: str, tail: str) -> Edit:
    """The edit that puts a parameter back, as narrow as can be: co-editors may change its neighbours."""
    group = part.params.get(head)
    owner: Mapping[str, Any] = group if tail and isinstance(group, dict) else part.params
    param, key = (head, head) if owner is part.params else (f"{head}.{tail}", tail)
    if key in owner:
        return {"op": "set", "id": part.id, "param": param, "value": owner[key]}
    return {"op": "unset", "id": part.id, "param": param}


def _without(script: tuple[Any, ...], gone: AbstractSet[str]) -> list[Any]:
    """The entries that aim at nothing of `gone` and heal nothing that is no longer injected.

    Within a batch the script may be malformed still: such entries stay, for the check to name.
    """

    def word(entry: object, key: str) -> str:
        value = entry.get(key) if isinstance(entry, dict) else None
        return value if isinstance(value, str) else ""

    hit = [entry for entry in script if word(entry, "target") in gone]
    lost = {word(entry, "id") for entry in hit} - {""}
    return [entry for entry in script if word(entry, "target") not in gone and word(entry, "id") not in lost]
