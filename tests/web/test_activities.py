"""Activities and co-run groups as pages: kept by peer workers, read by everybody who works with people."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach.actions.group_rounds import look_after_groups
from outreach.models import Activity, GroupSession, Invitation, Person
from outreach.vocabulary import Role
from tests import cast
from tests.house import clock_of
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Browser, Site, text_of

ENTRY = {
    "name": "Garden mornings",
    "kind": "social",
    "is_group": "yes",
    "when": "Thursdays, 14:00",
    "place": "Willow House",
    "access": "step_free",
    "cost": "free",
    "review_on": "2026-06-01",
}
SESSION = {"day": "2026-03-19", "from": "14:00", "until": "15:30", "where": "Willow House", "places": "12"}


def a_session(peer: Browser, site: Site) -> str:
    """Garden mornings with one session, made through the pages; returns its address."""
    where = peer.send("/activities/new", ENTRY).location
    peer.send(f"{where}/sessions", SESSION)
    with site.services.read() as session:
        return f"/groups/{session.scalars(select(GroupSession.id)).one()}"


def test_a_peer_worker_keeps_the_directory_and_an_old_entry_is_shown_apart(site: Site) -> None:
    peer = site.signed_in(Role.PEER_WORKER)
    peer.send("/activities/new", ENTRY)
    page = text_of(peer.get("/activities/"))
    assert "Garden mornings" in page
    assert "To look at again" not in page
    clock_of(site.services).forward(days=120)
    peer = site.signed_in(Role.PEER_WORKER)
    page = text_of(peer.get("/activities/"))
    assert page.index("To look at again") < page.index("Garden mornings")
    with site.services.read() as session:
        activity_id = session.scalars(select(Activity.id)).one()
    peer.send(f"/activities/{activity_id}", {**ENTRY, "review_on": "2026-09-01"})
    assert "To look at again" not in text_of(peer.get("/activities/"))
    peer.send(f"/activities/{activity_id}/over")
    assert "Garden mornings" not in text_of(peer.get("/activities/"))


@pytest.mark.parametrize("wrong", [{"name": ""}, {"kind": "unknown"}, {"review_on": "2028-01-01"}])
def test_an_entry_that_cannot_be_taken_says_why_and_changes_nothing(
    site: Site, wrong: dict[str, str]
) -> None:
    answer = site.signed_in(Role.PEER_WORKER).send("/activities/new", {**ENTRY, **wrong})
    assert answer.status_code == 422
    assert "There is a problem" in text_of(answer)
    with site.services.read() as session:
        assert session.scalar(select(Activity.id)) is None


def test_everybody_who_fits_is_shown_before_they_are_invited(site: Site) -> None:
    with site.services.begin() as session:
        row = cast.person(session, site.services, introduced_at=site.services.now())
        cast.referral(session, site.services, row, site.services.now().date(), plans=False)
    peer = site.signed_in(Role.PEER_WORKER)
    where = a_session(peer, site)
    assert "1 person would be asked now, those longest waiting first: Amina" in text_of(peer.get(where))
    peer.send(f"{where}/everybody")
    look_after_groups(site.services, site.services.now())
    assert "1 invited" in text_of(peer.get(where))


def test_one_person_is_invited_by_referral_id_and_a_refusal_says_why(site: Site) -> None:
    cast.amina(site.services)
    lead = site.signed_in(Role.PEER_LEAD)
    where = a_session(lead, site)
    answer = lead.send(f"{where}/one", {"referral": "R-1"})
    assert answer.status_code == 422
    assert "first they are told who writes" in text_of(answer)
    assert lead.send(f"{where}/one", {"referral": "R-9"}).status_code == 422
    with site.services.begin() as session:
        session.scalars(select(Person)).one().introduced_at = site.services.now()
    assert lead.send(f"{where}/one", {"referral": "R-1"}).status_code == 302


def test_who_came_is_noted_after_the_session_has_begun(site: Site) -> None:
    person_id, referral_id = cast.amina(site.services)
    lead = site.signed_in(Role.PEER_LEAD)
    where = a_session(lead, site)
    with site.services.begin() as session:
        row = session.scalars(select(GroupSession)).one()
        invitation = Invitation(
            session_id=row.id,
            person_id=person_id,
            referral_id=referral_id,
            invited_at=site.services.now(),
            invited_by="Lee Lead",
            answer_by=row.starts_at,
            place_at=site.services.now(),
        )
        session.add(invitation)
        session.flush()
        invitation_id = invitation.id
        clock_of(site.services).set(row.starts_at + timedelta(minutes=5))
    lead = site.signed_in(Role.PEER_LEAD)
    lead.send(f"{where}/attendance", {"invitation": invitation_id, "came": "yes"})
    with site.services.read() as session:
        assert session.get_one(Invitation, invitation_id).attended is True


def test_activities_and_groups_are_accessible_on_a_desk_and_on_a_phone(live: Live) -> None:
    where = a_session(live.site.signed_in(Role.PEER_WORKER), live.site)
    with live.site.services.read() as session:
        activity = f"/activities/{session.scalars(select(Activity.id)).one()}"
    for phone in (False, True):
        page = live.visit(Role.PEER_WORKER, phone=phone)
        for address in ("/activities/", activity, where):
            page.goto(address)
            assert_accessible(page)
