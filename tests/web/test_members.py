"""The team's pages: adding somebody, hours, leave, the rota, signing in anew, and leaving."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach.models import StaffMember, WorkingHours
from outreach.models.staff import duty_on
from outreach.vocabulary import Role
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Site, text_of


def _id(site: Site, role: Role, name: str = "") -> str:
    with site.services.begin() as session:
        return site.member(session, role, name).id


def _new(**more: str) -> dict[str, str]:
    return {"name": "Noor New", "role": "peer_worker", "email": "noor@example.org", **more}


def test_somebody_new_gets_a_link_that_is_shown_once(site: Site) -> None:
    lee = site.signed_in(Role.PEER_LEAD)
    page = lee.send("/staff/add", _new(languages="pl, UR", backgrounds="hears voices")).text
    link = re.search(r'id="link">([^<]+)<', page)
    assert link is not None
    assert "Choose a password" in site.anybody().get(link[1].removeprefix("http://127.0.0.1:8000")).text
    assert "Noor New" in lee.get("/staff/").text
    assert "pl, ur" in lee.get("/staff/").text
    assert link[1] not in lee.get("/staff/").text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": " "}, "Enter the name"),
        ({"role": "king"}, "Choose what they do here"),
        ({"email": "not an address"}, "email"),
        ({"mobile": "123"}, "number"),
        ({"name": "Lee Lead"}, "on record already"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(site: Site, wrong: dict[str, str], told: str) -> None:
    typed = {**_new(backgrounds="hears voices"), **wrong}
    answer = site.signed_in(Role.PEER_LEAD).send("/staff/add", typed)
    assert answer.status_code == 422
    assert told.lower() in text_of(answer).lower()
    assert 'value="hears voices"' in answer.text
    with site.services.read() as session:
        assert session.scalar(select(StaffMember).where(StaffMember.name == "Noor New")) is None


def _week(**spans: str) -> dict[str, str]:
    return {day: spans.get(day, "") for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def test_hours_are_written_as_people_write_them(site: Site) -> None:
    lee, pat = site.signed_in(Role.PEER_LEAD), _id(site, Role.PEER_WORKER)
    lee.send(f"/staff/{pat}/hours", _week(mon="9-12.30 13:00–15:30", wed="09:30-15:30"))
    page = lee.get(f"/staff/{pat}").text
    assert 'value="09:00-12:30 13:00-15:30"' in page
    lee.send(f"/staff/{pat}/hours", _week(wed="09:30-15:30"))
    with site.services.read() as session:
        assert [row.weekday for row in session.scalars(select(WorkingHours))] == [2]


@pytest.mark.parametrize("wrong", ["half nine", "25-26", "15:30-09:30", "9-12 11-13", "9"])
def test_hours_that_make_no_sense_are_told_beside_their_day(site: Site, wrong: str) -> None:
    lee, pat = site.signed_in(Role.PEER_LEAD), _id(site, Role.PEER_WORKER)
    answer = lee.send(f"/staff/{pat}/hours", _week(tue=wrong))
    assert answer.status_code == 422
    assert "09:30-15:30" in text_of(answer)
    assert f'value="{wrong}"' in answer.text


def test_leave_says_which_days_on_duty_it_leaves_open(site: Site) -> None:
    lee = site.signed_in(Role.PEER_LEAD)
    pat, cleo = _id(site, Role.PEER_WORKER), _id(site, Role.CLINICIAN)
    rota = {"first": "2026-03-03", "weeks": "1", "reader": pat, "clinician": cleo, "deputy": ""}
    said = text_of(lee.send("/staff/rota/", rota, follow_redirects=True))
    assert "The rota is filled for 5 days" in said
    said = text_of(
        lee.send(f"/staff/{pat}/leave", {"first": "4 March 2026", "last": ""}, follow_redirects=True)
    )
    assert "find somebody else to be on duty on Wednesday 4 March" in said
    assert "Wednesday 4 March" in text_of(lee.get("/staff/"))


def test_the_rota_leaves_out_days_away_and_refuses_what_cannot_be(site: Site) -> None:
    lee = site.signed_in(Role.PEER_LEAD)
    pat, cleo = _id(site, Role.PEER_WORKER), _id(site, Role.CLINICIAN)
    lee.send(f"/staff/{pat}/leave", {"first": "2026-03-05"})
    rota = {"first": "2026-03-04", "weeks": "1", "reader": pat, "clinician": cleo, "deputy": ""}
    assert "Left out: Thursday 5 March (Pat Peer is away)" in text_of(
        lee.send("/staff/rota/", rota, follow_redirects=True)
    )
    with site.services.read() as session:
        today = site.services.calendar.day_of(site.services.now())
        assert duty_on(session, today + timedelta(days=2)) is not None
        assert duty_on(session, today + timedelta(days=3)) is None
    for wrong, told in (
        ({"first": "2026-02-27"}, "is past"),
        ({"first": "2026-03-07", "weeks": "0"}, "no working day"),
        ({"clinician": pat}, "Choose the duty clinician"),
        ({"deputy": cleo}, "somebody other than the duty clinician"),
        ({"reader": ""}, "Choose who reads replies"),
        ({"weeks": "100"}, "Choose for how long"),
    ):
        answer = lee.send("/staff/rota/", {**rota, **wrong})
        assert answer.status_code == 422
        assert told in text_of(answer)


def test_a_new_link_signs_them_out_at_once(site: Site) -> None:
    pat = site.signed_in(Role.PEER_WORKER)
    page = site.signed_in(Role.ADMIN).send(f"/staff/{_id(site, Role.PEER_WORKER)}/link")
    assert "/welcome/" in page.text
    assert pat.get("/today").status_code == 302


def test_whoever_left_is_signed_out_and_gone_from_the_pages(site: Site) -> None:
    pat, lee = site.signed_in(Role.PEER_WORKER), site.signed_in(Role.PEER_LEAD)
    pat_id = _id(site, Role.PEER_WORKER)
    said = text_of(lee.send(f"/staff/{pat_id}/left", follow_redirects=True))
    assert "signed out everywhere" in said
    assert pat.get("/today").status_code == 302
    assert lee.get(f"/staff/{pat_id}").status_code == 404


def test_others_see_the_team_and_change_nothing(site: Site) -> None:
    for role in (Role.PEER_WORKER, Role.CLINICIAN, Role.ANALYST):
        client = site.signed_in(role)
        assert "Add somebody" not in client.get("/staff/").text
        assert "Fill it" not in client.get("/staff/rota/").text
        assert client.send("/staff/add", _new()).status_code == 403


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_pages_of_the_team_are_accessible(live: Live, phone: bool) -> None:
    for role in (Role.PEER_LEAD, Role.ANALYST):
        page = live.visit(role, phone=phone)
        pat = _id(live.site, Role.PEER_WORKER)
        paths = ["/staff/", "/staff/rota/", "/account/"]
        for path in [*paths, *(["/staff/add", f"/staff/{pat}", "/audit/"] if role is Role.PEER_LEAD else [])]:
            page.goto(path)
            assert_accessible(page)
