from __future__ import annotations

import re

import orjson
import pytest
from django.test import Client

from playground.accounts import services as accounts
from playground.accounts.models import Person
from playground.designs.models import Design, Share
from playground.rates import Buckets
from playground.runs.services import run_start
from tests.playground.conftest import browser_of


def block(page: str, id: str) -> dict[str, object]:
    """A json_script block of a page."""
    found = re.search(rf'<script id="{id}" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    answer: dict[str, object] = orjson.loads(found[1])
    return answer


def test_the_first_visit_makes_a_guest_with_a_copy_of_the_example(transactional_db: None) -> None:
    client = browser_of(None)
    page = client.get("/").content.decode()
    design = Design.objects.get()
    assert f'data-design="{design.pk}"' in page
    assert design.blueprint == "demo"
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"
    client.get("/")
    assert (Person.objects.count(), Design.objects.count()) == (1, 1)


def test_reading_makes_nobody_a_guest(share: Share) -> None:
    client = browser_of(None)
    for path in ("/d/", f"/s/{share.token}", "/healthz", "/api/catalog", "/api/designs"):
        client.get(path)
    assert Person.objects.count() == 1
    assert "sessionid" not in client.cookies


def test_a_forged_cookie_is_nobody(design: Design, owner: Person) -> None:
    client = browser_of(owner)
    assert client.get(f"/d/{design.pk}").status_code == 200
    client.cookies["sessionid"] = client.cookies["sessionid"].value[:-1] + "x"
    assert client.get(f"/d/{design.pk}").status_code == 403


def test_a_new_design_is_blank_or_a_blueprint(browser: Client, owner: Person) -> None:
    for slug in ("", "retry-storm"):
        answer = browser.post("/d/new", {"blueprint": slug})
        design = Design.objects.get(blueprint=slug)
        assert answer.url == f"/d/{design.pk}"
        assert design.owner == owner
        assert bool(design.document["nodes"]) is bool(slug)


def test_the_editor_carries_what_the_canvas_starts_from(browser: Client, design: Design) -> None:
    page = browser.get(f"/d/{design.pk}").content.decode()
    assert block(page, "design") == {"revision": 0, "design": design.document}
    assert "service" in block(page, "catalogue")["kinds"]  # type: ignore[operator]
    urls = block(page, "urls")
    assert urls["design_socket"] == f"/ws/designs/{design.pk}"
    assert urls["runs"] == f"/api/designs/{design.pk}/runs"
    assert 'data-role="owner"' in page


def test_the_shared_page_is_read_only_and_can_be_forked(design: Design, share: Share, other: Person) -> None:
    client = browser_of(other)
    page = client.get(f"/s/{share.token}").content.decode()
    assert 'data-role="viewer"' in page
    assert f'data-share="{share.token}"' in page
    assert f'action="/s/{share.token}/fork"' in page
    assert str(block(page, "urls")["design_socket"]).endswith(f"?share={share.token}")
    fork = Design.objects.get(pk=client.post(f"/s/{share.token}/fork").url.rpartition("/")[2])
    assert (fork.owner, fork.forked_from) == (other, design)


def test_the_share_popover_shows_the_whole_address(browser: Client, design: Design) -> None:
    answer = browser.post(f"/d/{design.pk}/share", HTTP_HX_REQUEST="true")
    assert f"http://testserver/s/{Share.objects.get().token}" in answer.content.decode()


def test_the_inspector_shows_values_problems_and_whether_it_runs(
    browser: Client, design: Design, owner: Person
) -> None:
    page = browser.get(f"/d/{design.pk}/inspector?ids=a").content.decode()
    assert 'data-inspected="a"' in page
    assert 'value="8"' in page
    run_start(design=design, person=owner)
    assert browser.get(f"/d/{design.pk}/inspector?ids=a,b").context["running"] == design.running
    assert design.running


def test_new_guests_from_one_address_are_limited(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_newcomers", Buckets(0.0001, 2))
    codes = [browser_of(None).post("/d/new").status_code for _ in range(3)]
    assert codes == [302, 302, 429]
    answer = browser_of(None).post("/api/designs", b"{}", "application/json")
    assert answer.status_code == 429
    assert answer.json()["problems"][0]["where"] == "guests"
    assert Person.objects.count() == 2


@pytest.mark.parametrize("path", ["/", "/d/", "/nowhere", "/api/docs", "/api/nothing", "/healthz"])
def test_every_answer_carries_the_policy(path: str, transactional_db: None) -> None:
    answer = browser_of(None).get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/", "/d/", "/nowhere", "/api/docs", "/d/{design}", "/s/{token}", "/d/{design}/inspector?ids=a"]
)
def test_no_page_needs_what_the_policy_forbids(path: str, browser: Client, design: Design, share: Share) -> None:
    page = browser_of(None) if "{token}" in path else browser
    html = page.get(path.format(design=design.pk, token=share.token)).content.decode()
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", html)
    for attributes in re.findall(r"<script([^>]*)>", html):
        assert "src=" in attributes or 'type="application/json"' in attributes, attributes
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
