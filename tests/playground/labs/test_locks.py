"""What a lab locks stays as it is, whichever way somebody tries."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.test import Client

from playground.accounts.models import Person
from playground.designs import documents
from playground.designs.history import revision_restore
from playground.designs.models import Design, Snapshot
from playground.designs.services import edit_apply
from playground.labs.attempts import attempt_submit
from playground.labs.models import Work
from playground.labs.services import labs
from playground.runs.services import run_start
from tests.playground.labs.conftest import SLUG
from tests.playground.world import heard_of, opened, say

SLOWER = {"op": "set", "id": "users", "param": "rate_rps", "value": 1}
FASTER = {"op": "set", "id": "db", "param": "service_time_ms", "value": 0.1}
CHEAPER = {"op": "set", "id": "web", "param": "price_per_hour", "value": 0}
USERS = next(node for node in labs()[SLUG].start["nodes"] if node["id"] == "users")
WAYS: dict[str, dict[str, Any]] = {
    "a locked node": SLOWER,
    "another locked node": FASTER,
    "removing it": {"op": "remove", "ids": ["users"]},
    "a fixed parameter": CHEAPER,
    "a fixed parameter of a new node": {
        "op": "add",
        "node": {"id": "web-2", "kind": "service", "name": "W", "x": 0, "y": 200, "params": {"price_per_hour": 0}},
    },
    "a batch": {"op": "batch", "edits": [{"op": "move", "to": {"web": [8, 8]}}, SLOWER]},
    "out and in again": {
        "op": "batch",
        "edits": [
            {"op": "remove", "ids": ["users"]},
            {"op": "add", "node": USERS | {"params": {"rate_rps": 1}}},
            {"op": "connect", "link": {"id": "l1", "source": "users", "target": "web"}},
        ],
    },
    "the script": {"op": "script", "script": [{"at_s": 1, "command": "load", "target": "users", "factor": 0.1}]},
    "the objectives": {"op": "slos", "slos": []},
    "the scale": {"op": "describe", "scale": 100},
    "a kind that is not offered": {
        "op": "add",
        "node": {"id": "db-2", "kind": "sql_primary", "name": "DB", "x": 0, "y": 200, "params": {}},
    },
}  # fmt: skip


def unchanged(work: Work) -> bool:
    stored = Design.objects.get(pk=work.design_id)
    return stored.revision == 0 and stored.document == work.design.document


@pytest.mark.parametrize("way", WAYS)
def test_no_edit_of_the_api_gets_around_a_lock(way: str, work: Work, browser: Client) -> None:
    body = orjson.dumps({"edit": WAYS[way]})
    answer = browser.post(f"/api/designs/{work.design_id}/edits", body, "application/json")
    assert answer.status_code == 422 and answer.json()["problems"][0]["rule"]
    assert unchanged(work)


@pytest.mark.parametrize("way", WAYS)
async def test_no_edit_of_the_socket_gets_around_a_lock(way: str, work: Work) -> None:
    socket = await opened(f"/ws/designs/{work.design_id}", work.person)
    await say(socket, type="edit.submit", ref="r", edit=WAYS[way])
    refused = await heard_of(socket, "edit.refused")
    assert refused["ref"] == "r" and refused["problems"][0]["rule"]
    await socket.disconnect()
    assert (await Design.objects.aget(pk=work.design_id)).revision == 0


@pytest.mark.parametrize("extra", [{"rules": {}}, {"revision": 9}, {"force": True}, {"design": {}}])
async def test_a_message_with_more_in_it_changes_no_rule(extra: dict[str, Any], work: Work) -> None:
    socket = await opened(f"/ws/designs/{work.design_id}", work.person)
    await say(socket, type="edit.submit", ref="r", edit=SLOWER, **extra)
    await say(socket, type="design.rules", rules={})
    await say(socket, type="edit.submit", ref="s", edit=SLOWER)
    assert (await heard_of(socket, "edit.refused"))["problems"]
    await socket.disconnect()
    stored = await Design.objects.aget(pk=work.design_id)
    assert (stored.revision, stored.rules) == (0, dict(labs()[SLUG].rules))


def test_a_command_changes_the_run_and_not_the_design(work: Work, owner: Person, browser: Client) -> None:
    run, problems = run_start(design=work.design, person=owner)
    assert run is not None, problems
    command = {"command": "set", "target": "db", "param": "service_time_ms", "value": 0.1}
    body = orjson.dumps({"command": command})
    assert browser.post(f"/api/runs/{run.pk}/commands", body, "application/json").status_code == 201
    assert unchanged(work)


def test_an_import_makes_another_design(work: Work, browser: Client) -> None:
    document = work.design.document | {"nodes": [], "links": [], "slos": []}
    body = orjson.dumps({"design": document | {"rules": {}}})
    assert browser.post("/api/designs", body, "application/json").status_code == 422
    made = browser.post("/api/designs", orjson.dumps({"design": document}), "application/json")
    assert made.json()["id"] != work.design_id and unchanged(work)
    work.refresh_from_db()
    assert work.design_id == browser.post(f"/api/labs/{SLUG}/open", b"{}", "application/json").json()["design"]


def test_going_back_to_a_revision_is_an_edit_like_any_other(work: Work, owner: Person, browser: Client) -> None:
    """Even a history in which a lock was broken once does not bring that back."""
    first = orjson.loads(orjson.dumps(work.design.document))
    next(node for node in first["nodes"] if node["id"] == "users")["params"]["rate_rps"] = 1
    Snapshot.objects.filter(design=work.design, revision=0).update(document=first)
    moved = {"op": "move", "to": {"web": [304, 8]}}
    assert edit_apply(design_id=work.design_id, person=owner, edit=moved)[0] is not None
    documents._parsed.clear()
    restored, problems = revision_restore(design_id=work.design_id, person=owner, revision=0)
    assert restored is None and problems[0].where == "users"
    assert Design.objects.get(pk=work.design_id).revision == 1


def test_a_submit_looks_at_the_locks_once_more(work: Work, owner: Person) -> None:
    """Even where rules were taken off the design meanwhile, what counts is the lab."""
    document = orjson.loads(orjson.dumps(work.design.document))
    next(node for node in document["nodes"] if node["id"] == "users")["params"]["rate_rps"] = 1
    Design.objects.filter(pk=work.design_id).update(document=document, rules={}, revision=1)
    attempt, problems = attempt_submit(work=work, person=owner)
    assert attempt is None and problems[0].where == "users"


def test_the_inspector_says_what_is_locked_and_why(work: Work, browser: Client) -> None:
    locked = browser.get(f"/d/{work.design_id}/inspector?ids=users").content.decode()
    free = browser.get(f"/d/{work.design_id}/inspector?ids=web").content.decode()
    assert "Locked here: it stays as it is." in locked and "<fieldset disabled>" in locked
    assert 'data-action="remove"' not in locked
    assert "Locked here: it keeps its value." in free and "Locked here: it stays" not in free
