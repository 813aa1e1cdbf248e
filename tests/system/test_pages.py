"""Every page in both themes: nothing that the content policy forbids, no errors, nothing that axe finds wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import Running
from tests.system.pages import findings, page_of


@pytest.fixture
def page(browser: Browser, site: Running) -> Iterator[Page]:
    wrong: list[str] = []
    with page_of(browser, site.url, "dark", wrong) as opened:
        yield opened
    assert wrong == []


def open_blueprint(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Open Cache before a database").click()
    expect(page.locator(".node[data-id=cache]")).to_be_visible()


def test_home_is_clean_while_its_example_runs(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#kpi-throughput b")).not_to_have_text("–", timeout=60_000)
    assert findings(page) == []
    page.get_by_role("button", name="Triple the load").click()
    expect(page.get_by_role("button", name="Triple the load")).to_have_attribute("aria-pressed", "true")
    assert findings(page) == []


def test_editor_is_clean_with_every_tab_of_the_inspector(page: Page) -> None:
    open_blueprint(page)
    assert findings(page) == []
    page.locator(".node[data-id=cache]").click()
    for tab in ("Settings", "Links", "Faults"):
        page.locator("#inspector").get_by_role("tab", name=tab).click()
        assert findings(page) == [], tab
    page.locator("#inspector").get_by_role("tab", name="Links").click()
    page.locator("#inspector .wire").first.click()
    expect(page.locator("#inspector h2")).to_contain_text("→")
    assert findings(page) == []


def test_popovers_are_clean(page: Page) -> None:
    open_blueprint(page)
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_label("Link", exact=True)).to_have_value(re.compile("/s/[a-z0-9]{16}"))
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keys").click()
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert findings(page) == []


def test_running_editor_is_clean(page: Page) -> None:
    open_blueprint(page)
    page.get_by_role("button", name="Run").first.click()
    expect(page.locator("#verdict")).to_contain_text("served", timeout=60_000)
    assert findings(page) == []
    page.get_by_role("tab", name="Events").click()
    assert findings(page) == []


def test_list_of_designs_is_clean(page: Page) -> None:
    open_blueprint(page)
    page.goto("/d/")
    expect(page.get_by_role("heading", name="Cache before a database")).to_be_visible()
    assert findings(page) == []


def test_shared_page_is_clean_and_read_only(page: Page, browser: Browser, site: Running) -> None:
    open_blueprint(page)
    page.get_by_role("button", name="Share", exact=True).click()
    link = page.get_by_label("Link", exact=True).input_value()
    with page_of(browser, site.url) as other:
        other.goto(link)
        expect(other.get_by_text("View only")).to_be_visible()
        expect(other.get_by_role("button", name="Fork")).to_be_visible()
        other.locator(".node[data-id=cache]").click()
        expect(other.locator("#inspector input[type=range]").first).to_be_disabled()
        assert findings(other) == []


def test_missing_page_is_clean(browser: Browser, site: Running) -> None:
    with page_of(browser, site.url) as page:
        answer = page.goto("/d/0000000000000000")
        assert answer is not None and answer.status == 404
        expect(page.get_by_role("heading", name="Nothing is here")).to_be_visible()
        assert findings(page) == []


def test_theme_follows_the_system_until_somebody_chooses(browser: Browser, site: Running) -> None:
    with page_of(browser, site.url) as page:
        page.emulate_media(color_scheme="light")
        page.goto("/d/")
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(ground)
        page.get_by_role("button", name="Switch theme").click()
        assert page.evaluate(ground) != light
        page.reload()
        # The server draws the choice: it is there before any script.
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.get_by_role("button", name="Switch theme").click()
        assert page.evaluate(ground) == light
