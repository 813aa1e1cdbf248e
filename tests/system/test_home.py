"""The home page: its example runs, can be broken by button and by key, and recovers."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.system.hand import SLOW_MS, Hand
from tests.system.visitors import Visitors, picture

NUMBER = re.compile(r"^\d[\d.,]*k?$")


def kpi(page: Page, name: str) -> float:
    text = page.locator(f"#kpi-{name} b").text_content() or ""
    unit = page.locator(f"#kpi-{name} .unit").text_content() or ""
    number = float(text.removesuffix("k").replace(",", "")) * (1000 if text.endswith("k") else 1)
    return number * (1000 if unit == "s" else 1)


def live(page: Page) -> None:
    """Numbers are there and go on changing."""
    shown = page.locator("#kpi-throughput b")
    expect(shown).to_have_text(NUMBER, timeout=SLOW_MS)
    for card in page.locator("#stage .node").all():
        expect(card.locator(".n-rate")).to_have_text(re.compile(r"^[\d.]+k?/s$"), timeout=SLOW_MS)
    was = page.locator("#stage").text_content() or ""
    expect(page.locator("#stage")).not_to_have_text(was, timeout=SLOW_MS)


def test_example_is_live_broken_by_button_and_heals(visitors: Visitors) -> None:
    page = visitors.page("/")
    hand = Hand(page)
    live(page)
    expect(page.locator("#seen")).to_contain_text("Nothing is strained.", timeout=SLOW_MS)
    expect(page.locator("#kpi-failed b")).to_have_text("0")
    picture(page, "home-healthy")

    crash = page.get_by_role("button", name="Crash the cache")
    crash.click()
    expect(crash).to_have_attribute("aria-pressed", "true", timeout=SLOW_MS)
    hand.health("cache", "down")
    expect(page.locator("#seen b")).to_have_text(re.compile("Cache: crash"), timeout=SLOW_MS)
    expect(page.locator("#kpi-failed b")).not_to_have_text("0", timeout=SLOW_MS)
    expect(page.locator("#kpi-failed dd")).to_have_class(re.compile("is-failing"), timeout=SLOW_MS)
    assert kpi(page, "failed") >= 5
    picture(page, "home-broken")

    crash.click()
    expect(crash).to_have_attribute("aria-pressed", "false", timeout=SLOW_MS)
    expect(page.locator("#kpi-failed dd")).not_to_have_class(re.compile("is-"), timeout=SLOW_MS)
    expect(page.locator("#kpi-failed b")).to_have_text(re.compile(r"^0(\.\d+)?$"), timeout=SLOW_MS)
    hand.health("cache", "ok", "strained")
    live(page)


def test_example_is_broken_by_key_and_all_is_healed(visitors: Visitors) -> None:
    page = visitors.page("/", "light")
    hand = Hand(page)
    live(page)
    usual = kpi(page, "throughput")
    triple, slow = (page.get_by_role("button", name=name) for name in ("Triple the load", "Slow the database"))
    page.keyboard.press("2")
    expect(triple).to_have_attribute("aria-pressed", "true", timeout=SLOW_MS)
    page.keyboard.press("3")
    expect(slow).to_have_attribute("aria-pressed", "true", timeout=SLOW_MS)
    expect(page.locator("#seen b")).to_contain_text("Database: slow", timeout=SLOW_MS)
    hand.health("db", "strained", "failing")
    for _ in range(300):
        if kpi(page, "p99") > 300:
            break
        page.wait_for_timeout(100)
    assert kpi(page, "p99") > 300
    picture(page, "home-overload")
    page.get_by_role("button", name="Heal all").click()
    for button in (triple, slow):
        expect(button).to_have_attribute("aria-pressed", "false", timeout=SLOW_MS)
    expect(page.locator("#seen")).to_contain_text("Nothing is strained.", timeout=SLOW_MS)
    for _ in range(300):
        if kpi(page, "throughput") < 2 * usual:
            break
        page.wait_for_timeout(100)
    assert kpi(page, "throughput") < 2 * usual
