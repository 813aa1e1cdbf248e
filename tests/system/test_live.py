"""A class from beginning to end: an instructor, four learners, chaos at the same simulated second, scores, a report."""

from __future__ import annotations

import csv
import io
import re
import time
from typing import Any

import orjson
from playwright.sync_api import Page, expect

from playground.runs import keys
from tests.running import Running
from tests.system.hand import SLOW_MS, Hand
from tests.system.visitors import Visitors, picture

NAMES = ("Amira", "Bo", "Chen", "Dafne")


def joined(visitors: Visitors, code: str, name: str, theme: str = "dark") -> Page:
    page = visitors.page(f"/join?code={code}", theme)
    page.get_by_label("Your name here").fill(name)
    page.get_by_role("button", name="Join").click()
    expect(page.locator("body")).to_have_attribute("data-page", "editor")
    expect(page.locator("#class")).to_contain_text(name)
    return page


def toast_with(page: Page, words: str) -> None:
    expect(page.locator(".toast").filter(has_text=re.compile(words)).first).to_be_visible(timeout=SLOW_MS)


def struggling_first(console: Page) -> bool:
    """The wall sorts itself at most every 10 s, so it may take a while until it is in order."""
    worst_first = ["failing", "strained", "ok", "idle", "down"]
    for _ in range(400):
        states = [str(tile.get_attribute("data-state")) for tile in console.locator("#wall .tile").all()]
        if len(set(states)) > 1 and states == sorted(states, key=worst_first.index):
            return True
        console.wait_for_timeout(100)
    return False


def test_a_class_from_join_to_report(visitors: Visitors, site: Running) -> None:
    console = visitors.page("/live/")
    console.get_by_label("Title").fill("Backend scaling, group B")
    console.get_by_label("Led by").fill("M. Kovač")
    console.get_by_role("button", name="Open a class").click()
    expect(console.locator("#nobody")).to_be_visible()
    code = console.locator("#nobody .class-code").inner_text()
    picture(console, "live-nobody")

    # Four join, each in a browser of their own, one of them on a phone.
    phone = visitors.page("/join")
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.get_by_label("Class code").fill(code.lower())
    expect(phone.locator("#class-found")).to_contain_text("led by M. Kovač")
    picture(phone, "live-join-phone")
    learners = [joined(visitors, code, name, "light" if name == "Bo" else "dark") for name in NAMES]
    for name in NAMES:
        expect(console.locator(".tile", has_text=name)).to_be_visible(timeout=SLOW_MS)
    expect(console.locator("#count")).to_have_text("4 of 4", timeout=SLOW_MS)

    # A design for everybody.
    console.get_by_role("button", name="Push", exact=True).click()
    console.get_by_label("Blueprint").select_option("cache-before-a-database")
    console.get_by_role("button", name="Push the blueprint").click()
    toast_with(console, "4 learners got")
    hands = [Hand(page) for page in learners]
    for hand in hands:
        expect(hand.page.locator("#stage .node").first).to_be_visible(timeout=SLOW_MS)
    assert len({page.locator("body").get_attribute("data-design") for page in learners}) == 4

    # Frozen: an edit is refused on the canvas, and the reason is said.
    console.get_by_role("button", name="Freeze editing").click()
    amira = hands[0]
    expect(amira.page.locator("#class-frozen")).to_be_visible()
    ids = amira.ids
    amira.click(ids[-1])
    amira.page.keyboard.press("Delete")
    toast_with(amira.page, "frozen editing")
    expect(amira.page.locator("#stage .node:not(.ghost)")).to_have_count(len(ids))
    picture(amira.page, "live-frozen")
    console.get_by_role("button", name="Thaw editing").click()
    expect(amira.page.locator("#class-frozen")).to_be_hidden()

    # One of them changes the own copy, then all start together.
    chen = hands[2]
    cache = next(id for id in chen.ids if "cache" in id or "redis" in id)
    chen.set(cache, "capacity_items", 500)
    chen.saved()
    console.get_by_role("button", name="Start together").click()
    toast_with(console, "4 runs started")
    for hand in hands:
        hand.running()
    expect(console.locator(".tile[data-state=idle], .tile[data-state=down]")).to_have_count(0, timeout=SLOW_MS)

    learners[3].get_by_role("button", name="Raise hand").click()
    expect(console.locator(".tile", has_text="Dafne").locator(".tile-hand")).to_be_visible()
    picture(console, "live-wall")

    # The same thing to all of them at the same simulated second.
    console.get_by_label("Flush the cache").check()
    expect(console.locator("#send")).to_have_text("Send to 4")
    console.locator("#send").click()
    toast_with(console, "You flushed the cache")
    for page in learners:
        expect(page.locator("#class-banner-what")).to_have_text("Your instructor flushed the cache.", timeout=SLOW_MS)
        expect(page.locator("#class-banner-how")).to_have_text("Same moment and seed for all 4.")
    picture(learners[1], "live-broadcast-learner")
    expect(console.locator("#last-how")).to_contain_text("4 runs at that moment", timeout=SLOW_MS)
    moments = {flushed_at(site, visitors.run_of(page)) for page in learners}
    assert len(moments) == 1, moments
    ((asked, happened),) = moments
    assert asked == happened

    # A late one gets the design, somebody drops out and is back with the work.
    late = joined(visitors, code, "Elif")
    expect(late.locator("#stage .node").first).to_be_visible()
    expect(console.locator(".tile")).to_have_count(5, timeout=SLOW_MS)
    lost = learners[2]
    context, design = lost.context, lost.locator("body").get_attribute("data-design")
    lost.close()
    expect(console.locator(".tile", has_text="Chen")).to_have_attribute("data-state", "down", timeout=SLOW_MS)
    back = visitors.watched(context)
    back.goto(f"/live/{code}")
    expect(back.locator("body")).to_have_attribute("data-design", design or "")
    expect(back.locator("#class")).to_contain_text("Chen")
    expect(console.locator(".tile", has_text="Chen")).not_to_have_attribute("data-state", "down", timeout=SLOW_MS)
    learners[2] = back

    # A second blow that hurts, on the projector.
    console.locator(".tile", has_text="Amira").click()
    console.get_by_role("button", name="Spotlight").click()
    console.get_by_role("button", name="More", exact=True).click()
    console.get_by_label("Show the scores to learners").check()
    console.keyboard.press("Escape")
    projector = visitors.tab(console, console.get_by_role("link", name="Projector").get_attribute("href") or "")
    expect(projector.locator("#stage .node").first).to_be_visible(timeout=SLOW_MS)
    console.bring_to_front()
    console.get_by_label("Load × 3").check()
    console.locator("#send").click()
    toast_with(console, "You tripled the load")
    expect(console.locator(".tile[data-state=failing], .tile[data-state=strained]").first).to_be_visible(
        timeout=SLOW_MS
    )
    projector.bring_to_front()
    expect(projector.locator("#event")).to_contain_text("Tripled the load", timeout=SLOW_MS)
    expect(projector.locator("#big-p99 b")).not_to_have_text("–", timeout=SLOW_MS)
    expect(projector.locator("#board li").first).to_be_visible(timeout=SLOW_MS)
    for name in (*NAMES, "Elif"):
        expect(projector.get_by_text(name)).to_have_count(0)
    picture(projector, "live-projector")
    console.bring_to_front()
    console.mouse.move(5, 5)  # the wall stands still under the pointer
    console.wait_for_timeout(100)
    assert struggling_first(console)
    picture(console, "live-wall-struggling")

    console.get_by_role("radio", name="Scores").check()
    expect(console.locator("#scores tbody tr")).to_have_count(5)
    expect(console.locator("#scores .score-total").first).to_have_text(re.compile(r"^\d+$"), timeout=SLOW_MS)
    picture(console, "live-scores")
    expect(learners[0].locator("#class-score")).to_contain_text("Score", timeout=SLOW_MS)

    # The report.
    console.get_by_role("button", name="More", exact=True).click()
    with console.expect_download() as download:
        console.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(rows) == {*NAMES, "Elif"}
    assert float(rows["Amira"]["score"]) > 0
    assert int(rows["Amira"]["broadcasts_received"]) == 2
    assert rows["Elif"]["score"] == ""

    # Closed: nobody joins any more, the work stays.
    console.get_by_role("button", name="Close the class").click()
    expect(console.locator("#live-chip")).to_have_text("Closed")
    expect(learners[0].locator("#class-closed")).to_be_visible()
    visitors.refusals = True
    newcomer = visitors.page(f"/join?code={code}")
    newcomer.get_by_label("Your name here").fill("Farid")
    newcomer.get_by_role("button", name="Join").click()
    expect(newcomer.get_by_role("alert")).to_contain_text("This class is closed")


def flushed_at(site: Running, run: str) -> tuple[float, float]:
    """The virtual second that the log of a run asks for, and the one at which the frames say that it happened."""
    entry = next(
        orjson.loads(fields[b"e"])
        for _, fields in site.redis.xrange(keys.state(run))
        if b"e" in fields and b"cache_flush" in fields[b"e"]
    )
    events: list[dict[str, Any]] = []
    deadline = time.monotonic() + SLOW_MS / 1000
    while not events and time.monotonic() < deadline:
        time.sleep(0.2)
        events = [
            event
            for _, fields in site.redis.xrange(keys.frames(run))
            for event in orjson.loads(fields[b"f"])["events"]
            if event["detail"].get("fault") == "cache_flush"
        ]
    assert len(events) == 1, events
    return entry["command"]["at_s"], events[0]["t_s"]
