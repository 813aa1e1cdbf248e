"""Sliders while a run is on: the run follows, and so does everybody who watches."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect

from tests.system.hand import SLOW_MS, Hand, middle
from tests.system.test_share import link_of
from tests.system.visitors import Visitors, picture
from tests.system.wire import Wire


def pull(hand: Hand, slider: Locator, share: float) -> None:
    """With the mouse to a place of its bed."""
    box = slider.bounding_box()
    assert box
    hand.drag(middle(slider), (box["x"] + share * box["width"], box["y"] + box["height"] / 2))


def until(hand: Hand, condition: Callable[[], Any]) -> None:
    for _ in range(600):
        if condition():
            return
        hand.page.wait_for_timeout(100)
    raise AssertionError("waited in vain")


class Seen:
    """The newest frames that a page was sent."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def change(self, part: str, id: str, column: str) -> float:
        """Per virtual second, over the last second."""
        meta, frames = self.wire.meta, self.wire.frames
        row = [item["id"] for item in meta[part]].index(id)
        at = meta[f"{part[:-1]}_columns"].index(column)
        late = next(f for f in reversed(frames) if f["t_ns"] <= frames[-1]["t_ns"] - 1_000_000_000)
        return float(frames[-1][part][row][at] - late[part][row][at]) / ((frames[-1]["t_ns"] - late["t_ns"]) / 1e9)

    def busy(self, id: str) -> float:
        meta, frame = self.wire.meta, self.wire.frames[-1]
        row = [item["id"] for item in meta["nodes"]].index(id)
        return float(frame["nodes"][row][meta["node_columns"].index("busy_permille")]) / 1000


def test_knobs_are_turned_while_it_runs(visitors: Visitors) -> None:
    hand = visitors.editor("Load-balanced web tier")
    page, seen = hand.page, Seen(Wire(hand.page))
    link = link_of(page)
    hand.run()
    watcher = Hand(visitors.page(link))
    expect(watcher.page.locator("#verdict")).to_contain_text("served", timeout=SLOW_MS)
    hand.later(2.5)
    usual = seen.change("nodes", "users", "arrivals")
    assert 480 < usual < 720

    # All load, from the bar.
    pull(hand, page.locator("#load"), 0.25)
    shown = page.locator("#load-value").text_content() or ""
    assert shown != "600/s"
    until(hand, lambda: seen.change("nodes", "users", "arrivals") < 0.6 * usual)
    expect(watcher.page.locator("#load-value")).to_have_text(shown, timeout=SLOW_MS)

    # The rate of one client, by the slider of its form; the number field moves along.
    hand.choose("users")
    before = hand.field("rate_rps").input_value()
    pull(hand, page.locator("#inspector input.range[data-param=rate_rps]"), 0.6)
    rate = float(hand.field("rate_rps").input_value())
    assert rate > 1.5 * float(before)
    less = seen.change("nodes", "users", "arrivals")
    until(hand, lambda: seen.change("nodes", "users", "arrivals") > 1.3 * less)

    # Workers of a service: as much work on fewer of them keeps them busier.
    hand.choose("new")
    hand.later(hand.clock() + 2.5)
    free = seen.busy("new")
    watcher.click("new")
    watcher.inspector("new")
    hand.field("workers").fill("4")
    hand.field("workers").press("Enter")
    until(hand, lambda: seen.busy("new") > min(1.3 * free, 0.97))
    expect(watcher.field("workers")).to_have_value("4", timeout=SLOW_MS)
    picture(watcher.page, "knobs-watcher")

    # All of it is told to both, and stays in the design.
    for someone in (hand, watcher):
        someone.page.get_by_role("tab", name="Events").click()
        expect(someone.page.locator("#events")).to_contain_text(re.compile("workers", re.I), timeout=SLOW_MS)
    hand.saved()
    design = {node["id"]: node["params"] for node in hand.design()["design"]["nodes"]}
    assert design["new"]["workers"] == 4 and design["users"]["rate_rps"] == rate


def test_structure_changes_while_it_runs(visitors: Visitors) -> None:
    hand = visitors.editor("Load-balanced web tier")
    hand.run()
    hand.choose("new")
    for control in hand.page.locator("#inspector [data-live=false][data-param]").all():
        expect(control).to_be_enabled()
    hand.field("replicas").fill("3")
    hand.field("replicas").press("Enter")
    hand.page.get_by_role("tab", name="Events").click()
    expect(hand.page.locator("#events")).to_contain_text(re.compile("edited", re.I), timeout=SLOW_MS)
    hand.stop()
