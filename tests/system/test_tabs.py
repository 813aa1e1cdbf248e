"""Two tabs of one design, and a web process that is killed in the middle of it: what was acknowledged stays."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.running import Running
from tests.system.hand import SLOW_MS, Hand
from tests.system.visitors import Visitors, picture


def test_edits_appear_in_the_other_tab(visitors: Visitors) -> None:
    one = visitors.editor()
    two = Hand(visitors.tab(one.page, one.page.url))
    one.add("client", 400, 400)
    expect(two.node("client")).to_be_visible()
    two.add("service", 800, 400)
    expect(one.node("service")).to_be_visible()
    one.connect("client", "service")
    expect(two.page.locator("#stage .link")).to_have_count(1)
    two.set("service", "workers", 5)
    expect(one.node("service").locator(".n-rate")).to_have_text("5 workers")
    assert one.saved() == two.saved() == 4

    # Undo is everybody's own: the last thing that this tab did.
    one.page.get_by_role("button", name="Undo", exact=True).click()
    expect(two.page.locator("#stage .link")).to_have_count(0)
    expect(two.node("service").locator(".n-rate")).to_have_text("5 workers")
    one.page.get_by_role("button", name="Redo", exact=True).click()
    expect(two.page.locator("#stage .link")).to_have_count(1)

    # A run that is started in one is shown in the other, and so is what is done to it there.
    one.run()
    two.running()
    two.break_("service", "crash")
    one.health("service", "down")
    one.heal("service")
    two.health("service", "ok", "strained")
    one.saved(), two.saved()
    assert one.design() == two.design()


def test_acknowledged_edits_survive_a_killed_web_process(visitors: Visitors, site: Running) -> None:
    visitors.outages = True
    hand = visitors.editor()
    page = hand.page
    hand.add("client", 330, 300)
    hand.add("service", 630, 300)
    hand.connect("client", "service")
    hand.run()
    revision = hand.saved()
    web = site.pids["web"]
    hand.add("cache", 1150, 300)
    hand.saved()
    hand.add("sql_primary", 1150, 500)
    hand.saved()
    hand.connect("service", "cache")
    site.kill("web")  # whether the last edit got through is open; what the page said was saved is not
    hand.connect("cache", "sql-primary")
    expect(page.locator("#saved")).to_have_attribute("data-state", "saving")
    site.wait_for(lambda: site.pids["web"] not in (web, None))

    # The page comes back by itself and sends what was not answered.
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved", timeout=SLOW_MS)
    assert hand.saved() == revision + 4
    expect(page.locator("#connection")).to_be_hidden(timeout=SLOW_MS)
    hand.later(hand.clock() + 1)
    design = hand.design()["design"]
    assert [node["id"] for node in design["nodes"]] == ["client", "service", "cache", "sql-primary"]
    assert [(link["source"], link["target"]) for link in design["links"]] == [
        ("client", "service"),
        ("service", "cache"),
        ("cache", "sql-primary"),
    ]
    picture(page, "tabs-after-kill")
    page.reload()
    expect(page.locator("#stage .link")).to_have_count(3)
    expect(page.locator("#revision")).to_have_text(re.compile(rf"r{revision + 4}"))
    hand.running()
