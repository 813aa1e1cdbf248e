from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml

from components.limits import DESIGN_BYTES
from components.loading import load
from tests.components.examples import parsed, shop

REFUSED: dict[str, tuple[str | bytes, Any, str]] = {
    "too large": ("#" * (DESIGN_BYTES + 1), "1000001 bytes", "must be at most 1000000 bytes"),
    "not UTF-8": (b'{"a": "\xff"}', "byte 7", "must be UTF-8 text"),
    "half a character": ("a: \ud800", "byte 3", "must be UTF-8 text"),
    "broken JSON": ('{"a": 1,\n}', "line 2 column 1", "is not JSON: Expecting property name enclosed in double quotes"),
    "deep JSON": ("[" * 100_000, None, "must not nest deeper than 32 levels"),
    "long number in JSON": ('{"a": ' + "9" * 5000 + "}", None, "must not hold a number of thousands of digits"),
    "repeated key in JSON": ('{"a": 1, "a": 2}', "a", "must not be given twice in one object"),
    "alias": ("a: &x 1\nb: *x", "*x", "must not use aliases"),
    "alias bomb": ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", "*a", "must not use aliases"),
    "merge key": ("a: &a {x: 1}\nb:\n  <<: *a", "*a", "must not use aliases"),
    "deep YAML": ("- " * 40 + "1", None, "must not nest deeper than 32 levels"),
    "very deep YAML": ("a: " + "[" * 500, None, "must not nest deeper than 32 levels"),
    "long number in YAML": ("a: " + "9" * 5000, None, "must not hold a number of thousands of digits"),
    "repeated key in YAML": ("a: 1\na: 2", "a", "must not be given twice in one object"),
    "Python object": (
        "a: !!python/name:os.system x",
        "tag:yaml.org,2002:python/name:os.system",
        "must not use YAML tags",
    ),
    "own tag": ("a: !mine 1", "!mine", "must not use YAML tags"),
    "number as a key": ("1: 2", 1, "must be text, as every key"),
    "list as a key": ("? [a]\n: 1", ["a"], "must be text, as every key"),
    "tab": ("a:\n\t- b", "line 2 column 1", "is not YAML: found character that cannot start any token"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_text_is_refused_with_a_reason(case: str) -> None:
    text, value, rule = REFUSED[case]
    data, problems = load(text)
    assert data is None
    assert [(problem.where, problem.value, problem.rule) for problem in problems] == [("design", value, rule)]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: [on, off, yes, no]", {"a": ["on", "off", "yes", "no"]}),
        ("on: true", {"on": True}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: -1.5E-3", {"a": -0.0015}),
        ("a: 010", {"a": 10}),
        ("a: 0x10", {"a": "0x10"}),
        ("a: 2024-01-01", {"a": "2024-01-01"}),
        ("a: 12:30", {"a": "12:30"}),
        ("a: '1'", {"a": "1"}),
        ("a: ~\nb:\nc: null", {"a": None, "b": None, "c": None}),
        ("a: .inf", {"a": math.inf}),
        ("a: -.inf", {"a": -math.inf}),
        ("- &x 1", [1]),
        ("", None),
        ("\ufeff{}", {}),
        (" [1, 2.5, null, true]", [1, 2.5, None, True]),
        (b"a: Z\xc3\xbcrich", {"a": "Zürich"}),
    ],
)  # fmt: skip
def test_text_means_what_json_means(text: str | bytes, data: Any) -> None:
    assert load(text) == (data, [])


def test_nan_loads_as_nan_and_is_refused_by_name_later() -> None:
    assert math.isnan(load("a: .nan")[0]["a"])
    assert math.isnan(load('{"a": NaN}')[0]["a"])


def test_json_and_yaml_give_the_same_design() -> None:
    from_json, _ = load(json.dumps(shop()))
    from_yaml, _ = load(yaml.safe_dump(shop(), sort_keys=False))
    assert parsed(from_json) == parsed(from_yaml) == parsed()


def test_pure_python_reader_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    from components import loading

    with monkeypatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader")
        slow = importlib.reload(loading)
        assert slow.load(yaml.safe_dump(shop())) == (shop(), [])
        assert slow.load("a: *x")[1][0].rule == "must not use aliases"
    importlib.reload(loading)
