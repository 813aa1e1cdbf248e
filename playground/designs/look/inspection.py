"""What the inspector shows of the selected node or link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from playground.designs.look.fields import Field, fields
from playground.designs.look.words import sentence

Json = Mapping[str, Any]


@dataclass(frozen=True)
class FaultForm:
    """A fault that the selected thing can suffer, and what to say about it."""

    id: str
    entry: Json
    fields: Sequence[Field]

    @property
    def help(self) -> str:
        return sentence(self.entry["help"])


@dataclass(frozen=True)
class Wire:
    """A link as its neighbour sees it."""

    id: str
    outgoing: bool
    other: str
    facts: str


@dataclass(frozen=True)
class Step:
    """An entry of the script, in words."""

    index: int
    at: str
    text: str


class Inspection:
    """One node or link of a document (format 1), drawn from the catalogue."""

    def __init__(
        self, document: Json, catalogue: Json, id: str, problems: Sequence[Json] = (), rules: Json | None = None
    ) -> None:
        self.document, self.catalogue, self.id, self.rules = document, catalogue, id, rules or {}
        self.problems = [problem for problem in problems if problem["where"] == id]
        self.names: dict[str, str] = {node["id"]: node["name"] or node["id"] for node in document["nodes"]}
        self.node = next((node for node in document["nodes"] if node["id"] == id), None)
        self.link = next((link for link in document["links"] if link["id"] == id), None)

    def _with_names(self, params: Sequence[Json]) -> list[Json]:
        """The parameters, with the nodes that each pointer may name."""
        shown: list[Json] = []
        for param in params:
            if param["type"] == "group":
                param = {**param, "fields": self._with_names(param["fields"])}
            if param["type"] == "pointer":
                others = [node for node in self.document["nodes"] if node["id"] != self.id]
                fit = [node for node in others if not param["kinds"] or node["kind"] in param["kinds"]]
                param = {**param, "names": [(node["id"], self.names[node["id"]]) for node in fit]}
            shown.append(param)
        return shown

    @property
    def found(self) -> bool:
        return bool(self.node or self.link)

    @property
    def locked(self) -> str:
        """Why nothing of it may be changed; empty where it may."""
        if frozen := self.rules.get("frozen"):
            return str(frozen)
        return "Locked here: it stays as it is." if self.id in self.rules.get("locked", ()) else ""

    @property
    def declared(self) -> Json:
        """The catalogue's entry: of the node's kind, or of links."""
        entry: Json = self.catalogue["kinds"][self.node["kind"]] if self.node else self.catalogue["link"]
        return entry

    @property
    def icon(self) -> str:
        return str(self.declared["icon"]) if self.node else "arrow-right"

    @property
    def name(self) -> str:
        if self.node:
            return self.names[self.id]
        return f"{self.names[self.link['source']]} → {self.names[self.link['target']]}" if self.link else self.id

    @property
    def kind(self) -> str:
        return str(self.declared["label"]) if self.node else "Link"

    @property
    def summary(self) -> str:
        return str(self.declared["summary"]) if self.node else "What a call pays, and what happens when it fails."

    @property
    def fields(self) -> list[Field]:
        given = (self.node or self.link or {}).get("params") or {}
        made = fields(self._with_names(self.declared["params"]), given, self.id, self.problems)
        fixed = self.rules.get("fixed", ())
        return [replace(field, fixed=field.path in fixed) for field in made]

    @property
    def knobs(self) -> list[Field]:
        order = list(self.declared["knobs"])
        return sorted(
            (field for field in self.fields if field.path in order), key=lambda field: order.index(field.path)
        )

    @property
    def groups(self) -> list[Field]:
        return [field for field in self.fields if field.control == "group"]

    @property
    def others(self) -> list[Field]:
        known = set(self.declared["knobs"])
        return [field for field in self.fields if field.path not in known and field.control != "group"]

    @property
    def loose_problems(self) -> list[Json]:
        """Problems that no field shows."""
        shown = {field.path for field in self.fields} | {inner.path for field in self.fields for inner in field.fields}
        return [problem for problem in self.problems if problem["field"].removeprefix("params.") not in shown]

    @property
    def wires(self) -> list[Wire]:
        return [self._wire(link) for link in self.document["links"] if self.id in (link["source"], link["target"])]

    def _wire(self, link: Json) -> Wire:
        outgoing = link["source"] == self.id
        filled = {param["name"]: param["default"] for param in self.catalogue["link"]["params"]} | (
            link["params"] or {}
        )
        timeout = "waits for ever" if filled["timeout_ms"] is None else f"timeout {filled['timeout_ms']:g} ms"
        retry = filled.get("retry")
        tries = "" if retry is None else f" · {retry.get('max', 2)} retries"
        other = str(link["target"] if outgoing else link["source"])
        return Wire(link["id"], outgoing, self.names.get(other, other), timeout + tries)

    @property
    def faults(self) -> list[FaultForm]:
        if self.node:
            able = [id for id in self.catalogue["faults"] if id in self.declared["faults"]]
            able += [id for id, entry in self.catalogue["faults"].items() if {"node", "link"} <= set(entry["on"])]
        else:
            able = [id for id, entry in self.catalogue["faults"].items() if "link" in entry["on"]]
        return [self._fault(id, self.catalogue["faults"][id]) for id in able]

    def _fault(self, id: str, entry: Json) -> FaultForm:
        return FaultForm(id, entry, fields(entry["params"], {}, f"{self.id}-{id}", attribute="option"))

    @property
    def replicas(self) -> int:
        params = (self.node or {}).get("params") or {}
        return int(params.get("replicas") or 1)

    @property
    def steps(self) -> list[Step]:
        """Script entries that aim at this."""
        return [
            Step(index, f"{entry['at_s']:g}", self._said(entry))
            for index, entry in enumerate(self.document["script"])
            if entry.get("target") == self.id
        ]

    def _said(self, entry: Json) -> str:
        if entry["command"] == "inject":
            until = f" for {entry['for_s']:g} s" if entry.get("for_s") else ""
            return str(self.catalogue["faults"][entry["fault"]]["label"]) + until
        if entry["command"] == "set":
            return f"{entry['param']} = {entry['value']}"
        return f"Load ×{entry['factor']:g}" if entry["command"] == "load" else str(entry["command"]).capitalize()
