"""The browser is tested against what the language itself says today."""

from __future__ import annotations

from tests.js.fixtures import edits


def test_browser_is_tested_with_what_edits_do_now() -> None:
    """When this fails: `python -m tests.js.fixtures.edits`, then `npm test`."""
    assert edits.FILE.read_text() == edits.text()
