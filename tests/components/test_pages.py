from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.catalog import KINDS
from components.faults import FAULTS
from components.link import LinkOptions
from components.pages import pages
from components.reading import paths

REFERENCE = Path("docs/components")


def test_reference_is_up_to_date() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in REFERENCE.iterdir()}
    assert found == pages(), "run: python -m components --docs docs/components"


@pytest.mark.parametrize("kind", KINDS)
def test_page_of_a_kind_has_all_its_words(kind: str) -> None:
    component, page = KINDS[kind], pages()[f"{kind}.md"]
    assert f"# {component.label}\n" in page
    assert component.summary() in page
    assert all(f"| `{path}` |" in page for path in paths(component.params))
    assert all(f"faults.md#{fault}" in page for fault in component.faults)
    assert all(f"- `{metric.name}`: {metric.help}" in page for metric in component.metrics)


def test_pages_of_links_and_faults_have_all_their_words() -> None:
    assert all(f"| `{path}` |" in pages()["links.md"] for path in paths(LinkOptions.params))
    faults = pages()["faults.md"]
    for id, fault in FAULTS.items():
        assert f"## {id}\n" in faults
        assert all(f"| `{path}` |" in faults for path in paths(fault.params))


def test_links_between_pages_lead_somewhere() -> None:
    made = pages()
    for text in made.values():
        for page, anchor in re.findall(r"\]\(([a-z_]+\.md)(?:#([a-z_]+))?\)", text):
            assert page in made
            assert not anchor or f"## {anchor}\n" in made[page]


def test_tables_have_the_same_number_of_cells_in_every_row() -> None:
    for text in pages().values():
        for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
            assert len({len(re.split(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1
