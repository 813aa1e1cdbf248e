"""Pages of a class: nothing for axe to find in either theme; a lab that was pushed; pause, roster, sending out."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.system.hand import SLOW_MS
from tests.system.pages import findings
from tests.system.test_live import joined, toast_with
from tests.system.visitors import Visitors, picture


def test_the_pages_of_a_class_are_clean(visitors: Visitors) -> None:
    console = visitors.page("/live/")
    assert findings(console) == []
    console.get_by_label("Title").fill("Caches")
    console.get_by_role("button", name="Open a class").click()
    code = console.locator("#nobody .class-code").inner_text()
    assert findings(console) == []
    join = visitors.page(f"/join?code={code}")
    assert findings(join) == []
    learner = joined(visitors, code, "<b>Amira</b>")
    expect(console.locator(".tile")).to_have_count(1, timeout=SLOW_MS)
    assert findings(console) == []

    console.get_by_role("button", name="Push", exact=True).click()
    assert findings(console) == []
    console.locator("#push-lab").select_option(index=0)
    console.get_by_role("button", name="Push the lab").click()
    toast_with(console, "1 learner got")
    expect(learner.locator("#brief")).to_be_visible(timeout=SLOW_MS)
    expect(learner.locator("#class")).to_contain_text("<b>Amira</b>")
    assert findings(learner) == []
    picture(learner, "live-lab")
    console.get_by_role("button", name="Start together").click()
    toast_with(console, "1 run started")
    expect(
        console.locator(".tile[data-state=ok], .tile[data-state=strained], .tile[data-state=failing]")
    ).to_have_count(1, timeout=SLOW_MS)
    console.get_by_role("button", name="Pause all").click()
    expect(learner.locator("#class-paused")).to_be_visible()
    assert findings(learner) == []
    for view in ("Roster", "Scores"):
        console.get_by_role("radio", name=view).check()
        assert findings(console) == []
    console.get_by_role("button", name="More", exact=True).first.click()
    assert findings(console) == []
    console.keyboard.press("Escape")

    projector = visitors.tab(console, console.get_by_role("link", name="Projector").get_attribute("href") or "")
    expect(projector.locator("#here")).to_have_text("1", timeout=SLOW_MS)
    assert findings(projector) == []
    sizes = projector.evaluate(
        """() => [...document.querySelectorAll(".projector-main *")]
          .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
          .map((e) => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(sizes) >= 16
    picture(projector, "live-projector-empty")

    console.bring_to_front()
    console.get_by_role("radio", name="Wall").check()
    console.locator(".tile").click()
    assert findings(console) == []
    console.get_by_role("button", name="Send out").click()
    expect(console.locator(".tile")).to_have_count(0, timeout=SLOW_MS)
    expect(learner.locator("#class-banner-what")).to_have_text("An instructor has sent you out of this class.")
