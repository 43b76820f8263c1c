"""The pathway and what was sent, as those who watch over sending see them."""

from datetime import date

import pytest
from sqlalchemy import select, update

from outreach.models import Enrolment, Message, Pause
from outreach.vocabulary import MessageState, Role
from tests import cast
from tests.house import clock_of, run_tick
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Site, text_of


@pytest.fixture
def busy(site: Site) -> Site:
    """Amina has got her first message, and Ben waits for his."""
    cast.amina(site.services)
    clock_of(site.services).forward(days=3, hours=2)
    run_tick(site.services)
    cast.ben(site.services, date(2026, 3, 5))
    return site


def test_each_step_says_for_how_many_people_it_comes_next(busy: Site) -> None:
    with busy.services.read() as session:
        steps = set(session.scalars(select(Enrolment.next_step)))
    assert steps == {"first-contact", "check-in"}
    page = text_of(busy.signed_in(Role.ADMIN).get("/schedules/"))
    assert "2 people are on it" in page
    assert "3 days after the referral, at 10:30am. 1 person gets it next." in page
    assert (
        "Every 6 weeks from the referral until an assessment is booked, at 2pm. 1 person gets it next."
        in page
    )


def test_a_step_is_paused_with_a_reason_and_goes_on_again(busy: Site) -> None:
    lead = busy.signed_in(Role.PEER_LEAD)
    where = {"schedule": "before-assessment", "step": "check-in"}
    refused = lead.send("/schedules/pause", where)
    assert (refused.status_code, "Say why" in text_of(refused)) == (422, True)
    assert lead.send("/schedules/pause", {**where, "why": "the words are being changed"}).status_code == 302
    page = text_of(lead.get("/schedules/"))
    assert "Paused by Lee Lead" in page
    assert "the words are being changed" in page
    with busy.services.read() as session:
        pause = session.scalars(select(Pause)).one()
    assert lead.send(f"/schedules/resume/{pause.id}", {"why": "done"}).status_code == 302
    assert "What stands still" not in text_of(lead.get("/schedules/"))


def test_a_pause_of_something_that_does_not_exist_changes_nothing(site: Site) -> None:
    fields = {"schedule": "before-assessment", "step": "no-such-step", "why": "typing"}
    answer = site.signed_in(Role.ADMIN).send("/schedules/pause", fields)
    assert (answer.status_code, "no step" in text_of(answer)) == (422, True)


def test_changed_schedule_files_tell_how_many_people_are_planned_again(busy: Site) -> None:
    lead = busy.signed_in(Role.PEER_LEAD)
    assert "the same as what is in force" in text_of(lead.get("/schedules/changes"))


def test_messages_are_shown_by_state_with_their_reasons(busy: Site) -> None:
    admin = busy.signed_in(Role.ADMIN)
    page = text_of(admin.get("/messages/"))
    assert "1 delivered" in page
    assert "First contact by text" in page
    assert "Amina" not in page
    assert "arrived" in text_of(admin.get("/messages/?state=delivered"))
    assert admin.get("/messages/?state=nonsense").status_code == 200


def test_an_unconfirmed_message_is_settled_by_what_staff_found_out(busy: Site) -> None:
    with busy.services.begin() as session:
        session.execute(update(Message).values(state=MessageState.UNCONFIRMED))
        message_id = session.scalars(select(Message.id)).one()
    lead = busy.signed_in(Role.PEER_LEAD)
    assert "1 unconfirmed" in text_of(lead.get("/messages/"))
    assert "What to do: Find out whether the person has it" in text_of(
        lead.get("/messages/?state=unconfirmed")
    )
    assert "/conversation/" in lead.get("/messages/unconfirmed").text
    assert "please ring" in text_of(lead.get("/messages/unconfirmed")).lower()
    assert lead.send(f"/messages/{message_id}/settle", {"arrived": "no"}).status_code == 302
    with busy.services.read() as session:
        message = session.scalars(select(Message)).one()
    assert (message.state, message.reason) == (
        MessageState.UNDELIVERED,
        "Lee Lead found out: it did not arrive",
    )
    assert lead.send(f"/messages/{message_id}/settle", {"arrived": "yes"}).status_code == 409


@pytest.mark.parametrize("phone", [False, True])
def test_pause_and_resume_in_a_browser(live: Live, busy: Site, phone: bool) -> None:
    page = live.visit(Role.PEER_LEAD, phone=phone)
    page.goto("/schedules/")
    assert_accessible(page)
    page.get_by_role("button", name="Pause all sending").click()
    page.get_by_label("Why?").fill("the phones are down")
    assert_accessible(page)
    page.get_by_role("button", name="Pause all sending").click()
    page.get_by_text("the phones are down").wait_for()
    page.goto("/messages/")
    page.get_by_text("All sending is paused").wait_for()
    assert_accessible(page)
    page.goto("/schedules/")
    page.get_by_role("button", name="Resume all sending").click()
    page.get_by_label("Why may it go on?").fill("they work again")
    page.get_by_role("button", name="Resume all sending").click()
    page.get_by_text("What was held goes on by itself").wait_for()
    page.goto("/schedules/changes")
    assert_accessible(page)
