"""The keys of lab.toml, declared like the params of a component, so that every mistake has a place and a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from components.base import Choice, Flag, Id, Integer, Number, Param, Text

MODULES = ("m1", "m2", "m3", "m4", "m5", "m6", "interview")
VERY_LONG = 4_000


@dataclass(frozen=True, kw_only=True)
class ListOf(Param):
    """A list whose items keep the rule of `item`."""

    item: Param = Param()
    least: int = 0
    most: int = 100

    type: ClassVar[str] = "list"

    def rule(self, value: Any) -> str | None:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            return f"must be a list of {self.least} to {self.most} items"
        broken = next((rule for item in value if (rule := self.item.check(item))), None)
        return f"each item {broken}" if broken else None


PARAGRAPHS = ListOf(item=Text(most=VERY_LONG, least=1), least=1)

LAB: dict[str, Param] = {
    "number": Text(most=8),
    "title": Text(least=1),
    "module": Choice(choices=MODULES),
    "minutes": Integer(minimum=1, maximum=600),
    "topics": ListOf(item=Id(), least=1),
    "brief": PARAGRAPHS,
    "debrief": PARAGRAPHS,
    "fails": Id(),
    "rules": Param(),
    "goals": ListOf(least=1),
    "scenarios": ListOf(least=1),
    "hints": ListOf(),
    "antis": ListOf(),
    "prediction": Param(),
    "reference": Param(),
    "start": Id(),
    "solution": Id(),
    "variants": ListOf(item=Id()),
}
REQUIRED = ("title", "module", "minutes", "topics", "brief", "debrief", "fails", "rules", "goals", "scenarios")

GOAL: dict[str, Param] = {
    "id": Id(),
    "title": Text(least=1),
    "measure": Text(most=160, least=1),
    "at_most": Number(minimum=-1e12, maximum=1e12),
    "at_least": Number(minimum=-1e12, maximum=1e12),
    "unit": Choice(choices=("", "ms", "s", "$", "%", "×")),
    "scenarios": ListOf(item=Id(), least=1),
    "window": Param(),
    "share": Number(minimum=0.01, maximum=1),
    "over_s": Number(minimum=1, maximum=3600),
    "help": Text(most=VERY_LONG),
}
WINDOW: dict[str, Param] = {
    "after": Id(),
    "edge": Choice(choices=("start", "end")),
    "from_s": Number(minimum=-86_400, maximum=86_400),
    "for_s": Number(minimum=1, maximum=86_400),
}
SCENARIO: dict[str, Param] = {
    "id": Id(),
    "title": Text(least=1),
    "summary": Text(most=VERY_LONG),
    "duration_s": Number(minimum=10, maximum=86_400),
    "warmup_s": Number(maximum=3600),
    "hidden": Flag(),
    "script": ListOf(),
}
ENTRY: dict[str, Param] = {
    "id": Id(),
    "jitter": Number(maximum=0.5),
    "kind": Id(),
    "pick": Choice(choices=("one", "all")),
}
HINT: dict[str, Param] = {"text": Text(most=VERY_LONG, least=1), "cost": Integer(maximum=100)}
ANTI: dict[str, Param] = {
    "id": Id(), "title": Text(least=1), "misses": Id(), "why": Text(most=VERY_LONG, least=1),
}  # fmt: skip
PREDICTION: dict[str, Param] = {
    "question": Text(most=200, least=1), "choices": ListOf(item=Id(), least=2, most=8), "answer": Id(),
}  # fmt: skip
