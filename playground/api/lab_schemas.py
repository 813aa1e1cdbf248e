"""Bodies and answers about labs."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field

from playground.api.schemas import Body


class PredictionBody(Body):
    choice: str = Field(max_length=40)


class HintBody(Body):
    number: int = Field(description="1 = the first; they open in order.")


class ReplayBody(Body):
    scenario: str | None = Field(default=None, max_length=80, description="Absent = what failed first.")
    seed: int | None = Field(default=None, ge=0, le=2**53 - 1)
    at_s: float | None = Field(default=None, ge=0, le=3600, description="Wait shortly before this second.")


class GoalOut(Schema):
    id: str
    title: str
    measure: str
    at_most: float | None
    at_least: float | None
    unit: str
    help: str


class ScenarioOut(Schema):
    title: str
    summary: str
    duration_s: float
    warmup_s: float


class Yours(Schema):
    passed: bool
    best: int | None = Field(description="Your best score.")


class LabBase(Schema):
    slug: str
    number: str
    title: str
    module: str
    minutes: int
    pass_score: int


class LabRow(LabBase):
    yours: Yours | None


class HintOut(Schema):
    number: int
    cost: int
    text: str | None = Field(description="null until it is opened.")


class AttemptOut(Schema):
    id: str
    lab: str
    number: int
    revision: int
    status: str = Field(description="queued, running, done, cancelled or failed.")
    place: int | None = Field(description="Place in the queue, 1 = next.")
    detail: str
    done: int = Field(description="Simulated runs that are graded,")
    of: int = Field(description="of so many.")
    score: int | None
    passed: bool | None
    created_at: str
    finished_at: str | None
    seed: int | None = Field(description="With the verdict: what it can be computed again from.")
    digest: str | None
    verdict: dict[str, Any] | None


class WorkOut(Schema):
    lab: str
    design: str
    revision: int
    hints: list[HintOut]
    hints_cost: int
    prediction: str | None
    attempts: list[AttemptOut]


class LabOut(LabBase):
    brief: list[str]
    topics: list[str]
    rules: dict[str, Any]
    goals: list[GoalOut]
    scenarios: list[ScenarioOut]
    hidden: int = Field(description="Scenarios that you learn of with the verdict.")
    yours: WorkOut | None


class PricesOut(Schema):
    revision: int
    cost: dict[str, Any]
    goals: dict[str, dict[str, Any]]
