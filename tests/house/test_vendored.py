"""What comes from other people is what was pinned, under a licence that we take."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib

from components.catalog import KINDS
from components.faults import FAULTS
from tests.house.files import ROOT, text, tracked, under

LICENCES = {"MIT", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Apache-2.0", "OFL-1.1"}
STATIC = ROOT / "static"
LOCK = json.loads((STATIC / "vendor" / "vendor.lock.json").read_text())
SPRITE = (STATIC / "icons" / "sprite.svg").read_text()
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', SPRITE))
OWN = {"static/vendor/vendor.lock.json"}


def test_every_file_has_the_hash_of_the_lock() -> None:
    for package in LOCK:
        for path, locked in package["files"].items():
            digest = base64.b64encode(hashlib.sha384((STATIC / path).read_bytes()).digest()).decode()
            assert f"sha384-{digest}" == locked, path


def test_the_lock_says_what_is_pinned() -> None:
    pinned = tomllib.loads((ROOT / "tools" / "vendor.toml").read_text())["package"]
    assert [(each["name"], each["version"], each["licence"]) for each in pinned] == [
        (each["name"], each["version"], each["licence"]) for each in LOCK
    ]


def test_nothing_is_vendored_beside_the_lock() -> None:
    locked = {f"static/{path}" for package in LOCK for path in package["files"]}
    assert {str(path) for path in tracked() if path.parts[:2] == ("static", "vendor")} - OWN <= locked


def test_every_licence_is_one_that_we_take_and_comes_along() -> None:
    for package in LOCK:
        assert package["licence"] in LICENCES
        assert any("licences/" in path for path in package["files"]), package["name"]


def test_no_vendored_file_names_a_source_map() -> None:
    files = [STATIC / path for package in LOCK for path in package["files"] if path.endswith((".js", ".css"))]
    assert [path.name for path in files if "sourceMappingURL" in path.read_text()] == []


def test_every_kind_and_fault_has_its_icon() -> None:
    wanted = {kind.icon for kind in KINDS.values()} | {fault.icon for fault in FAULTS.values()}
    assert {icon for icon in wanted if f"i-{icon}" not in SYMBOLS} == set()


def test_every_icon_that_a_page_names_exists() -> None:
    tags = {
        f"i-{name}"
        for path in under("templates", suffixes=(".html",))
        for name in re.findall(r'{% icon "([\w-]+)"', text(path))
    }
    shapes = {
        f"shape-{name}"
        for path in under("templates", suffixes=(".html",))
        for name in re.findall(r'{% shape "(\w+)"', text(path))
    }
    scripts = under("static", suffixes=(".js",))
    uses = {name for path in scripts for name in re.findall(r'["\'`]#((?:i|shape)-[\w-]+)["\'`]', text(path))}
    uses |= {f"i-{name}" for path in scripts for name in re.findall(r'\bicon\("([\w-]+)"', text(path))}
    assert tags | shapes | uses <= SYMBOLS
