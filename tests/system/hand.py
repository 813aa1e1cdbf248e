"""What a person does in the editor, with the mouse where there is one: drag, connect, turn, run, break, read."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

SLOW_MS = 60_000  # a busy machine takes its time; nothing here is about speed


class Hand:
    """Works on an open editor page. Nodes and links are named by their ids."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def node(self, id: str) -> Locator:
        return self.page.locator(f"#stage .node[data-id='{id}']")

    def link(self, id: str) -> Locator:
        return self.page.locator(f"#stage .link[data-id='{id}']")

    @property
    def ids(self) -> list[str]:
        return [str(g.get_attribute("data-id")) for g in self.page.locator("#stage .node").all()]

    @property
    def links(self) -> list[str]:
        return [str(g.get_attribute("data-id")) for g in self.page.locator("#stage .link").all()]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.bring_to_front()  # a tab behind another one draws once a second
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
        mouse.move(*end, steps=4)
        mouse.up()

    def add(self, kind: str, x: float, y: float) -> str:
        """Drags a kind from the palette to a place of the page. Returns the id of the new node."""
        before = set(self.ids)
        row = self.page.locator(f"#palette [data-kind={kind}]")
        if not row.is_visible():
            self.page.get_by_role("button", name="Add a component").click()
        row.scroll_into_view_if_needed()
        self.drag(middle(row), (x, y))
        expect(self.page.locator("#stage .node:not(.ghost)")).to_have_count(len(before) + 1)
        (made,) = set(self.ids) - before
        return made

    def connect(self, source: str, target: str) -> None:
        """From the port of one card to another card."""
        count = self.page.locator("#stage .link").count()
        self.reach(source, target)
        expect(self.page.locator("#stage .link")).to_have_count(count + 1)

    def reach(self, source: str, target: str) -> None:
        """The same gesture, whatever comes of it."""
        self.page.bring_to_front()
        self.node(source).hover()
        port = self.node(source).locator(".n-port[data-side=right] .n-port-hit")
        self.drag(middle(port), middle(self.node(target).locator(".n-ground")))

    def choose(self, id: str) -> Locator:
        """Clicks a card. Returns the inspector once it shows it."""
        self.click(id)
        return self.inspector(id)

    def click(self, id: str) -> None:
        self.page.bring_to_front()
        self.node(id).locator(".n-ground").click(position={"x": 150, "y": 12})

    def inspector(self, id: str) -> Locator:
        shown = self.page.locator("#inspector")
        expect(shown.locator(f"[data-inspected='{id}']")).to_be_visible()
        return shown

    def field(self, param: str) -> Locator:
        """The number field of a parameter in the inspector; opens what hides it."""
        field = self.page.locator(f"#inspector input.value-input[data-param='{param}']")
        expect(field).to_be_attached()
        if not field.is_visible():
            self.page.locator("#inspector details.more > summary").click()
        return field

    def set(self, id: str, param: str, value: float) -> None:
        """Types a number into the inspector."""
        self.choose(id)
        field = self.field(param)
        for _ in range(5):  # what comes from another tab in this very moment takes the selection away
            field.fill(str(value))
            if field.input_value() == str(value):
                break
        field.press("Tab")
        expect(field).to_have_value(str(value))

    def saved(self) -> int:
        """Waits until the server has everything. Returns the revision."""
        expect(self.page.locator("#saved")).to_have_attribute("data-state", "saved")
        return int((self.page.locator("#revision").text_content() or "").removeprefix("r"))

    def run(self) -> None:
        self.page.locator("#run").click()
        self.running()

    def running(self) -> None:
        expect(self.page.locator("#verdict")).to_contain_text("served", timeout=SLOW_MS)
        expect(self.page.locator("#run")).to_contain_text("Pause")

    def stop(self) -> None:
        self.page.get_by_role("button", name="Stop the run").click()
        expect(self.page.locator("#run")).to_contain_text("Run", timeout=SLOW_MS)

    def break_(self, id: str, fault: str) -> None:
        """Through the Faults tab of the inspector."""
        shown = self.choose(id)
        shown.get_by_role("tab", name="Faults").click()
        row = shown.locator(f"[data-fault-row={fault}]")
        row.locator("summary").click()
        row.get_by_role("button", name="Inject now").click()
        expect(self.node(id)).to_have_class(re.compile(r"\bbroken\b"), timeout=SLOW_MS)

    def heal(self, id: str) -> None:
        shown = self.choose(id)
        shown.get_by_role("tab", name="Faults").click()
        shown.get_by_role("button", name="Heal").first.click()
        expect(self.node(id)).not_to_have_class(re.compile(r"\bbroken\b"), timeout=SLOW_MS)

    def health(self, id: str, *wanted: str) -> None:
        """Waits until a card looks like one of these."""
        expect(self.node(id)).to_have_attribute(
            "data-health", re.compile("^(" + "|".join(wanted) + ")$"), timeout=SLOW_MS
        )

    def clock(self) -> float:
        """Simulated seconds, as shown; -1 while it shows something else, such as the place in the queue."""
        shown = re.fullmatch(r"(\d+):(\d\d\.\d)", self.page.locator("#clock").text_content() or "")
        return int(shown[1]) * 60 + float(shown[2]) if shown else -1

    def later(self, than: float) -> None:
        """Waits until the clock shows more than that."""
        for _ in range(600):
            if self.clock() > than:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the clock does not pass {than}")

    def design(self) -> dict[str, Any]:
        """The design as the server has it."""
        id = self.page.locator("body").get_attribute("data-design")
        answer = self.page.request.get(f"/api/designs/{id}")
        assert answer.ok, answer.text()
        return dict(answer.json())


def middle(what: Locator) -> tuple[float, float]:
    box = what.bounding_box()
    assert box, what
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
