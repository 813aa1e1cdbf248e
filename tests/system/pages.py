"""A browser that keeps what it should never see: policy violations, page errors, findings of axe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WATCH = "addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))"


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path if Path(path).exists() else None, args=arguments)
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
    """What axe finds wrong on the page as it is now."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]
