"""Experiments: many runs of one design, over loads, parameters, seeds or faults, and what they say together."""

from components.experiment.measure import MEASURES, Measure, measure_of
from components.experiment.more import more_of
from components.experiment.plan import KINDS, Axis, Faults, Goal, Plan
from components.experiment.points import Point, cells_of, design_at, points_of
from components.experiment.reading import parse
from components.experiment.result import result_of

__all__ = [
    "KINDS", "MEASURES", "Axis", "Faults", "Goal", "Measure", "Plan", "Point",
    "cells_of", "design_at", "measure_of", "more_of", "parse", "points_of", "result_of",
]  # fmt: skip
