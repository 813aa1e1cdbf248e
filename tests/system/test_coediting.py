"""Two people on one canvas: they see each other, take back what is theirs, and lose nothing when a line is cut."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.system.hand import SLOW_MS, Hand
from tests.system.line import Line
from tests.system.pages import findings
from tests.system.test_share import link_of
from tests.system.visitors import Visitors, picture


def invited(visitors: Visitors, owner: Hand, can: str) -> tuple[Hand, Line]:
    """Somebody who came by the link of the owner, after it was made one to edit or to look."""
    link = link_of(owner.page)
    if can == "Can edit":
        owner.page.get_by_role("button", name="Share", exact=True).click()
        owner.page.get_by_role("radio", name="Can edit").first.click()
        expect(owner.page.get_by_role("radio", name="Can edit").first).to_be_checked()
        owner.page.keyboard.press("Escape")
    page = visitors.page("/d/")
    line = Line(page)
    page.goto(link)
    expect(page.locator("#stage .node").first).to_be_visible()
    return Hand(page), line


def move(hand: Hand, id: str, dx: float, dy: float) -> None:
    box = hand.node(id).locator(".n-ground").bounding_box()
    assert box
    x, y = box["x"] + 140, box["y"] + 12
    hand.drag((x, y), (x + dx, y + dy))


def place(hand: Hand, id: str) -> str:
    return str(hand.node(id).get_attribute("transform"))


def test_two_people_edit_one_canvas(visitors: Visitors) -> None:
    owner = visitors.editor("Load-balanced web tier")
    alone: list[str] = []
    owner.page.on("request", lambda request: alone.append(request.url))
    expect(owner.page.locator("#people")).to_be_hidden()
    assert not [url for url in alone if "company" in url]
    guest, line = invited(visitors, owner, "Can edit")
    expect(guest.page.locator("body")).to_have_attribute("data-role", "editor")

    # Each is told of the other, and sees pointer and selection.
    for each in (owner, guest):
        expect(each.page.locator("#people li")).to_have_count(2)
        expect(each.page.locator("#people")).to_have_attribute("aria-label", "2 people are here")
    owner.page.bring_to_front()
    owner.click("lb")
    owner.page.mouse.move(700, 400, steps=5)
    expect(guest.page.locator(".peer")).to_have_count(1)
    expect(guest.page.locator(".peer span")).to_have_text(re.compile("^Guest "))
    expect(guest.page.locator(".peer-frame")).to_have_count(1)
    guest.page.bring_to_front()
    guest.click("new")
    guest.page.mouse.move(900, 500, steps=5)
    expect(owner.page.locator(".peer-frame")).to_have_count(1)
    picture(owner.page, "coediting")
    assert findings(owner.page) == []

    # Both edit; each takes back what is their own, and nothing else.
    move(owner, "lb", 0, 96)
    owner.saved()
    moved = place(owner, "lb")
    expect(guest.node("lb")).to_have_attribute("transform", moved)
    move(guest, "db", 0, 120)
    guest.saved()
    expect(owner.node("db")).to_have_attribute("transform", place(guest, "db"))
    other = place(owner, "db")
    owner.page.keyboard.press("Control+z")
    expect(owner.node("lb")).not_to_have_attribute("transform", moved)
    expect(guest.node("lb")).to_have_attribute("transform", place(owner, "lb"))
    assert place(owner, "db") == place(guest, "db") == other

    # Both move the same card: a sentence says who came last.
    move(owner, "old", 0, 64)
    owner.saved()
    expect(guest.node("old")).to_have_attribute("transform", place(owner, "old"))
    move(guest, "old", 0, 64)
    expect(owner.page.locator(".toast")).to_contain_text("moved Old machines too. Their place came last and counts.")
    picture(owner.page, "coediting-conflict")

    # What one has changed is removed by the other: undo says so, and takes back nothing else.
    move(owner, "new", 0, -48)
    owner.saved()
    expect(guest.node("new")).to_have_attribute("transform", place(owner, "new"))
    guest.page.bring_to_front()
    guest.click("new")
    guest.page.keyboard.press("Delete")
    expect(owner.node("new")).to_have_count(0)
    before = place(owner, "old")
    owner.page.bring_to_front()
    owner.page.locator("#stage").focus()
    owner.page.keyboard.press("Control+z")
    expect(owner.page.locator(".toast").last).to_contain_text("This step cannot be taken back any more")
    assert place(owner, "old") == before
    guest.page.bring_to_front()
    guest.page.keyboard.press("Control+z")
    expect(owner.node("new")).to_be_visible()

    # The guest's line is cut: both go on, and nothing is lost when it is back.
    line.cut()
    expect(owner.page.locator("#people")).to_be_hidden()
    expect(guest.page.locator("#people")).to_be_hidden()
    move(owner, "lb", 0, -96)
    owner.saved()
    move(guest, "db", 0, -240)
    expect(guest.page.locator("#saved")).to_have_attribute("data-state", "saving")
    expect(guest.page.locator("#connection")).to_be_visible()
    line.mend()
    guest.page.get_by_role("button", name="Try now").click()
    guest.saved()
    same(owner, guest)
    expect(owner.page.locator("#people li")).to_have_count(2, timeout=SLOW_MS)

    # A tab that is killed is gone for the other.
    guest.page.close()
    expect(owner.page.locator("#people")).to_be_hidden(timeout=SLOW_MS)
    expect(owner.page.locator(".peer, .peer-frame")).to_have_count(0)


def same(one: Hand, two: Hand) -> None:
    """Both canvases are as the server has it."""
    for node in one.design()["design"]["nodes"]:
        for each in (one, two):
            where = re.compile(rf"^translate\({node['x']:g} {node['y']:g}\)$")
            expect(each.node(node["id"])).to_have_attribute("transform", where)


def test_a_role_changes_while_the_page_is_open(visitors: Visitors) -> None:
    owner = visitors.editor("Load-balanced web tier")
    guest, _ = invited(visitors, owner, "Can look")
    page = guest.page
    looks(page)
    owner.page.get_by_role("button", name="Share", exact=True).click()
    owner.page.get_by_role("radio", name="Can edit").first.click()
    expect(page.locator("body")).to_have_attribute("data-role", "editor")
    expect(page.locator(".toast")).to_contain_text("You may change this design now.")
    expect(page.get_by_text("View only")).to_be_hidden()
    expect(page.locator("#palette")).to_be_visible()
    expect(page.locator("#run")).to_be_enabled()
    before = place(guest, "lb")
    move(guest, "lb", 0, 96)
    assert guest.saved() == 1
    assert place(guest, "lb") != before
    expect(owner.node("lb")).to_have_attribute("transform", place(guest, "lb"))
    picture(page, "coediting-editor")
    owner.page.get_by_role("radio", name="Can look").first.click()
    expect(page.locator("body")).to_have_attribute("data-role", "viewer")
    looks(page)
    before = place(guest, "lb")
    guest.click("lb")
    page.keyboard.press("Delete")
    assert place(guest, "lb") == before
    visitors.refusals = True


def looks(page: Page) -> None:
    expect(page.get_by_text("View only")).to_be_visible()
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("#run")).to_be_disabled()
    expect(page.locator("#load")).to_be_disabled()
    expect(page.locator("#design-name")).not_to_be_editable()
