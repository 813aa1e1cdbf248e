from __future__ import annotations

import pytest

from components.problem import Problem
from playground.accounts.models import Person
from playground.designs import documents, services
from playground.designs.blueprints import DEMO, blueprints
from playground.designs.documents import SNAPSHOT_EVERY, parsed_at
from playground.designs.models import Design, Edit, Share, Snapshot
from playground.designs.services import (
    demo_open,
    design_at,
    design_create,
    design_fork,
    designs_of,
    edit_apply,
    edits_since,
)  # fmt: skip
from playground.designs.sharing import share_create, share_find, share_revoke
from tests.playground.world import RENAME, TWO_SERVICES


def rename(design: Design, owner: Person, name: str) -> services.Accepted:
    accepted, problems = edit_apply(
        design_id=design.pk, person=owner, edit={"op": "rename", "id": "a", "name": name}, ref=name
    )
    assert accepted is not None, problems
    return accepted


def test_a_blank_design_is_empty_and_at_revision_zero(owner: Person) -> None:
    design, problems = design_create(owner=owner)
    assert problems == []
    assert design is not None
    assert (design.revision, design.document["nodes"], design.document["format"]) == (0, [], 1)
    assert Snapshot.objects.get(design=design).document == design.document


def test_an_incomplete_design_is_stored_and_a_malformed_one_is_not(owner: Person) -> None:
    alone = TWO_SERVICES | {"links": []}
    assert design_create(owner=owner, document=alone)[0] is not None
    made, problems = design_create(owner=owner, document=TWO_SERVICES | {"nodes": []})
    assert made is None
    assert all(isinstance(problem, Problem) for problem in problems)
    assert problems


def test_an_edit_gets_the_next_number_and_its_inverse_takes_it_back(design: Design, owner: Person) -> None:
    before = design.document
    accepted, problems = edit_apply(design_id=design.pk, person=owner, edit=RENAME, ref="c1")
    assert accepted is not None, problems
    assert (accepted.revision, accepted.ref, accepted.by) == (1, "c1", owner.pk)
    design.refresh_from_db()
    assert design.revision == 1
    assert design.document["nodes"][1]["name"] == "Renamed"
    back, _ = edit_apply(design_id=design.pk, person=owner, edit=accepted.inverse)
    assert back is not None
    design.refresh_from_db()
    assert design.revision == 2
    assert design.document == before


def test_the_name_of_a_design_follows_its_document(design: Design, owner: Person) -> None:
    edit_apply(design_id=design.pk, person=owner, edit={"op": "describe", "name": "Mine"})
    assert [found.name for found in designs_of(owner)] == ["Mine"]


def test_every_revision_can_be_read_again(design: Design, owner: Person) -> None:
    names = [f"n{number}" for number in range(SNAPSHOT_EVERY + 5)]
    for name in names:
        rename(design, owner, name)
    design.refresh_from_db()
    assert Snapshot.objects.filter(design=design).count() == 2
    for revision in (1, 7, SNAPSHOT_EVERY, SNAPSHOT_EVERY + 3):
        documents._parsed.clear()
        document = design_at(design=design, revision=revision)
        assert document["nodes"][1]["name"] == names[revision - 1]
    assert design_at(design=design, revision=0)["nodes"][1]["name"] == "A"
    with pytest.raises(LookupError):
        parsed_at(design, len(names) + 1)


def test_the_log_is_read_from_any_revision(design: Design, owner: Person) -> None:
    made = [rename(design, owner, name) for name in ("x", "y", "z")]
    assert edits_since(design=design, revision=1) == made[1:]
    assert edits_since(design=design, revision=3) == []
    assert edits_since(design=design, revision=4) is None
    assert edits_since(design=design, revision=0, most=2) is None


def test_an_edit_that_would_make_the_design_too_big_is_refused(
    design: Design, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "DESIGN_BYTES", 1000)
    accepted, problems = edit_apply(
        design_id=design.pk, person=owner, edit={"op": "describe", "description": "x" * 1000}
    )
    assert accepted is None
    assert problems[0].field == "bytes"
    assert Edit.objects.count() == 0


def test_a_person_has_only_so_many_designs(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "DESIGNS_PER_PERSON", 2)
    assert [design_create(owner=owner)[0] is not None for _ in range(3)] == [True, True, False]


def test_a_fork_is_a_copy_that_knows_where_it_comes_from(design: Design, owner: Person, other: Person) -> None:
    rename(design, owner, "changed")
    design.refresh_from_db()
    fork, problems = design_fork(design=design, owner=other)
    assert fork is not None, problems
    assert (fork.owner, fork.revision, fork.forked_from, fork.forked_revision) == (other, 0, design, 1)
    assert fork.document == design.document
    rename(fork, other, "again")
    design.refresh_from_db()
    assert design.document["nodes"][1]["name"] == "changed"


def test_a_share_link_stays_the_same_until_it_is_revoked(design: Design) -> None:
    first = share_create(design=design)
    assert share_create(design=design) == first
    found = share_find(first.token)
    assert found is not None
    assert found.design == design
    assert share_revoke(design=design) == 1
    assert share_find(first.token) is None
    assert share_create(design=design) != first
    assert Share.objects.count() == 2


def test_the_demo_is_one_fresh_copy_per_person(owner: Person, other: Person) -> None:
    document = blueprints()[DEMO].document
    mine = demo_open(person=owner, document=document)
    assert demo_open(person=owner, document=document) == mine
    assert demo_open(person=other, document=document) != mine
    assert designs_of(owner) == []
    edit_apply(design_id=mine.pk, person=owner, edit={"op": "describe", "name": "Mine"})
    assert demo_open(person=owner, document=document) != mine
    assert designs_of(owner) == [mine]
