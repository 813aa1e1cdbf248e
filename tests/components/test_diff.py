"""diff: for any two designs, and for any two revisions of one, applying what it says gives the other one exactly."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from components.design import Design, as_dict, parse
from components.diff import diff
from components.edits import apply
from tests.components.examples import SHOP
from tests.components.made import documents, edits


def design_of(document: dict[str, Any]) -> Design:
    design, problems = parse(document, draft=True)
    assert design is not None, problems
    return design


def turned(before: Design, after: Design) -> Design:
    """`before` after the edits of diff; also checks that their inverse leads back."""
    edit = diff(before, after)
    if edit is None:
        return before
    result, problems, inverse = apply(before, edit)
    assert result is not None, (problems, edit)
    back, problems, _ = apply(result, inverse)
    assert back is not None, problems
    assert as_dict(back) == as_dict(before)
    return result


@given(documents(), documents())
@settings(max_examples=100)
def test_any_design_becomes_any_other(a: dict[str, Any], b: dict[str, Any]) -> None:
    before, after = design_of(a), design_of(b)
    assert as_dict(turned(before, after)) == as_dict(after)


@given(st.data())
@settings(max_examples=100)
def test_any_revision_becomes_any_other(data: st.DataObject) -> None:
    revisions = [design_of(data.draw(documents(fewest=1)))]
    for _ in range(data.draw(st.integers(1, 6))):
        after, _, _ = apply(revisions[-1], data.draw(edits(revisions[-1])))
        if after is not None:
            revisions.append(after)
    before, after = data.draw(st.sampled_from(revisions)), data.draw(st.sampled_from(revisions))
    assert as_dict(turned(before, after)) == as_dict(after)


def test_nothing_to_do_is_none() -> None:
    design = design_of(SHOP)
    assert diff(design, design) is None


def test_it_touches_only_what_differs() -> None:
    """A restore must not trip over the lock of a node that it does not change."""
    before = design_of(SHOP)
    first = before.nodes[0]
    after, _, _ = apply(before, {"op": "rename", "id": first.id, "name": "Renamed"})
    assert after is not None
    assert diff(before, after) == {"op": "batch", "edits": [{"op": "rename", "id": first.id, "name": "Renamed"}]}
    without, _, _ = apply(before, {"op": "remove", "ids": [first.id]})
    assert without is not None
    back = diff(without, before)
    assert back is not None
    ops = [edit["op"] for edit in back["edits"]]
    assert (ops.count("add"), set(ops) <= {"add", "connect", "script"}) == (1, True)
