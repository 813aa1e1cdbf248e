"""A lab from its folder: lab.toml, start.json, solution.json, anti/*.json.

A template names its files by what they are: `variants = ["naive", "reference", "exam"]`, `start = "exam"`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components import reading
from components.design import as_dict, load, parse, runnable
from components.lab import fields
from components.lab.crosscheck import crosscheck
from components.lab.goal import Goal, Window
from components.lab.model import Anti, Hint, Lab, Prediction
from components.lab.scenario import Scenario
from components.param import Param
from components.problem import Problem

Found = tuple[dict[str, Any], list[Problem]]


def lab_of(folder: Path) -> tuple[Lab | None, list[Problem]]:
    """The lab, or every Problem with its files: exactly one of the two. Its slug is the folder's name."""
    try:
        data = tomllib.loads((folder / "lab.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return None, [Problem("lab.toml", "", None, f"cannot be read: {error}")]
    values, problems = reading.read(fields.LAB, data, "lab.toml", "a key of a lab", required=fields.REQUIRED)
    if problems:
        return None, problems
    parts, problems = _parts(values)
    documents, found = _documents(folder, values)
    problems += found
    if problems:
        return None, problems
    lab = _lab(folder.name, values, parts, documents)
    problems = crosscheck(lab)
    return (None, problems) if problems else (lab, [])


def _parts(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Goals, scenarios, hints, antis and the prediction, read but not yet held against each other."""
    problems: list[Problem] = []

    def each(name: str, declared: dict[str, Param], required: Sequence[str]) -> list[dict[str, Any]]:
        read = []
        for index, item in enumerate(values.get(name, [])):
            got, found = reading.read(declared, item, f"{name}[{index}]", f"a key of {name}", required=tuple(required))
            problems.extend(found)
            read.append(got)
        return read

    goals = each("goals", fields.GOAL, ("id", "title", "measure"))
    for goal in goals:
        if isinstance(goal.get("window"), dict):
            goal["window"], found = reading.read(
                fields.WINDOW, goal["window"], f"goal {goal.get('id')}", "a key of window"
            )
            problems += found
    scenarios = each("scenarios", fields.SCENARIO, ("id", "title", "duration_s"))
    for scenario in scenarios:
        for index, entry in enumerate(scenario.get("script", [])):
            own = {key: entry[key] for key in fields.ENTRY if key in entry} if isinstance(entry, dict) else entry
            where = f"scenario {scenario.get('id')}"
            problems += reading.read(fields.ENTRY, own, where, "a key of an entry", f"script[{index}].")[1]
    hints = each("hints", fields.HINT, ("text", "cost"))
    antis = each("antis", fields.ANTI, tuple(fields.ANTI))
    prediction = values.get("prediction")
    if prediction is not None:
        prediction, found = reading.read(
            fields.PREDICTION, prediction, "prediction", "a key of prediction", required=tuple(fields.PREDICTION)
        )
        problems += found
    parts = {"goals": goals, "scenarios": scenarios, "hints": hints, "antis": antis, "prediction": prediction}
    return parts, problems


def _documents(folder: Path, values: Mapping[str, Any]) -> Found:
    """{file stem: document}: start and solution, the variants, and anti/NAME for each wrong answer."""
    start, solution = values.get("start", "start"), values.get("solution", "solution")
    names = list(dict.fromkeys([start, solution, *values.get("variants", [])]))
    names += [f"anti/{anti['id']}" for anti in values.get("antis", []) if isinstance(anti, dict) and "id" in anti]
    files = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.json")}
    unnamed = sorted(files - set(names))
    problems = [Problem(f"{name}.json", "", None, "is named nowhere in lab.toml") for name in unnamed]
    documents: dict[str, Any] = {}
    for name in names:
        documents[name], found = _document(folder / f"{name}.json", draft=name == start)
        problems += [Problem(f"{name}.json", f"{one.where}.{one.field}", one.value, one.rule) for one in found]
    return documents, problems


def _document(path: Path, draft: bool) -> tuple[dict[str, Any] | None, list[Problem]]:
    try:
        data, problems = load(path.read_bytes())
    except OSError as error:
        return None, [Problem("file", "", None, f"cannot be read: {error.strerror}")]
    if problems:
        return None, problems
    design, problems = parse(data, draft=True)
    if design is None:
        return None, problems
    return as_dict(design), [] if draft else runnable(design)


def _lab(slug: str, values: dict[str, Any], parts: dict[str, Any], documents: dict[str, Any]) -> Lab:
    goals = [
        Goal(**goal | {"scenarios": tuple(goal.get("scenarios", ())), "window": _window(goal.get("window"))})
        for goal in parts["goals"]
    ]
    scenarios = [Scenario(**one | {"script": tuple(one.get("script", ()))}) for one in parts["scenarios"]]
    asked = parts["prediction"]
    return Lab(
        slug=slug,
        title=values["title"],
        module=values["module"],
        minutes=values["minutes"],
        fails=values["fails"],
        rules=values["rules"],
        brief=tuple(values["brief"]),
        debrief=tuple(values["debrief"]),
        topics=tuple(values["topics"]),
        number=values.get("number", ""),
        start=documents[values.get("start", "start")],
        solution=documents[values.get("solution", "solution")],
        goals=tuple(goals),
        scenarios=tuple(scenarios),
        hints=tuple(Hint(**hint) for hint in parts["hints"]),
        antis=tuple(Anti(**anti, design=documents[f"anti/{anti['id']}"]) for anti in parts["antis"]),
        prediction=Prediction(**asked | {"choices": tuple(asked["choices"])}) if asked else None,
        reference=values.get("reference", {}),
        variants={name: documents[name] for name in values.get("variants", [])},
    )


def _window(data: dict[str, Any] | None) -> Window | None:
    return None if data is None else Window(**data)
