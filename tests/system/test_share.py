"""A share link in another browser: look, watch, fork, and run the fork."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.system.hand import SLOW_MS, Hand
from tests.system.visitors import Visitors, picture


def link_of(page: Page) -> str:
    page.get_by_role("button", name="Share", exact=True).click()
    link = page.get_by_label("Link", exact=True)
    expect(link).to_have_value(re.compile(r"/s/[a-z0-9]{16,}$"))
    path = link.input_value()
    page.keyboard.press("Escape")
    return path


def test_shared_design_is_watched_and_forked(visitors: Visitors) -> None:
    owner = visitors.editor("Load-balanced web tier")
    link = link_of(owner.page)
    owner.run()

    page = visitors.page(link, "light")
    viewer = Hand(page)
    expect(page.get_by_text("View only")).to_be_visible()
    expect(page.locator("body")).to_have_attribute("data-role", "viewer")
    assert viewer.ids == owner.ids

    # What the owner's run does is seen here too.
    expect(page.locator("#verdict")).to_contain_text("served", timeout=SLOW_MS)
    viewer.later(viewer.clock() + 1)
    owner.break_("old", "crash")
    viewer.health("old", "down")
    expect(page.locator("#reasons [data-reason=node_down]")).to_be_visible(timeout=SLOW_MS)
    picture(page, "share-watching")

    # Nothing can be changed.
    expect(page.locator("#palette")).to_be_hidden()
    for control in (page.locator("#run"), page.locator("#load"), page.locator("#speed")):
        expect(control).to_be_disabled()
    name = page.locator("#design-name").input_value()
    count = page.locator("#stage .link").count()
    viewer.click("old")
    page.keyboard.press("Delete")
    viewer.reach("lb", "old")
    expect(page.locator("#inspector input:enabled")).to_have_count(0)
    shown = page.locator("#inspector")
    shown.get_by_role("tab", name="Faults").click()
    expect(shown.get_by_role("button", name="Inject now", include_hidden=True).first).to_be_disabled()
    expect(page.locator("#stage .link")).to_have_count(count)
    assert viewer.ids == owner.ids
    answer = page.request.get(f"/api/designs/{page.locator('body').get_attribute('data-design')}")
    assert answer.status == 401  # known to those alone who have the link

    # A copy belongs to whoever makes it.
    page.get_by_role("button", name="Fork").click()
    expect(page.locator("body")).to_have_attribute("data-role", "owner")
    fork = Hand(page)
    assert fork.ids == owner.ids
    expect(page.locator("#design-name")).to_have_value(name)
    assert page.url != owner.page.url
    revision = owner.saved()
    fork.click("lb")
    page.keyboard.press("Delete")
    expect(fork.node("lb")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(fork.node("lb")).to_be_visible()
    fork.run()
    fork.later(1)
    fork.health("old", "ok", "strained", "failing")
    owner.health("old", "down")
    assert owner.saved() == revision
    picture(page, "share-forked")
