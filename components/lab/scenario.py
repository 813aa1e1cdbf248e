"""Scenarios: what happens to a design while it is graded. Times depend on the seed, targets on the design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.lab.chance import draw, spread
from components.model import Design, Node

INSTANT = ("cache_flush",)
OWN = ("jitter", "kind", "pick")
"""Keys of an entry that only a lab knows; all others are those of a script entry of a design."""


@dataclass(frozen=True)
class Scenario:
    """`script` holds entries of a design's script that may have more keys.

    `jitter`: share by which the seed moves `at_s` earlier or later. Instead of `target`, `kind` names what
    the learner placed: `pick` "one" (a replica is as likely as any other) or "all" nodes of that kind.
    """

    id: str
    title: str
    duration_s: float
    warmup_s: float = 30.0
    hidden: bool = False
    summary: str = ""
    script: tuple[Mapping[str, Any], ...] = ()

    @property
    def ends_s(self) -> float:
        """Virtual second at which it is over, warm-up included."""
        return self.warmup_s + self.duration_s

    def at_s(self, entry: Mapping[str, Any], seed: int) -> float:
        """When an entry happens under this seed, to a tenth of a second."""
        moved = entry.get("jitter", 0) * spread("jitter", seed, self.id, entry.get("id", ""))
        return float(round(entry["at_s"] * (1 + moved), 1))

    def span_s(self, id: str, seed: int) -> tuple[float, float]:
        """(begin, end) of the fault `id`; the end is that of the scenario where nothing heals it.

        Raises KeyError for an id that the script does not inject.
        """
        for entry in self.script:
            if entry.get("id") == id and entry["command"] == "inject":
                began = self.at_s(entry, seed)
                lasts = [entry[key] for key in ("for_s", "restart_after_s") if entry.get(key) is not None]
                still = 0.0 if entry["fault"] in INSTANT else self.ends_s - began
                return began, began + min(lasts, default=still)
        raise KeyError(id)

    def script_for(self, seed: int, design: Design) -> list[dict[str, Any]]:
        """The script for `design`: the same seed and design give the same entries.

        An entry for a kind that the design has none of is left out: there is nothing that could break.
        """
        entries: list[dict[str, Any]] = []
        for entry in self.script:
            plain = {key: value for key, value in entry.items() if key not in OWN} | {"at_s": self.at_s(entry, seed)}
            if "kind" not in entry:
                entries.append(plain)
                continue
            for turn, node in enumerate(self._targets(entry, seed, design)):
                name = {"id": f"{entry['id']}-{turn + 1}"} if turn and "id" in entry else {}
                entries.append(plain | {"target": node.id} | name)
        return entries

    def _targets(self, entry: Mapping[str, Any], seed: int, design: Design) -> list[Node]:
        nodes = [node for node in design.nodes if node.kind == entry["kind"]]
        if entry.get("pick", "one") == "all" or not nodes:
            return nodes
        replicas = [node for node in nodes for _ in range(node.replicas)]
        return [replicas[draw("pick", seed, self.id, entry.get("id", "")) % len(replicas)]]
