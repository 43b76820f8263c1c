"""The audit trail as a page: who did what, found by who, day and subject, without anybody's name."""

from outreach.vocabulary import Role
from tests.house import clock_of
from tests.web.life import lively
from tests.web.site import Site, text_of


def test_it_shows_who_did_what_the_newest_first(site: Site) -> None:
    lively(site)
    cleo = site.signed_in(Role.CLINICIAN)
    person = cleo.get("/people/").text.partition('href="/people/0')[2].partition('"')[0]
    cleo.get(f"/people/0{person}")
    page = text_of(site.signed_in(Role.ADMIN).get("/audit/"))
    assert page.index("Adi Admin signed in") < page.index("Cleo Clinician saw person")
    assert page.index("Cleo Clinician saw person") < page.index("outreach raised")


def test_it_names_nobody_who_waits(site: Site) -> None:
    lively(site)
    site.signed_in(Role.CLINICIAN).get("/people/")
    page = site.signed_in(Role.ADMIN).get("/audit/").text
    for name in ("Amina", "Ben", "ring me"):
        assert name not in page


def test_it_is_narrowed_by_member_day_and_subject(site: Site) -> None:
    lively(site)
    site.signed_in(Role.CLINICIAN).send("/sign-out")
    clock_of(site.services).forward(days=1)
    adi = site.signed_in(Role.ADMIN)
    with site.services.read() as session:
        cleo = site.member(session, Role.CLINICIAN).id
    page = text_of(adi.get(f"/audit/?who={cleo}"))
    assert "Cleo Clinician signed out" in page
    assert "Adi Admin signed in" not in page
    page = text_of(adi.get("/audit/?day=2026-03-03"))
    assert "Adi Admin signed in" in page
    assert "Cleo Clinician signed out" not in page
    page = text_of(adi.get(f"/audit/?about={cleo}"))
    assert "Cleo Clinician signed in staff member" in page
    assert "Adi Admin signed in" not in page


def test_a_day_that_cannot_be_read_is_told(site: Site) -> None:
    assert "There is a problem" not in text_of(site.signed_in(Role.ADMIN).get("/audit/?who=nobody"))
    page = text_of(site.signed_in(Role.ADMIN).get("/audit/?day=32/13/2026"))
    assert "Error:" in page
