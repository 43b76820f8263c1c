"""Staff ask what somebody needs, keep it on one page, and see it wherever they are about to ring or write."""

import pytest
from sqlalchemy import select

from outreach.models import NeedsReview, Person
from outreach.vocabulary import PreferredChannel, Role
from tests import cast
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Site, text_of

TOLD = {
    "language": "ur",
    "interpreter": "interpreter",
    "formats": ["large_print"],
    "other": "",
    "preferred": "letter",
    "suits": "email",
    "why": "rang on Monday",
    "next_on": "2026-06-01",
}


def test_what_somebody_tells_is_kept_and_shown_with_the_day_to_ask_again(site: Site) -> None:
    person_id, _ = cast.amina(site.services)
    pat = site.signed_in(Role.PEER_LEAD)
    page = f"/people/{person_id}/needs/"
    assert "What does Amina need from us?" in text_of(pat.get(page))
    assert pat.send(page, TOLD).status_code == 302
    with site.services.read() as session:
        person, row = session.get_one(Person, person_id), session.scalars(select(NeedsReview)).one()
    assert (person.language, person.interpreter, person.format) == ("ur", True, "large print")
    assert (person.preferred_channel, person.emails_suit, row.why) == (
        PreferredChannel.LETTER,
        True,
        "rang on Monday",
    )
    shown = text_of(pat.get(f"/people/{person_id}"))
    assert "Urdu, needs an interpreter" in shown
    assert "large print" in shown
    assert "1 June" in shown
    assert "rang on Monday" in text_of(pat.get(page))


def test_what_is_wrong_is_said_beside_what_was_typed_and_nothing_changes(site: Site) -> None:
    person_id, _ = cast.amina(site.services)
    pat = site.signed_in(Role.PEER_LEAD)
    answer = pat.send(f"/people/{person_id}/needs/", {**TOLD, "next_on": "2031-06-01"})
    assert (answer.status_code, "within the coming year" in text_of(answer)) == (422, True)
    assert pat.send(f"/people/{person_id}/needs/", {**TOLD, "why": ""}).status_code == 422
    with site.services.read() as session:
        assert session.get_one(Person, person_id).interpreter is False


@pytest.mark.parametrize("phone", [False, True])
def test_the_page_of_needs_in_a_browser(live: Live, phone: bool) -> None:
    person_id, _ = cast.amina(live.site.services)
    page = live.visit(Role.PEER_LEAD, phone=phone)
    page.goto(f"/people/{person_id}/needs/")
    assert_accessible(page)
    page.get_by_label("They need an interpreter").check()
    page.get_by_label("What did they tell you?").fill("asked in the waiting room")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_text("It counts from the next message on.").wait_for()
    assert_accessible(page)
