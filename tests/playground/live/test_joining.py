"""Joining: codes, names, coming back, being sent out, helping to lead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from playground.accounts.models import Person
from playground.designs.models import Design, Member
from playground.designs.permissions import Role, role_of
from playground.designs.services import edit_apply
from playground.live import joining, people
from playground.live.codes import CODE, DIGITS, LETTERS, code_in, new_code
from playground.live.models import Participant, Session
from playground.live.people import help_lead, join, kick
from playground.live.permissions import Seat, seat_of
from playground.live.sessions import session_close, session_open, session_reopen
from playground.live.words import folded, line
from playground.rates import Buckets
from tests.playground.conftest import browser_of

Learner = Callable[[str], Participant]


def test_codes_have_no_letter_that_looks_like_a_digit() -> None:
    assert not set(LETTERS) & set("BIOSZ") and not set(DIGITS) & set("01258"[:3])
    for _ in range(200):
        assert CODE.fullmatch(new_code())


@pytest.mark.parametrize("text", ["KQT-482", "kqt482", " kqt 482 ", "KQT – 482", "ＫＱＴ４８２"])
def test_a_code_is_understood_however_it_is_typed(text: str) -> None:
    assert code_in(text) == "KQT-482"


@pytest.mark.parametrize("text", ["", "KQT", "482-KQT", "KQT-48", "KQT-4829", "<b>", "É" * 500])
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert code_in(text) is None


def test_names_cannot_turn_around_or_hide() -> None:
    assert line(" A\u202ed\u0000a \t B ") == "Ada B"
    assert folded("ＡDA") == folded("ada")


@pytest.mark.parametrize("name", ["", "x", "y" * 25, "\u202e\u200b", "--", "   "])
def test_names_that_are_no_names_are_refused(session: Session, name: str) -> None:
    made, problems = join(session=session, person=Person.objects.create(), nickname=name)
    assert made is None
    assert problems[0].field == "nickname"


def test_a_name_is_taken_once_however_it_is_spelt(session: Session, learner: Learner) -> None:
    learner("Amira")
    made, problems = join(session=session, person=Person.objects.create(), nickname="  AMIRA ")
    assert made is None
    assert problems[0].rule == "is taken in this class"


def test_who_joins_has_an_own_design_that_instructors_may_see(
    session: Session, learner: Learner, owner: Person
) -> None:
    design = learner("Amira").design
    assert design is not None
    assert role_of(owner, design, None) is Role.VIEWER


def test_who_comes_back_is_the_same_participant_with_the_same_work(session: Session, learner: Learner) -> None:
    first = learner("Amira")
    assert first.design is not None
    edit_apply(design_id=first.design.pk, person=first.person, edit={"op": "describe", "name": "Mine"})
    again, problems = join(session=session, person=first.person, nickname="Another")
    assert problems == []
    assert again == first
    assert again is not None and again.design is not None and again.design.name == "Mine"


def test_a_full_class_refuses(session: Session, learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "LEARNERS_PER_SESSION", 1)
    learner("Amira")
    made, problems = join(session=session, person=Person.objects.create(), nickname="Bo")
    assert made is None
    assert "is full" in problems[0].rule


def test_a_closed_class_lets_nobody_in_and_an_open_one_again(session: Session, learner: Learner) -> None:
    amira = learner("Amira")
    session_close(session=session)
    made, problems = join(session=session, person=Person.objects.create(), nickname="Bo")
    assert (made, problems[0].rule) == (None, "is closed")
    assert browser_of(amira.person).get(f"/live/{session.code}/work").status_code == 200  # the work is kept
    session_reopen(session=session)
    assert learner("Bo").pk
    assert Participant.objects.get(pk=amira.pk).design == amira.design


def test_who_was_sent_out_keeps_the_design_and_stays_out(session: Session, learner: Learner, owner: Person) -> None:
    amira = learner("Amira")
    token = amira.token
    kick(participant=amira)
    assert amira.design is not None
    assert seat_of(amira.person, session) is Seat.KICKED
    made, problems = join(session=session, person=amira.person, nickname="Amira")
    assert made is None and "sent you out" in problems[0].rule
    assert role_of(owner, amira.design, None) is Role.STRANGER
    assert browser_of(amira.person).get(f"/d/{amira.design.pk}").status_code == 200
    assert browser_of(None).get(f"/live/me/{token}").status_code == 404


def test_the_instructor_cannot_be_a_learner(session: Session, owner: Person) -> None:
    made, problems = join(session=session, person=owner, nickname="Me")
    assert made is None and "is led by you" in problems[0].rule


def test_who_has_the_link_helps_to_lead_and_sees_the_designs(session: Session, learner: Learner, other: Person) -> None:
    amira = learner("Amira")
    found, problems = help_lead(token=session.co_token, person=other)
    assert (found, problems) == (session, [])
    assert seat_of(other, session) is Seat.CO_INSTRUCTOR
    assert Member.objects.filter(design=amira.design, person=other).exists()
    later = learner("Bo")
    assert later.design is not None
    assert role_of(other, later.design, None) is Role.VIEWER
    assert help_lead(token="z" * 24, person=other) == (None, [])


def test_a_new_link_for_co_instructors_ends_the_old_one(session: Session, owner: Person, other: Person) -> None:
    old = session.co_token
    assert browser_of(owner).post(f"/live/console/{session.pk}/co-link").status_code == 302
    assert help_lead(token=old, person=other) == (None, [])


def test_a_personal_link_goes_on_elsewhere(session: Session, learner: Learner) -> None:
    amira = learner("Amira")
    phone = browser_of(None)
    assert phone.get(f"/live/me/{amira.token}").status_code == 200
    assert phone.post(f"/live/me/{amira.token}").headers["Location"] == f"/live/{session.code}/work"
    assert f'data-design="{amira.design_id}"' in phone.get(f"/live/{session.code}/work").content.decode()


def test_joining_in_the_browser(session: Session) -> None:
    browser = browser_of(None)
    page = browser.get(f"/join?code={session.code.lower()}").content.decode()
    assert "Group B" in page and "led by M. Kovač" in page
    assert browser.post("/join", {"code": session.code, "nickname": "x"}).status_code == 422
    answer = browser.post("/join", {"code": session.code, "nickname": "<script>x"})
    assert answer.headers["Location"] == f"/live/{session.code}/work"
    work = browser.get(answer.headers["Location"]).content.decode()
    assert "<script>x" not in work and "&lt;script&gt;x" in work
    assert browser.get(f"/live/{session.code}").status_code == 302  # straight to the work


def test_a_code_that_is_no_class_says_so(session: Session) -> None:
    answer = browser_of(None).post("/join", {"code": "AAA-333", "nickname": "Amira"})
    assert answer.status_code == 422
    assert "is not the code of a class" in answer.content.decode()
    assert Person.objects.count() == 1  # nobody becomes a guest by guessing


def test_guessing_codes_is_slowed_down(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "_guesses", Buckets(0, 3))
    browser = browser_of(None)
    answers = [browser.get(f"/join?code=AAA-33{digit}").status_code for digit in range(3, 8)]
    assert answers == [422, 422, 422, 429, 429]


def test_a_class_needs_a_title(owner: Person) -> None:
    for title in ("", " \u202e ", "x" * 81):
        made, problems = session_open(owner=owner, title=title)
        assert made is None and problems[0].field == "title"


def test_the_first_blank_design_belongs_to_the_learner(session: Session, learner: Learner) -> None:
    amira = learner("Amira")
    assert Design.objects.get(owner=amira.person) == amira.design
