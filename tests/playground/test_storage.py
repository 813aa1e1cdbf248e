"""The hashed static files: every import of our modules leads to a hashed file that is there."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import storage
from django.core.management import call_command
from django.test import override_settings

from playground.pagefiles import SHEETS, STATIC, modules, slim

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


def test_a_module_that_is_imported_when_it_is_needed_is_hashed_too(collected: Path) -> None:
    """And it is none of those that the page loads at once."""
    editor = hashed(collected, "js/editor.js").read_text()
    late = re.findall(r"""\bimport\(["']([^"']+)["']\)""", editor)
    assert any("/company." in target for target in late)
    for target in late:
        assert HASHED.search(target)
        assert (collected / "js" / target).resolve().is_file()
    assert not [name for name in modules("js/editor.js") if "company/" in name]


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


def hashed(collected: Path, name: str) -> Path:
    stem, suffix = name.rsplit(".", 1)
    (path,) = [path for path in collected.glob(f"{stem}.*.{suffix}") if HASHED.search(path.name)]
    return path


def test_joined_sheets_hold_their_parts(collected: Path) -> None:
    for name, parts in SHEETS.items():
        sheet = hashed(collected, name).read_text()
        rules = sum((STATIC / part).read_text().count("{") for part in parts)
        assert sheet.count("{") == rules, name


def test_every_sheet_is_part_of_a_page() -> None:
    used = {part for parts in SHEETS.values() for part in parts if part.startswith("css/")}
    assert used == {str(path.relative_to(STATIC)) for path in (STATIC / "css").rglob("*.css")}


def code(module: str) -> str:
    return re.sub(r"\s", "", COMMENT.sub("", module))


def test_comments_and_indentation_are_not_sent() -> None:
    module = """/** What it is.\n * @param {x} y */\nexport function a(b) {\n  // why\n  return "// no" + b; // kept\n\n}\n"""
    assert slim(module) == """export function a(b) {\nreturn "// no" + b; // kept\n}\n"""
    for path in (STATIC / "js").rglob("*.js"):
        assert code(slim(path.read_text())) == code(path.read_text()), path.name
        lines = COMMENT.sub("", path.read_text()).splitlines()
        assert [line for line in lines if line.count("`") % 2] == [], f"{path.name}: a template of several lines"
        assert not re.search(r"""(["'`])[^"'`\n]*/\*\*[^"'`\n]*\1""", path.read_text()), (
            f"{path.name}: a type in a string"
        )


def test_editor_page_is_light(collected: Path) -> None:
    """Scripts over the wire and requests of the editor page, before anything is clicked."""
    pages = [*modules("js/editor.js"), "js/theme.js", "js/copy.js", "django_htmx/htmx-2.min.js"]
    sent = sum(len(gzip.compress(hashed(collected, name).read_bytes(), 9)) for name in pages)
    assert sent < 120_000
    document, fonts, icon, sheets = 1, 2, 1, 2
    assert len(pages) + document + fonts + icon + sheets < 90
