"""What no single key of a lab shows: names that must exist, scripts that must fit the designs, locks that must hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from components.commands import script_problems
from components.lab.goal import Goal
from components.lab.model import Lab
from components.lab.scenario import Scenario
from components.problem import Problem
from components.rules import RULES

SEED = 1  # which one does not matter: a seed moves times and picks nodes


def crosscheck(lab: Lab) -> list[Problem]:
    """Every Problem with a lab whose parts are well formed."""
    return [*_names(lab), *_goals(lab), *_scripts(lab), *_locks(lab)]


def _names(lab: Lab) -> Iterator[Problem]:
    goals, scenarios = [goal.id for goal in lab.goals], [scenario.id for scenario in lab.scenarios]
    for what, ids in (("goals", goals), ("scenarios", scenarios), ("antis", [anti.id for anti in lab.antis])):
        yield from (
            Problem(what, "id", id, "stands there twice") for id in sorted({i for i in ids if ids.count(i) > 1})
        )
    yield from _known("lab.toml", "fails", [lab.fails], goals)
    for anti in lab.antis:
        yield from _known(f"anti {anti.id}", "misses", [anti.misses], goals)
    for goal in lab.goals:
        yield from _known(f"goal {goal.id}", "scenarios", goal.scenarios, scenarios)
    if lab.prediction:
        nodes = [node.id for node in lab.start_design.nodes]
        yield from _known("prediction", "choices", lab.prediction.choices, nodes)
        yield from _known("prediction", "answer", [lab.prediction.answer], lab.prediction.choices)


def _known(where: str, field: str, names: Sequence[str], known: Sequence[str]) -> Iterator[Problem]:
    yield from (
        Problem(where, field, name, f"must be one of {', '.join(known)}") for name in names if name not in known
    )


def _goals(lab: Lab) -> Iterator[Problem]:
    for goal in lab.goals:
        if (goal.at_most is None) == (goal.at_least is None):
            yield Problem(f"goal {goal.id}", "at_most", goal.at_most, "must be given, or at_least, and not both")
        if goal.measure == "recovery_s" and (goal.window is None or goal.window.after is None):
            yield Problem(f"goal {goal.id}", "window", None, "must name a fault: recovery is counted from its end")
        for scenario in lab.scenarios:
            if goal.counts_in(scenario.id):
                yield from _window(goal, scenario)


def _window(goal: Goal, scenario: Scenario) -> Iterator[Problem]:
    after = goal.window.after if goal.window else None
    faults = [entry.get("id") for entry in scenario.script if entry.get("command") == "inject"]
    if after is not None and after not in faults:
        yield Problem(f"goal {goal.id}", "window.after", after, f"must be a fault of scenario {scenario.id}")


def _scripts(lab: Lab) -> Iterator[Problem]:
    """Every script must fit every design that will run it, and be over before the scenario is."""
    documents = {"start": lab.start, "solution": lab.solution} | {anti.id: anti.design for anti in lab.antis}
    for scenario in lab.scenarios:
        for entry in scenario.script:
            latest = entry.get("at_s", 0) * (1 + entry.get("jitter", 0))
            if latest >= scenario.ends_s:
                yield Problem(f"scenario {scenario.id}", "at_s", latest, f"must be before its end at {scenario.ends_s}")
            if ("kind" in entry) == ("target" in entry) and entry.get("command") != "heal":
                yield Problem(
                    f"scenario {scenario.id}", "kind", entry.get("kind"), "must be given, or target, and not both"
                )
                return
        for name, document in documents.items():
            design = lab.design_of(document)
            scripted = replace(design, script=tuple(scenario.script_for(SEED, design)))
            for problem in script_problems(scripted):
                where = f"scenario {scenario.id} on {name}"
                yield Problem(where, f"{problem.where}.{problem.field}", problem.value, problem.rule)


def _locks(lab: Lab) -> Iterator[Problem]:
    """The rules are known ones, and the solution can be reached from the start under them."""
    yield from _known("rules", "", sorted(lab.rules), RULES)
    for problem in lab.refuses(lab.design_of(lab.solution)):
        yield Problem("solution.json", f"{problem.where}.{problem.field}", problem.value, problem.rule)
