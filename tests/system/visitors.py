"""People who come to the site with a browser of their own: no cookies, a theme, and an eye on what goes wrong."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from tests.system.hand import Hand
from tests.system.pages import ROOT, SET_THEME, WATCH

ARTEFACTS = ROOT / "artefacts"
THEMES = ("dark", "light")
REFUSED = re.compile(r"status of 4\d\d")
LOST = re.compile(
    r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|"
    r"htmx:sendError|htmx:afterRequest"
)


class Visitors:
    """`refusals` and `outages`: whether this test is about something that the browser reports as an error."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.wrong: list[str] = []
        self.refusals = False
        self.outages = False
        self._contexts: list[BrowserContext] = []
        self._runs: dict[str, Page] = {}

    def page(self, path: str = "/", theme: str = "dark", init: str = "") -> Page:
        """A page of somebody who was never here before."""
        context = self.browser.new_context(viewport={"width": 1600, "height": 1000}, base_url=self.url)
        context.add_cookies([{"name": "theme", "value": theme, "url": self.url}])
        context.add_init_script(WATCH + ";" + init)
        self._contexts.append(context)
        page = self.watched(context)
        page.goto(path)
        return page

    def tab(self, page: Page, path: str) -> Page:
        """Another tab of the same person."""
        other = self.watched(page.context)
        other.goto(path)
        return other

    def watched(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on("console", self._said)
        page.on("response", self._answered)
        page.on("websocket", lambda socket: self._opened(page, socket.url))
        return page

    def editor(self, blueprint: str | None = None, theme: str = "dark") -> Hand:
        """A new design of a new person: blank, or from the card with that name."""
        page = self.page("/", theme)
        page.get_by_role("button", name=f"Open {blueprint}" if blueprint else "Start blank").click()
        expect(page.locator("body")).to_have_attribute("data-page", "editor")
        expect(page.locator("#stage .node" if blueprint else "#empty").first).to_be_visible()
        return Hand(page)

    def leave(self) -> None:
        """Closes everything, and ends the runs: the machine is small."""
        for run, page in self._runs.items():
            token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
            page.request.post(f"/api/runs/{run}/stop", headers={"X-CSRFToken": token, "Referer": self.url})
        for context in self._contexts:
            context.close()

    def run_of(self, page: Page) -> str:
        """The run that this page opened last."""
        return [run for run, opener in self._runs.items() if opener is page][-1]

    def _opened(self, page: Page, url: str) -> None:
        if "/ws/runs/" in url:
            self._runs.setdefault(urlsplit(url).path.split("/")[-1], page)

    def _said(self, message: ConsoleMessage) -> None:
        text = message.text
        allowed = (self.refusals and REFUSED.search(text)) or (self.outages and LOST.search(text))
        if message.type == "error" and not allowed:
            self.wrong.append(f"{message.location.get('url', '')}: {text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.wrong.append(f"{response.status} {response.url}")


def picture(page: Page, name: str) -> None:
    """The page in both themes, for people to look at: artefacts/<name>-<theme>.png."""
    ARTEFACTS.mkdir(exist_ok=True)
    was = page.locator("html").get_attribute("data-theme")
    for theme in THEMES:
        page.evaluate(SET_THEME, theme)
        page.wait_for_timeout(300)  # colours fade
        page.screenshot(path=ARTEFACTS / f"{name}-{theme}.png")
    page.evaluate(SET_THEME, was)
