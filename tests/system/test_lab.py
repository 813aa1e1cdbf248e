"""A lab from the first look to the pass: fail, read why, watch the moment again, open a hint, mend it, pass."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.system.hand import SLOW_MS, Hand
from tests.system.pages import findings
from tests.system.visitors import Visitors, picture

GRADED_MS = 240_000  # nine simulations of two to three minutes, on a busy machine
SLUG = "cache-and-load-balancer"


def test_a_lab_is_failed_understood_and_passed(visitors: Visitors) -> None:
    page = visitors.page("/")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Learn").click()
    expect(page.get_by_role("heading", name="Foundations")).to_be_visible()
    assert findings(page) == []
    picture(page, "learn")
    page.get_by_role("link", name="Cache and load balancer").click()
    hand = Hand(page)
    expect(hand.node("web")).to_be_visible()
    expect(page.locator("#budget")).to_contain_text("Budget")
    assert findings(page) == []
    picture(page, "lab-open")

    # What is locked says so, and stays.
    expect(hand.node("users").locator(".lock-mark")).to_be_visible()
    shown = hand.choose("users")
    expect(shown.get_by_text("Locked here: it stays as it is.")).to_be_visible()
    expect(shown.locator("#panel-settings input:enabled")).to_have_count(0)
    picture(page, "lab-locked")
    page.locator("#stage").focus()
    page.keyboard.press("Delete")
    expect(page.locator("#toasts")).to_contain_text("locked here")
    expect(hand.node("users")).to_be_visible()
    page.keyboard.press("Escape")

    # A guess before the first run, and a try.
    page.get_by_role("button", name="Postgres", exact=True).click()
    expect(page.get_by_role("button", name="Postgres", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Try run").click()
    hand.running()
    page.locator("#speed").select_option("10")
    expect(page.locator('[data-goal="fast"]')).to_have_attribute("data-health", "failing", timeout=SLOW_MS)
    expect(page.locator('[data-goal="fast"] .goal-note')).to_have_text("in this run")
    picture(page, "lab-trying")
    hand.stop()

    # Submitted as it is: it gives way, and the report says why.
    report = page.locator("#report")
    page.get_by_role("button", name="Submit").click()
    expect(report.locator("progress")).to_be_visible()
    picture(page, "lab-grading")
    expect(report.locator("[data-verdict=failed]")).to_be_visible(timeout=GRADED_MS)
    expect(report.get_by_role("heading", name="What failed first")).to_be_visible()
    expect(report.get_by_text("hidden", exact=True).first).to_be_visible()
    assert findings(page) == []
    picture(page, "lab-failed")

    # That moment, once more.
    report.get_by_role("button", name=re.compile("Replay")).click()
    expect(page.locator("#run")).to_contain_text("Resume", timeout=SLOW_MS)
    assert hand.clock() > 0
    page.locator("#run").click()
    hand.later(hand.clock() + 1)
    picture(page, "lab-replay")
    hand.stop()
    report.get_by_role("button", name="Close the report").click()
    expect(report).to_be_hidden()

    # A hint says what it costs before it opens.
    expect(page.get_by_text("Hint 1 costs 5 points")).to_be_visible()
    page.locator("#hints").get_by_role("button", name="Open").click()
    expect(page.locator("#hints")).to_contain_text("How many workers are busy")
    page.reload()
    expect(page.locator("#hints")).to_contain_text("How many workers are busy")

    # Mended, in one edit; drawing by hand is tests/system/test_build.py.
    hand = Hand(page)
    mend(hand)
    expect(hand.node("cache")).to_be_visible()
    hand.saved()
    page.get_by_role("button", name="Submit").click()
    expect(report.locator("[data-verdict=passed]")).to_be_visible(timeout=GRADED_MS)
    expect(report.get_by_role("heading", name="Debrief")).to_be_visible()
    expect(page.locator("#attempts")).to_contain_text("Attempt 2")
    assert findings(page) == []
    picture(page, "lab-passed")
    report.get_by_role("button", name="See a solution").click()
    expect(hand.node("lb")).to_be_visible()
    tab = visitors.tab(page, "/learn/")
    expect(tab.locator(".step", has_text="Cache and load balancer")).to_contain_text("passed")
    home = visitors.tab(page, "/")
    expect(home.locator(".path")).to_contain_text("1 of 3")
    picture(home, "home-path")


def test_a_submit_can_be_cancelled(visitors: Visitors) -> None:
    page = visitors.page(f"/learn/labs/{SLUG}", "light")
    page.get_by_role("button", name="Submit").click()
    page.locator("#report").get_by_role("button", name="Cancel").click()
    expect(page.locator("#report")).to_contain_text("Cancelled")
    expect(page.locator("#attempts")).to_contain_text("cancelled")
    page.locator("#report").get_by_role("button", name="Close the report").click()
    expect(page.locator("#report")).to_be_hidden()


def mend(hand: Hand) -> None:
    """The reference, as one edit over the page's own line to the server."""
    edit = {
        "op": "batch",
        "edits": [
            {"op": "remove", "ids": ["l1", "l2"]},
            {"op": "add", "node": node("lb", "load_balancer", "Load balancer", 144, 160)},
            {"op": "add", "node": node("cache", "cache", "Redis", 432, 160)},
            {"op": "set", "id": "web", "param": "replicas", "value": 4},
            {"op": "connect", "link": {"id": "l1", "source": "users", "target": "lb", "params": {}}},
            {"op": "connect", "link": {"id": "l3", "source": "lb", "target": "web", "params": {"retry": RETRY}}},
            {"op": "connect", "link": {"id": "l2", "source": "web", "target": "cache", "params": {}}},
            {"op": "connect", "link": {"id": "l4", "source": "cache", "target": "db", "params": {}}},
        ],
    }
    design = hand.page.locator("body").get_attribute("data-design")
    token = next(cookie["value"] for cookie in hand.page.context.cookies() if cookie["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": hand.page.url}
    answer = hand.page.request.post(f"/api/designs/{design}/edits", data={"edit": edit}, headers=headers)
    assert answer.ok, answer.text()


RETRY = {"max": 6, "on": ["error"], "backoff": "none"}


def node(id: str, kind: str, name: str, x: int, y: int) -> dict[str, object]:
    return {"id": id, "kind": kind, "name": name, "x": x, "y": y, "zone": None, "params": {}}
