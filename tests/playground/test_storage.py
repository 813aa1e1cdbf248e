"""The hashed static files: every import of our modules leads to a hashed file that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import storage
from django.core.management import call_command
from django.test import override_settings

HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
IMPORT = re.compile(r"""(?:from|import)\s*\(?["']([^"']+)["']""")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("static")
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "playground.storage.HashedStorage"}}
    with override_settings(STORAGES=storages, STATIC_ROOT=root):
        call_command("collectstatic", verbosity=0, interactive=False)
        assert storage.staticfiles_storage.stored_name("js/theme.js") != "js/theme.js"
    return root


def test_every_import_of_every_module_is_hashed_and_there(collected: Path) -> None:
    modules = [path for path in (collected / "js").rglob("*.js") if HASHED.search(path.name)]
    assert len(modules) > 40
    found = 0
    for module in modules:
        for target in IMPORT.findall(COMMENT.sub("", module.read_text())):
            assert HASHED.search(target), f"{module.name} imports {target}"
            assert (module.parent / target).resolve().is_file(), f"{module.name} imports {target}"
            found += 1
    assert found > 40


def test_every_stylesheet_names_hashed_files(collected: Path) -> None:
    sheets = [path for path in (collected / "css").rglob("*.css") if HASHED.search(path.name)]
    assert len(sheets) > 10
    for sheet in sheets:
        for target in re.findall(r"""url\(["']?([^"')]+)["']?\)""", sheet.read_text()):
            assert target.startswith(("data:", "#")) or (sheet.parent / target).resolve().is_file(), (
                f"{sheet.name}: {target}"
            )


def test_text_is_compressed(collected: Path) -> None:
    assert list((collected / "js").rglob("*.js.gz"))
