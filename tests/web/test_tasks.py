"""The pages of tasks: what is whose, one press for each outcome, nobody alone with risk, nothing typed is lost."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, event, select

from outreach.actions.hand_off import claim, task_called
from outreach.actions.put_aside import put_aside
from outreach.actions.tasks import NewTask, raise_task
from outreach.engines.jobs import tick
from outreach.models import Acquaintance, Event, Hold, Message, Person, Task, TaskTry
from outreach.models.base import new_id
from outreach.services import Services
from outreach.vocabulary import MessageState, Role, TaskKind, TaskState, TryResult, Urgency
from tests import cast
from tests.house import clock_of
from tests.web.life import lively, task_of, writes
from tests.web.site import Browser, Site, text_of

CRISIS_NUMBER = "+447700900002"


@pytest.fixture
def busy(site: Site) -> Site:
    """Amina asked for a call, Ben may be in danger, and the whole team is there."""
    return lively(site)


def callback(site: Site) -> str:
    return task_of(site.services, TaskKind.CALLBACK).id


def urgent(site: Site) -> str:
    return task_of(site.services, TaskKind.URGENT).id


def stored(site: Site, task_id: str) -> Task:
    with site.services.read() as session:
        return session.get_one(Task, task_id)


def taken_by(site: Site, task_id: str, name: str = "", role: Role = Role.PEER_WORKER) -> None:
    with site.services.begin() as session:
        claim(session, task_called(session, task_id), site.member(session, role, name), site.services.now())


def press(client: Browser, task_id: str, what: str, **fields: str) -> str:
    """Press a button on the page of a task; what the page that follows says."""
    answer = client.send(f"/tasks/{task_id}/{what}", fields, follow_redirects=True)
    return text_of(answer)


def tries(site: Site, task_id: str) -> list[TryResult]:
    with site.services.read() as session:
        return list(session.scalars(select(TaskTry.result).where(TaskTry.task_id == task_id)))


def events(site: Site, verb: str) -> list[Event]:
    with site.services.read() as session:
        return list(session.scalars(select(Event).where(Event.verb == verb).order_by(Event.id)))


def test_the_list_pins_what_is_urgent_and_then_shows_mine_and_the_free_ones(busy: Site) -> None:
    pat = busy.signed_in(Role.PEER_WORKER)
    page = text_of(pat.get("/tasks/"))
    assert page.index("Somebody may be in danger Possible crisis: Ben") < page.index("You have no open task")
    assert page.index("Not taken yet") < page.index("Call back: Amina")
    taken_by(busy, callback(busy))
    page = text_of(pat.get("/tasks/"))
    assert "Yours Call back: Amina Yours" in page
    assert "Nothing waits for somebody to take it" in page


def test_another_peer_workers_task_is_on_the_leads_page_only(busy: Site) -> None:
    taken_by(busy, callback(busy))
    assert "Amina" not in busy.signed_in(Role.PEER_WORKER, "Sam Second").get("/tasks/").text
    assert "Amina" not in busy.signed_in(Role.PEER_WORKER, "Sam Second").get("/tasks/?show=all").text
    lead = busy.signed_in(Role.PEER_LEAD)
    assert "Pat Peer has it" in text_of(lead.get("/tasks/?show=all"))
    assert "Who has how much" in text_of(lead.get("/tasks/"))


def test_others_see_who_opened_a_task_a_moment_ago(busy: Site) -> None:
    busy.signed_in(Role.PEER_WORKER, "Sam Second").get(f"/tasks/{callback(busy)}")
    clock_of(busy.services).forward(minutes=2)
    pat = busy.signed_in(Role.PEER_WORKER)
    assert "Sam Second opened this 2 minutes ago" in text_of(pat.get("/tasks/"))
    assert "Sam Second opened this 2 minutes ago" in text_of(pat.get(f"/tasks/{callback(busy)}"))
    clock_of(busy.services).forward(minutes=20)
    assert "opened this" not in text_of(pat.get("/tasks/"))


def test_whoever_comes_second_is_told_who_has_it(busy: Site) -> None:
    task_id = callback(busy)
    assert "This is yours now" in press(busy.signed_in(Role.PEER_LEAD), task_id, "claim")
    answer = busy.signed_in(Role.CLINICIAN).send(f"/tasks/{task_id}/claim")
    assert answer.status_code == 409
    assert "Lee Lead has this task already; nothing was changed." in text_of(answer)


def test_the_call_page_says_first_how_to_reach_somebody_safely(busy: Site) -> None:
    with busy.services.begin() as session:
        person = session.get_one(Person, task_of(busy.services, TaskKind.CALLBACK).person_id)
        person.seal(busy.services.keyring, cast.another(contact_note="Not before ten"))
        person.interpreter, person.language, person.safe_to_voicemail = True, "pl", False
    page = busy.signed_in(Role.PEER_WORKER).get(f"/tasks/{callback(busy)}")
    seen = text_of(page)
    assert seen.index("Not before ten") < seen.index("Ring 07700 900001")
    assert "Leave no voicemail: it is not safe" in seen
    assert "Needs an interpreter: Polish" in seen
    assert 'href="tel:+447700900001"' in page.text
    assert "Could somebody ring me please?" in seen
    assert 'value="voicemail"' not in page.text


def test_voicemail_is_offered_only_where_it_is_safe(busy: Site) -> None:
    taken_by(busy, callback(busy))
    with busy.services.begin() as session:
        session.get_one(Person, task_of(busy.services, TaskKind.CALLBACK).person_id).safe_to_voicemail = True
    pat = busy.signed_in(Role.PEER_WORKER)
    assert 'value="voicemail"' in pat.get(f"/tasks/{callback(busy)}").text
    assert "Noted: voicemail left" in press(pat, callback(busy), "try", result="voicemail", tries="0")


def test_one_press_says_that_we_talked_and_what_waited_goes_on(busy: Site) -> None:
    task_id = callback(busy)
    tick(busy.services)
    page = press(busy.signed_in(Role.PEER_WORKER), task_id, "try", result="reached", tries="0", note="Well.")
    assert "Noted, and closed: you talked" in page
    assert "What waited because of this goes on now" in page
    assert "Their next message:" in page
    assert "Well." in page
    task = stored(busy, task_id)
    assert (task.state, task.outcome, task.closed_by) == (TaskState.CLOSED, "talked", "Pat Peer")
    with busy.services.read() as session:
        assert session.scalars(select(Hold.released_by).where(Hold.task_id == task_id)).all() == ["Pat Peer"]


@pytest.mark.parametrize("result", ["no_answer", "wrong_number", "reached"])
def test_a_press_twice_counts_once(busy: Site, result: str) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    for _ in range(2):
        page = press(pat, task_id, "try", result=result, tries="0")
    assert "noted already" in page
    assert len(tries(busy, task_id)) == 1


def test_a_try_from_a_page_that_is_out_of_date_is_not_counted_and_its_note_is_kept(busy: Site) -> None:
    task_id = callback(busy)
    press(busy.signed_in(Role.PEER_LEAD), task_id, "try", result="no_answer", tries="0")
    answer = busy.signed_in(Role.CLINICIAN).send(
        f"/tasks/{task_id}/try", {"result": "no_answer", "tries": "0", "note": "their mother answered"}
    )
    assert answer.status_code == 409
    assert "Somebody noted another try meanwhile" in text_of(answer)
    assert "their mother answered" in answer.text
    assert tries(busy, task_id) == [TryResult.NO_ANSWER]


def test_the_third_day_in_vain_ends_with_a_kind_text(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    for number in range(3):
        pat = busy.signed_in(Role.PEER_WORKER)
        page = press(pat, task_id, "try", result="no_answer", tries=str(number))
        clock_of(busy.services).forward(days=1)
    assert "The third day without an answer" in page
    assert "A kind text tells them that we tried" in page
    with busy.services.read() as session:
        text = session.scalars(select(Message).where(Message.step == "could-not-reach")).one()
    assert text.state is MessageState.PLANNED


def test_a_call_agreed_for_later_rests_until_then_and_is_due_then(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    page = press(pat, task_id, "later", later_on="2026-03-04", later_at="14:30", note="on a bus")
    assert "It comes back then" in page
    task = stored(busy, task_id)
    at = busy.services.calendar.local(task.begins_at or task.opened_at)
    assert (f"{at:%d %H:%M}", task.due_at - (task.begins_at or task.due_at)) == (
        "04 14:30",
        timedelta(hours=1),
    )
    assert tries(busy, task_id) == [TryResult.CALL_LATER]
    assert "You have no open task" in text_of(pat.get("/tasks/"))
    assert "Call back: Amina" in text_of(pat.get("/tasks/?show=aside"))
    assert "Call back Amina" not in text_of(pat.get("/today"))
    clock_of(busy.services).forward(days=2, hours=5)
    assert "Yours Call back: Amina" in text_of(busy.signed_in(Role.PEER_WORKER).get("/tasks/"))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"later_on": "", "later_at": "14:30"}, "Enter a day"),
        ({"later_on": "2026-03-04", "later_at": "soon"}, "Enter a time such as 14:30"),
        ({"later_on": "2026-03-01", "later_at": "14:30"}, "This time is over"),
        ({"later_on": "2027-03-01", "later_at": "14:30"}, "more than 60 days away"),
    ],
)
def test_a_time_that_cannot_be_is_told_beside_its_field_and_the_note_is_kept(
    busy: Site, fields: dict[str, str], told: str
) -> None:
    answer = busy.signed_in(Role.PEER_WORKER).send(
        f"/tasks/{callback(busy)}/later", {**fields, "note": "typed already"}
    )
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert "typed already" in answer.text
    assert tries(busy, callback(busy)) == []


def test_what_is_put_aside_comes_back_when_they_write(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    page = press(pat, task_id, "aside", aside_on="2026-03-09", or_answer="yes")
    assert "or until they write" in page
    assert stored(busy, task_id).due_at < stored(busy, task_id).rests_until  # type: ignore[operator]
    assert "Amina" not in text_of(pat.get("/tasks/")).partition("Not taken yet")[0]
    clock_of(busy.services).forward(minutes=5)
    writes(busy.services, "is anybody there")
    assert "Yours Call back: Amina" in text_of(pat.get("/tasks/"))
    press(pat, task_id, "aside", aside_on="2026-03-09")
    press(pat, task_id, "take-up")
    assert stored(busy, task_id).rests_until is None


def test_nobody_puts_an_urgent_task_aside(busy: Site) -> None:
    answer = busy.signed_in(Role.CLINICIAN).send(f"/tasks/{urgent(busy)}/aside", {"aside_on": "2026-03-09"})
    assert answer.status_code == 422
    assert "an urgent task is never put aside" in text_of(answer).lower()


def test_flagged_words_are_folded_and_opening_them_is_noted(busy: Site) -> None:
    pat = busy.signed_in(Role.PEER_WORKER)
    assert "want to die" not in pat.get(f"/tasks/{urgent(busy)}").text
    assert events(busy, "opened the words") == []
    assert "want to die" in pat.get(f"/tasks/{urgent(busy)}/words").text
    assert [(each.who, each.subject_id) for each in events(busy, "opened the words")] == [
        ("Pat Peer", urgent(busy))
    ]


def test_a_callback_from_the_same_flagged_reply_folds_the_words_too(busy: Site) -> None:
    writes(busy.services, "please ring me i want to end it all", CRISIS_NUMBER)
    with busy.services.read() as session:
        ben = (
            select(Task).where(Task.kind == TaskKind.CALLBACK).order_by(Task.opened_at.desc(), Task.id.desc())
        )
        task = session.scalars(ben).first()
        assert task
    assert "end it all" not in busy.signed_in(Role.CLINICIAN).get(f"/tasks/{task.id}").text


def test_passing_it_on_needs_a_note_which_the_next_one_reads(busy: Site) -> None:
    task_id = callback(busy)
    taken_by(busy, task_id)
    pat = busy.signed_in(Role.PEER_WORKER)
    with busy.services.begin() as session:
        sam = site_member(busy, session, "Sam Second")
    answer = pat.send(f"/tasks/{task_id}/transfer", {"to": sam, "words": " "})
    assert (answer.status_code, "Write a short note" in text_of(answer)) == (422, True)
    for _ in range(2):  # pressed twice: the second finds it done
        answer = pat.send(f"/tasks/{task_id}/transfer", {"to": sam, "words": "prefers mornings"})
        assert answer.status_code == 302
    page = text_of(busy.signed_in(Role.PEER_WORKER, "Sam Second").get(f"/tasks/{task_id}"))
    assert "prefers mornings" in page
    assert len(events(busy, "transferred")) == 1
    assert pat.get(f"/tasks/{task_id}").status_code == 403


def site_member(site: Site, session: object, name: str) -> str:
    return site.member(session, Role.PEER_WORKER, name).id


def test_handing_back_needs_no_reason(busy: Site) -> None:
    task_id = callback(busy)
    taken_by(busy, task_id)
    assert "Handed back" in press(busy.signed_in(Role.PEER_WORKER), task_id, "hand-back")
    assert stored(busy, task_id).assignee_id is None


def test_whoever_knows_the_person_is_rid_of_task_and_record(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    taken_by(busy, task_id)
    person_id = stored(busy, task_id).person_id
    assert "hidden from you" in text_of(pat.get(f"/tasks/{task_id}/know"))
    page = press(pat, task_id, "know")
    assert "Their record is hidden from you" in page
    assert "Amina" not in page
    for path in (f"/tasks/{task_id}", f"/people/{person_id}"):
        assert pat.get(path).status_code == 403
    assert stored(busy, task_id).assignee_id is None
    assert [each.who for each in events(busy, "knows in private life")] == ["Pat Peer"]


def test_being_worried_takes_one_press_and_shows_whom_to_ring(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    with busy.services.begin() as session:
        busy.member(session, Role.CLINICIAN).mobile = "+447700900555"
    for _ in range(2):
        page = press(pat, task_id, "worried")
    assert "07700 900555" in page
    assert "You are not alone with this" in page
    with busy.services.read() as session:
        raised = select(Task).where(Task.cause.startswith(f"task:{task_id}:worried"))
        assert len(session.scalars(raised).all()) == 1


def test_needing_to_talk_tells_the_lead_once_without_names_and_ends_when_they_have(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    with busy.services.begin() as session:
        busy.member(session, Role.PEER_LEAD).email = "lee@example.org"
    for _ in range(2):
        page = press(pat, task_id, "talk")
    assert "Your lead is told" in page
    with busy.services.read() as session:
        told = session.scalars(select(Message).where(Message.step == "talk-it-through")).one()
        words = told.opened(busy.services.keyring)
    assert task_id in str(words)
    assert "Amina" not in str(words)
    lead = busy.signed_in(Role.PEER_LEAD)
    assert "wants to be talked through" in text_of(lead.get("/tasks/"))
    press(lead, task_id, "talked")
    assert "wants to be talked through" not in text_of(lead.get("/tasks/"))


def test_a_possible_crisis_is_acknowledged_then_closed_by_a_clinician(busy: Site) -> None:
    task_id, clinician = urgent(busy), busy.signed_in(Role.CLINICIAN)
    page = text_of(clinician.get(f"/tasks/{task_id}"))
    for part in ("Nobody is on it yet", "999", "116 123", "85258", "Where this comes from", "NG225"):
        assert part in page
    assert "say first that you are on it" in page
    closing = {"outcome": "spoke with them, safe for now", "messages": "quiet", "quiet_until": "2026-03-20"}
    early = clinician.send(f"/tasks/{task_id}/close", closing)
    assert (early.status_code, "cknowledge it first" in text_of(early)) == (422, True)
    assert "You are on it" in press(clinician, task_id, "acknowledge")
    assert "Cleo Clinician is on it already" in press(busy.signed_in(Role.PEER_LEAD), task_id, "acknowledge")
    page = press(clinician, task_id, "close", **closing)
    assert "Quiet until Friday 20 March" in page
    with busy.services.read() as session:
        assert session.scalars(select(Hold.quiet_until).where(Hold.task_id == task_id)).all() == [
            date(2026, 3, 20)
        ]
    assert "Closed. Thank you" in press(clinician, task_id, "close", **closing)


@pytest.mark.parametrize("role", [Role.PEER_WORKER, Role.PEER_LEAD, Role.ADMIN])
def test_only_a_clinician_closes_a_possible_crisis(busy: Site, role: Role) -> None:
    client = busy.signed_in(role)
    assert "A clinician closes this" in text_of(client.get(f"/tasks/{urgent(busy)}"))
    press(busy.signed_in(Role.CLINICIAN), urgent(busy), "acknowledge")
    answer = client.send(f"/tasks/{urgent(busy)}/close", {"outcome": "spoke with them, safe for now"})
    assert answer.status_code == 422
    assert "only a clinician closes an urgent task" in text_of(answer).lower()
    assert stored(busy, urgent(busy)).state is not TaskState.CLOSED


def test_clinicians_see_everybody_who_shares_the_number_of_a_possible_crisis(busy: Site) -> None:
    with busy.services.begin() as session:
        for number in (1, 2):
            details = cast.another(given_name=f"Twin{number}", mobile="+447700900077")
            cast.person(session, busy.services, details)
    writes(busy.services, "I want to kill myself", "+447700900077")
    with busy.services.read() as session:
        query = select(Task).where(Task.kind == TaskKind.URGENT, Task.person_id.is_(None))
        task_id = session.scalars(query).one().id
    seen = text_of(busy.signed_in(Role.CLINICIAN).get(f"/tasks/{task_id}"))
    assert "Twin1" in seen
    assert "Twin2" in seen
    for role in (Role.PEER_WORKER, Role.ADMIN):
        assert "Twin1" not in busy.signed_in(role).get(f"/tasks/{task_id}").text


@pytest.mark.parametrize("kind", list(TaskKind))
def test_a_task_of_any_kind_is_shown_and_can_be_closed(site: Site, kind: TaskKind) -> None:
    person_id, referral_id = cast.amina(site.services)
    now = site.services.now()
    with site.services.begin() as session:
        new = NewTask(
            kind,
            Urgency.URGENT if kind is TaskKind.URGENT else Urgency.SOON,
            "test",
            "for a test",
            now,
            person_id=person_id,
            referral_id=referral_id,
        )
        task_id = raise_task(session, site.services.keyring, new, now).id
    client = site.signed_in(Role.CLINICIAN)
    assert "Amina" in client.get("/tasks/").text
    if kind is TaskKind.URGENT:
        press(client, task_id, "acknowledge")
    page = client.get(f"/tasks/{task_id}/close").text
    usual = re.findall(r'name="outcome" type="radio" value="([^"]+)"', page)
    fields = {"outcome": usual[0], "words": ""} if usual else {"words": "it is settled"}
    assert "Closed. Thank you" in press(client, task_id, "close", **fields)
    assert stored(site, task_id).outcome == (usual[0] if usual else "it is settled")


def test_closing_asks_for_an_outcome_and_for_a_day_that_is_to_come(busy: Site) -> None:
    client, task_id = busy.signed_in(Role.PEER_LEAD), callback(busy)
    for fields, told in (
        ({}, "Say in a few words how it ended"),
        ({"words": "wrote to us instead", "messages": "quiet"}, "Enter the day from which"),
        ({"words": "wrote", "messages": "quiet", "quiet_until": "2026-03-02"}, "still to come"),
        ({"words": "x" * 600}, "Shorten this to 500 characters"),
    ):
        answer = client.send(f"/tasks/{task_id}/close", fields)
        assert (answer.status_code, told in text_of(answer)) == (422, True)
    assert stored(busy, task_id).state is TaskState.OPEN


def test_a_draft_survives_signing_out_and_is_nobody_elses(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    answer = pat.send(f"/tasks/{task_id}/draft", {"note": "half a thou"}, headers={"HX-Request": "true"})
    assert "Your note is kept" in answer.text
    pat.send("/sign-out")
    assert pat.get(f"/tasks/{task_id}").status_code == 302
    assert "half a thou" in busy.signed_in(Role.PEER_WORKER).get(f"/tasks/{task_id}").text
    assert "half a thou" not in busy.signed_in(Role.PEER_LEAD).get(f"/tasks/{task_id}").text
    page = press(
        busy.signed_in(Role.PEER_WORKER), task_id, "try", result="no_answer", tries="0", note="whole"
    )
    assert "half a thou" not in page


def test_a_save_that_comes_in_behind_the_try_does_not_bring_the_note_back(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    press(pat, task_id, "try", result="no_answer", tries="0", note="their sister answered")
    late = {"note": "their sister answ", "tries": "0"}
    assert pat.send(f"/tasks/{task_id}/draft", late, headers={"HX-Request": "true"}).status_code == 200
    assert "their sister answ</textarea>" not in pat.get(f"/tasks/{task_id}").text
    pat.send(f"/tasks/{task_id}/draft", {"note": "begun anew", "tries": "1"})
    assert "begun anew</textarea>" in pat.get(f"/tasks/{task_id}").text


def test_a_note_sent_after_the_session_ended_is_kept_on_the_sign_in_page(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    token = pat.token()
    pat.send("/sign-out")
    fields = {"result": "no_answer", "tries": "0", "note": "their sister answered", "csrf_token": token}
    answer = pat.post(f"/tasks/{task_id}/try", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert "their sister answered" in answer.text
    assert tries(busy, task_id) == []


def test_100_kb_pasted_into_a_note_are_kept_and_the_limit_is_told(busy: Site) -> None:
    task_id, pat = callback(busy), busy.signed_in(Role.PEER_WORKER)
    pasted = "long " * 20_000
    answer = pat.send(f"/tasks/{task_id}/try", {"result": "no_answer", "tries": "0", "note": pasted})
    assert answer.status_code == 422
    assert "Shorten this to 4000 characters" in text_of(answer)
    assert answer.text.count("long long long") > 1000
    assert pat.send(f"/tasks/{task_id}/draft", {"note": pasted}).status_code == 302
    assert pat.get(f"/tasks/{task_id}").text.count("long long long") > 1000


def test_a_script_in_words_notes_and_names_is_only_text(busy: Site) -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    writes(busy.services, f"call me {nasty}")
    pat = busy.signed_in(Role.PEER_WORKER)
    press(pat, callback_of(busy), "try", result="no_answer", tries="0", note=nasty)
    page = pat.get(f"/tasks/{callback_of(busy)}").text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def callback_of(site: Site) -> str:
    """Amina's last callback."""
    with site.services.read() as session:
        query = select(Task.id).where(Task.kind == TaskKind.CALLBACK).order_by(Task.opened_at, Task.id)
        return session.scalars(query).all()[-1]


def test_a_death_is_recorded_after_one_question_and_undone_by_a_second_person_only(busy: Site) -> None:
    pat, person_id = busy.signed_in(Role.PEER_WORKER), stored(busy, callback(busy)).person_id
    assert f"/people/{person_id}/death/" in pat.get(f"/tasks/{callback(busy)}").text
    assert "Has Amina died?" in text_of(pat.get(f"/people/{person_id}/death/"))
    assert "not in the future" in text_of(pat.send(f"/people/{person_id}/death/", {"on": "2026-03-03"}))
    assert pat.send(f"/people/{person_id}/death/", {"on": ""}).status_code == 302
    assert stored(busy, callback(busy)).state is TaskState.CLOSED
    tick(busy.services)
    lead, page = busy.signed_in(Role.PEER_LEAD), f"/people/{person_id}/death/"
    lead.send(page, {"on": ""})  # again: nothing changes
    assert "Recorded by Pat Peer" in text_of(lead.get(page))
    assert lead.send(f"{page}undo", {"why": " "}).status_code == 422
    assert lead.send(f"{page}undo", {"why": "it was another person"}).status_code == 302
    with busy.services.read() as session:
        assert session.get_one(Person, person_id).deceased_on is None


def test_whoever_recorded_a_death_cannot_undo_it_alone(busy: Site) -> None:
    person_id = stored(busy, callback(busy)).person_id
    lead = busy.signed_in(Role.PEER_LEAD)
    lead.send(f"/people/{person_id}/death/", {"on": ""})
    assert "ask a second member of staff" in text_of(lead.get(f"/people/{person_id}/death/"))
    answer = lead.send(f"/people/{person_id}/death/undo", {"why": "slipped"})
    assert (answer.status_code, "two people together" in text_of(answer)) == (422, True)


@pytest.mark.parametrize("role", list(Role), ids=[role.value for role in Role])
@pytest.mark.parametrize("known", [False, True], ids=["a stranger", "somebody they know"])
def test_a_death_is_recorded_only_by_those_who_may_see_the_person(
    site: Site, role: Role, known: bool
) -> None:
    person_id, _ = cast.amina(site.services)
    client = site.signed_in(role)
    with site.services.begin() as session:
        staff_id, now = site.member(session, role).id, site.services.now()
        if known:
            session.add(Acquaintance(id=new_id(), staff_id=staff_id, person_id=person_id, at=now))
    may = role not in (Role.ANALYST, Role.PEER_WORKER) and not known
    page = f"/people/{person_id}/death/"
    answers = [client.get(page), client.send(f"{page}undo", {"why": "a slip"}), client.send(page, {"on": ""})]
    assert [answer.status_code != 403 for answer in answers] == [may] * 3
    with site.services.read() as session:
        assert (session.get_one(Person, person_id).deceased_on is not None) == may


def _routes(site: Site) -> list[tuple[str, str]]:
    """Each address about one task, with its method."""
    return [
        (rule.rule, method)
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in ("tasks", "task_work", "task_ends") and "<task_id>" in rule.rule
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


@pytest.mark.parametrize("whose", ["own", "nobody's", "another's", "of a person they know"])
@pytest.mark.parametrize("role", list(Role), ids=[role.value for role in Role])
def test_every_address_of_a_task_looks_at_the_task_behind_it(site: Site, role: Role, whose: str) -> None:
    """A peer worker reaches their own and unclaimed tasks; nobody reaches a person whom they know."""
    person_id, _ = cast.amina(site.services)
    allowed = {"own", "nobody's"} | (set() if role is Role.PEER_WORKER else {"another's"})
    for rule, method in _routes(site):
        task_id = _fresh(site.services, site, role, whose, person_id)
        client = site.signed_in(role)
        address = rule.replace("<task_id>", task_id)
        answer = client.send(address) if method == "POST" else client.get(address)
        may_at_all = role is not Role.ANALYST and (
            not rule.endswith("/acknowledge") or role in (Role.PEER_LEAD, Role.CLINICIAN)
        )
        expected = may_at_all and whose in allowed
        assert (answer.status_code != 403) == expected, (rule, method, answer.status_code)
        if not expected:
            assert "Amina" not in answer.text


def _fresh(services: Services, site: Site, role: Role, whose: str, person_id: str) -> str:
    """A new open task that stands so to the usual member of this role."""
    now = services.now()
    with services.begin() as session:
        member = site.member(session, role)
        session.execute(delete(Acquaintance))
        if whose == "of a person they know":
            session.add(Acquaintance(id=new_id(), staff_id=member.id, person_id=person_id, at=now))
        holder = {
            "own": member.id,
            "another's": site.member(session, Role.PEER_WORKER, "Sam Second").id,
        }.get(whose)
        new = NewTask(
            TaskKind.RECORD_CHECK,
            Urgency.SOON,
            f"test:{new_id()}",
            "for a test",
            now + timedelta(days=1),
            person_id=person_id,
            assignee_id=holder,
        )
        return raise_task(session, services.keyring, new, now).id


def test_the_queries_of_the_list_do_not_grow_with_its_rows(site: Site) -> None:
    counts = []
    for more in (2, 40):
        with site.services.begin() as session:
            for _ in range(more):
                details = cast.another(given_name=f"P{more}", mobile="", email="")
                person = cast.person(session, site.services, details)
                new = NewTask(
                    TaskKind.CHANGE,
                    Urgency.SOON,
                    f"test:{new_id()}",
                    "for a test",
                    site.services.now(),
                    person_id=person.id,
                )
                raise_task(session, site.services.keyring, new, site.services.now())
        counts.append(_queries(site))
    assert counts[0] == counts[1]


def _queries(site: Site) -> int:
    seen: list[str] = []

    def count(_c: object, _u: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    client = site.signed_in(Role.PEER_LEAD)
    event.listen(site.services.engine, "before_cursor_execute", count)
    client.get("/tasks/")
    event.remove(site.services.engine, "before_cursor_execute", count)
    return len(seen)


def test_a_resting_task_is_no_reason_for_more_than_it_says(busy: Site) -> None:
    """Put aside by its holder, a task of another kind is due when it comes back."""
    with busy.services.begin() as session:
        task = session.scalars(select(Task).where(Task.kind == TaskKind.CALLBACK)).one()
        task.kind, until = TaskKind.CHANGE, busy.services.now() + timedelta(days=9)
        put_aside(session, task, busy.member(session, Role.PEER_LEAD), busy.services.now(), until)
        assert task.due_at == until


def test_many_urgent_tasks_do_not_hide_one_another(site: Site) -> None:
    """Those that nobody is on stand on top; the others are one press away, and none is left out."""
    made = []
    with site.services.begin() as session:
        for number in range(25):
            new = NewTask(
                TaskKind.URGENT,
                Urgency.URGENT,
                f"test:{new_id()}",
                "for a test",
                site.services.now() - timedelta(minutes=number),
            )
            task = raise_task(session, site.services.keyring, new, site.services.now())
            if number >= 20:
                task.acknowledged_at, task.acknowledged_by = site.services.now(), "Cleo Clinician"
            made.append(task.id)
    cleo = site.signed_in(Role.CLINICIAN)
    top = cleo.get("/tasks/").text
    assert [task_id in top for task_id in made] == [True] * 20 + [False] * 5
    assert "5 more" in top
    everything = cleo.get("/tasks/?show=urgent").text
    assert all(task_id in everything for task_id in made)
