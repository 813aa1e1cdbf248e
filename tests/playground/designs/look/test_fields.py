"""Every parameter of the catalogue becomes a control that can hold every legal value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string

from components.catalog import catalogue
from playground.designs.look.fields import Field, fields

CATALOGUE = catalogue()


def owners() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for kind, entry in CATALOGUE["kinds"].items():
        yield kind, entry["params"]
    for fault, entry in CATALOGUE["faults"].items():
        yield f"fault {fault}", entry["params"]
    yield "link", CATALOGUE["link"]["params"]


def every_field() -> Iterator[Any]:
    for owner, params in owners():
        on = {param["name"]: {} for param in params if param["type"] == "group"}
        for field in fields(params, on, "x"):
            for each in (field, *field.fields):
                yield pytest.param(each, id=f"{owner}.{each.path}")


EVERY = list(every_field())


def drawn(field: Field) -> str:
    return str(render_to_string("ui/field.html", {"field": field}))


def always_on(field: Field) -> bool:
    """A group that cannot be off: a heading and no control of its own."""
    return field.control == "group" and not field.param["nullable"]


@pytest.mark.parametrize("field", EVERY)
def test_field_is_drawn_with_what_the_scripts_need(field: Field) -> None:
    html = drawn(field)
    assert field.label in html
    if field.control != "fixed" and not always_on(field):
        assert f'data-param="{field.path}"' in html and 'data-target="x"' in html
        assert f'data-live="{field.live}"' in html and "data-default=" in html


@pytest.mark.parametrize("field", EVERY)
def test_field_is_labelled(field: Field) -> None:
    html = drawn(field)
    grouped = field.control in ("segmented", "checks") or always_on(field)
    assert (
        f'aria-labelledby="{field.id}-label"' in html
        if grouped
        else field.control == "fixed" or f'for="{field.id}"' in html
    )


def field_of(kind: str, name: str, given: dict[str, Any] | None = None, **more: Any) -> Field:
    return next(
        field for field in fields(CATALOGUE["kinds"][kind]["params"], given or {}, "x", **more) if field.path == name
    )


def test_given_value_is_shown_instead_of_the_default() -> None:
    assert field_of("service", "workers", {"workers": 40}).shown == "40"
    assert field_of("service", "workers").shown == str(field_of("service", "workers").param["default"])


def test_field_knows_whether_it_was_changed() -> None:
    default = field_of("service", "workers").param["default"]
    assert field_of("service", "workers", {"workers": default + 1}).changed
    assert not field_of("service", "workers", {"workers": default}).changed


def test_null_is_an_empty_number_and_a_ticked_box() -> None:
    html = drawn(field_of("cache", "ttl_s", {"ttl_s": None}))
    assert 'value=""' in html and "checked" in html


def test_problem_stands_under_its_field() -> None:
    problem = {"where": "x", "field": "params.workers", "value": -3, "rule": "must be between 1 and 10000"}
    html = drawn(field_of("service", "workers", {"workers": -3}, problems=[problem]))
    assert "must be between 1 and 10000" in html and "has-problem" in html and 'aria-invalid="true"' in html


def test_absent_group_is_off_and_hides_its_fields() -> None:
    retry = next(field for field in fields(CATALOGUE["link"]["params"], {}, "l1") if field.path == "retry")
    assert retry.value is None
    assert 'data-param="retry.max"' not in drawn(retry)


def test_given_group_shows_its_fields_with_defaults() -> None:
    retry = next(
        field for field in fields(CATALOGUE["link"]["params"], {"retry": {"max": 7}}, "l1") if field.path == "retry"
    )
    values = {field.path: field.value for field in retry.fields}
    assert values["retry.max"] == 7 and values["retry.backoff"] == "exp"
    assert 'data-param="retry.max"' in drawn(retry)


@pytest.mark.parametrize("field", EVERY)
def test_default_can_be_read_back(field: Field) -> None:
    assert json.loads(field.default) == json.loads(json.dumps(field.param["default"]))


def test_words_of_people_are_escaped() -> None:
    param = {
        "name": "note",
        "type": "text",
        "label": "Note",
        "unit": "",
        "help": "",
        "default": "",
        "nullable": False,
        "live": True,
        "most": 80,
    }
    (field,) = fields([param], {"note": '"><script>'}, "x")
    assert "<script>" not in drawn(field)
