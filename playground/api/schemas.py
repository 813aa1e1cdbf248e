"""Bodies and answers. Bodies are thin: what a design, an edit or a command may be is said in components/."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

Ref = Annotated[
    str, Field(max_length=40, pattern=r"^[ -~]*$", description="Comes back with the answer, to know it by.")
]


class Body(Schema):
    model_config = ConfigDict(extra="forbid", strict=True)


class DesignBody(Body):
    design: dict[str, Any] | None = Field(default=None, description="A design file, format 1; absent = an empty one.")
    blueprint: str | None = Field(default=None, description="Slug of a blueprint to start from, instead of a design.")


class EditBody(Body):
    edit: dict[str, Any]
    ref: Ref = ""


class RunBody(Body):
    seed: int | None = Field(default=None, description="Absent = a random one.")


class CommandBody(Body):
    command: dict[str, Any]
    ref: Ref = ""


class ProblemOut(Schema):
    where: str
    field: str
    value: Any
    rule: str


class Problems(Schema):
    problems: list[ProblemOut]


class Checked(Schema):
    missing: list[ProblemOut] = Field(description="What a correct design still needs before it can run.")


class DesignRow(Schema):
    id: str
    name: str
    revision: int
    updated_at: str


class DesignOut(DesignRow):
    role: str
    design: dict[str, Any]
    cost: dict[str, Any] = Field(description="A month by the dated price list, in all and for each node.")
    run: str | None = Field(description="A run of it that is not over.")
    forked_from: str | None
    forked_revision: int | None


class EditOut(Schema):
    type: str
    revision: int
    ref: str
    edit: dict[str, Any]
    inverse: dict[str, Any]
    by: str


class LayoutOut(Schema):
    edit: dict[str, Any] = Field(description="The edit that moves every node to its place; it was not applied.")


class RestoreOut(Schema):
    edit: dict[str, Any] | None = Field(description="A batch to submit as one edit.")


class CommandOut(Schema):
    seq: int
    command: dict[str, Any]
    applied_ns: int | None = Field(default=None, description="Virtual time; null until it is known.")


class RunOut(Schema):
    id: str
    design: str
    revision: int
    seed: int
    script: list[dict[str, Any]] | None = Field(default=None, description="Steps of this run; null = the design's.")
    status: str
    place: int | None
    detail: str
    speed: float | str
    attempt: int
    virtual_ns: int
    summary: dict[str, Any] | None
    created_at: str
    finished_at: str | None
    commands: list[CommandOut]
