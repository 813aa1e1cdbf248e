"""Everything without a mouse: build, connect, turn, run, break, read, heal."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.system.hand import SLOW_MS, Hand
from tests.system.visitors import Visitors, picture

NO_MOUSE = """
for (const kind of ["pointerdown", "mousedown", "touchstart"])
  addEventListener(kind, () => console.error("a mouse was used"), true);
"""


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('[data-id]')?.dataset.id ?? document.activeElement.id"))


def tab_to(page: Page, wanted: str, most: int = 60) -> None:
    """Presses Tab until that has the focus."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def add(page: Page, word: str, id: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    expect(page.locator(f"#stage .node[data-id={id}]")).to_be_focused()


def test_without_a_mouse(visitors: Visitors) -> None:
    page = visitors.page("/", init=NO_MOUSE)
    keys = page.keyboard
    tab_to(page, "button[type=submit]:not(.cover)")
    keys.press("Enter")
    expect(page.locator("#empty")).to_be_visible()
    hand = Hand(page)

    # Each new component lands beside the one before; Enter, walk, Enter connects.
    for word, id in [("clients", "client"), ("service", "service"), ("database", "sql-primary")]:
        add(page, word, id)
    expect(page.locator("#announcer")).to_contain_text("added")
    keys.press("ArrowLeft")
    keys.press("ArrowLeft")
    assert focused(page) == "client"
    for source, target in [("client", "service"), ("service", "sql-primary")]:
        assert focused(page) == source
        keys.press("Enter")
        expect(page.locator("#announcer")).to_contain_text("Link from")
        keys.press("ArrowRight")
        keys.press("Enter")
        expect(page.locator("#announcer")).to_contain_text("calls")
        assert focused(page) == target
    expect(page.locator("#stage .link")).to_have_count(2)

    # A parameter: from the card into its form and back.
    keys.press("ArrowLeft")
    keys.press("i")
    expect(hand.inspector("service").get_by_role("tab", name="Settings")).to_be_focused()
    tab_to(page, "#inspector input[data-param=workers].value-input")
    keys.press("Control+a")
    keys.type("24")
    keys.press("Enter")
    keys.press("Escape")
    expect(hand.node("service").locator(".n-rate")).to_have_text("24 workers")
    keys.press("Control+z")
    expect(hand.node("service").locator(".n-rate")).to_have_text("16 workers")
    keys.press("Control+Shift+z")
    expect(hand.node("service").locator(".n-rate")).to_have_text("24 workers")
    assert hand.saved() == 8
    picture(page, "keyboard-built")

    expect(page.locator("#stage")).to_be_focused()
    keys.press("Space")
    hand.running()

    # The list has the same names, numbers and actions.
    keys.press("g")
    twin = page.get_by_role("region", name="Components as a list")
    expect(twin).to_be_focused()
    row = twin.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Service"))
    expect(row).to_contain_text("healthy", timeout=SLOW_MS)
    expect(row).to_contain_text(re.compile(r"\d/s"))
    expect(row).to_contain_text("Database")
    picture(page, "keyboard-list")
    tab_to(page, ".twin button[aria-label='Break Service']")
    keys.press("Enter")
    crash = page.locator("#inspector [data-fault-row=crash] summary")
    expect(crash).to_be_focused()
    keys.press("Enter")
    tab_to(page, "#inspector [data-fault-row=crash] button[data-action=inject]")
    keys.press("Enter")
    expect(row).to_contain_text("down", timeout=SLOW_MS)
    expect(page.locator("#reasons [data-reason=node_down]")).to_be_visible(timeout=SLOW_MS)
    expect(page.locator("#announcer")).to_contain_text(re.compile("is (down|failing|strained)"), timeout=SLOW_MS)
    picture(page, "keyboard-broken")

    # Back on the canvas: heal, pause, step, go on, stop.
    keys.press("Escape")
    keys.press("Shift+H")
    expect(row).to_contain_text("healthy", timeout=SLOW_MS)
    keys.press("Space")
    expect(page.locator("#run")).to_contain_text("Resume", timeout=SLOW_MS)
    page.wait_for_timeout(1500)  # until the last frame is here
    paused = hand.clock()
    keys.press(".")
    hand.later(paused)
    assert hand.clock() == round(paused + 0.1, 1)
    keys.press("Space")
    hand.later(paused + 0.5)
