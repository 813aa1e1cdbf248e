"""Films and the links to runs: what is ordered, what it holds, who is told what."""

from __future__ import annotations

import gzip
from datetime import timedelta

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from playground.accounts.models import Person
from playground.designs.models import Design
from playground.runs import films, keys
from playground.runs.films import applied, film_of_run, film_say, film_store, film_take, reached
from playground.runs.links import link_create, link_find, links_revoke
from playground.runs.models import Film, Run, RunCommand, RunLink, Status
from playground.runs.news import client
from playground.runs.services import run_start
from tests.playground.world import CRASH

S = 10**9


@pytest.fixture
def run(design: Design, owner: Person) -> Run:
    made, problems = run_start(design=design, person=owner, seed=7)
    assert made is not None, problems
    return made


def over(run: Run, virtual_s: float) -> Run:
    run.status, run.summary, run.finished_at = Status.STOPPED, {"virtual_s": virtual_s}, timezone.now()
    run.save()
    return run


def test_a_film_is_ordered_once_and_holds_what_decides_the_run(run: Run) -> None:
    RunCommand.objects.create(run=run, seq=1, command=CRASH, applied_ns=2 * S)
    RunCommand.objects.create(run=run, seq=2, command={"command": "pause"}, applied_ns=3 * S)
    RunCommand.objects.create(run=run, seq=3, command={"command": "heal", "id": "f1"}, applied_ns=None)
    film = film_of_run(over(run, 8.25))
    assert film_of_run(run).pk == film.pk
    assert film.until_ns == 8_250_000_000
    order = film_take(film_id=film.pk)
    assert order is not None
    assert (order.seed, order.until_ns, order.log) == (7, film.until_ns, [(1, 2 * S, CRASH)])
    assert order.design.nodes
    assert client().llen(keys.BATCH) == 1


def test_the_newest_times_of_a_run_that_is_on_are_in_redis(run: Run) -> None:
    RunCommand.objects.create(run=run, seq=1, command=CRASH)
    client().rpush(keys.applied(run.pk), f"1 {5 * S}")
    client().xadd(keys.frames(run.pk), {"f": orjson.dumps({"t_ns": 6 * S})}, id="61-0")
    assert reached(run) == 6 * S
    assert applied(run, 6 * S) == [[1, 5 * S, CRASH]]
    assert applied(run, 4 * S) == []


def test_a_run_that_went_on_gets_a_new_film(run: Run) -> None:
    client().xadd(keys.frames(run.pk), {"f": orjson.dumps({"t_ns": 6 * S})}, id="61-0")
    first = film_of_run(run)
    client().xadd(keys.frames(run.pk), {"f": orjson.dumps({"t_ns": 90 * S})}, id="901-0")
    assert film_of_run(run).pk == first.pk, "one that is being made is waited for"
    film_store(film_id=first.pk, data=b"x")
    second = film_of_run(run)
    assert second.pk != first.pk and second.until_ns == 90 * S
    film_store(film_id=second.pk, data=b"x")
    assert film_of_run(over(run, 90.0)).pk == second.pk
    assert Film.objects.count() == 1


def test_a_film_whose_worker_was_lost_is_ordered_again(run: Run) -> None:
    film = film_of_run(over(run, 8))
    assert film_say(film_id=film.pk, done_ns=S)
    film_of_run(run)
    assert client().llen(keys.BATCH) == 1
    Film.objects.update(sent_at=timezone.now() - timedelta(seconds=films.RESEND_S + 1))
    film_of_run(run)
    assert client().llen(keys.BATCH) == 2
    film_store(film_id=film.pk, data=b"x")
    assert not film_say(film_id=film.pk, done_ns=S) and film_take(film_id=film.pk) is None


def test_the_page_hears_how_far_it_is_and_then_gets_the_film(run: Run) -> None:
    link, _ = link_create(run=over(run, 8))
    assert link is not None
    path, browser = f"/r/{link.token}/film", Client()
    waiting = browser.get(path)
    assert (waiting.status_code, waiting.json()) == (202, {"done_s": 0, "until_s": 8, "detail": ""})
    film = Film.objects.get()
    film_store(film_id=film.pk, data=gzip.compress(b'{"frames": []}'))
    answer = browser.get(path)
    assert answer.status_code == 200 and answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == b'{"frames": []}'
    assert browser.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    film_store(film_id=film.pk, data=None, detail="It does not run.")
    assert browser.get(path).status_code == 422


def test_a_link_ends_when_it_is_revoked(run: Run, design: Design) -> None:
    link, _ = link_create(run=run)
    again, _ = link_create(run=run)
    assert link is not None and link == again
    assert link_find(link.token) == link
    assert links_revoke(design=design) == 1
    assert link_find(link.token) is None
    assert Client(raise_request_exception=False).get(f"/r/{link.token}").status_code == 404
    fresh, _ = link_create(run=run)
    assert fresh is not None and fresh.token != link.token


def test_a_link_ends_by_itself(run: Run) -> None:
    link, _ = link_create(run=run, ends="hour")
    assert link is not None and link_find(link.token) == link
    assert link_create(run=run, ends="never")[0] == link and RunLink.objects.get().expires_at is None
    _, problems = link_create(run=run, ends="soon")
    assert [problem.field for problem in problems] == ["ends"]
    RunLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert link_find(link.token) is None
    assert Client(raise_request_exception=False).get(f"/r/{link.token}/film").status_code == 404
    fresh, _ = link_create(run=run)
    assert fresh is not None and fresh.token != link.token


def test_only_so_many_films_of_a_design_are_kept(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "FILMS_PER_DESIGN", 2)
    for number in range(4):
        films.film_ensure(
            key=f"k{number}", design=run.design, document=run.design.document, seed=1, entries=[], until_ns=S
        )
    assert sorted(Film.objects.values_list("key", flat=True)) == ["k2", "k3"]


def test_a_design_that_never_ran_has_no_run_to_share(design: Design, browser: Client) -> None:
    assert browser.post(f"/d/{design.pk}/run-link").status_code == 422
