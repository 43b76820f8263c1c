"""Letters as pages: printed, posted and undone by those who oversee; an export that no spreadsheet runs."""

from datetime import UTC, datetime

from sqlalchemy import select

from outreach.models import Acquaintance, Letter, Person
from outreach.services import Services
from outreach.vocabulary import PreferredChannel, Role
from tests import cast
from tests.house import clock_of, run_tick
from tests.web.conftest import Live
from tests.web.counting import statements
from tests.web.looks import assert_accessible
from tests.web.site import Browser, Site, text_of

DUE = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)


def some_letters(services: Services, count: int = 1, name: str = "Letty") -> None:
    with services.begin() as session:
        for number in range(count):
            details = cast.another(
                cast.AMINA,
                given_name=name,
                mobile="",
                email=f"l{number}@example.org",
                address=("1 Test Row", "Northside"),  # type: ignore[arg-type]
                postcode="ZZ99 3AA",
            )
            row = cast.person(
                session, services, details, preferred_channel=PreferredChannel.LETTER, format="large print"
            )
            cast.referral(session, services, row, services.now().date(), local_id=f"R-{name}-{number}")
    clock_of(services).set(DUE)
    run_tick(services)


def printed(lead: Browser) -> str:
    """The address of a fresh batch."""
    return lead.send("/letters/print").location


def test_letters_are_printed_posted_and_counted(site: Site) -> None:
    some_letters(site.services)
    lead = site.signed_in(Role.PEER_LEAD)
    assert "1 to print" in text_of(lead.get("/letters/"))
    batch = printed(lead)
    paper = lead.get(f"{batch}/paper")
    assert "Letty Example" in text_of(paper)
    assert "sheet--large" in paper.text
    assert lead.get("/letters/print.css").mimetype == "text/css"
    lead.send(f"{batch}/posted")
    assert "1 posted" in text_of(lead.get("/letters/"))
    again = lead.send(f"{batch}/posted")
    assert "already" in text_of(again)


def test_a_letter_that_came_back_is_written_down_with_its_reason_and_printed_again(site: Site) -> None:
    some_letters(site.services)
    lead = site.signed_in(Role.PEER_LEAD)
    printed(lead)
    with site.services.read() as session:
        letter_id = session.scalars(select(Letter.id)).one()
    assert lead.send(f"/letters/{letter_id}/undone", {"why": " "}).status_code == 422
    lead.send(f"/letters/{letter_id}/undone", {"why": "came back: moved away"})
    assert "Came back: moved away (Lee Lead)" in text_of(lead.get("/letters/"))
    lead.send(f"/letters/{letter_id}/again")
    assert "1 to print" in text_of(lead.get("/letters/"))


def test_the_export_runs_no_formula_whatever_somebody_is_called(site: Site) -> None:
    some_letters(site.services, name="=cmd|' /C calc'!A0")
    lead = site.signed_in(Role.PEER_LEAD)
    table = lead.get(f"{printed(lead)}/letters.csv").text
    assert "'=cmd" in table
    assert "\n=cmd" not in table
    assert ",=cmd" not in table


def test_nobody_prints_a_letter_to_somebody_they_know(site: Site) -> None:
    some_letters(site.services)
    lead = site.signed_in(Role.PEER_LEAD)
    with site.services.begin() as session:
        person = session.scalars(select(Person)).one()
        member = site.member(session, Role.PEER_LEAD)
        session.add(Acquaintance(staff_id=member.id, person_id=person.id, at=site.services.now()))
    assert "Letty" not in lead.get("/letters/").text
    assert lead.send("/letters/print").location.endswith("/letters/")
    admin = site.signed_in(Role.ADMIN)
    batch = printed(admin)
    assert "Letty" in admin.get(f"{batch}/paper").text
    for part in ("", "/paper", "/letters.csv"):
        assert "Letty" not in lead.get(f"{batch}{part}").text


def test_the_page_asks_the_database_no_more_for_many_letters_than_for_one(site: Site) -> None:
    lead = site.signed_in(Role.PEER_LEAD)
    counts = []
    for number in (1, 12):
        clock_of(site.services).set(DUE.replace(day=2, hour=9))
        some_letters(site.services, number, name=f"Letty{number}")
        with statements(site.services) as seen:
            lead.get("/letters/")
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 1


def test_letters_are_accessible_on_a_desk_and_on_a_phone(live: Live) -> None:
    some_letters(live.site.services, 2)
    batch = printed(live.site.signed_in(Role.PEER_LEAD))
    with live.site.services.begin() as session:
        first = session.scalars(select(Letter)).first()
        assert first
        first.undone_at, first.undone_by, first.undone_because = (
            live.site.services.now(),
            "Lee Lead",
            "came back",
        )
    for phone in (False, True):
        page = live.visit(Role.PEER_LEAD, phone=phone)
        for address in ("/letters/", batch, f"{batch}/paper"):
            page.goto(address)
            assert_accessible(page)
