"""Whatever people are called and whatever they write, no page of the site takes it for anything but words."""

from datetime import UTC, datetime

import pytest

from outreach.actions.revise_template import NewWords, revise_template
from outreach.errors import WordingError
from outreach.models.template import versions_of
from outreach.services import Services
from outreach.vocabulary import Channel, Role
from tests import cast
from tests.web.life import lively, writes
from tests.web.payloads import PAYLOADS, alive
from tests.web.site import Site
from tests.web.walk import walk

KEY = "waiting-for-therapy/check-in-1"


@pytest.fixture
def hostile(site: Site) -> Site:
    """A service in which each payload is somebody's name, somebody's reply, and part of a template where it may."""
    lively(site)
    for number, payload in enumerate(PAYLOADS, start=10):
        _wait_and_write(site.services, number, payload)
    with site.services.begin() as session:
        member = site.member(session, Role.PEER_LEAD, PAYLOADS[0])
        member.languages = [*PAYLOADS[1:3]]
    assert _drafts(site.services) > 3, "some payloads are words that a template may have"
    return site


def _wait_and_write(services: Services, number: int, payload: str) -> None:
    mobile = f"+4477009001{number}"
    details = cast.another(
        given_name=payload, family_name=payload, preferred_name=payload, mobile=mobile, contact_note=payload
    )
    with services.begin() as session:
        somebody = cast.person(session, services, details)
        day = services.calendar.day_of(services.now())
        cast.referral(session, services, somebody, day, local_id=f"R-{number}")
    writes(services, f"can someone ring me {payload}", sender=mobile)


def _drafts(services: Services) -> int:
    """How many payloads the editor's rules take as words; the others are refused when saved."""
    taken = 0
    for payload in PAYLOADS:
        with services.begin() as session:
            newest = versions_of(session, KEY, "en", Channel.EMAIL)[0]
            draft = NewWords(KEY, "en", Channel.EMAIL, f"{newest.source}\n\n{payload}", newest.version)
            try:
                revise_template(
                    session, services, draft, datetime(2026, 3, 2, 11, tzinfo=UTC), author="Adi Admin"
                )
            except WordingError:
                continue
            taken += 1
    return taken


def test_no_payload_comes_alive_on_any_page_of_any_role(hostile: Site) -> None:
    for role in Role:
        seen = 0
        for _, address, answer in walk(hostile.signed_in(role), each=len(PAYLOADS)):
            if answer.mimetype == "text/html":
                page = answer.get_data(as_text=True)
                assert alive(page) == [], (role, address)
                seen += page.count("&lt;script&gt;alert(1)")
        assert seen > 0 or role is Role.ANALYST, "the pages did show them, as words"
