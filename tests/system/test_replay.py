"""A run is shared by a link and played again by somebody else: the same frames, at any moment."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.running import Running
from tests.system.follow import Follower, without_wall
from tests.system.hand import SLOW_MS, Hand
from tests.system.pages import findings
from tests.system.visitors import Visitors, picture


def run_link(owner: Hand) -> str:
    owner.page.get_by_role("button", name="Share this run").click()
    field = owner.page.get_by_label("Link to this run")
    expect(field).to_have_value(re.compile(r"/r/[a-z0-9]{24}$"))
    link = urlsplit(field.input_value()).path
    owner.page.keyboard.press("Escape")
    return link


def ready(page: Page) -> None:
    expect(page.locator("#play")).to_be_enabled(timeout=SLOW_MS)
    expect(page.locator("#making")).to_be_hidden()


def film_of(page: Page, link: str, longer_than: float = 0) -> dict[str, Any]:
    """What the page plays, once it is computed."""
    for _ in range(120):
        answer = page.request.get(f"{link}/film")
        if answer.status == 200 and answer.json()["until_ns"] > longer_than:
            return dict(answer.json())
        page.wait_for_timeout(500)
    raise AssertionError(answer.text())


def test_a_run_is_played_again_exactly(visitors: Visitors, site: Running) -> None:
    owner = visitors.editor("Load-balanced web tier")
    with owner.page.expect_websocket(lambda socket: "/ws/runs/" in socket.url) as opened:
        owner.run()
    follower = Follower(site, urlsplit(opened.value.url).path.split("/")[-1])
    owner.later(3)
    owner.break_("old", "crash")
    owner.later(7)
    owner.heal("old")
    owner.later(9)

    # While it is on, the link plays what there is so far.
    link = run_link(owner)
    page = visitors.page(link)
    ready(page)
    so_far = film_of(page, link)
    assert so_far["until_ns"] > 8e9
    owner.later(12)
    owner.stop()
    follower.stop()

    # When it is over, all of it: the frames of the run, number by number.
    film = film_of(page, link, longer_than=12e9)
    page.reload()
    ready(page)
    played = {frame["seq"]: frame for frame in film["frames"]}
    seen = without_wall(follower.frames)
    assert len(played) > 100 and set(seen) <= set(played) | {max(seen)}
    assert {seq: frame for seq, frame in seen.items() if seq in played} == {
        seq: frame for seq, frame in played.items() if seq in seen
    }
    assert [event["what"] for event in film["events"]] == ["fault_injected", "fault_healed"]

    # Anybody with the link moves to any moment, by slider and by key.
    other = Hand(page)
    assert other.ids == owner.ids
    scrub = page.get_by_label("Moment of the run")
    injected = film["events"][0]["t_s"]
    scrub.fill(f"{injected + 2:.1f}")
    other.health("old", "down")
    expect(page.locator("#reasons [data-reason=node_down]")).to_be_visible()
    expect(page.locator(".t-mark")).to_have_count(2)
    picture(page, "replay-broken")
    assert findings(page) == []
    page.locator("body").click(position={"x": 700, "y": 120})
    page.keyboard.press("Shift+BracketLeft")
    assert abs(other.clock() - injected) < 0.15
    page.keyboard.press("[")
    page.keyboard.press("[")
    assert other.clock() == 0
    expect(page.locator("#reasons")).to_contain_text("Nothing has failed")
    page.keyboard.press("Shift+BracketRight")
    page.keyboard.press("]")
    assert abs(other.clock() - injected - 5) < 0.2
    page.keyboard.press("[")
    page.locator("#speed").select_option("10")
    page.locator("#speed").blur()
    page.keyboard.press("Space")
    expect(page.locator("#clock")).to_have_text(re.compile("0:1[12]"), timeout=SLOW_MS)
    other.health("old", "ok", "strained", "failing")
    expect(page.locator("#play")).to_contain_text("Play")
    picture(page, "replay-end")

    # A copy of the design as it was run belongs to whoever makes it.
    page.get_by_role("button", name="Fork").click()
    expect(page.locator("body")).to_have_attribute("data-role", "owner")
    expect(page.locator("#stage .node").first).to_be_visible()
    assert Hand(page).ids == owner.ids

    # The owner takes the link back.
    owner.page.get_by_role("button", name="Share this run").click()
    owner.page.get_by_role("button", name="Revoke links to runs").click()
    expect(owner.page.get_by_text("1 link to runs of this design ended.")).to_be_visible()
    visitors.refusals = True
    page.goto(link)
    expect(page.get_by_text("Nothing is here")).to_be_visible()
