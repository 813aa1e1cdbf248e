"""From a blank canvas to a running system that is broken and healed, with the mouse."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.system.hand import SLOW_MS, Hand
from tests.system.visitors import Visitors, picture

PLACES = {
    "client": ("client", 330, 420),
    "load-balancer": ("load_balancer", 570, 420),
    "service": ("service", 830, 300),
    "service-2": ("service", 830, 540),
    "cache": ("cache", 1080, 420),
    "sql-primary": ("sql_primary", 1080, 640),
}
PAIRS = [
    ("client", "load-balancer"),
    ("load-balancer", "service"),
    ("load-balancer", "service-2"),
    ("service", "cache"),
    ("service-2", "cache"),
    ("cache", "sql-primary"),
]


def build(hand: Hand) -> None:
    for wanted, (kind, x, y) in PLACES.items():
        assert hand.add(kind, x, y) == wanted
    for source, target in PAIRS:
        hand.connect(source, target)


def test_a_system_is_drawn_run_broken_and_healed(visitors: Visitors) -> None:
    hand = visitors.editor()
    page = hand.page
    build(hand)
    hand.set("client", "rate_rps", 400)
    hand.set("service", "workers", 8)
    hand.set("sql-primary", "max_conns", 40)
    assert hand.saved() == len(PLACES) + len(PAIRS) + 3
    picture(page, "build-drawn")

    hand.run()
    before = hand.clock()
    hand.health("service", "ok")
    expect(hand.node("client").locator(".n-rate")).to_have_text(re.compile(r"^(3[5-9]\d|4[0-4]\d)/s$"), timeout=SLOW_MS)
    expect(hand.node("cache").locator(".n-rate")).to_have_text(re.compile(r"^[1-9]\d*/s$"))
    hand.later(before)
    expect(page.locator("#reasons")).to_contain_text("Nothing has failed.")
    picture(page, "build-running")

    hand.break_("service", "crash")
    hand.health("service", "down")
    down = page.locator("#reasons [data-reason=node_down]")
    expect(down).to_be_visible(timeout=SLOW_MS)
    expect(down.get_by_role("button", name="Service", exact=True)).to_be_visible()
    expect(page.locator("#verdict")).to_contain_text("fail")
    hand.health("client", "strained", "failing")
    expect(hand.node("service").locator(".n-rate")).to_have_text("no traffic")
    expect(page.locator("#timeline .t-mark.is-crit")).to_be_visible()
    picture(page, "build-broken")

    hand.heal("service")
    hand.health("service", "ok")
    expect(page.locator("#verdict")).to_have_class(re.compile("is-ok"), timeout=SLOW_MS)
    hand.health("client", "ok")
    page.get_by_role("tab", name="Events").click()
    expect(page.locator("#events .event")).to_have_count(2)
    picture(page, "build-healed")
    hand.stop()


def test_edits_are_undone_redone_and_kept(visitors: Visitors) -> None:
    hand = visitors.editor()
    page = hand.page
    build(hand)
    hand.set("service", "workers", 8)
    whole = hand.saved()
    drawn = hand.design()["design"]
    undo, redo = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))

    hand.drag((830, 540), (830, 700))
    moved = hand.design()["design"] if hand.saved() > whole else drawn
    assert moved != drawn

    hand.click("cache")
    page.keyboard.press("Delete")
    expect(hand.node("cache")).to_have_count(0)
    expect(page.locator("#stage .link")).to_have_count(len(PAIRS) - 3)
    undo.click()
    expect(hand.node("cache")).to_be_visible()
    expect(page.locator("#stage .link")).to_have_count(len(PAIRS))
    hand.saved()
    assert hand.design()["design"] == moved
    undo.click()
    hand.saved()
    assert hand.design()["design"] == drawn
    undo.click()
    expect(hand.node("service").locator(".n-rate")).to_have_text("16 workers")
    redo.click()
    expect(hand.node("service").locator(".n-rate")).to_have_text("8 workers")
    redo.click()
    last = hand.saved()
    assert hand.design()["design"] == moved

    page.reload()
    expect(page.locator("#stage .link")).to_have_count(len(PAIRS))
    assert hand.saved() == last
    assert hand.design() == hand.design() | {"design": moved, "revision": last}
    assert set(hand.ids) == set(PLACES)
    hand.choose("service")
    expect(hand.field("workers")).to_have_value("8")
