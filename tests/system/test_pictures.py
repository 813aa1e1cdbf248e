"""A design leaves as a picture and comes back out of it, the same to the byte."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from playwright.sync_api import expect

from tests.system.hand import Hand
from tests.system.visitors import ARTEFACTS, Visitors


@pytest.mark.parametrize("format", ["SVG", "PNG"])
def test_a_picture_opens_as_the_design_that_it_shows(format: str, visitors: Visitors, tmp_path: Path) -> None:
    owner = visitors.editor("Retry storm")
    owner.page.locator("#stage").click(position={"x": 8, "y": 8})
    first = owner.ids[0]
    owner.click(first)
    owner.page.keyboard.press("F2")
    owner.page.keyboard.type("</design>&amp; <b>'\"")
    owner.page.keyboard.press("Enter")
    owner.saved()
    owner.page.get_by_role("button", name="Share", exact=True).click()
    with owner.page.expect_download() as saved:
        owner.page.get_by_role("button", name=format, exact=True).click()
    assert saved.value.suggested_filename.endswith(f"-r1.{format.lower()}")
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    ARTEFACTS.mkdir(exist_ok=True)
    (ARTEFACTS / f"picture.{format.lower()}").write_bytes(file.read_bytes())

    page = visitors.page("/d/import")
    page.locator("#file").set_input_files(file)
    expect(page.locator("body")).to_have_attribute("data-page", "editor")
    expect(page.locator("#stage .node").first).to_be_visible()
    again = Hand(page)
    assert orjson.dumps(again.design()["design"]) == orjson.dumps(owner.design()["design"])
    assert again.ids == owner.ids
