"""Designs that cannot run and edits that cannot be: said on the node, with the reason; and nothing is harmed."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.system.hand import Hand
from tests.system.visitors import Visitors, picture


def badge(hand: Hand, id: str) -> str:
    text = hand.node(id).locator(".n-badges")
    expect(text).not_to_be_empty()
    return text.text_content() or ""


def test_what_is_missing_is_said_on_the_node(visitors: Visitors) -> None:
    visitors.refusals = True
    hand = visitors.editor()
    page = hand.page
    page.locator("#run").click()
    expect(page.locator("#problems")).to_contain_text("The design", timeout=30_000)

    hand.add("client", 400, 400)
    expect(page.locator("#problems")).to_be_hidden()
    page.locator("#run").click()
    expect(page.locator("#problems")).to_contain_text(re.compile("1 thing to mend.*Clients"))
    badge(hand, "client")
    picture(page, "problems-client")
    page.get_by_role("button", name="Show me").click()
    expect(hand.node("client")).to_be_focused()
    expect(page.locator("body")).not_to_have_class(re.compile("running"))

    hand.add("service", 800, 400)
    hand.connect("client", "service")
    hand.run()


def test_links_that_cannot_be_are_refused_with_the_reason(visitors: Visitors) -> None:
    hand = visitors.editor()
    page, toasts = hand.page, hand.page.locator("#toasts")
    for kind, x, y in [("client", 330, 300), ("service", 600, 300), ("service", 900, 300), ("service", 900, 560)]:
        hand.add(kind, x, y)
    hand.connect("service", "service-2")
    hand.connect("service-2", "service-3")
    revision = hand.saved()
    for source, target, reason in [
        ("service-3", "service", "circle|cycle|loop"),
        ("service", "service-2", "already"),
        ("service", "client", "client"),
    ]:
        hand.reach(source, target)
        expect(toasts).to_contain_text(re.compile(reason, re.I))
        expect(page.locator("#stage .link")).to_have_count(2)
    picture(page, "problems-circle")
    assert hand.saved() == revision


def test_values_out_of_range_are_refused(visitors: Visitors) -> None:
    visitors.refusals = True
    hand = visitors.editor("Cache before a database")
    page, toasts = hand.page, hand.page.locator("#toasts")
    hand.choose("web")
    kept = hand.field("workers").input_value()
    revision = hand.saved()
    for wrong in ("-3", "0", "20000", "2.5"):
        hand.field("workers").fill(wrong)
        hand.field("workers").press("Tab")
        expect(toasts).to_contain_text(re.compile(rf"Web · workers = {re.escape(wrong)}: must be"))
        expect(page.locator("#inspector")).to_be_visible()
        expect(hand.field("workers")).to_have_value(kept)
    assert hand.saved() == revision
    expect(page.locator("#problems")).to_be_hidden()
    picture(page, "problems-range")

    # The same while it runs: the run goes on as it was.
    hand.run()
    hand.choose("web")
    hand.field("workers").fill("0")
    hand.field("workers").press("Tab")
    expect(hand.field("workers")).to_have_value(kept)
    expect(page.locator("body")).to_have_class(re.compile("running"))
    assert hand.saved() == revision


def test_addresses_that_lead_nowhere(visitors: Visitors) -> None:
    visitors.refusals = True
    page = visitors.page("/")
    for path in ("/d/0000000000000000", "/s/0000000000000000", "/d/..%2f..", "/nothing", "/s/" + "x" * 2000):
        answer = page.goto(path)
        assert answer is not None and answer.status == 404, path
        expect(page.get_by_role("heading", level=1)).to_be_visible()
