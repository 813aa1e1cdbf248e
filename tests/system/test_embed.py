"""A shared design in the frame of another site: run with what the address says, without a cookie."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.running import Running
from tests.system.hand import SLOW_MS
from tests.system.pages import findings
from tests.system.test_share import link_of
from tests.system.visitors import Visitors, picture

HOST = "http://localhost:4999/"  # another origin; answered by the test itself


def test_a_design_runs_in_the_frame_of_another_site(visitors: Visitors, site: Running) -> None:
    owner = visitors.editor("Load-balanced web tier")
    token = link_of(owner.page).rsplit("/", 1)[1]
    address = f"{site.url}/embed/{token}?rps=400&fault=crash:old:3:4&seed=7"

    page = visitors.page("/")
    page.context.clear_cookies()
    page.route(
        f"{HOST}**",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<iframe src="{address}" width="800" height="500"></iframe>'
        ),
    )
    page.goto(HOST)
    frame = page.frame_locator("iframe")
    expect(frame.locator("#stage .node")).to_have_count(len(owner.ids))
    frame.get_by_role("button", name="Play").click()
    old = frame.locator("#stage .node[data-id=old]")
    expect(old).to_have_attribute("data-health", "down", timeout=SLOW_MS)
    expect(frame.locator("#verdict")).to_contain_text("fail")
    expect(frame.locator(".t-mark").first).to_be_visible()
    assert page.context.cookies(site.url) == []
    frame.get_by_role("button", name="Pause").click()
    link = frame.get_by_role("link", name="Open in the playground")
    expect(link).to_have_attribute("href", f"/s/{token}")
    page.screenshot(path="artefacts/embed-framed.png")

    # By itself, for a look and for axe; the same address shows the same run to everybody.
    page.set_viewport_size({"width": 800, "height": 500})
    page.goto(address)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#clock")).to_have_text(re.compile(r"0:0[4-9]"), timeout=SLOW_MS)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Pause").click()
    picture(page, "embed")
    assert findings(page) == []

    # What the address cannot say is answered in words, and nothing can be run.
    visitors.refusals = True
    page.goto(f"{site.url}/embed/{token}?rps=lots&fault=crash:ghost&theme=light")
    expect(page.locator("#embed-words")).to_contain_text("rps must be a number between 0 and 1,000,000")
    expect(page.locator("#play")).to_be_disabled()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    picture(page, "embed-refused")
