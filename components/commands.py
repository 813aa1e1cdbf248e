"""Commands: what happens to a run. A script entry is a command with `at_s`; a live command is one without, unless the
site itself gives it a wanted moment (`timed`): then it waits for that, in the simulation, and comes at once where it is past.

inject and heal a fault, set a parameter, load a client, edit the design. What concerns only the host that runs the
simulation (pause, speed …) is in components/control.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from components import reading
from components.base import Choice, Id, Number, Param
from components.control import Control, parse_control
from components.faults import FAULTS, Fault
from components.limits import PROBLEMS, SCRIPT_ENTRIES, VIRTUAL_S
from components.model import Design, Link
from components.problem import Problem, closest
from components.targets import knob_problems, no_such, selector_rule, suffers

__all__ = ["Command", "Control", "parse", "parse_control", "script_problems"]

VERBS = ("inject", "heal", "set", "load", "edit")

LATER = ("abort_if",)
"""Keys of the envelope that CONTRACT names and that no run obeys yet."""


@dataclass(frozen=True)
class Command:
    """A checked command. What the verb does not use is None (params: empty)."""

    command: str
    at_s: float | None = None
    id: str | None = None
    fault: str | None = None
    target: str | None = None
    selector: Any = None  # "all", "one", {"n": 2} or {"percent": 50}
    for_s: float | None = None
    ramp_s: float | None = None  # the fault grows to its full size in this time
    params: Mapping[str, Any] = field(default_factory=dict)  # of the fault, filled
    param: str | None = None
    value: Any = None
    factor: float | None = None
    edit: Any = None  # see components/edits.py

    def as_dict(self) -> dict[str, Any]:
        """The object that parses to this command."""
        names = ("command", "at_s", "id", "fault", "target", "selector", "for_s", "ramp_s", "param", "factor", "edit")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return given | dict(self.params) | ({"value": self.value} if self.command == "set" else {})


AT: dict[str, Param] = {"command": Choice(choices=VERBS), "at_s": Number(maximum=VIRTUAL_S)}

FIELDS: dict[str, dict[str, Param]] = {
    "inject": {
        "id": Id(),
        "fault": Choice(choices=tuple(FAULTS)),
        "target": Id(),
        "selector": Param(),
        "for_s": Number(minimum=0.001, maximum=VIRTUAL_S),
        "ramp_s": Number(minimum=0.001, maximum=VIRTUAL_S),
    },
    "heal": {"id": Id()},
    "set": {"target": Id(), "param": Param(), "value": Param(nullable=True)},
    "load": {"target": Id(), "factor": Number(maximum=1000)},
    "edit": {"edit": Param()},
}
"""The keys of each verb; an injected fault adds its own."""

OPTIONAL = ("selector", "for_s", "ramp_s")


def parse(
    data: object, design: Design, scheduled: bool, where: str = "command", timed: bool = False
) -> tuple[Command | None, list[Problem]]:
    """The command, or every Problem with it. `scheduled` = an entry of a script: `at_s` must be given.

    `timed` = a live command that may have one.
    """
    if not isinstance(data, dict):
        return None, [Problem(where, "", data, "must be an object")]
    verb = data.get("command")
    if not isinstance(verb, str) or verb not in VERBS:
        return None, [Problem(where, "command", verb, f"must be one of {', '.join(VERBS)}{closest(verb, VERBS)}")]
    problems = [
        Problem(where, key, data[key], "is not available yet") for key in LATER if verb == "inject" and key in data
    ]
    if not scheduled and not timed and "at_s" in data:
        problems.append(Problem(where, "at_s", data["at_s"], "is for script entries; a live command acts at once"))
    fault = FAULTS.get(data["fault"]) if verb == "inject" and isinstance(data.get("fault"), str) else None
    fields = AT | FIELDS[verb] | dict(fault.params if fault else {})
    required = tuple(name for name in FIELDS[verb] if name not in OPTIONAL)
    known = {key: value for key, value in data.items() if key not in LATER or verb != "inject"}
    what = f"a key of {verb} {fault.id}" if fault else f"a key of {verb}"
    values, more = reading.read(fields, known, where, what, required=required + (("at_s",) if scheduled else ()))
    problems += more
    if problems:
        return None, problems
    match verb:
        case "inject" if fault:
            problems += _inject_problems(values, fault, design, where)
        case "set":
            problems += knob_problems(values, design, where)
        case "load":
            problems += _load_problems(values, design, where)
        case "edit" if not isinstance(values["edit"], dict) or "op" not in values["edit"]:
            problems.append(Problem(where, "edit", values["edit"], "must be an object with an op"))
    return (None, problems) if problems else (_command(values, fault), [])


def _command(values: dict[str, Any], fault: type[Fault] | None) -> Command:
    own = {name: value for name, value in values.items() if fault is None or name not in fault.params}
    if fault is None:
        return Command(**own)
    return replace(Command(**{"selector": "all"} | own), params=fault.filled(values))


def _inject_problems(values: dict[str, Any], fault: type[Fault], design: Design, where: str) -> list[Problem]:
    target = design.find(values["target"])
    if target is None:
        return [no_such(values["target"], design, where)]
    if broken := suffers(target, fault):
        return [Problem(where, "fault", fault.id, broken)]
    problems = []
    if "selector" in values and (broken := selector_rule(values["selector"], target, fault)):
        problems.append(Problem(where, "selector", values["selector"], broken))
    for key in ("for_s", "ramp_s"):
        if fault.instant and key in values:
            problems.append(Problem(where, key, values[key], f"must be absent: {fault.id} happens once"))
    if "ramp_s" in values and not fault.grows():
        problems.append(Problem(where, "ramp_s", values["ramp_s"], f"must be absent: {fault.id} has no size"))
    return problems


def _load_problems(values: dict[str, Any], design: Design, where: str) -> list[Problem]:
    target = design.find(values["target"])
    if target is None:
        return [no_such(values["target"], design, where)]
    if isinstance(target, Link) or target.kind != "client":
        return [Problem(where, "target", values["target"], "must be a client")]
    return []


def script_problems(design: Design) -> list[Problem]:
    """What is wrong with the design's script: each entry, and ids that clash or heal nothing."""
    if len(design.script) > SCRIPT_ENTRIES:
        return [Problem("design", "script", len(design.script), f"must have at most {SCRIPT_ENTRIES} entries")]
    problems: list[Problem] = []
    commands: list[tuple[str, Command]] = []
    for index, entry in enumerate(design.script):
        where = f"script[{index}]"
        command, found = parse(entry, design, scheduled=True, where=where)
        problems += found
        if command:
            commands.append((where, command))
        if len(problems) > PROBLEMS:
            break
    return problems or _pairing(commands)


def _pairing(commands: list[tuple[str, Command]]) -> list[Problem]:
    """Ids of faults are different, and a heal names one that was injected before."""
    problems: list[Problem] = []
    begins: dict[str | None, float] = {}
    for where, command in commands:
        if command.command == "inject":
            if command.id in begins:
                problems.append(Problem(where, "id", command.id, "is the id of another fault of the script"))
            begins.setdefault(command.id, command.at_s or 0)
    for where, command in commands:
        if command.command == "heal" and begins.get(command.id, VIRTUAL_S + 1) > (command.at_s or 0):
            problems.append(
                Problem(where, "id", command.id, "must be the id of a fault that the script injects before")
            )
    return problems
