"""History: what is said of edits, and restoring as one edit under the rules of every edit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from playground.accounts.models import Person
from playground.designs.history import history, revision_restore
from playground.designs.look.changes import changes
from playground.designs.models import Design, Edit
from playground.designs.services import design_at, edit_apply, rules_set
from tests.playground.conftest import browser_of
from tests.playground.world import RENAME

NODE = {"id": "web", "kind": "service", "name": "Web", "x": 0, "y": 0}
LINK = {"id": "l9", "source": "a", "target": "web"}


def change(design: Design, person: Person, edit: dict[str, Any]) -> None:
    accepted, problems = edit_apply(design_id=design.pk, person=person, edit=edit)
    assert accepted is not None, problems
    design.refresh_from_db()


def test_work_is_grouped_by_author_and_pause(design: Design, owner: Person, other: Person) -> None:
    change(design, owner, {"op": "add", "node": NODE})
    change(design, owner, {"op": "connect", "link": LINK})
    Edit.objects.update(created_at=now() - timedelta(hours=1))
    change(design, owner, {"op": "set", "id": "web", "param": "workers", "value": 8})
    change(design, other, RENAME)
    stretches, more = history(design=design)
    assert more is None
    assert [(s.author, s.first, s.revision, s.words) for s in stretches] == [
        ("Bob", 4, 4, ["Renamed a component to Renamed"]),
        ("Ada", 3, 3, ["Set workers of Web to 8"]),
        ("Ada", 1, 2, ["Connected Renamed to Web", "Added Web"]),
    ]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"op": "remove", "ids": ["a"]}, "Removed A"),
        ({"op": "move", "to": {"a": [1, 1], "b": [2, 2], "db": [3, 3], "users": [4, 4]}}, "Moved A, B and 2 more"),
        ({"op": "set", "id": "a-b", "param": "retry.max", "value": 3}, "Set retry · max of a-b to 3"),
        ({"op": "unset", "id": "a-b", "param": "retry"}, "Took back retry of a-b"),
        ({"op": "describe", "name": "New"}, "Named it New"),
        ({"op": "script", "script": []}, "Changed the steps of the script"),
        ({"op": "batch", "edits": [RENAME] * 9}, "9 changes at once"),
    ],
)
def test_every_edit_has_its_words(edit: dict[str, Any], words: str, design: Design, owner: Person) -> None:
    change(design, owner, edit)
    entry = Edit.objects.get()
    assert changes(entry.edit, entry.inverse, {"a": "A", "b": "B", "db": "DB"})[0] == words


def test_restoring_is_one_edit_that_can_be_taken_back(design: Design, owner: Person) -> None:
    first = design.document
    change(design, owner, {"op": "remove", "ids": ["b"]})
    change(design, owner, {"op": "add", "node": NODE, "index": 0})
    changed = design.document
    accepted, problems = revision_restore(design_id=design.pk, person=owner, revision=0)
    assert accepted is not None, problems
    assert accepted.revision == 3
    design.refresh_from_db()
    assert design.document == first
    change(design, owner, accepted.inverse)
    assert design.document == changed
    assert design_at(design=design, revision=3) == first
    assert revision_restore(design_id=design.pk, person=owner, revision=4) == (None, [])


def test_restoring_obeys_the_rules(design: Design, owner: Person) -> None:
    change(design, owner, {"op": "set", "id": "a", "param": "workers", "value": 3})
    change(design, owner, RENAME)
    rules_set(design_id=design.pk, locked=["a"])
    assert revision_restore(design_id=design.pk, person=owner, revision=1)[1] == []  # the name alone
    accepted, problems = revision_restore(design_id=design.pk, person=owner, revision=0)
    assert accepted is None
    assert problems[0].where == "a"
    rules_set(design_id=design.pk, frozen="Hands off.")
    assert revision_restore(design_id=design.pk, person=owner, revision=2)[1][0].rule == "Hands off."


def test_a_revision_that_does_not_exist_cannot_be_restored(browser: Client, design: Design, owner: Person) -> None:
    assert revision_restore(design_id=design.pk, person=owner, revision=9)[1][0].field == "revision"
    assert browser.post(f"/d/{design.pk}/restore", {"revision": "9"}).status_code == 422
    assert browser.post(f"/d/{design.pk}/restore", {"revision": "one"}).status_code == 422
    assert browser.get(f"/api/designs/{design.pk}/restore?revision=9").status_code == 404
    assert browser.get(f"/d/{design.pk}/r/9").status_code == 404
    assert browser.post(f"/d/{design.pk}/fork", {"revision": "9"}).status_code == 404


def test_the_api_gives_the_edit_without_applying_it(browser: Client, design: Design, owner: Person) -> None:
    change(design, owner, RENAME)
    answer = browser.get(f"/api/designs/{design.pk}/restore?revision=0").json()
    assert answer == {"edit": {"op": "batch", "edits": [{"op": "rename", "id": "a", "name": "A"}]}}
    assert browser.get(f"/api/designs/{design.pk}").json()["revision"] == 1


def test_pages_of_history(browser: Client, design: Design, owner: Person) -> None:
    change(design, owner, RENAME)
    shown = browser.get(f"/d/{design.pk}/history").content.decode()
    assert "Renamed a component to Renamed" in shown
    assert 'aria-label="Restore r0"' in shown
    old = browser.get(f"/d/{design.pk}/r/0").content.decode()
    assert "Old, the newest is r1" in old
    assert "Renamed" not in old
    inspected = browser.get(f"/d/{design.pk}/r/0/inspector?ids=a").content.decode()
    assert "<h2" in inspected
    assert "Renamed" not in inspected
    assert browser.post(f"/d/{design.pk}/restore", {"revision": "0"}).status_code == 302
    design.refresh_from_db()
    assert design.revision == 2


def test_a_fork_names_where_it_comes_from(design: Design, owner: Person, other: Person) -> None:
    mine = browser_of(owner)
    change(design, owner, RENAME)
    mine.post(f"/d/{design.pk}/fork", {"revision": "0"})
    fork = Design.objects.exclude(pk=design.pk).get()
    assert (fork.forked_from, fork.forked_revision) == (design, 0)
    shown = mine.get(f"/d/{fork.pk}/history").content.decode()
    assert f'href="/d/{design.pk}/r/0"' in shown
    fork.owner = other
    fork.save()
    shown = browser_of(other).get(f"/d/{fork.pk}/history").content.decode()
    assert "Two services r0" in shown
    assert design.pk not in shown  # no way in for who has none


def test_script_in_names_is_text(browser: Client, design: Design, owner: Person) -> None:
    bad = "<script>alert(1)</script>"
    change(design, owner, {"op": "rename", "id": "a", "name": bad})
    change(design, owner, {"op": "describe", "name": bad})
    owner.name = bad
    owner.save()
    for path in ("history", "r/0", "r/2", "r/2/inspector?ids=a"):
        assert bad not in browser.get(f"/d/{design.pk}/{path}").content.decode(), path
    for answer in (browser.post(f"/d/{design.pk}/share"), browser.get("/d/"), browser.get(f"/d/{design.pk}")):
        assert bad not in answer.content.decode()
