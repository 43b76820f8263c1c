"""The conversation of one person: all of it in order, words of one's own within the rules, and what comes next."""

import re
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from werkzeug.test import TestResponse

from outreach.actions.hand_off import claim, task_called
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.plan import replan
from outreach.models import Acquaintance, Message, OptOut, Person, Reply
from outreach.models.base import new_id
from outreach.models.bulk import insert_rows
from outreach.models.message import sealed_body
from outreach.vocabulary import Cause, Channel, MessageState, Purpose, Role, TaskKind
from tests import cast
from tests.house import MONDAY, clock_of, run_tick
from tests.web.conftest import Live
from tests.web.counting import statements
from tests.web.life import CALL, CRISIS, lively, task_of, writes
from tests.web.looks import assert_accessible
from tests.web.payloads import PAYLOADS, alive
from tests.web.site import Browser, Site, text_of

WORDS = "Hello, I will ring you on Thursday at two."


def _amina(site: Site) -> str:
    return cast.amina(site.services)[0]


def _send(client: Browser, person_id: str, **fields: str) -> TestResponse:
    known = {"do": "send", "channel": "sms", "words": WORDS, "when": "next", "message_id": new_id()}
    return client.send(f"/people/{person_id}/conversation/", {**known, **fields})


def _written(site: Site) -> list[Message]:
    with site.services.read() as session:
        query = select(Message).where(Message.purpose == Purpose.CONVERSATION).order_by(Message.id)
        return list(session.scalars(query))


def test_everything_stands_in_one_order_of_time(site: Site) -> None:
    person_id = _amina(site)
    clock_of(site.services).forward(days=3, hours=2)
    run_tick(site.services)
    clock_of(site.services).forward(hours=1)
    writes(site.services, CALL)
    page = text_of(site.signed_in(Role.PEER_LEAD).get(f"/people/{person_id}/conversation/"))
    order = [
        "Text: first contact",
        "They texted",
        CALL,
        "Task: call back",
        "Write to Amina",
        "What comes next",
    ]
    places = [page.rindex(words) for words in order]
    assert places == sorted(places)
    assert "Nobody has read this yet" in page
    assert "Arrived" in page


def test_flagged_words_stay_folded(site: Site) -> None:
    person_id = _amina(site)
    writes(site.services, CRISIS)
    page = site.signed_in(Role.CLINICIAN).get(f"/people/{person_id}/conversation/").text
    assert page.index("<details") < page.index(CRISIS) < page.index("</details>")


def test_what_software_could_not_read_is_said_once_and_shown_in_its_own_direction(site: Site) -> None:
    person_id = _amina(site)
    writes(site.services, "شكرا على رسالتكم")
    page = site.signed_in(Role.PEER_LEAD).get(f"/people/{person_id}/conversation/").text
    assert "software: could not make sense of it" in page
    assert '<blockquote class="talk__words" dir="auto">شكرا على رسالتكم' in page


def test_what_to_know_stands_first(site: Site) -> None:
    with site.services.begin() as session:
        details = cast.another(contact_note="Never leave a voicemail")
        row = cast.person(session, site.services, details, language="pl", interpreter=True)
        cast.referral(session, site.services, row, date(2026, 3, 2))
    page = text_of(site.signed_in(Role.PEER_LEAD).get(f"/people/{row.id}/conversation/"))
    assert page.index("Never leave a voicemail") < page.index("So far")
    assert "They read Polish and need an interpreter" in page


def test_words_of_staff_go_out_signed_and_by_the_same_sender(site: Site) -> None:
    person_id = _amina(site)
    lead = site.signed_in(Role.PEER_LEAD)
    assert _send(lead, person_id).status_code == 302
    assert "It is on its way" in text_of(lead.get(f"/people/{person_id}/conversation/"))
    run_tick(site.services)
    [message] = _written(site)
    assert (message.state, message.written_by) == (MessageState.DELIVERED, "Lee Lead")
    text = message.opened(site.services.keyring)[1]
    assert text == f"{WORDS}\nLee, {site.services.config.service.text_name}"
    assert "Text: from Lee Lead" in text_of(lead.get(f"/people/{person_id}/conversation/"))
    with site.services.read() as session:
        assert session.get_one(Person, person_id).introduced_at is None, "the first contact still has to come"


def test_a_form_sent_twice_is_one_message(site: Site) -> None:
    person_id, lead, message_id = _amina(site), site.signed_in(Role.PEER_LEAD), new_id()
    for _ in range(2):
        assert _send(lead, person_id, message_id=message_id).status_code == 302
    assert len(_written(site)) == 1


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime.fromisoformat("2026-03-02T22:00:00+00:00"), "Tomorrow at 9am"),
        (datetime.fromisoformat("2026-03-06T18:30:00+00:00"), "Monday at 9am"),
        (datetime.fromisoformat("2026-04-02T21:00:00+00:00"), "Tuesday at 9am"),
    ],
    ids=["night", "weekend", "easter"],
)
def test_outside_the_window_it_waits_for_the_next_one(site: Site, at: datetime, said: str) -> None:
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    clock_of(site.services).set(at)
    lead = site.signed_in(Role.PEER_LEAD)
    assert said in text_of(lead.get(f"/people/{person_id}/conversation/"))
    _send(lead, person_id)
    run_tick(site.services)
    [message] = _written(site)
    assert message.state is MessageState.PLANNED
    assert site.services.calendar.is_open(message.planned_for)


def test_later_is_a_moment_inside_our_hours_and_can_be_taken_back_until_it_leaves(site: Site) -> None:
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    for day, time, said in (
        ("2026-03-07", "10:00", "nothing is sent on Saturdays"),
        ("2026-03-03", "23:00", "nothing is sent after"),
        ("2026-03-01", "10:00", "has passed"),
        ("2027-03-01", "10:00", "within 90 days"),
        ("2026-03-03", "", "at what time"),
        ("", "10:00", "on which day"),
    ):
        answer = _send(lead, person_id, when="later", day=day, time=time)
        assert (answer.status_code, said.lower() in text_of(answer).lower(), WORDS in answer.text) == (
            422,
            True,
            True,
        )
    assert _send(lead, person_id, when="later", day="2026-03-03", time="10:30").status_code == 302
    [message] = _written(site)
    assert message.planned_for == MONDAY + timedelta(days=1, minutes=30)
    address = f"/people/{person_id}/conversation/{message.id}/take-back"
    assert site.signed_in(Role.CLINICIAN).send(address).status_code == 302
    [message] = _written(site)
    assert (message.state, message.reason) == (MessageState.CANCELLED, "taken back by Cleo Clinician")
    _send(lead, person_id)
    run_tick(site.services)
    gone = _written(site)[1]
    answer = lead.send(f"/people/{person_id}/conversation/{gone.id}/take-back")
    assert (answer.status_code, "it has left already" in text_of(answer).lower()) == (409, True)


def _stops_texts(site: Site, person_id: str) -> None:
    with site.services.begin() as session:
        stop = Stop(Cause.REPLY, person_id=person_id, channel=Channel.SMS)
        opt_out(session, stop, site.services.now(), who="the person")


def _has_died(site: Site, person_id: str) -> None:
    with site.services.begin() as session:
        session.get_one(Person, person_id).deceased_on = date(2026, 3, 1)


def _wants_nothing(site: Site, person_id: str) -> None:
    with site.services.begin() as session:
        session.get_one(Person, person_id).do_not_contact_since = site.services.now()


def _never_asked(site: Site, person_id: str) -> None:
    with site.services.begin() as session:
        person = session.get_one(Person, person_id)
        person.safe_to_text = person.safe_to_email = None


BARRED = [_stops_texts, _has_died, _wants_nothing, _never_asked]
SAID = ["opted out of texts", "has died", "do-not-contact", "never asked"]


@pytest.mark.parametrize(("bar", "said"), list(zip(BARRED, SAID, strict=True)), ids=SAID)
def test_the_guard_stands_before_words_of_staff_when_written_and_when_sent(
    site: Site, bar: object, said: str
) -> None:
    assert callable(bar)
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    _send(lead, person_id, when="later", day="2026-03-03", time="10:30")
    bar(site, person_id)
    refused = _send(lead, person_id)
    assert (refused.status_code, said in text_of(refused), WORDS in refused.text) == (422, True, True)
    clock_of(site.services).forward(days=1, hours=1)
    run_tick(site.services)
    [message] = _written(site)
    assert message.state is MessageState.CANCELLED
    assert said in message.reason or "asked for it in a reply" in message.reason


def test_words_in_english_do_not_go_to_somebody_who_needs_an_interpreter_and_their_own_do(site: Site) -> None:
    person_id = cast.amina(site.services, language="ar", interpreter=True)[0]
    lead = site.signed_in(Role.PEER_LEAD)
    refused = _send(lead, person_id, language="en")
    assert (refused.status_code, "needs an interpreter" in text_of(refused)) == (422, True)
    assert _send(lead, person_id, language="ar", words="سأتصل بك يوم الخميس").status_code == 302
    run_tick(site.services)
    [message] = _written(site)
    assert (message.state, message.language) == (MessageState.DELIVERED, "ar")


def test_an_email_has_a_subject_and_does_not_become_a_text(site: Site) -> None:
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    _send(lead, person_id, channel="email", subject="  About\n Thursday ")
    run_tick(site.services)
    [message] = _written(site)
    assert (message.channel, message.state.value in ("sent", "delivered")) == (Channel.EMAIL, True)
    assert message.opened(site.services.keyring)[0] == "About Thursday"


def test_neither_the_gap_nor_a_hold_keeps_words_of_staff_back_but_a_pause_does(site: Site) -> None:
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    writes(site.services, CALL)  # a callback holds check-ins
    _send(lead, person_id)
    run_tick(site.services)
    assert _written(site)[0].state is MessageState.DELIVERED
    lead.send("/schedules/pause", {"why": "the phones are down"})
    _send(lead, person_id)
    run_tick(site.services)
    assert _written(site)[1].state is MessageState.HELD


def test_the_length_is_told_with_the_signature_and_the_dear_character(site: Site) -> None:
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    fields = {"channel": "sms", "words": "See you on Thursday 😀"}
    page = text_of(lead.send(f"/people/{person_id}/conversation/length", fields))
    assert "Lee," in page
    assert "segment" in page
    assert "because of 😀" in page
    assert "segment" in text_of(_send(lead, person_id, do="count"))
    assert _written(site) == []


def test_a_hundred_kilobytes_are_refused_and_kept(site: Site) -> None:
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    answer = _send(lead, person_id, words="x" * 100_000)
    assert answer.status_code == 422
    assert "Shorten this to 900 characters; it has 100000" in text_of(answer)
    assert "x" * 100_000 in answer.text


def test_what_was_typed_survives_a_sign_out(site: Site) -> None:
    person_id = _amina(site)
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = site.anybody().post(
        f"/people/{person_id}/conversation/", data={"words": WORDS, "channel": "sms"}, headers=headers
    )
    assert (answer.status_code, WORDS.split(",")[1].strip() in answer.text) == (401, True)


def test_unfinished_words_are_kept_for_their_writer_until_they_are_sent(site: Site) -> None:
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    address = f"/people/{person_id}/conversation/"
    lead.send(f"{address}length", {"words": "Half a sentence about"})
    assert "Half a sentence about</textarea>" in site.signed_in(Role.PEER_LEAD).get(address).text
    assert "Half a sentence" not in site.signed_in(Role.CLINICIAN).get(address).text
    _send(lead, person_id)
    assert "Half a sentence" not in lead.get(address).text


def test_a_save_that_comes_in_behind_the_message_does_not_bring_its_words_back(site: Site) -> None:
    person_id, lead, message_id = _amina(site), site.signed_in(Role.PEER_LEAD), new_id()
    address = f"/people/{person_id}/conversation/"
    _send(lead, person_id, message_id=message_id)
    lead.send(f"{address}length", {"words": "Half a sentence about", "message_id": message_id})
    assert "Half a sentence" not in lead.get(address).text
    lead.send(f"{address}length", {"words": "Another sentence", "message_id": new_id()})
    assert "Another sentence</textarea>" in lead.get(address).text


def test_other_words_from_a_form_gone_back_to_are_not_taken_for_the_message_that_went(site: Site) -> None:
    person_id, lead, message_id = _amina(site), site.signed_in(Role.PEER_LEAD), new_id()
    assert _send(lead, person_id, message_id=message_id).status_code == 302
    answer = _send(lead, person_id, message_id=message_id, words="And bring your letter.")
    assert (answer.status_code, len(_written(site))) == (422, 1)
    assert "ther words went from this page already" in answer.text
    assert "And bring your letter." in answer.text
    (shown,) = re.findall(r'name="message_id" value="([^"]+)"', answer.text)
    assert _send(lead, person_id, message_id=shown, words="And bring your letter.").status_code == 302
    assert len(_written(site)) == 2


def test_a_saved_reply_is_put_in_and_changed_by_two_without_loss(site: Site) -> None:
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    assert lead.send("/replies/saved/", {"name": "", "words": ""}).status_code == 422
    lead.send("/replies/saved/", {"name": "Ring soon", "words": "I will ring you soon."})
    saved = re.search(r"/replies/saved/([0-9a-f-]{36})", lead.get("/replies/saved/").text)
    assert saved
    page = _send(lead, person_id, do="insert", words="Hello Amina.", saved=saved[1]).text
    assert "Hello Amina.\nI will ring you soon." in page
    first = {"name": "Ring soon", "words": "I will ring you today.", "edition": "1"}
    assert lead.send(f"/replies/saved/{saved[1]}", first).status_code == 302
    late = site.signed_in(Role.CLINICIAN).send(f"/replies/saved/{saved[1]}", {**first, "words": "Mine."})
    assert (late.status_code, "Mine." in late.text, "I will ring you today." in late.text) == (
        409,
        True,
        True,
    )
    again = site.signed_in(Role.CLINICIAN).send(
        f"/replies/saved/{saved[1]}", {**first, "words": "Mine.", "edition": "2"}
    )
    assert again.status_code == 302
    assert lead.send(f"/replies/saved/{saved[1]}/remove").status_code == 302
    assert "Ring soon" not in lead.get("/replies/saved/").text
    assert lead.get(f"/replies/saved/{saved[1]}").status_code == 404


def _first_coming(client: Browser, person_id: str) -> str:
    page = client.get(f"/people/{person_id}/conversation/").text
    found = re.search(rf'href="(/people/{person_id}/coming/[^"]*)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def _fields(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def _decide(site: Site, person_id: str, **fields: str) -> TestResponse:
    lead = site.signed_in(Role.PEER_LEAD)
    address = _first_coming(lead, person_id)
    return lead.send(f"/people/{person_id}/coming/", {**_fields(address), **fields})


def _scheduled(site: Site) -> list[Message]:
    with site.services.read() as session:
        query = select(Message).where(Message.enrolment_id.is_not(None)).order_by(Message.id)
        return list(session.scalars(query))


def test_a_skipped_message_never_goes_and_says_why(site: Site) -> None:
    person_id = _amina(site)
    assert _decide(site, person_id, do="skip").status_code == 422
    assert _decide(site, person_id, do="skip", why="we spoke today").status_code == 302
    clock_of(site.services).forward(days=3, hours=2)
    run_tick(site.services)
    [message] = _scheduled(site)
    assert (message.step, message.state) == ("first-contact", MessageState.CANCELLED)
    assert message.reason == "skipped by Lee Lead: we spoke today"


def test_a_moved_message_goes_at_its_new_moment_even_when_planned_anew(site: Site) -> None:
    person_id = _amina(site)
    for day, time, said in (("2026-03-07", "10:00", "Saturdays"), ("2026-03-01", "10:00", "passed")):
        answer = _decide(site, person_id, do="move", why="they asked", day=day, time=time)
        assert (answer.status_code, said in text_of(answer)) == (422, True)
    assert _scheduled(site) == [], "a refused move writes nothing"
    answer = _decide(site, person_id, do="move", why="they asked", day="2026-03-11", time="15:00")
    assert answer.status_code == 302
    with site.services.begin() as session:
        replan(session, site.services, [person_id], site.services.now(), because="a fact changed")
    [message] = _scheduled(site)
    assert message.planned_for == datetime.fromisoformat("2026-03-11T15:00:00+00:00")
    clock_of(site.services).set(message.planned_for)
    run_tick(site.services)
    assert _scheduled(site)[0].state is MessageState.DELIVERED


def test_a_held_message_waits_for_somebody_to_let_it_go(site: Site) -> None:
    person_id = _amina(site)
    assert _decide(site, person_id, do="hold", why="a death in the family").status_code == 302
    clock_of(site.services).forward(days=3, hours=2)
    run_tick(site.services)
    [message] = _scheduled(site)
    assert (message.state, message.reason) == (MessageState.HELD, "held by Lee Lead: a death in the family")
    assert _decide(site, person_id, do="let_go", why="they feel better").status_code == 302
    run_tick(site.services)
    assert _scheduled(site)[0].state is MessageState.DELIVERED


def test_what_is_not_coming_any_more_cannot_be_decided_about(site: Site) -> None:
    person_id = _amina(site)
    lead = site.signed_in(Role.PEER_LEAD)
    fields = _fields(_first_coming(lead, person_id))
    address = f"/people/{person_id}/coming/"
    assert lead.send(address, {**fields, "do": "skip", "why": "first"}).status_code == 302
    late = lead.send(address, {**fields, "do": "skip", "why": "typed in another tab"})
    assert (late.status_code, "typed in another tab" in late.text) == (422, True)
    assert (
        lead.send(address, {**fields, "referral": str(uuid4()), "do": "skip", "why": "x"}).status_code == 404
    )


def test_an_opt_out_is_undone_once_with_a_reason(site: Site) -> None:
    person_id, lead = _amina(site), site.signed_in(Role.PEER_LEAD)
    writes(site.services, "STOP")
    with site.services.read() as session:
        [stop] = session.scalars(select(OptOut)).all()
    page = text_of(lead.get(f"/people/{person_id}/conversation/"))
    assert "asked for it in a reply" in page
    address = f"/people/{person_id}/stops/{stop.id}"
    assert "Only undo this when they have told you" in text_of(lead.get(address))
    assert lead.send(address, {"why": ""}).status_code == 422
    assert lead.send(address, {"why": "told me on the phone"}).status_code == 302
    with site.services.read() as session:
        row = session.get_one(OptOut, stop.id)
        assert (row.undone_by, row.undone_why) == ("Lee Lead", "told me on the phone")
    assert lead.send(address, {"why": "again"}).status_code == 404
    assert _send(lead, person_id).status_code == 302


def test_a_peer_worker_writes_to_their_own_people_only(site: Site) -> None:
    person_id = _amina(site)
    pat = site.signed_in(Role.PEER_WORKER)
    paths = (f"/people/{person_id}/conversation/", f"/people/{person_id}/coming/")
    assert [pat.get(path).status_code for path in paths] == [403, 403]
    assert _send(pat, person_id).status_code == 403
    writes(site.services, CALL)
    assert [pat.get(path).status_code for path in paths] == [200, 200]
    assert _send(pat, person_id).status_code == 302
    [message] = _written(site)
    with site.services.begin() as session:
        task = task_called(session, task_of(site.services, TaskKind.CALLBACK).id)
        claim(session, task, site.member(session, Role.PEER_WORKER, "Sam Second"), site.services.now())
    assert [pat.get(path).status_code for path in paths] == [403, 403]
    assert pat.send(f"{paths[0]}{message.id}/take-back").status_code == 403
    assert pat.send(paths[1], {"do": "skip", "why": "x", "message": message.id}).status_code == 403


@pytest.mark.parametrize("role", [Role.PEER_WORKER, Role.PEER_LEAD, Role.CLINICIAN, Role.ADMIN, Role.ANALYST])
def test_the_conversation_of_somebody_one_knows_is_closed(site: Site, role: Role) -> None:
    person_id = _amina(site)
    writes(site.services, CALL)
    client = site.signed_in(role)
    with site.services.begin() as session:
        member = site.member(session, role)
        session.add(
            Acquaintance(id=new_id(), staff_id=member.id, person_id=person_id, at=site.services.now())
        )
    for path in ("conversation/", "coming/", f"stops/{uuid4()}"):
        assert client.get(f"/people/{person_id}/{path}").status_code == 403
    assert _send(client, person_id).status_code == 403
    assert client.send(f"/people/{person_id}/conversation/length", {"words": "x"}).status_code == 403


def test_scripts_are_only_text_everywhere_in_a_conversation(site: Site) -> None:
    lead = site.signed_in(Role.PEER_LEAD)
    for payload in PAYLOADS:
        lead.send("/replies/saved/", {"name": payload[:80], "words": payload})
    with site.services.begin() as session:
        details = cast.another(given_name=PAYLOADS[0], family_name=PAYLOADS[1], contact_note=PAYLOADS[4])
        row = cast.person(session, site.services, details)
        cast.referral(session, site.services, row, date(2026, 3, 2))
    for payload in PAYLOADS:
        writes(site.services, payload)
        _send(lead, row.id, words=payload)
    run_tick(site.services)
    address = f"/people/{row.id}/conversation/"
    pages = [
        lead.get(address),
        _send(lead, row.id, do="count", words="\n".join(PAYLOADS), subject=PAYLOADS[9], time=PAYLOADS[9]),
        _send(lead, row.id, words="", subject=PAYLOADS[10]),
        lead.get(_first_coming(lead, row.id)),
        lead.send(f"/people/{row.id}/coming/", {"do": "skip", "why": "", "step": PAYLOADS[9]}),
        lead.get("/replies/saved/"),
    ]
    assert pages[0].text.count("alert(1)") > 20
    assert [alive(page.text) for page in pages] == [[]] * len(pages)


def _long(site: Site, person_id: str, number: int, start: int) -> None:
    """So many texts and replies, written straight into the tables."""
    services, messages, replies = site.services, [], []
    for each in range(start, start + number):
        at = services.now() + timedelta(minutes=each)
        message_id, reply_id = new_id(), new_id()
        messages.append(
            {
                "id": message_id,
                "person_id": person_id,
                "step": "check-in",
                "occurrence": f"{message_id}:0",
                "purpose": Purpose.CHECK_IN,
                "template": "waiting-for-therapy/check-in-1",
                "channel": Channel.SMS,
                "state": MessageState.DELIVERED,
                "due_at": at,
                "planned_for": at,
                "created_at": at,
                "sending_at": at,
                "body": sealed_body(services.keyring, message_id, "", f"ours {each}."),
            }
        )
        replies.append(
            {
                "id": reply_id,
                "provider_id": reply_id,
                "channel": Channel.SMS,
                "sender": b"",
                "sender_token": b"0" * 16,
                "body": services.keyring.seal(f"theirs {each}.", f"reply|body|{reply_id}"),
                "received_at": at,
                "person_id": person_id,
                "candidates": [],
                "readings": [],
            }
        )
    with services.begin() as session:
        insert_rows(session, Message, messages)
        insert_rows(session, Reply, replies)


def test_a_long_conversation_costs_no_more_queries_than_a_short_one_and_nothing_of_it_is_lost(
    site: Site,
) -> None:
    person_id, lead, asked = _amina(site), site.signed_in(Role.PEER_LEAD), []
    address = f"/people/{person_id}/conversation/"
    for start, number in ((0, 5), (5, 495)):
        _long(site, person_id, number, start)
        with statements(site.services) as seen:
            lead.get(address)
        asked.append(len(seen))
    assert asked[0] == asked[1]
    found: list[str] = []
    while address:
        page = lead.get(address).text
        found += re.findall(r"(?:ours|theirs) \d+\.", page)
        onward = re.search(r'href="([^"]*before=[^"]*)"', page)
        address = onward[1].replace("&amp;", "&") if onward else ""
    assert len(found) == len(set(found)) == 1000


def _writes_later_and_takes_it_back(page: Page) -> None:
    page.get_by_label("What you want to say").fill(WORDS)
    page.get_by_label("Later, at the day and time below").check()
    page.get_by_label("Day, if later").fill("2026-03-04")
    page.get_by_label("Time, if later").fill("10:30")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("It goes on Wednesday 4 March 2026 at 10:30am").wait_for()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("It was taken back").wait_for()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_conversation_is_held_in_a_browser(live: Live, phone: bool) -> None:
    lively(live.site)
    writes(live.site.services, "شكرا على رسالتكم")
    page = live.visit(Role.PEER_WORKER, phone=phone)
    page.goto("/people/")
    page.get_by_role("link", name="Amina Example").click()
    page.get_by_role("button", name="Open the conversation").click()
    assert_accessible(page)
    page.get_by_label("What you want to say").press_sequentially("Thursday is fine 😀")
    page.get_by_text("because of").wait_for()
    assert_accessible(page)
    _writes_later_and_takes_it_back(page)
    assert_accessible(page)
    page.get_by_role("link", name=re.compile("Skip, move or hold")).first.click()
    assert_accessible(page)
    page.get_by_label("Hold it").check()
    page.get_by_label("Why?").fill("we speak on Thursday")
    page.get_by_role("button", name="Do it").click()
    page.get_by_text("It waits until somebody lets it go").wait_for()


def test_a_conversation_is_held_without_scripts(live: Live) -> None:
    lively(live.site)
    writes(live.site.services, "STOP", sender="+447700900001")
    page = live.visit(Role.PEER_WORKER, phone=True, scripts=False)
    page.goto("/people/")
    page.get_by_role("link", name="Amina Example").click()
    page.get_by_role("button", name="Open the conversation").click()
    page.get_by_role("link", name=re.compile("Undo this")).first.click()
    page.get_by_label("Why?").fill("told me on the phone")
    page.get_by_role("button", name="Let them go again").click()
    page.get_by_label("What you want to say").fill(WORDS)
    page.get_by_role("button", name="See how long it is").click()
    page.get_by_text("1 segment").wait_for()
    _writes_later_and_takes_it_back(page)
    page.get_by_role("link", name=re.compile("Skip, move or hold")).first.click()
    page.get_by_label("Skip it").check()
    page.get_by_label("Why?").fill("we speak on Thursday")
    page.get_by_role("button", name="Do it").click()
    page.get_by_text("It will not be sent").wait_for()
