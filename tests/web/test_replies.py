"""The reading queue: what waits is read by somebody, by name and time, and never guessed onto anybody."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from outreach.models import Acquaintance, Duty, Event, Reply, Task
from outreach.models.base import new_id
from outreach.models.bulk import insert_rows
from outreach.vocabulary import Channel, Reading, Role, TaskKind
from tests import cast
from tests.house import clock_of
from tests.web.conftest import Live
from tests.web.counting import statements
from tests.web.life import CALL, CRISIS, lively, task_of, writes
from tests.web.looks import assert_accessible
from tests.web.payloads import PAYLOADS, alive
from tests.web.site import Browser, Site, text_of

READERS = [Role.PEER_LEAD, Role.CLINICIAN, Role.ADMIN]
STRANGER = "+447700900777"


def _three(site: Site) -> tuple[str, str, str]:
    """Amina says thank you, then asks for a call; last comes a cry for help. Ids in this order."""
    cast.amina(site.services)
    ids = []
    for words in ("thank you so much", CALL, CRISIS):
        ids.append(writes(site.services, words))
        clock_of(site.services).forward(minutes=30)
    return ids[0], ids[1], ids[2]


def _reads_today(site: Site, role: Role = Role.PEER_WORKER) -> Browser:
    client = site.signed_in(role)
    with site.services.begin() as session:
        today = site.services.calendar.day_of(site.services.now())
        session.add(Duty(day=today, reader_id=site.member(session, role).id))
    return client


def _order(page: str) -> list[str]:
    return [piece[:36] for piece in page.split('id="reply-')[1:]]


def test_flagged_replies_stand_on_top_and_then_the_oldest(site: Site) -> None:
    thanks, call, crisis = _three(site)
    page = _reads_today(site).get("/replies/")
    assert _order(page.text) == [crisis, thanks, call]
    words = text_of(page)
    assert "3 wait to be read" in words.replace("wait to be read 3", "3 wait to be read")
    assert "Pat Peer" in words


def test_reading_records_name_and_time_and_leads_to_the_next(site: Site) -> None:
    thanks, call, crisis = _three(site)
    client = _reads_today(site)
    answer = client.send(f"/replies/{crisis}/read")
    assert answer.location == f"/replies/#reply-{thanks}"
    assert client.send(f"/replies/{thanks}/read").location == f"/replies/#reply-{call}"
    with site.services.read() as session:
        row = session.get_one(Reply, thanks)
        verbs = session.scalars(select(Event.verb).where(Event.subject_id == thanks)).all()
    assert (row.read_by, row.read_at) == ("Pat Peer", site.services.now())
    assert "read" in verbs
    assert client.send(f"/replies/{call}/read").location == "/replies/"
    assert "Every reply has been read" in text_of(client.get("/replies/"))


def test_reading_it_never_closes_a_possible_crisis(site: Site) -> None:
    _, _, crisis = _three(site)
    _reads_today(site).send(f"/replies/{crisis}/read")
    assert task_of(site.services, TaskKind.URGENT).closed_at is None


def test_a_second_press_says_who_has_read_it(site: Site) -> None:
    thanks, _, _ = _three(site)
    _reads_today(site).send(f"/replies/{thanks}/read")
    for role in (Role.PEER_WORKER, Role.PEER_LEAD):
        client = site.signed_in(role)
        client.send(f"/replies/{thanks}/read")
        assert "Pat Peer had read it already" in text_of(client.get("/replies/"))
    with site.services.read() as session:
        assert session.get_one(Reply, thanks).read_by == "Pat Peer"


def test_flagged_words_are_folded_and_cannot_be_called_read_before_they_are_opened(site: Site) -> None:
    _, _, crisis = _three(site)
    page = site.signed_in(Role.CLINICIAN).get("/replies/").text
    card = page.partition(f'id="reply-{crisis}"')[2].partition("</article>")[0]
    folded = card.partition("<details")[2]
    assert "want to die" not in card.partition("<details")[0]
    assert " open" not in folded.partition(">")[0]
    assert "want to die" in folded
    assert "I have read it" in folded


def test_what_software_made_of_it_and_what_we_answered_stand_beside_it(site: Site) -> None:
    _, call, _ = _three(site)
    page = text_of(site.signed_in(Role.PEER_LEAD).get(f"/replies/{call}"))
    assert "wants to talk to somebody" in page
    assert "Software can miss things" in page
    assert "What we answered at once" in page
    assert "call back" in page


def test_a_peer_worker_reads_those_of_their_people_and_the_reader_of_the_day_everything(site: Site) -> None:
    cast.amina(site.services)
    thanks = writes(site.services, "thank you")
    pat = site.signed_in(Role.PEER_WORKER)
    assert _order(pat.get("/replies/").text) == []
    assert pat.get(f"/replies/{thanks}").status_code == 403
    assert pat.send(f"/replies/{thanks}/read").status_code == 403
    call = writes(site.services, CALL)
    assert _order(pat.get("/replies/").text) == [thanks, call]
    nobody = writes(site.services, "who is this", STRANGER)
    assert nobody in _order(pat.get("/replies/").text), "a task to find out who wrote is not taken yet"
    with site.services.begin() as session:
        other = site.member(session, Role.PEER_WORKER, "Sam Second")
        for task in session.scalars(select(Task)):
            task.assignee_id = other.id
    assert _order(pat.get("/replies/").text) == []
    assert _order(_reads_today(site).get("/replies/").text) == [thanks, call, nobody]


@pytest.mark.parametrize("role", [*READERS, Role.PEER_WORKER])
def test_nobody_reads_somebody_they_know(site: Site, role: Role) -> None:
    person_id, _ = cast.amina(site.services)
    reply_id = writes(site.services, CALL)
    client = _reads_today(site, role)
    with site.services.begin() as session:
        twin = cast.person(session, site.services, cast.another(given_name="Zahra"))
        cast.referral(session, site.services, twin, site.services.now().date(), local_id="R-9")
    shared = writes(site.services, "hello there, it is me")
    with site.services.begin() as session:
        member = site.member(session, role)
        session.add(
            Acquaintance(id=new_id(), staff_id=member.id, person_id=person_id, at=site.services.now())
        )
    assert _order(client.get("/replies/").text) == []
    for each in (reply_id, shared):
        assert client.get(f"/replies/{each}").status_code == 403
        assert client.send(f"/replies/{each}/read").status_code == 403


def test_an_analyst_reads_nothing(site: Site) -> None:
    cast.amina(site.services)
    reply_id = writes(site.services, CALL)
    client = site.signed_in(Role.ANALYST)
    for path in ("/replies/", f"/replies/{reply_id}", f"/replies/{reply_id}/whose"):
        assert client.get(path).status_code == 403


def test_a_reply_from_a_shared_number_is_attached_by_a_person_and_then_acted_on(site: Site) -> None:
    amina, _ = cast.amina(site.services)
    with site.services.begin() as session:
        twin = cast.person(session, site.services, cast.another(given_name="Zahra"))
        cast.referral(session, site.services, twin, site.services.now().date(), local_id="R-9")
    reply_id = writes(site.services, CALL)
    lead = site.signed_in(Role.PEER_LEAD)
    page = text_of(lead.get("/replies/"))
    assert "Several people have this number or address" in page
    chosen = text_of(lead.get(f"/replies/{reply_id}/whose"))
    assert "Amina Example" in chosen
    assert "Zahra Example" in chosen
    assert lead.send(f"/replies/{reply_id}/attach", {}).status_code == 422
    assert lead.send(f"/replies/{reply_id}/attach", {"person": amina}).status_code == 302
    assert task_of(site.services, TaskKind.CALLBACK).person_id == amina
    again = lead.send(f"/replies/{reply_id}/attach", {"person": twin.id})
    assert (again.status_code, "belongs to somebody already" in text_of(again)) == (409, True)


def test_a_reply_from_an_unknown_number_is_searched_for_and_only_leading_staff_may(site: Site) -> None:
    amina, _ = cast.amina(site.services)
    reply_id = writes(site.services, "new phone, same me", STRANGER)
    pat = _reads_today(site)
    assert "finds out who wrote" in text_of(pat.get("/replies/"))
    assert pat.send(f"/replies/{reply_id}/attach", {"person": amina}).status_code == 403
    lead = site.signed_in(Role.PEER_LEAD)
    assert "07700 900777" in text_of(lead.get(f"/replies/{reply_id}/whose"))
    assert "Nobody found" in text_of(lead.send(f"/replies/{reply_id}/whose", {"words": "nobody"}))
    assert "Amina Example" in text_of(lead.send(f"/replies/{reply_id}/whose", {"words": "amina"}))
    assert lead.send(f"/replies/{reply_id}/whose", {"words": ""}).status_code == 422
    lead.send(f"/replies/{reply_id}/attach", {"person": amina})
    assert "Amina" in text_of(lead.get(f"/replies/{reply_id}"))


def test_words_from_right_to_left_and_the_language_somebody_reads_are_told(site: Site) -> None:
    cast.amina(site.services, language="ar", interpreter=True)
    writes(site.services, "شكرا على رسالتكم")
    page = site.signed_in(Role.PEER_LEAD).get("/replies/").text
    assert '<blockquote class="words" dir="auto">شكرا على رسالتكم' in page
    assert "They read Arabic, needs an interpreter" in page


def test_scripts_in_names_and_replies_are_only_text(site: Site) -> None:
    for number, payload in enumerate(PAYLOADS):
        mobile = f"+4477009001{number:02}"
        with site.services.begin() as session:
            details = cast.another(given_name=payload, family_name=payload, mobile=mobile, email="")
            row = cast.person(session, site.services, details)
            cast.referral(
                session, site.services, row, site.services.now().date(), local_id=f"R-{number}", plans=False
            )
        writes(site.services, payload, mobile)
    reply_id = writes(site.services, PAYLOADS[0], STRANGER)
    lead = site.signed_in(Role.PEER_LEAD)
    pages = [
        lead.get("/replies/").text,
        lead.get(f"/replies/{reply_id}").text,
        lead.get(f"/replies/{reply_id}/whose").text,
        lead.send(f"/replies/{reply_id}/whose", {"words": PAYLOADS[2]}).text,
    ]
    assert pages[0].count("alert(1)") > len(PAYLOADS)
    assert [alive(page) for page in pages] == [[], [], [], []]


def _many(site: Site, number: int) -> None:
    """So many unread replies of so many people, written straight into the table."""
    services, rows = site.services, []
    with services.begin() as session:
        for each in range(number):
            details = cast.another(given_name=f"N{each}", mobile="", email="")
            person = cast.person(session, services, details)
            reply_id = new_id()
            rows.append(
                {
                    "id": reply_id,
                    "provider_id": reply_id,
                    "channel": Channel.SMS,
                    "sender": services.keyring.seal("+447700900001", f"reply|sender|{reply_id}"),
                    "sender_token": b"0" * 16,
                    "body": services.keyring.seal("hello", f"reply|body|{reply_id}"),
                    "received_at": services.now() + timedelta(seconds=each),
                    "person_id": person.id,
                    "candidates": [],
                    "readings": [Reading.THANKS.value] if each % 5 else [Reading.POSSIBLE_CRISIS.value],
                    "read_due_at": services.now(),
                }
            )
        insert_rows(session, Reply, rows)


def test_a_thousand_replies_cost_no_more_queries_than_ten_and_each_is_on_some_page(site: Site) -> None:
    lead, asked = site.signed_in(Role.PEER_LEAD), []
    for more in (10, 990):
        _many(site, more)
        with statements(site.services) as seen:
            lead.get("/replies/")
        asked.append(len(seen))
    assert asked[0] == asked[1]
    seen_ids: list[str] = []
    address = "/replies/"
    while address:
        page = lead.get(address).text
        seen_ids += _order(page)
        address = (
            page.partition('class="onward"><a href="')[2].partition('"')[0] if "Next page" in page else ""
        )
    assert len(seen_ids) == len(set(seen_ids)) == 1000


def _read_all_by_keys(page: Page) -> None:
    """Tab into the first reply, then by keys alone until nothing is left."""
    page.locator("[data-keys]").wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('[data-reply]')"):
            break
    page.keyboard.press("r")
    page.get_by_text(CRISIS).wait_for()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("r")
    page.wait_for_url("**/replies/#reply-*")
    page.locator("[data-reply] h2:focus").wait_for()
    page.locator("[data-keys]").wait_for()
    page.keyboard.press("r")
    page.get_by_text("Every reply has been read").wait_for()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_queue_is_read_by_keyboard_alone(live: Live, phone: bool) -> None:
    lively(live.site)
    page = live.visit(Role.CLINICIAN, phone=phone)
    page.goto("/replies/")
    assert_accessible(page)
    _read_all_by_keys(page)
    assert_accessible(page)


def test_the_queue_is_read_without_scripts(live: Live) -> None:
    lively(live.site)
    page = live.visit(Role.CLINICIAN, phone=True, scripts=False)
    page.goto("/replies/")
    assert not page.locator("[data-keys]").is_visible()
    page.get_by_text("Show what they wrote").click()
    page.get_by_role("button", name=re.compile("I have read it.*Ben")).click()
    page.wait_for_url("**/replies/#reply-*")
    page.get_by_role("button", name=re.compile("I have read it.*Amina")).click()
    page.get_by_text("Every reply has been read").wait_for()


def test_whose_a_reply_is_can_be_found_out_on_a_phone(live: Live) -> None:
    lively(live.site)
    writes(live.site.services, "new phone, same me", STRANGER)
    page = live.visit(Role.PEER_LEAD, phone=True)
    page.goto("/replies/")
    page.get_by_role("link", name="Attach it to a person").click()
    assert_accessible(page)
    page.get_by_label("Find somebody").fill("amina")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("1 found").wait_for()
    assert_accessible(page)
    page.get_by_role("button", name="It is theirs").click()
    page.get_by_text("It is theirs now").wait_for()
    assert_accessible(page)


def test_a_reply_that_worries_its_reader_raises_an_alarm_in_one_press(site: Site) -> None:
    lively(site)
    reply_id = writes(site.services, "the bus was late again, as always")
    lee = site.signed_in(Role.PEER_LEAD)
    assert "I’m worried about this person" in text_of(lee.get(f"/replies/{reply_id}"))
    answer = lee.send(f"/replies/{reply_id}/worried")
    page = text_of(lee.get(answer.location))
    assert "The duty clinician is being alerted" in page
    assert "Lee Lead is worried about this person after reading what they wrote" in page
