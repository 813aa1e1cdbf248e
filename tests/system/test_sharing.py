"""What belongs to whom, in browsers: links that are switched and end, one revision for ever, going back, accounts, files."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
from playwright.sync_api import Locator, Page, expect

from tests.system.hand import Hand
from tests.system.pages import findings
from tests.system.visitors import Visitors, picture

PASSWORD = "a long horse battery"


def dialog(page: Page) -> Locator:
    """The Share dialog, open."""
    shown = page.locator("#share-popover")
    if not shown.is_visible():
        page.get_by_role("button", name="Share", exact=True).click()
    expect(shown.get_by_role("heading", name="Share this design")).to_be_visible()
    expect(shown.locator(".share-link").first).to_be_visible()
    return shown


def add_link(page: Page, button: str | re.Pattern[str]) -> tuple[Locator, str]:
    """One more link. Returns its box in the dialog, and where it leads."""
    boxes = dialog(page).locator(".share-link")
    count = boxes.count()
    dialog(page).get_by_role("button", name=button).click()
    expect(boxes).to_have_count(count + 1)
    return boxes.last, boxes.last.locator("input.mono").input_value()


def test_a_link_is_switched_while_it_is_open_and_revoked(visitors: Visitors) -> None:
    owner = visitors.editor("Cache before a database")
    box, link = add_link(owner.page, "Link to the newest")
    expect(box.get_by_label("Can edit")).to_be_checked()
    assert findings(owner.page) == []
    picture(owner.page, "sharing-dialog")

    guest = Hand(visitors.page(link, "light"))
    body = guest.page.locator("body")
    expect(body).to_have_attribute("data-role", "editor")
    name = guest.page.locator("#design-name")
    name.fill("Edited by a guest")
    name.press("Enter")
    expect(owner.page.locator("#design-name")).to_have_value("Edited by a guest")
    service = guest.add("service", 900, 700)
    expect(owner.node(service)).to_be_visible()
    picture(guest.page, "sharing-editor-by-link")

    owner.page.bring_to_front()
    box.get_by_label("Can look").check()
    expect(body).to_have_attribute("data-role", "viewer")
    expect(guest.page.locator("#palette")).to_be_hidden()
    guest.click(service)
    guest.page.keyboard.press("Delete")
    expect(guest.node(service)).to_be_visible()
    owner.page.bring_to_front()
    box.get_by_label(re.compile("ends")).select_option("hour")
    expect(dialog(owner.page).locator(".share-link").last.get_by_label(re.compile("ends"))).to_contain_text("Ends in")

    dialog(owner.page).locator(".share-link").last.get_by_role("button", name="Revoke").click()
    expect(dialog(owner.page).locator(".share-link")).to_have_count(1)
    expect(guest.page.locator("#connection")).to_contain_text("You may no longer see this design.")
    picture(guest.page, "sharing-revoked")
    visitors.refusals = True
    answer = guest.page.goto(link)
    assert answer is not None and answer.status == 404


def test_a_frozen_link_never_changes_and_can_be_forked(visitors: Visitors) -> None:
    owner = visitors.editor("Load-balanced web tier")
    _, link = add_link(owner.page, re.compile(r"Link to r\d+"))
    owner.page.keyboard.press("Escape")
    ids = owner.ids
    owner.click("lb")
    owner.page.keyboard.press("Delete")
    expect(owner.node("lb")).to_have_count(0)
    owner.saved()

    still = Hand(visitors.page(link, "light"))
    expect(still.page.get_by_text("This revision, for ever")).to_be_visible()
    for id in ids:
        expect(still.node(id)).to_be_visible()
    assert still.ids == ids
    still.click("lb")
    expect(still.page.locator("#inspector [data-inspected=lb]")).to_be_visible()
    expect(still.page.locator("#inspector input:enabled")).to_have_count(0)
    assert findings(still.page) == []
    picture(still.page, "sharing-frozen")

    still.page.get_by_role("button", name="Fork").click()
    expect(still.page.locator("body")).to_have_attribute("data-role", "owner")
    for id in ids:
        expect(still.node(id)).to_be_visible()
    assert still.ids == ids
    still.run()
    still.later(0.5)
    still.page.get_by_role("button", name="History").click()
    shown = still.page.get_by_role("dialog", name="History")
    expect(shown).to_contain_text("Forked from Load-balanced web tier r")
    owner.page.bring_to_front()
    expect(dialog(owner.page)).to_contain_text("1 fork of this design")


def test_an_old_revision_is_looked_at_and_restored(visitors: Visitors) -> None:
    owner = visitors.editor("Cache before a database")
    page = owner.page
    owner.click("cache")
    page.keyboard.press("Delete")
    expect(owner.node("cache")).to_have_count(0)
    name = page.locator("#design-name")
    name.fill("Without a cache")
    name.press("Enter")
    owner.saved()
    page.get_by_role("button", name="History").click()
    history = page.get_by_role("dialog", name="History")
    expect(history).to_contain_text("Removed Cache")
    assert findings(page) == []
    picture(page, "sharing-history")
    history.get_by_role("link", name="Look at r0").click()
    expect(page.locator("body")).to_have_attribute("data-page", "still")
    expect(owner.node("cache")).to_be_visible()
    expect(page.get_by_text("Old, the newest is r2")).to_be_visible()
    assert findings(page) == []
    picture(page, "sharing-old-revision")

    page.get_by_role("link", name="To the newest").click()
    expect(page.locator("body")).to_have_attribute("data-page", "editor")
    expect(owner.node("cache")).to_have_count(0)
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name="Restore r0").click()
    expect(owner.node("cache")).to_be_visible()
    expect(name).to_have_value("Cache before a database")
    owner.saved()
    expect(page.locator("#revision")).to_have_text("r3")
    page.locator("#stage").focus()
    page.keyboard.press("Control+z")
    expect(owner.node("cache")).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    expect(owner.node("cache")).to_be_visible()
    owner.saved()
    page.reload()
    expect(owner.node("cache")).to_be_visible()


def test_a_guest_signs_up_and_finds_the_work_in_another_browser(visitors: Visitors) -> None:
    first = visitors.editor("Retry storm")
    page = first.page
    design = page.locator("body").get_attribute("data-design")
    page.goto("/d/")
    page.get_by_role("link", name="Sign in").click()
    assert findings(page) == []
    picture(page, "account-sign-in")
    page.get_by_role("link", name="Sign up").click()
    address = f"ada-{design}@example.com"
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill("short")
    page.keyboard.press("Enter")
    expect(page.get_by_text("at least 8 characters.", exact=False).first).to_be_visible()
    assert findings(page) == []
    picture(page, "account-sign-up-refused")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Retry storm")).to_be_visible()
    expect(page.get_by_role("link", name="Ada", exact=True)).to_be_visible()
    assert findings(page) == []
    picture(page, "account-signed-in")

    second = visitors.editor("Load-balanced web tier").page
    second.goto("/account/login")
    second.get_by_label("Email").fill(address)
    second.get_by_label("Password").fill(PASSWORD)
    second.keyboard.press("Enter")
    for mine in ("Retry storm", "Load-balanced web tier"):
        expect(second.get_by_role("heading", name=mine)).to_be_visible()
    second.goto(f"/d/{design}")
    expect(second.locator("body")).to_have_attribute("data-role", "owner")
    second.goto("/d/")
    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("link", name="Sign in")).to_be_visible()
    visitors.refusals = True
    answer = second.goto(f"/d/{design}")
    assert answer is not None and answer.status == 403


def test_a_design_goes_out_as_a_file_and_comes_back(visitors: Visitors, tmp_path: Path) -> None:
    owner = visitors.editor("Cache before a database")
    with owner.page.expect_download() as started:
        dialog(owner.page).get_by_role("link", name="YAML").click()
    file = tmp_path / started.value.suggested_filename
    started.value.save_as(file)
    assert file.name == "cache-before-a-database-r0.yaml"

    page = visitors.page("/d/", "light")
    assert findings(page) == []
    page.get_by_label(re.compile("drop it anywhere")).set_input_files(file)
    expect(page.locator("#stage .node")).to_have_count(len(owner.ids))
    assert Hand(page).ids == owner.ids

    bad = tmp_path / "bad.json"
    bad.write_bytes(orjson.dumps({"format": 1, "nodes": [{"id": "web", "kind": "servise", "params": {"workers": -3}}]}))
    page.goto("/d/import")
    visitors.refusals = True
    drop(page, bad)
    expect(page.get_by_role("alert")).to_contain_text("bad.json was not taken")
    expect(page.get_by_role("alert")).to_contain_text("did you mean")
    assert findings(page) == []
    picture(page, "import-refused")


def drop(page: Page, file: Path) -> None:
    """Drops a file onto the page, as the browser tells of it."""
    data = page.evaluate_handle(
        """([name, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([text], name, { type: "application/json" }));
          return data;
        }""",
        [file.name, file.read_text()],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("main", event, {"dataTransfer": data})


def test_a_blueprint_is_read_and_opened(visitors: Visitors) -> None:
    page = visitors.page("/")
    page.get_by_role("link", name="Reading notes of Retry storm").click()
    expect(page.get_by_role("heading", name="What breaks first")).to_be_visible()
    assert findings(page) == []
    picture(page, "blueprint")
    page.get_by_role("link", name="Blueprints", exact=True).first.click()
    expect(page.locator(".card")).to_have_count(3)
    assert findings(page) == []
    picture(page, "blueprints")
    page.get_by_role("button", name="Open Retry storm").click()
    expect(page.locator("body")).to_have_attribute("data-page", "editor")
