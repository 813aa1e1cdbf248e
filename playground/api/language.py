"""The language: catalogue, JSON Schema, and a check of a design without storing it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Body, Router

from components.catalog import catalogue
from components.design import parse, runnable, schema
from playground.api.refusal import Refusal
from playground.api.schemas import Checked, Problems

router = Router(tags=["language"])


@router.get("/catalog", response=dict[str, Any], url_name="catalog")
def catalog(request: HttpRequest) -> dict[str, Any]:
    """Every kind with its parameters, the link options and the faults."""
    return catalogue()


@router.get("/schema", response=dict[str, Any], url_name="schema")
def json_schema(request: HttpRequest) -> dict[str, Any]:
    """JSON Schema of a design file, format 1."""
    return schema()


@router.post("/validate", response={200: Checked, 422: Problems}, url_name="validate")
def validate(request: HttpRequest, design: Body[dict[str, Any]]) -> dict[str, Any]:
    """The body is a design file. 422 says what is wrong with it; 200 what is missing before it can run."""
    parsed, problems = parse(design, draft=True)
    if parsed is None:
        raise Refusal(422, problems)
    return {"missing": [problem.as_dict() for problem in runnable(parsed)]}
