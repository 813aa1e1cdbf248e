"""A shared design in the frame of another site: run with what the address says, without a cookie."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Page, expect

from tests.running import Running
from tests.system.hand import SLOW_MS
from tests.system.pages import findings
from tests.system.test_share import link_of
from tests.system.visitors import ARTEFACTS, Visitors, picture


@contextmanager
def blog(address: str) -> Iterator[str]:
    """Another site, with the design in a frame."""

    class Blog(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            frame = f'<iframe src="{address}" width="800" height="500"></iframe>'
            self.wfile.write(f'<!doctype html><link rel="icon" href="data:,">{frame}'.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("localhost", 0), Blog)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()


def framed(page: Page, ids: list[str], token: str) -> None:
    """Pressed once it runs; the fault comes when the address says."""
    frame = page.frame_locator("iframe")
    expect(frame.locator("#stage .node")).to_have_count(len(ids))
    frame.get_by_role("button", name="Play").click()
    old = frame.locator("#stage .node[data-id=old]")
    expect(old).to_have_attribute("data-health", "down", timeout=SLOW_MS)
    expect(frame.locator("#verdict")).to_contain_text("fail")
    expect(frame.locator(".t-mark").first).to_be_visible()
    frame.get_by_role("button", name="Pause").click()
    link = frame.get_by_role("link", name="Open in the playground")
    expect(link).to_have_attribute("href", f"/s/{token}")
    page.screenshot(path=ARTEFACTS / "embed-framed.png")


def test_a_design_runs_in_the_frame_of_another_site(visitors: Visitors, site: Running) -> None:
    owner = visitors.editor("Load-balanced web tier")
    token = link_of(owner.page).rsplit("/", 1)[1]
    address = f"{site.url}/embed/{token}?rps=400&fault=crash:old:3:4&seed=7"

    with blog(address) as url:
        page = visitors.page(url)
        framed(page, owner.ids, token)
        # Only what the test itself brought along.
        assert [cookie["name"] for cookie in page.context.cookies(site.url)] == ["theme"]

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
