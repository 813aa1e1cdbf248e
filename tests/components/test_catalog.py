from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from components import catalog
from components.base import Component, Declared, Group, Param
from components.catalog import FAMILIES, KINDS, catalogue, walk
from components.faults import FAULTS
from components.link import LinkOptions
from components.reading import paths

DECLARED: dict[str, type[Declared]] = {**KINDS, "link": LinkOptions, **{f"fault {id}": f for id, f in FAULTS.items()}}
PARAMS = [(owner, path) for owner, declared in DECLARED.items() for path in paths(declared.params)]
SPRITE = Path("static/icons/sprite.svg").read_text(encoding="utf-8")

UNITS = ("mb_s", "items", "rps", "ms", "us", "kb", "gb", "s")  # the longest first


def param_at(fields: Mapping[str, Param], path: str) -> Param:
    head, _, tail = path.partition(".")
    param = fields[head]
    return param_at(param.fields, tail) if tail and isinstance(param, Group) else param


@pytest.mark.parametrize("kind", KINDS)
def test_kind_says_what_it_is(kind: str) -> None:
    component = KINDS[kind]
    assert component.label
    assert component.summary().endswith(".")
    assert len(component.summary()) < 100
    assert f'id="i-{component.icon}"' in SPRITE
    assert Path(f"components/{component.family}/{kind}.py").is_file()
    assert kind in FAMILIES[component.family]


@pytest.mark.parametrize("kind", KINDS)
def test_kind_names_only_what_exists(kind: str) -> None:
    component = KINDS[kind]
    assert set(component.facts) <= set(component.params)
    assert 1 <= len(component.facts) <= 2
    assert set(component.knobs) <= set(component.params)
    assert len(set(component.knobs)) == len(component.knobs) > 0
    assert set(component.faults) <= set(FAULTS)
    assert all("node" in FAULTS[fault].on for fault in component.faults)
    fewest, most = component.sends
    assert 0 <= fewest <= (most if most is not None else fewest)
    assert all(metric.help for metric in component.metrics)
    assert len({metric.name for metric in component.metrics}) == len(component.metrics)


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_of_a_kind_fit_together(kind: str) -> None:
    assert list(KINDS[kind]().check(KINDS[kind].filled({}))) == []


@pytest.mark.parametrize(("owner", "path"), PARAMS, ids=lambda part: part)
def test_parameter_is_described(owner: str, path: str) -> None:
    param = param_at(DECLARED[owner].params, path)
    assert param.name == path.rpartition(".")[2]
    assert param.help.endswith(".")
    assert param.label
    assert param.check(param.default) is None


@pytest.mark.parametrize(("owner", "path"), PARAMS, ids=lambda part: part)
def test_unit_is_the_suffix_of_the_name(owner: str, path: str) -> None:
    param = param_at(DECLARED[owner].params, path)
    suffix = next((unit for unit in UNITS if f"_{param.name}".endswith(f"_{unit}")), "")
    in_group = "." in path and f"_{path.partition('.')[0]}".endswith(f"_{param.unit or '?'}")
    assert param.unit == suffix or in_group or isinstance(param, Group)


@pytest.mark.parametrize("owner", DECLARED)
def test_groups_hold_no_groups(owner: str) -> None:
    groups = [param for param in DECLARED[owner].params.values() if isinstance(param, Group)]
    assert not any(isinstance(field, Group) for group in groups for field in group.fields.values())


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_says_what_it_does_and_something_can_suffer_it(fault: str) -> None:
    declared = FAULTS[fault]
    assert declared.label
    assert declared.__doc__
    assert f'id="i-{declared.icon}"' in SPRITE
    assert "link" in declared.on or any(declared.fits(component.faults) for component in KINDS.values())
    assert not {"id", "fault", "target", "selector", "for_s", "at_s", "command"} & set(declared.params)


def test_catalogue_is_strict_json_with_everything_in_it() -> None:
    data = json.loads(json.dumps(catalogue(), allow_nan=False))
    assert list(data["kinds"]) == [kind for family in data["families"] for kind in family["kinds"]] == list(KINDS)
    assert [param["name"] for param in data["link"]["params"]] == list(LinkOptions.params)
    assert set(data["faults"]) == set(FAULTS)
    workers = next(param for param in data["kinds"]["service"]["params"] if param["name"] == "workers")
    assert workers == {
        "name": "workers",
        "type": "integer",
        "label": "Workers",
        "unit": "",
        "help": "Requests in progress at once, per replica.",
        "default": 16,
        "nullable": False,
        "live": True,
        "minimum": 1,
        "maximum": 10_000,
        "log": True,
    }
    retry = next(param for param in data["link"]["params"] if param["name"] == "retry")
    assert [field["name"] for field in retry["fields"]][:2] == ["max", "on"]


def test_every_family_folder_is_in_the_palette() -> None:
    folders = {path.parent.name for path in Path("components").glob("*/*.py")} - {
        "program",
        "experiment",
        "lab",
        "__pycache__",
    }
    with_kinds = {name for name in folders if any(_declares(name))}
    assert with_kinds == set(FAMILIES)


def _declares(folder: str) -> list[str]:
    files = Path("components", folder).glob("[a-z]*.py")
    return [path.stem for path in files if f'"{path.stem}"' in path.read_text(encoding="utf-8")]


CLASS = '''
from components.base import Component
class {name}(Component):
    """Stands in for a kind."""
    kind = "{kind}"
'''


def package(folder: Path, name: str, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for file, text in files.items():
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text)
    (folder / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder)
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)


def test_walk_finds_a_new_kind_by_its_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "edge/proxy.py": CLASS.format(name="Proxy", kind="proxy"),
        "data/disk.py": CLASS.format(name="Disk", kind="disk"),
    }
    package(tmp_path, "found_kinds", files, monkeypatch)
    kinds = walk("found_kinds", ("edge", "data"))
    assert {kind: component.family for kind, component in kinds.items()} == {"proxy": "edge", "disk": "data"}
    assert all(issubclass(component, Component) for component in kinds.values())


def test_walk_refuses_a_kind_that_exists_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = CLASS.format(name="Proxy", kind="proxy")
    package(tmp_path, "twice_kinds", {"edge/proxy.py": text, "data/proxy.py": text}, monkeypatch)
    with pytest.raises(ValueError, match="'proxy' is in both edge and data"):
        walk("twice_kinds", ("edge", "data"))


def test_walk_refuses_a_kind_that_is_not_called_like_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, "misnamed_kinds", {"edge/proxy.py": CLASS.format(name="Proxy", kind="porxy")}, monkeypatch)
    with pytest.raises(ValueError, match="declares the kind 'porxy'"):
        walk("misnamed_kinds", ("edge",))


def test_kinds_are_those_of_this_walk() -> None:
    assert walk("components", catalog.FAMILY_NAMES) == KINDS
