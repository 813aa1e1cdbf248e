"""The form of a new experiment: what may be chosen for this design, what was sent, and the plan that it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from components.experiment import KINDS, MEASURES
from components.experiment.plan import AUTO
from components.faults import FAULTS
from components.link import LinkOptions
from components.model import Design, Link, Node
from components.param import Number, Param
from components.problem import Problem
from components.reading import find, paths
from components.targets import suffers
from playground.designs.look.words import plain
from playground.experiments.look import words

MANY = ("kinds", "targets")
STEPS = 10


@dataclass(frozen=True)
class Option:
    value: str
    words: str
    chosen: bool = False


@dataclass(frozen=True)
class Group:
    label: str
    options: list[Option]


class Form:
    """`given`: what was sent, or nothing for a fresh form of `kind`."""

    def __init__(self, design: Design, kind: str, given: Mapping[str, Any] | None = None) -> None:
        self.design = design
        self.kind = kind if kind in KINDS else KINDS[0]
        self.sent = given
        self.values = self._usual() | dict(given or {})

    @property
    def title(self) -> str:
        return words.TITLES[self.kind]

    @property
    def hint(self) -> str:
        return words.HINTS[self.kind]

    @property
    def kinds(self) -> list[Option]:
        return [Option(kind, words.TITLES[kind], kind == self.kind) for kind in KINDS]

    @property
    def loads(self) -> list[Option]:
        """The load of each client that something is asked of."""
        return [
            Option(value, f"{name}: {word}", value == self.values["load"]) for value, name, word, _ in self._loads()
        ]

    @property
    def first_axis(self) -> list[Group]:
        return self._parameters("axis0")

    @property
    def second_axis(self) -> list[Group]:
        return self._parameters("axis1")

    @property
    def measures(self) -> list[Option]:
        return [Option(path, measure.label, path == self.values["measure"]) for path, measure in MEASURES.items()]

    @property
    def goals(self) -> list[Option]:
        objectives = [Option(f"slo:{slo['name']}", f"objective: {slo['name']}") for slo in self.design.slos]
        limits = [
            Option(path, f"{measure.label}, {'at least' if measure.up else 'at most'}")
            for path, measure in MEASURES.items()
        ]
        return [Option(each.value, each.words, each.value == self.values["goal"]) for each in objectives + limits]

    @property
    def parts(self) -> list[Node | Link]:
        return [*self.design.nodes, *self.design.links]

    @property
    def faults(self) -> list[Option]:
        """Those that something of this design can suffer."""
        able = [fault for fault in FAULTS.values() if any(suffers(part, fault) is None for part in self.parts)]
        return [Option(fault.id, fault.label, fault.id in self.values["kinds"]) for fault in able]

    @property
    def targets(self) -> list[Option]:
        chosen = self.values["targets"]
        nodes = [Option(node.id, node.name, node.id in chosen) for node in self.design.nodes if node.component.faults]
        return nodes + [Option(link.id, self._link(link), link.id in chosen) for link in self.design.links]

    # -- what is chosen where nothing was sent -----------------------------------------------------
    def _usual(self) -> dict[str, Any]:
        load, _, _, now = next(iter(self._loads()), ("", "", "", 100.0))
        knobs = [each.value for group in self._parameters("") for each in group.options]
        workers = next((name for name in knobs if name.endswith(".workers")), knobs[0] if knobs else "")
        slo = next((f"slo:{slo['name']}" for slo in self.design.slos), "client.failed_share")
        hit = [node.id for node in self.design.nodes if "crash" in node.component.faults]
        return {
            "load": load, "from": plain(round(now / 4, 3)), "to": plain(float(now * 2)), "steps": "8", "scale": "linear",
            "axis0": workers, "values0": self._around(workers), "axis1": load, "values1": self._around(load),
            "seeds": "20" if self.kind == "seeds" else "40" if self.kind == "survival" else "5",
            "within": "", "most": "40",
            "duration_s": "600" if self.kind == "survival" else "60",
            "warmup_s": "30" if self.kind == "survival" else AUTO,
            "measure": "client.latency_ms.p99", "script": "", "rate_per_hour": "12",
            "kinds": ["crash"] if hit else [], "targets": hit, "shortest_s": "10", "longest_s": "60",
            "goal": slo, "limit": "0.05" if slo == "client.failed_share" else "", "over_s": "10",
        }  # fmt: skip

    def _loads(self) -> list[tuple[str, str, str, float]]:
        """(target.param, name of the client, words, value now)."""
        found = []
        for node in self.design.nodes:
            if node.kind == "client":
                param = "users" if node.filled["arrival"] == "closed" else "rate_rps"
                told = "users at once" if param == "users" else "requests a second"
                found.append((f"{node.id}.{param}", node.name, told, float(node.filled[param])))
        return found

    def _around(self, name: str) -> str:
        """The value of now, with a half and twice of it, as a list to start from."""
        target, _, path = name.partition(".")
        part = self.design.find(target)
        if part is None or not path:
            return ""
        value: Any = part.filled
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value) if isinstance(value, str) else ""
        values = (
            [value / 2, value, value * 2, value * 4]
            if isinstance(value, float)
            else [max(1, value // 2), value, value * 2, value * 4]
        )
        return ", ".join(dict.fromkeys(plain(each) for each in values))

    def _parameters(self, field: str) -> list[Group]:
        """What an axis may be: numbers and choices, by node and link."""
        chosen = self.values.get(field) if field else None
        groups = []
        for part in self.parts:
            fields = LinkOptions.params if isinstance(part, Link) else part.component.params
            names = [path for path in paths(fields) if _axis(find(fields, path))]
            options = [Option(f"{part.id}.{path}", path, f"{part.id}.{path}" == chosen) for path in names]
            if options:
                groups.append(Group(self._link(part) if isinstance(part, Link) else part.name, options))
        return groups

    def _link(self, link: Link) -> str:
        return f"{self.design.node(link.source).name} → {self.design.node(link.target).name}"


def _axis(param: Param | None) -> bool:
    return isinstance(param, Number) or (param is not None and param.type in ("choice", "boolean"))


def sent(post: QueryDict) -> dict[str, Any]:
    """The fields as they came, for showing them again."""
    return {
        name: post.getlist(name) if name in MANY else post.get(name, "")
        for name in post
        if name != "csrfmiddlewaretoken"
    } | {name: post.getlist(name) for name in MANY}


def described(values: Mapping[str, Any]) -> dict[str, Any]:
    """The description of an experiment that a sent form says; what is wrong in it is found by the parser."""
    kind = values.get("kind", "")
    data: dict[str, Any] = {"kind": kind, "seeds": {"n": number(values.get("seeds", ""))}}
    if kind != "survival" and values.get("within"):
        within = number(values["within"])
        data["seeds"] |= {
            "within": within / 100 if isinstance(within, int | float) else within,
            "most": number(values.get("most", "")),
        }
    data["script"] = values.get("script") == "on"
    for name in ("duration_s", "warmup_s"):
        if values.get(name):
            data[name] = number(values[name])
    if values.get("measure"):
        data["measure"] = values["measure"]
    if kind == "load_curve":
        ends = {name: number(values.get(name, "")) for name in ("from", "to", "steps")}
        data["axes"] = [_named(values.get("load", "")) | ends | {"scale": values.get("scale", "linear")}]
    if kind == "grid":
        axes = [(values.get(f"axis{each}", ""), values.get(f"values{each}", "")) for each in (0, 1)]
        data["axes"] = [
            _named(name) | {"values": [number(word) for word in given.split(",") if word.strip()]}
            for name, given in axes
            if name
        ]
    if kind == "survival":
        data["faults"] = {
            "rate_per_hour": number(values.get("rate_per_hour", "")), "kinds": values.get("kinds", []), "targets": values.get("targets", []),
            "for_s": [number(values.get("shortest_s", "")), number(values.get("longest_s", ""))],
        }  # fmt: skip
        data["goal"] = _goal(str(values.get("goal", "")), values)
    return data


def _goal(goal: str, values: Mapping[str, Any]) -> dict[str, Any]:
    if goal.startswith("slo:"):
        return {"slo": goal.removeprefix("slo:")}
    measure = MEASURES.get(goal)
    limit = number(values.get("limit", ""))
    return {
        "measure": goal,
        "at_least" if measure and measure.up else "at_most": limit,
        "over_s": number(values.get("over_s", "")),
    }


def _named(name: str) -> dict[str, Any]:
    target, _, param = name.partition(".")
    return {"target": target, "param": param}


def number(text: Any) -> Any:
    """A number where it is one, true and false; else the text, about which the parser has something to say."""
    word = str(text).strip()
    try:
        value = json.loads(word)
    except ValueError:
        return word
    return value if isinstance(value, int | float | bool) else word


LABELS = {
    "seeds.n": "Seeds", "seeds.within": "Go on until ± %", "seeds.most": "Seeds at most", "duration_s": "Length", "warmup_s": "Warm-up", "faults.rate_per_hour": "Faults an hour",
    "faults.for_s": "Shortest and longest", "faults.kinds": "What may happen", "faults.targets": "To what",
    "goal.at_most": "Limit", "goal.at_least": "Limit", "goal.over_s": "In every … s", "goal.slo": "Goal", "measure": "Show",
    "from": "From", "to": "To", "steps": "Steps", "values": "Values", "axes": "Load or parameter", "count": "Experiments",
}  # fmt: skip


def told(problems: list[Problem]) -> list[str]:
    """Problems as sentences above the form."""
    lines = []
    for problem in problems:
        ours = problem.where.startswith("experiment")
        place = LABELS.get(problem.field, problem.field) if ours else f"{problem.where}.{problem.field}"
        value = "" if problem.value is None else f" ({json.dumps(problem.as_dict()['value'], ensure_ascii=False)})"
        lines.append(f"{place}{value} {problem.rule}.")
    return lines
