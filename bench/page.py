"""Weight of the editor page and how soon it can be used: python -m bench.page [--repeats 5]

A new visitor with an empty cache opens a blueprint of four nodes, in Chromium, on this machine. "Usable" is the moment
when the cards are drawn and the server has answered on the socket of the design.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.running import Running
from tests.system.pages import chromium

BLUEPRINT = "Cache before a database"
REACH = {"script": 120, "requests": 90, "usable": 1000}
NOTE = """
addEventListener("DOMContentLoaded", () => {
  const seen = () => document.querySelector("#stage .node") && (window.drawnAt ??= performance.now());
  seen() || new MutationObserver(seen).observe(document, { subtree: true, childList: true });
});
const Plain = WebSocket;
window.WebSocket = class extends Plain {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", () => { window.answeredAt ??= performance.now(); });
  }
};
"""


class Network:
    """What came over the wire, by kind of resource."""

    def __init__(self, session: CDPSession) -> None:
        self.kinds: dict[str, str] = {}
        self.body: Counter[str] = Counter()
        self.all: Counter[str] = Counter()
        self._headers: Counter[str] = Counter()
        self._session = session
        session.send("Network.enable")
        session.on("Network.responseReceived", self._response)
        session.on("Network.loadingFinished", self._finished)

    def _response(self, event: dict[str, Any]) -> None:
        if urlsplit(event["response"]["url"]).scheme in ("http", "https"):
            self.kinds[event["requestId"]] = event["type"]
            self._headers[event["requestId"]] = event["response"]["encodedDataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        id = event["requestId"]
        self.all[id] = event["encodedDataLength"]
        self.body[id] = self.all[id] - self._headers[id]

    def stop(self) -> None:
        """What comes from now on does not count."""
        self._session.send("Network.disable")

    def kb(self, kind: str | None = None, headers: bool = False) -> float:
        sizes = self.all if headers else self.body
        return sum(sizes[id] for id, each in self.kinds.items() if kind in (None, each)) / 1000

    def count(self, kind: str | None = None) -> int:
        return sum(kind in (None, each) for each in self.kinds.values())


def usable_ms(page: Page) -> float:
    expect(page.locator("#stage .node").first).to_be_visible()
    while not (at := page.evaluate("window.drawnAt && window.answeredAt ? Math.max(drawnAt, answeredAt) : 0")):
        page.wait_for_timeout(20)
    return float(at)


def visit(browser: Browser, site: Running) -> tuple[Network, float, float]:
    """An empty cache, then the same page again."""
    maker = browser.new_context(base_url=site.url)
    home = maker.new_page()
    home.goto("/")
    home.get_by_role("button", name=f"Open {BLUEPRINT}").click()
    expect(home.locator("#stage .node").first).to_be_visible()
    url, state = home.url, maker.storage_state()
    maker.close()  # a second person on the canvas would bring modules of its own
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, storage_state=state)
    context.add_init_script(NOTE)
    page = context.new_page()
    network = Network(context.new_cdp_session(page))
    page.goto(url)
    cold = usable_ms(page)
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)
    network.stop()
    page.reload()
    warm = usable_ms(page)
    context.close()
    return network, cold, warm


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with (
        tempfile.TemporaryDirectory() as folder,
        Running(Path(folder), "--live", "1") as site,
        chromium() as browser,
    ):
        visits = [visit(browser, site) for _ in range(repeats)]
    network = visits[-1][0]
    cold, warm = (sorted(visit[place] for visit in visits) for place in (1, 2))
    script, requests, usable = network.kb("Script"), network.count(), statistics.median(cold)
    print("| editor page, empty cache | measured | reach | measured / reach |\n|---|---|---|---|")
    print(f"| script over the wire, kB gz | {script:.1f} | {REACH['script']} | {script / REACH['script']:.2f} |")
    print(f"| requests | {requests} | {REACH['requests']} | {requests / REACH['requests']:.2f} |")
    print(
        f"| usable after, ms (median of {repeats}) | {usable:.0f} | {REACH['usable']} | {usable / REACH['usable']:.2f} |"
    )
    print(f"\nUsable: {cold[0]:.0f} to {cold[-1]:.0f} ms; with a warm cache {statistics.median(warm):.0f} ms.")
    parts = ", ".join(
        f"{network.count(kind)} {kind.lower()} {network.kb(kind):.1f} kB"
        for kind in sorted(set(network.kinds.values()))
    )
    print(f"Bodies are {network.kb():.1f} kB in all ({parts}), and with headers {network.kb(headers=True):.1f} kB.")


if __name__ == "__main__":
    main()
