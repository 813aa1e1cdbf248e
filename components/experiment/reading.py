"""Reads the description of an experiment against a design. Everything that is wrong comes back as Problems."""

from __future__ import annotations

from typing import Any

from components import reading
from components.base import Choice, Flag, Integer, Number, Param
from components.design import runnable
from components.experiment.axes import read_axes
from components.experiment.chaos import FAULTS_MOST, pairs_of
from components.experiment.measure import MEASURES
from components.experiment.plan import AUTO, KINDS, Faults, Goal, Plan
from components.experiment.points import design_at, points_of
from components.faults import FAULTS
from components.limits import EXPERIMENT_DURATION_S, EXPERIMENT_POINTS, EXPERIMENT_SEEDS
from components.model import Design
from components.problem import Problem, closest
from components.targets import no_such

FIELDS: dict[str, Param] = {
    "kind": Choice(choices=KINDS),
    "axes": Param(),
    "seeds": Param(),
    "duration_s": Number(minimum=1, maximum=EXPERIMENT_DURATION_S),
    "warmup_s": Param(),
    "measure": Choice(choices=tuple(MEASURES)),
    "script": Flag(),
    "faults": Param(),
    "goal": Param(),
}
SEEDS: dict[str, Param] = {
    "n": Integer(minimum=1, maximum=EXPERIMENT_SEEDS),
    "first": Integer(minimum=0, maximum=2**31 - 1),
    "most": Integer(minimum=1, maximum=EXPERIMENT_SEEDS),
    "within": Number(minimum=0.001, maximum=1),
}
FEWEST = 5
"""Seeds of the first round, where more may follow: fewer look certain by accident."""

FAULT_FIELDS: dict[str, Param] = {
    "rate_per_hour": Number(minimum=0.001, maximum=3600), "kinds": Param(), "targets": Param(), "for_s": Param(),
}  # fmt: skip
GOAL: dict[str, Param] = {
    "slo": Param(),
    "measure": Choice(choices=tuple(MEASURES)),
    "at_most": Number(),
    "at_least": Number(),
    "over_s": Number(minimum=1, maximum=3600),
}
WARMUP_S = Number(maximum=EXPERIMENT_DURATION_S)
LASTS_S = Number(minimum=0.1, maximum=86_400)
AXES = {"load_curve": (1, 1), "grid": (1, 2), "seeds": (0, 0), "survival": (0, 0)}
SURVIVAL_WARMUP_S = 30.0
WHERE = "experiment"


def parse(data: object, design: Design) -> tuple[Plan | None, list[Problem]]:
    """The plan, or every Problem with it. With a plan all its points are designs that can run."""
    values, problems = reading.read(FIELDS, data, WHERE, "a key of an experiment", required=("kind",))
    if not isinstance(data, dict) or "kind" not in values:
        return None, problems
    if missing := runnable(design):
        return None, problems + missing
    kind = values["kind"]
    survival = kind == "survival"
    axes, found = read_axes(values.get("axes", []), kind, AXES[kind], design)
    problems += found
    seeds, found = reading.read(SEEDS, values.get("seeds", {}), WHERE, "a key of seeds", "seeds.")
    problems += found
    problems += [] if found else _sequential(seeds, survival)
    warmup_s, found = _warmup(values.get("warmup_s", SURVIVAL_WARMUP_S if survival else AUTO), survival)
    problems += found
    faults, goal = None, None
    if survival:
        faults, found = _faults(values.get("faults"), design)
        goal, more = _goal(values.get("goal"), design)
        problems += found + more
    else:
        problems += [
            Problem(WHERE, key, values[key], f"is for survival, not for {kind}")
            for key in ("faults", "goal")
            if key in values
        ]
    if problems:
        return None, problems
    plain: dict[str, Any] = {key: values[key] for key in ("duration_s", "measure", "script") if key in values}
    if "duration_s" in plain:
        plain["duration_s"] = float(plain["duration_s"])
    if "n" in seeds:
        plain["seeds_n"] = seeds["n"]
    if "within" in seeds:
        plain |= {"within": float(seeds["within"]), "seeds_most": seeds["most"]}
    if "first" in seeds:
        plain["seeds_first"] = seeds["first"]
    plan = Plan(kind, tuple(axes), warmup_s=warmup_s, faults=faults, goal=goal, **plain)
    problems = _whole(plan, design)
    return (None, problems) if problems else (plan, [])


def _sequential(seeds: dict[str, Any], survival: bool) -> list[Problem]:
    if "within" not in seeds and "most" not in seeds:
        return []
    if survival:
        return [
            Problem(
                WHERE, "seeds.within", seeds.get("within"), "is not for survival: it has the seeds that it is given"
            )
        ]
    for name in ("within", "most"):
        if name not in seeds:
            return [Problem(WHERE, f"seeds.{name}", None, "must be given: how certain, and at most how many seeds")]
    first = seeds.get("n", FEWEST)
    if first < FEWEST:
        return [Problem(WHERE, "seeds.n", first, f"must be at least {FEWEST} where more may follow")]
    if seeds["most"] < first:
        return [Problem(WHERE, "seeds.most", seeds["most"], f"must be at least the {first} of the first round")]
    return []


def _warmup(value: object, survival: bool) -> tuple[float | None, list[Problem]]:
    if value == AUTO:
        rule = "must be seconds: faults that come at random cannot be told from a warm-up"
        return None, [Problem(WHERE, "warmup_s", value, rule)] if survival else []
    if broken := WARMUP_S.check(value):
        return None, [Problem(WHERE, "warmup_s", value, f"{broken}, or auto")]
    return float(value), []  # type: ignore[arg-type]


def _faults(data: object, design: Design) -> tuple[Faults | None, list[Problem]]:
    if data is None:
        return None, [Problem(WHERE, "faults", None, "must be given: which faults, where, how often")]
    values, problems = reading.read(
        FAULT_FIELDS, data, WHERE, "a key of faults", "faults.", required=("rate_per_hour", "kinds", "targets")
    )
    kinds, targets, for_s = values.get("kinds", []), values.get("targets", []), values.get("for_s", [10.0, 60.0])
    for name, given in (("kinds", kinds), ("targets", targets)):
        if name in values and not (isinstance(given, list) and given and len(given) <= 100):
            problems.append(Problem(WHERE, f"faults.{name}", given, "must be a list of 1 to 100"))
    if problems:
        return None, problems
    for kind in kinds:
        if not isinstance(kind, str) or kind not in FAULTS:
            problems.append(Problem(WHERE, "faults.kinds", kind, f"is no fault{closest(kind, FAULTS)}"))
    for target in targets:
        if design.find(target) is None:
            problems.append(no_such(target, design, WHERE, "faults.targets"))
    legal = isinstance(for_s, list) and len(for_s) == 2 and not any(LASTS_S.check(each) for each in for_s)
    if not legal or for_s[0] > for_s[1]:
        problems.append(Problem(WHERE, "faults.for_s", for_s, "must be [shortest, longest] in seconds, 0.1 to 86400"))
    if not problems and not pairs_of(tuple(kinds), tuple(targets), design):
        problems.append(
            Problem(WHERE, "faults.targets", targets, "must hold something that can suffer one of the faults")
        )
    if problems:
        return None, problems
    span = (float(for_s[0]), float(for_s[1]))
    return Faults(float(values["rate_per_hour"]), tuple(dict.fromkeys(kinds)), tuple(dict.fromkeys(targets)), span), []


def _goal(data: object, design: Design) -> tuple[Goal | None, list[Problem]]:
    if data is None:
        return None, [Problem(WHERE, "goal", None, "must be given: what a run has to keep to survive")]
    values, problems = reading.read(GOAL, data, WHERE, "a key of goal", "goal.")
    if problems or not isinstance(data, dict):
        return None, problems
    if "slo" in values:
        names = [slo["name"] for slo in design.slos]
        if values["slo"] not in names:
            return None, [
                Problem(
                    WHERE, "goal.slo", values["slo"], f"is no objective of the design{closest(values['slo'], names)}"
                )
            ]
        if len(values) > 1:
            return None, [
                Problem(WHERE, "goal.slo", values["slo"], "must stand alone: the objective has its own limit")
            ]
        return Goal(slo=values["slo"]), []
    if "measure" not in values:
        return None, [Problem(WHERE, "goal.measure", None, "must be given, or slo")]
    if ("at_most" in values) == ("at_least" in values):
        return None, [Problem(WHERE, "goal.at_most", values.get("at_most"), "must be given, or at_least, not both")]
    return Goal(**values), []


def _whole(plan: Plan, design: Design) -> list[Problem]:
    """What only all of it together shows: too many points, a combination that cannot run."""
    points = points_of(plan)
    if len(points) > EXPERIMENT_POINTS:
        return [Problem(WHERE, "axes", f"{len(points)} points", f"must be at most {EXPERIMENT_POINTS} points")]
    if plan.faults is not None:
        mean = plan.faults.rate_per_hour * plan.duration_s / 3600
        if mean > FAULTS_MOST / 2:
            rule = f"must be at most {FAULTS_MOST // 2} faults a run: fewer per hour, or shorter"
            return [Problem(WHERE, "faults.rate_per_hour", plan.faults.rate_per_hour, rule)]
    for point in points:
        _, problems = design_at(design, plan, point)
        if problems:
            return problems
    return []
