"""A design in somebody else's page: what the address may say, what it is answered, and that no cookie is needed."""

from __future__ import annotations

import pytest
from django.test import Client

from playground.accounts.models import Person
from playground.designs.models import Design, Share
from playground.designs.services import edit_apply
from playground.limits import EMBED_S
from playground.rates import Buckets
from playground.runs import embed_views
from playground.runs.embeds import scene_of
from playground.runs.models import Film
from tests.playground.world import RENAME

BAD = {
    "rps": ["many", "-1", "nan", "inf", "1e9", "1" * 5000],
    "seed": ["x", "-1", "1.5", "9007199254740992", "1" * 5000, "²"],
    "fault": ["crash", ":db", "crash:", "crash:ghost", "melt:db", "crash:db:soon", "crash:db:-1", f"crash:db:{EMBED_S}",
              "crash:db:1:0", "crash:db:1:2:3", "crash:db:1e400", "\x00:db", "slow:users-a"],
}  # fmt: skip


@pytest.fixture
def visitor() -> Client:
    """No cookie, and CSRF checks as in a browser."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def test_the_address_sets_load_fault_and_seed(share: Share) -> None:
    scene, problems = scene_of(share, {"rps": "500", "fault": "crash:b:20:15", "seed": "7"})
    assert problems == [] and scene.seed == 7
    assert scene.document["nodes"][0]["params"]["rate_rps"] == 500
    assert scene.document["script"] == [
        {"at_s": 20.0, "command": "inject", "id": "embed", "fault": "crash", "target": "b", "for_s": 15.0}
    ]
    plain, _ = scene_of(share, {})
    assert plain.document == share.design.document and plain.key != scene.key
    assert scene_of(share, {"rps": "500", "fault": "crash:b:20:15", "seed": "7"})[0].key == scene.key


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_what_it_cannot_say_is_answered_by_a_sentence(name: str, value: str, share: Share, visitor: Client) -> None:
    answer = visitor.get(f"/embed/{share.token}", {name: value})
    assert answer.status_code == 422
    assert b'<p id="embed-words" class="float making" role="status">' in answer.content
    ordered = visitor.post(f"/embed/{share.token}/film?{answer.wsgi_request.GET.urlencode()}")
    assert ordered.status_code == 422 and ordered.json()["detail"]
    assert not Film.objects.exists()


def test_only_an_embed_may_be_framed(share: Share, visitor: Client) -> None:
    answer = visitor.get(f"/embed/{share.token}")
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    for path in ("/", f"/s/{share.token}"):
        other = visitor.get(path)
        assert "frame-ancestors 'none'" in other["Content-Security-Policy"] and other["X-Frame-Options"] == "DENY"


def test_no_cookie_is_asked_for_or_set(share: Share, visitor: Client) -> None:
    path = f"/embed/{share.token}/film"
    assert visitor.get(path).status_code == 404
    assert visitor.post(path).status_code == 202
    assert visitor.get(path).status_code == 202
    assert visitor.get(f"/embed/{share.token}").status_code == 200
    assert not visitor.cookies
    assert Film.objects.get().until_ns == EMBED_S * 10**9


def test_an_embed_shows_the_newest_revision_unless_its_link_is_frozen(
    design: Design, share: Share, owner: Person, visitor: Client
) -> None:
    frozen = Share.objects.create(design=design, revision=0)
    edit_apply(design_id=design.pk, person=owner, edit=RENAME)
    assert b"Renamed" in visitor.get(f"/embed/{share.token}").content
    assert b"Renamed" not in visitor.get(f"/embed/{frozen.token}").content


def test_new_runs_are_limited_and_known_ones_are_not(
    share: Share, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed_views, "_ordered", Buckets(0.001, 1))
    path = f"/embed/{share.token}/film"
    assert visitor.post(path).status_code == 202
    refused = visitor.post(f"{path}?seed=2")
    assert refused.status_code == 429 and "new runs a minute" in refused.json()["detail"]
    assert visitor.post(path).status_code == 202


def test_oembed_gives_the_frame_of_a_link(share: Share, visitor: Client) -> None:
    address = f"http://testserver/s/{share.token}"
    answer = visitor.get("/oembed", {"url": address, "maxwidth": "600"}).json()
    assert answer["type"] == "rich" and answer["width"] == 600 and f"/embed/{share.token}" in answer["html"]
    assert visitor.get("/oembed", {"url": address, "format": "xml"}).status_code == 404
    for url in ("", "http://testserver/", "http://testserver/s/" + "a" * 24, "http://["):
        assert visitor.get("/oembed", {"url": url}).status_code == 404
