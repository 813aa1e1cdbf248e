"""A browser that keeps what it should never see: policy violations, page errors, findings of axe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from playground.runtime.testing import browser_installed

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SET_THEME = "theme => { document.documentElement.dataset.theme = theme }"
OTHER_THEME = """() => {
  const was = document.documentElement.dataset.theme ?? "";
  const light = was === "light" || (was === "" && matchMedia("(prefers-color-scheme: light)").matches);
  return [was, light ? "dark" : "light"];
}"""
WATCH = "addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


def executable() -> str | None:
    """The Chromium that `play.py test` chose, else one that is installed; None means Playwright's own."""
    return os.environ.get("CHROMIUM") or browser_installed()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def page_of(browser: Browser, url: str, theme: str | None = None, wrong: list[str] | None = None) -> Iterator[Page]:
    """A page of a new visitor; what goes wrong on it lands in `wrong`."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, base_url=url)
    if theme:
        context.add_cookies([{"name": "theme", "value": theme, "url": url}])
    context.add_init_script(WATCH)
    page = context.new_page()
    if wrong is not None:
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on("console", lambda said: wrong.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    yield page
    context.close()


def findings(page: Page) -> list[str]:
    """What axe finds wrong on the page as it is now: by all rules, and in the other theme by what depends on colours."""
    page.evaluate(AXE)
    found = axe(page, RULES)
    was, other = page.evaluate(OTHER_THEME)
    page.evaluate(SET_THEME, other)
    page.wait_for_timeout(300)  # colours fade
    found += [f"{other}: {each}" for each in axe(page, {"type": "rule", "values": ["color-contrast"]})]
    page.evaluate(SET_THEME, was)
    return found


def axe(page: Page, rules: object) -> list[str]:
    found = page.evaluate("rules => axe.run({runOnly: rules})", rules)["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]
