from __future__ import annotations

from typing import Any

import orjson
from django.test import Client

from components.catalog import KINDS
from playground.accounts.models import Person
from playground.designs.models import Design
from playground.runs.lifecycle import run_applied, run_take
from tests.playground.conftest import browser_of
from tests.playground.world import CRASH, RENAME, TWO_SERVICES


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.generic("POST", f"/api{path}", b"" if body is None else orjson.dumps(body), "application/json")


def test_a_program_without_an_account_builds_and_runs_a_design(transactional_db: None) -> None:
    client = browser_of(None)
    made = post(client, "/designs", {"design": TWO_SERVICES})
    assert made.status_code == 201
    id = made.json()["id"]
    client.get(f"/d/{id}")  # a cookie came with the answer; from now on the token has to be sent as well
    assert [row["id"] for row in client.get("/api/designs").json()] == [id]
    accepted = post(client, f"/designs/{id}/edits", {"edit": RENAME}).json()
    assert (accepted["revision"], accepted["inverse"]) == (1, {"op": "rename", "id": "a", "name": "A"})
    assert client.get(f"/api/designs/{id}").json()["design"]["nodes"][1]["name"] == "Renamed"
    assert client.get(f"/api/designs/{id}?revision=0").json()["design"]["nodes"][1]["name"] == "A"
    assert client.get(f"/api/designs/{id}?revision=9").status_code == 404
    assert client.get(f"/api/designs/{id}/edits?since=0").json() == [accepted]
    run = post(client, f"/designs/{id}/runs", {"seed": 7})
    assert run.status_code == 201
    assert run.json() | {"status": "queued", "seed": 7, "revision": 1, "place": 1} == run.json()
    command = post(client, f"/runs/{run.json()['id']}/commands", {"command": CRASH})
    assert (command.status_code, command.json()["seq"]) == (201, 1)
    run_take(run_id=run.json()["id"], host="h")
    run_applied(run_id=run.json()["id"], times=[(1, 1_500_000_000)])
    seen = client.get(f"/api/runs/{run.json()['id']}").json()
    assert [(entry["seq"], entry["applied_ns"]) for entry in seen["commands"]] == [(1, 1_500_000_000)]


def test_the_catalogue_has_every_kind(transactional_db: None) -> None:
    assert set(browser_of(None).get("/api/catalog").json()["kinds"]) == set(KINDS)


def test_the_schema_is_one(transactional_db: None) -> None:
    assert browser_of(None).get("/api/schema").json()["type"] == "object"


def test_a_correct_design_is_told_what_it_lacks_to_run(transactional_db: None) -> None:
    answer = post(browser_of(None), "/validate", TWO_SERVICES)
    assert (answer.status_code, answer.json()) == (200, {"missing": []})
    answer = post(
        browser_of(None),
        "/validate",
        TWO_SERVICES | {"nodes": TWO_SERVICES["nodes"][1:], "links": TWO_SERVICES["links"][1:]},
    )
    assert answer.status_code == 200
    assert answer.json()["missing"]


def test_a_blueprint_can_be_named(browser: Client) -> None:
    assert post(browser, "/designs", {"blueprint": "retry-storm"}).json()["name"] == "Retry storm"
    assert post(browser, "/designs", {"blueprint": "castle"}).status_code == 422
    assert post(browser, "/designs", {"blueprint": "retry-storm", "design": TWO_SERVICES}).status_code == 422


def test_a_design_says_what_it_costs(browser: Client, design: Design) -> None:
    said = browser.get(f"/api/designs/{design.pk}").json()["cost"]
    assert set(said["nodes"]) == {"a", "b", "db"}
    assert said["per_month"] == round(sum(node["per_month"] for node in said["nodes"].values()), 2) > 0


def test_tidy_gives_an_edit_that_can_be_submitted(browser: Client, design: Design) -> None:
    edit = post(browser, f"/designs/{design.pk}/layout").json()["edit"]
    assert set(edit["to"]) == {"users", "a", "b", "db"}
    design.refresh_from_db()
    assert design.revision == 0
    assert post(browser, f"/designs/{design.pk}/edits", {"edit": edit}).json()["revision"] == 1


def test_the_description_lists_every_call(browser: Client) -> None:
    described = browser.get("/api/openapi.json").json()
    assert "/api/designs/{id}/edits" in described["paths"]
    assert browser.get("/api/docs").status_code == 200


def test_a_run_stops_once(browser: Client, design: Design, owner: Person) -> None:
    run = post(browser, f"/designs/{design.pk}/runs").json()
    for _ in range(2):
        answer = post(browser, f"/runs/{run['id']}/stop")
        assert (answer.status_code, answer.json()["status"]) == (200, "stopped")
    assert len(answer.json()["commands"]) == 1
