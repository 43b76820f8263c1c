"""Finding people: whoever may see them, without a name or number ever standing in an address."""

import pytest
from sqlalchemy import select

from outreach.actions.hand_off import claim, task_called
from outreach.actions.hold import hold
from outreach.models import Acquaintance, Duty, Event, Reply
from outreach.models.base import new_id
from outreach.vocabulary import Role, TaskKind
from tests import cast
from tests.web.conftest import Live
from tests.web.life import CALL, lively, task_of, writes
from tests.web.looks import assert_accessible
from tests.web.site import Site, text_of

HANDS_ON = [Role.PEER_LEAD, Role.CLINICIAN, Role.ADMIN]


def _search(site: Site, role: Role, words: str, name: str = "") -> str:
    return text_of(site.signed_in(role, name).send("/people/search", {"words": words}))


def _amina(site: Site) -> str:
    """Amina waits and has not written."""
    person_id, _ = cast.amina(site.services)
    return person_id


@pytest.mark.parametrize("role", HANDS_ON)
def test_a_search_finds_and_shows_what_to_know(site: Site, role: Role) -> None:
    _amina(site)
    page = _search(site, role, "amina")
    assert "1 person found" in page
    assert "Amina Example" in page
    assert "Waiting for an assessment" in page


def test_a_search_that_finds_nobody_says_what_to_do(site: Site) -> None:
    page = _search(site, Role.ADMIN, "nobody")
    assert "Nobody found" in page
    assert "Check the spelling" in page


def test_a_blank_search_says_what_to_type(site: Site) -> None:
    answer = site.signed_in(Role.ADMIN).send("/people/search", {"words": " "})
    assert answer.status_code == 422
    assert "Enter a name, a number or a referral id" in text_of(answer)


def test_a_peer_worker_finds_only_those_behind_open_or_own_tasks(site: Site) -> None:
    person_id = _amina(site)
    pat = site.signed_in(Role.PEER_WORKER)
    assert "Nobody found" in _search(site, Role.PEER_WORKER, "amina")
    assert pat.get(f"/people/{person_id}").status_code == 403
    writes(site.services, CALL)
    assert "Amina Example" in _search(site, Role.PEER_WORKER, "amina")
    assert pat.get(f"/people/{person_id}").status_code == 200
    with site.services.begin() as session:
        task = task_called(session, task_of(site.services, TaskKind.CALLBACK).id)
        claim(session, task, site.member(session, Role.PEER_WORKER, "Sam Second"), site.services.now())
    assert "Nobody found" in _search(site, Role.PEER_WORKER, "amina")
    assert pat.get(f"/people/{person_id}").status_code == 403
    assert "Amina Example" in _search(site, Role.PEER_WORKER, "amina", "Sam Second")
    assert "Amina" not in pat.get("/people/").text


def test_whoever_reads_today_sees_the_people_whose_replies_wait(site: Site) -> None:
    person_id = _amina(site)
    writes(site.services, "thank you")
    pat = site.signed_in(Role.PEER_WORKER)
    with site.services.begin() as session:
        today = site.services.calendar.day_of(site.services.now())
        session.add(Duty(day=today, reader_id=site.member(session, Role.PEER_WORKER).id))
    assert pat.get(f"/people/{person_id}").status_code == 200
    with site.services.begin() as session:
        session.scalars(select(Reply)).one().read_at = site.services.now()
    assert pat.get(f"/people/{person_id}").status_code == 403


@pytest.mark.parametrize("role", [*HANDS_ON, Role.PEER_WORKER])
def test_nobody_sees_a_person_they_know(site: Site, role: Role) -> None:
    person_id = _amina(site)
    writes(site.services, CALL)
    client = site.signed_in(role)
    with site.services.begin() as session:
        member = site.member(session, role)
        session.add(
            Acquaintance(id=new_id(), staff_id=member.id, person_id=person_id, at=site.services.now())
        )
    assert client.get(f"/people/{person_id}").status_code == 403
    assert "Amina" not in client.get("/people/").text
    assert "Amina" not in client.get("/today").text
    assert "Nobody found" in _search(site, role, "amina")


def test_an_analyst_sees_nobody(site: Site) -> None:
    person_id = _amina(site)
    client = site.signed_in(Role.ANALYST)
    for path in ("/people/", f"/people/{person_id}"):
        assert client.get(path).status_code == 403
    assert client.send("/people/search", {"words": "amina"}).status_code == 403


@pytest.mark.parametrize("made_up", ["0", "nobody", "' OR 1=1 --", "01a210fb-6ddc-74dc-88ac-9ca2827f8b04"])
def test_an_id_that_nobody_has_is_told_kindly(site: Site, made_up: str) -> None:
    answer = site.signed_in(Role.ADMIN).get(f"/people/{made_up}")
    assert answer.status_code == 404
    assert "no such person" in text_of(answer)


def test_a_person_page_says_first_what_to_know(site: Site) -> None:
    with site.services.begin() as session:
        details = cast.another(contact_note="Ring after five; the flatmate does not know")
        row = cast.person(session, site.services, details, safe_to_text=False, safe_to_email=None)
        cast.referral(session, site.services, row, site.services.calendar.day_of(site.services.now()))
        hold(session, row.id, site.services.now(), who="Lee Lead", why="a talk is planned")
    page = text_of(site.signed_in(Role.CLINICIAN).get(f"/people/{row.id}"))
    assert page.index("Ring after five") < page.index("How to reach them")
    assert "Appointment messages only: texts are not safe for this person" in page or "No messages:" in page
    assert "Messages are on hold" in page
    assert "texts are NOT safe" in page
    assert "emails are not asked about" in page
    assert "never asked: leave none" in page.lower()


def test_the_list_goes_on_by_pages_and_by_stage(site: Site) -> None:
    with site.services.begin() as session:
        for number in range(60):
            row = cast.person(
                session, site.services, cast.another(given_name=f"Zz{number}", mobile="", email="")
            )
            cast.referral(
                session,
                site.services,
                row,
                site.services.calendar.day_of(site.services.now()),
                local_id=f"R-{number}",
                plans=False,
            )
    client = site.signed_in(Role.ADMIN)
    first = client.get("/people/")
    assert "60 people" in text_of(first)
    assert "Zz59" in first.text
    assert "Zz9 " not in first.text
    onward = first.text.partition('class="onward"><a href="')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get(onward)
    assert "Zz9 " in second.text
    assert "Next page" not in second.text
    assert "0 people" in text_of(client.get("/people/?show=closed"))
    assert "60 people" in text_of(client.get("/people/?show=awaiting_assessment"))
    assert "0 people" in text_of(client.get("/people/?show=held"))


def test_every_view_of_a_person_is_in_the_audit_trail(site: Site) -> None:
    person_id = _amina(site)
    client = site.signed_in(Role.CLINICIAN)
    client.get(f"/people/{person_id}")
    client.send("/people/search", {"words": "amina"})
    with site.services.read() as session:
        events = list(session.scalars(select(Event).where(Event.verb.like("saw%")).order_by(Event.id)))
    assert [(event.who, event.verb) for event in events] == [
        ("Cleo Clinician", "saw"),
        ("Cleo Clinician", "saw a list of people"),
    ]
    assert events[0].subject_id == person_id
    assert events[1].facts == {"people": [person_id]}


def test_a_script_in_a_name_is_only_text(site: Site) -> None:
    with site.services.begin() as session:
        details = cast.another(
            given_name="<script>alert(1)</script>",
            preferred_name='"><img src=x onerror=alert(1)>',
            contact_note="{{ 7*7 }}<svg onload=alert(1)>",
        )
        row = cast.person(session, site.services, details)
        cast.referral(session, site.services, row, site.services.calendar.day_of(site.services.now()))
    client = site.signed_in(Role.ADMIN)
    for page in (client.get(f"/people/{row.id}").text, client.get("/people/").text):
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert "<svg onload" not in page
        assert "49<" not in page


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_somebody_is_found_and_opened(live: Live, phone: bool, scripts: bool) -> None:
    lively(live.site)
    page = live.visit(Role.PEER_WORKER, phone=phone, scripts=scripts)
    page.goto("/people/")
    if scripts:
        assert_accessible(page)
    page.get_by_label("Find somebody").fill("ami")
    page.get_by_label("Find somebody").press("Enter")
    page.get_by_role("heading", name="1 person found").wait_for()
    assert "ami" not in page.url.lower()
    if scripts:
        assert_accessible(page)
    page.get_by_role("link", name="Amina Example").click()
    page.get_by_role("heading", name="Amina Example").wait_for()
    if scripts:
        assert_accessible(page)
