"""Designs over HTTP: the same services and the same permissions as pages and sockets."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Status

import playground.paths  # noqa: F401, registers {id:…}
from components.cost import cost
from components.graph import layout
from components.problem import Problem
from playground.accounts.services import person_ensure, person_of
from playground.api.refusal import Refusal
from playground.api.schemas import DesignBody, DesignOut, DesignRow, EditBody, EditOut, LayoutOut, Problems, RestoreOut
from playground.designs.access import design_for, seen_for
from playground.designs.blueprints import blueprints
from playground.designs.documents import parsed_of, stored
from playground.designs.history import restoring
from playground.designs.models import Design
from playground.designs.news import tell_sync
from playground.designs.permissions import Action, Role
from playground.designs.services import design_at, design_create, designs_of, edit_apply, edits_since
from playground.designs.sharing import share_revoke

EMPTY = DesignBody()  # what no body at all means
router = Router(tags=["designs"])


@router.get("", response=list[DesignRow], url_name="designs")
def designs(request: HttpRequest) -> list[dict[str, Any]]:
    """Your designs, newest change first."""
    person = person_of(request)
    return [row(design) for design in designs_of(person)] if person else []


@router.post("", response={201: DesignOut, 422: Problems}, url_name="designs")
def create(request: HttpRequest, body: DesignBody = EMPTY) -> Status[dict[str, Any]]:
    """A new design of yours, which may still be incomplete."""
    document: object = body.design
    if body.blueprint is not None:
        if body.design is not None:
            raise Refusal(422, [Problem("body", "blueprint", body.blueprint, "must be absent beside a design")])
        if body.blueprint not in blueprints():
            rule = f"must be one of {', '.join(blueprints())}"
            raise Refusal(422, [Problem("body", "blueprint", body.blueprint, rule)])
        document = blueprints()[body.blueprint].document
    design, problems = design_create(owner=person_ensure(request), document=document, blueprint=body.blueprint or "")
    if design is None:
        raise Refusal(422, problems)
    return Status(201, full(design, Role.OWNER, design.document))


@router.get("/{id:id}", response=DesignOut, url_name="design")
def design(request: HttpRequest, id: str, revision: int | None = None) -> dict[str, Any]:
    """The newest document, or that of an older revision."""
    seen = seen_for(request, id, revision)
    document = design_at(design=seen.design, revision=seen.revision)
    return full(seen.design, seen.role, document) | {"revision": seen.revision} | ({"run": None} if seen.frozen else {})


@router.get("/{id:id}/edits", response=list[EditOut], url_name="edits")
def edits(request: HttpRequest, id: str, since: int = 0) -> list[dict[str, Any]]:
    """The log after revision `since`, at most 1000 edits."""
    found, _, _ = design_for(request, id, Action.SEE)
    entries = edits_since(design=found, revision=since)
    if entries is None:
        rule = f"must be a revision of the last 1000, the newest is {found.revision}"
        raise Refusal(422, [Problem("query", "since", since, rule)])
    return [entry.message() for entry in entries]


@router.post("/{id:id}/edits", response={200: EditOut, 422: Problems}, url_name="edits")
def edit(request: HttpRequest, id: str, body: EditBody) -> dict[str, Any]:
    """Applies an edit; everybody who has the design open sees it."""
    found, _, _ = design_for(request, id, Action.EDIT)
    accepted, problems = edit_apply(design_id=found.pk, person=person_ensure(request), edit=body.edit, ref=body.ref)
    if accepted is None:
        raise Refusal(422, problems)
    tell_sync(found.pk, accepted.message())
    return accepted.message()


@router.post("/{id:id}/layout", response=LayoutOut, url_name="layout")
def tidy(request: HttpRequest, id: str) -> dict[str, Any]:
    """Where every node would stand in a tidy drawing, as one edit to submit."""
    found, _, _ = design_for(request, id, Action.SEE)
    places = layout(parsed_of(found))
    return {"edit": {"op": "move", "to": {node: list(place) for node, place in places.items()}}}


@router.get("/{id:id}/restore", response=RestoreOut, url_name="restore")
def restore(request: HttpRequest, id: str, revision: int = 0) -> dict[str, Any]:
    """The edit that makes the design what it was at a revision; null if it is that already. It was not applied."""
    found, _, _ = design_for(request, id, Action.RESTORE)
    try:
        return {"edit": restoring(design=found, revision=revision)}
    except LookupError:
        raise Http404 from None


@router.delete("/{id:id}/share", response=dict[str, int], url_name="unshare")
def unshare(request: HttpRequest, id: str) -> dict[str, int]:
    """Revokes every link of this design; who came by one is shown out."""
    found, _, _ = design_for(request, id, Action.SHARE)
    return {"revoked": share_revoke(design=found)}


def row(design: Design) -> dict[str, Any]:
    return {
        "id": design.pk, "name": design.name, "revision": design.revision, "updated_at": design.updated_at.isoformat(),
    }  # fmt: skip


def full(design: Design, role: Role, document: dict[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = {"role": role.value, "design": document, "run": design.running}
    more["cost"] = cost(stored(document))
    return row(design) | more | {"forked_from": design.forked_from_id, "forked_revision": design.forked_revision}
