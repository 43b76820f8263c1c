"""Reports for staff: no names and no words for analysts, tables safe to export, people to act on."""

import csv
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import func, select

from outreach.actions.take_feedback import new_form_id, take_feedback
from outreach.library_surveys import read_surveys, surveys_folder
from outreach.models import Event, SurveyAnswer, SurveyComment
from outreach.reports.review_runs import make_reviews
from outreach.services import Services
from outreach.vocabulary import AnsweredBy, Attendance, Role
from tests import cast
from tests.house import build_services, clock_of
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Browser, Site, text_of

PERIOD = "from=2025-03-01&to=2026-02-28&compare=2025-10-01"
DAYS = {"from": "2025-03-01", "to": "2026-02-28", "compare": "2025-10-01"}
WORDS = "the kettle was always on"


@pytest.fixture
def filled(site: Site) -> Site:
    """Some appointments, one answer with words, and two people to whom nothing was sent."""
    services = site.services
    with services.begin() as session:
        who = cast.person(session, services)
        for month in range(3, 13):
            wait = cast.referral(session, services, who, date(2025, 1, 6), local_id=f"R-{month}", plans=False)
            came = Attendance.DID_NOT_ATTEND if month < 7 else Attendance.SEEN_ON_TIME
            cast.assessment(session, services, wait, date(2025, month, 12), came)
        survey = read_surveys(surveys_folder(None))["friends-and-family"]
        take_feedback(
            session,
            services.keyring,
            survey,
            {"overall": "good", "why": WORDS},
            today=date(2026, 1, 5),
            way=AnsweredBy.PAGE,
            form_id=new_form_id(),
        )
    return site


def _made(site: Site, client: Browser) -> str:
    """The address of a review of the period that this member asked for, once a job has made it."""
    address = str(client.send("/reports/", DAYS).location)
    assert "It is being made" in text_of(client.get(address))
    make_reviews(site.services, site.services.now())
    return address


@pytest.mark.parametrize("role", list(Role))
def test_every_role_reads_the_review_and_it_names_nobody(filled: Site, role: Role) -> None:
    client = filled.signed_in(role)
    shown = text_of(client.get(_made(filled, client)))
    assert "Did people come? Assessments" in shown
    assert "Friends and Family Test: 1 answer, 1 (100%) good" in shown
    for secret in ("Amina", WORDS, "07700", "@example.org"):
        assert secret not in shown


def test_analysts_cannot_open_names_or_words(filled: Site) -> None:
    analyst = filled.signed_in(Role.ANALYST)
    for address in (f"/reports/reach?{PERIOD}", "/surveys/", "/surveys/friends-and-family/paper"):
        assert analyst.get(address).status_code == 403
    page = analyst.get("/reports/").text
    assert "/reports/reach" not in page
    assert "/surveys" not in page


def test_the_menu_leads_there(site: Site) -> None:
    assert 'href="/reports/"' in site.signed_in(Role.ANALYST).get("/today").text


def test_the_period_is_kept_beside_what_is_wrong_with_it(site: Site) -> None:
    client = site.signed_in(Role.ANALYST)
    for query, fault in (
        ("from=2026-02-01&to=2026-01-01", "The last day is before the first day"),
        ("from=2026-02-01", "Enter the last day"),
        ("from=2026-01-01&to=2026-02-01&compare=2027-01-01", "The day to compare from lies outside"),
    ):
        answer = client.send("/reports/", dict(parse_qsl(query)))
        assert answer.status_code == 422
        assert fault in answer.text
        assert query[5:15] in answer.text


def test_the_last_twelve_whole_months_are_offered(site: Site) -> None:
    clock_of(site.services).set(datetime(2026, 1, 15, 12, tzinfo=UTC))
    page = site.signed_in(Role.ADMIN).get("/reports/").text
    assert 'value="2025-01-01"' in page
    assert 'value="2025-12-31"' in page


def test_every_table_that_the_review_offers_comes_as_csv(filled: Site) -> None:
    client = filled.signed_in(Role.ANALYST)
    links = re.findall(r'href="(/reports/reviews/[^"]+csv)"', client.get(_made(filled, client)).text)
    assert len(links) > 10
    for link in links:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
        assert rows[0]
        assert not [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-\D", cell)]
    assert client.get(f"{_made(filled, client)}/nothing.csv").status_code == 404


def test_a_survey_of_somebodys_own_cannot_run_in_a_spreadsheet(sqlite_url: str, tmp_path: Path) -> None:
    """A service writes its own questions: one that begins like a formula stays words."""
    shipped = (surveys_folder(None) / "friends-and-family.toml").read_text("utf-8")
    (tmp_path / "friends-and-family.toml").write_text(
        shipped.replace('very_good = "Very good"', "very_good = \"=cmd|' /C calc'!A0\""), "utf-8"
    )
    house = build_services(sqlite_url, feedback={"surveys": str(tmp_path)})
    site = Site(house)
    survey = read_surveys(tmp_path)["friends-and-family"]
    with house.begin() as session:
        for _ in range(30):
            take_feedback(
                session,
                house.keyring,
                survey,
                {"overall": "very_good"},
                today=date(2026, 1, 5),
                way=AnsweredBy.PAPER,
                form_id=new_form_id(),
            )
    analyst = site.signed_in(Role.ANALYST)
    link = f"{_made(site, analyst)}/feedback-friends-and-family-overall.csv"
    rows = list(csv.reader(io.StringIO(analyst.get(link).text)))
    house.engine.dispose()
    assert rows[1][0].startswith("'=cmd")


def test_who_got_nothing_is_listed_by_name_for_those_who_may_see_them_and_noted(filled: Site) -> None:
    cast.ben(filled.services, date(2026, 1, 5))
    shown = text_of(filled.signed_in(Role.ADMIN).get(f"/reports/reach?{PERIOD}"))
    assert "Ben Example" in shown
    with filled.services.read() as session:
        assert session.scalar(select(func.count()).where(Event.verb == "saw a list of people")) == 1
    peer = text_of(filled.signed_in(Role.PEER_WORKER).get(f"/reports/reach?{PERIOD}"))
    assert "Ben Example" not in peer, "a peer worker sees the people behind their own tasks only"


# ------------------------------------------------------------------------------------------- surveys


def test_staff_read_what_people_wrote_without_a_day_or_a_name(filled: Site) -> None:
    shown = text_of(filled.signed_in(Role.PEER_LEAD).get("/surveys/"))
    assert WORDS in shown
    assert "Friends and Family Test: good" in shown
    assert "5 January" not in shown


def test_a_paper_is_kept_like_a_page_and_leaves_no_trace_of_who_typed_it(site: Site) -> None:
    peer = site.signed_in(Role.PEER_WORKER)
    address = "/surveys/friends-and-family/paper"
    page = peer.get(address).text
    form_id = re.search(r'name="form_id" value="([^"]+)"', page)
    assert form_id
    paper = {"form_id": form_id[1], "month": "2026-01", "overall": "poor", "why": "cold room", "who": "carer"}
    before = _events(site.services)
    assert peer.send(address, paper).status_code == 302
    assert peer.send(address, paper).status_code == 302  # pressed twice
    with site.services.read() as session:
        rows = session.execute(
            select(SurveyAnswer.answer, SurveyAnswer.month, SurveyAnswer.way, SurveyAnswer.group)
        ).all()
        assert session.scalar(select(func.count()).select_from(SurveyComment)) == 1
    month = date(2026, 1, 1)
    assert sorted(map(tuple, rows)) == [
        ("poor", month, AnsweredBy.PAPER, ""),
        ("poor", month, AnsweredBy.PAPER, "carer"),
    ]
    assert _events(site.services) == before


def _events(services: Services) -> int:
    with services.read() as session:
        return session.scalar(select(func.count()).select_from(Event)) or 0


def test_a_paper_without_its_first_answer_is_shown_again_as_typed(site: Site) -> None:
    answer = site.signed_in(Role.PEER_WORKER).send(
        "/surveys/friends-and-family/paper", {"month": "2026-01", "why": "cold room"}
    )
    assert answer.status_code == 422
    assert "cold room" in answer.text
    assert "Choose the answer to the first question" in answer.text


# ------------------------------------------------------------------------------------------- in a browser


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_pages_are_accessible_at_every_width(live: Live, width: int, filled: Site) -> None:
    assert filled is live.site
    page = live.visit(Role.PEER_LEAD)
    page.set_viewport_size({"width": width, "height": 800})
    for address in (
        "/reports/",
        _made(filled, filled.signed_in(Role.ANALYST)),
        f"/reports/reach?{PERIOD}",
        "/surveys/",
        "/surveys/friends-and-family/paper",
    ):
        page.goto(address)
        assert_accessible(page)


def test_in_print_only_the_review_is_left(live: Live, filled: Site) -> None:
    assert filled is live.site
    page = live.visit(Role.ANALYST)
    page.goto(_made(filled, filled.signed_in(Role.ANALYST)))
    page.emulate_media(media="print")
    assert page.locator("svg.chart").first.is_visible()
    for part in (".nhsuk-header", ".foot", ".not-printed"):
        assert not page.locator(part).first.is_visible()
