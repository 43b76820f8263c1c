"""What follows from what people write: it is heard whatever breaks, acted on once, and answered truthfully."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.record_death import record_death
from outreach.actions.take_receipt import take_receipt
from outreach.actions.take_reply import act_on_pending, store, take_reply
from outreach.engines.jobs import tick
from outreach.models import (
    Attempt,
    Enrolment,
    Hold,
    Message,
    OptOut,
    Person,
    Referral,
    Reply,
    StaffMember,
    Task,
)
from outreach.ports import AddressFault, InboundMessage, Receipt
from outreach.rules.reading import Findings
from outreach.services import Services
from outreach.vocabulary import (
    Cause,
    Channel,
    MessageState,
    Purpose,
    ReceiptStatus,
    Role,
    TaskKind,
    TaskState,
)
from tests import cast
from tests.house import build_services, clock_of

STRANGER = "+447700900055"
FREE_TEXT = ("the weather has been odd lately", "my sister came round", "ok so what happens next", "hm")


@pytest.fixture
def team(services: Services) -> Services:
    """Amina waits; Grace can call, Hana leads, Dr Ito is there; on both databases."""
    return _with_team(services)


@pytest.fixture
def small_team(sqlite_services: Services) -> Services:
    """The same on SQLite only."""
    return _with_team(sqlite_services)


def _with_team(services: Services) -> Services:
    cast.amina(services)
    with services.begin() as session:
        cast.staff(session, services, "Grace", Role.PEER_WORKER, hours=True, languages=["pl"])
        cast.staff(session, services, "Hana", Role.PEER_LEAD)
        cast.staff(session, services, "Dr Ito", Role.CLINICIAN, mobile="+447700900101")
    return services


def _inbound(words: str, *, sender: str = cast.AMINA.mobile, **facts: Any) -> InboundMessage:
    channel = Channel.EMAIL if "@" in sender else Channel.SMS
    return InboundMessage(f"SM{words[:20]}{sender}{facts}", channel, sender, "+447700900999", words, **facts)


def _writes(services: Services, words: str, **facts: Any) -> str:
    """A text comes in by the webhook; returns the answer that goes back, blank for none."""
    return take_reply(services, _inbound(words, **facts), services.now()).text


def _writes_again(services: Services, words: str, number: int) -> str:
    inbound = replace(_inbound(words), provider_id=f"SM{number}-{words[:20]}")
    return take_reply(services, inbound, services.now()).text


def _all(services: Services, table: type[Any]) -> list[Any]:
    with services.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def _open(services: Services) -> list[TaskKind]:
    return sorted(task.kind for task in _all(services, Task) if task.state is not TaskState.CLOSED)


def _raises(_text: str, **_facts: Any) -> Findings:
    raise RecursionError("the reader is broken")


def _finds_nothing(_text: str, **_facts: Any) -> Findings:
    return Findings(frozenset())


# ------------------------------------------------------------------ heard whatever breaks


def test_with_a_reader_that_raises_every_reply_has_the_lines_and_a_reader_now(team: Services) -> None:
    broken = replace(team, reader=_raises)
    for words in FREE_TEXT:
        assert "Samaritans" in _writes(broken, words)
    replies, tasks = _all(team, Reply), _all(team, Task)
    assert [reply.reader_fault for reply in replies] == ["RecursionError"] * len(FREE_TEXT)
    assert {task.reply_id for task in tasks} == {reply.id for reply in replies}
    assert {(task.kind, task.next_alert_at) for task in tasks} == {(TaskKind.URGENT, team.now())}


def test_with_a_reader_that_finds_nothing_the_lines_go_every_time(small_team: Services) -> None:
    broken = replace(small_team, reader=_finds_nothing)
    for number in range(8):
        for words in FREE_TEXT:
            assert "Samaritans" in _writes_again(broken, words, number)
    assert all(reply.read_at is None for reply in _all(small_team, Reply))


def test_with_the_reader_switched_off_the_lines_go_every_time(sqlite_url: str) -> None:
    services = build_services(sqlite_url, duty={"reader": False})
    cast.amina(services)
    for number in range(8):
        assert "Samaritans" in _writes_again(services, "I want to die", number)


SLOW = {
    "one letter": "a" * 1600,
    "a near word": "suicid" * 266,
    "spaced letters": "k i l l " * 200,
    "breaks": "!?" * 800,
    "accents": "a\u0301" * 800,
    "numbers": "after 3 " * 200,
}


@pytest.mark.parametrize("words", SLOW.values(), ids=SLOW)
def test_texts_made_to_be_slow_are_stored_and_answered(small_team: Services, words: str) -> None:
    assert "NHS" in _writes(small_team, words)
    (reply,) = _all(small_team, Reply)
    assert (reply.opened(small_team.keyring), reply.reader_fault) == (words, None)


def test_what_was_stored_by_a_process_that_died_gets_all_that_follows(team: Services) -> None:
    store(team, _inbound("STOP, and can someone ring me"), team.now())
    assert _all(team, Task) == []
    assert act_on_pending(team, team.now()) == 1
    assert act_on_pending(team, team.now()) == 0
    assert _open(team) == [TaskKind.CALLBACK, TaskKind.KEEP_IN_TOUCH]
    tick(team)
    (answer,) = [each for each in _all(team, Message) if each.purpose is Purpose.ANSWER]
    assert answer.state is MessageState.DELIVERED
    assert len(_all(team, OptOut)) == 1


def test_a_reply_that_cannot_be_acted_on_keeps_no_other_waiting(small_team: Services) -> None:
    for words in ("hello", "can someone ring me"):
        store(small_team, _inbound(words), small_team.now())
    with small_team.begin() as session:
        first = session.scalars(select(Reply).order_by(Reply.id)).first()
        assert first is not None
        first.sender = b"\0\0damaged"
    with pytest.raises(ExceptionGroup) as faults:
        act_on_pending(small_team, small_team.now())
    assert len(faults.value.exceptions) == 1
    assert _open(small_team) == [TaskKind.CALLBACK, TaskKind.URGENT]
    with pytest.raises(ExceptionGroup):
        act_on_pending(small_team, small_team.now())
    assert _open(small_team) == [TaskKind.CALLBACK, TaskKind.URGENT]


# ------------------------------------------------------------------ answers


def test_free_text_gets_a_human_sentence_and_the_lines_once_in_12_hours(small_team: Services) -> None:
    first = _writes(small_team, FREE_TEXT[0])
    assert "Someone will read this by Tuesday noon" in first
    assert "Samaritans" in first
    clock_of(small_team).forward(hours=11)
    assert "Samaritans" not in _writes(small_team, FREE_TEXT[1])
    clock_of(small_team).forward(hours=2)
    assert "Samaritans" in _writes(small_team, FREE_TEXT[2])


def test_a_flagged_reply_gets_the_lines_every_time_and_is_never_capped(small_team: Services) -> None:
    for number in range(9):
        assert "Samaritans" in _writes_again(small_team, "I want to die", number)


def test_unflagged_answers_are_capped_a_day_so_that_machines_do_not_talk_for_ever(
    small_team: Services,
) -> None:
    answers = []
    for number in range(8):
        clock_of(small_team).forward(minutes=20)
        answers.append(_writes_again(small_team, "stop the check-ins please", number))
    assert [bool(answer) for answer in answers] == [True] * 5 + [False] * 3
    clock_of(small_team).forward(days=1)
    assert _writes_again(small_team, FREE_TEXT[0], 9)


def test_a_bare_thanks_gets_no_answer_within_14_days_of_one(small_team: Services) -> None:
    assert "Thank you for writing back" in _writes(small_team, "Thanks")
    clock_of(small_team).forward(days=13)
    assert _writes(small_team, "thank you 👍") == ""
    clock_of(small_team).forward(days=2)
    assert _writes(small_team, "cheers") != ""


def test_an_answer_without_a_receipt_is_sent_once_more_and_not_again(team: Services) -> None:
    _writes(team, "can someone ring me")
    for _ in range(3):
        clock_of(team).forward(minutes=6)
        tick(team)
    answers = [each for each in _all(team, Message) if each.purpose is Purpose.ANSWER]
    assert [(each.state, each.attempts) for each in answers] == [(MessageState.DELIVERED, 2)]
    assert len(_all(team, Attempt)) == 2


def test_crisis_lines_that_did_not_arrive_mark_the_task_telephone_now(team: Services) -> None:
    _writes(team, "STOP. I want to die")
    (answer,) = [each for each in _all(team, Message) if each.step == "crisis-lines"]
    receipt = Receipt(
        "SM9", ReceiptStatus.FAILED, "21610", "has opted out", address_fault=AddressFault.OPTED_OUT
    )
    clock_of(team).forward(minutes=1)
    assert take_receipt(team, receipt, team.now(), answer.attempt_id)
    (urgent,) = [task for task in _all(team, Task) if task.kind is TaskKind.URGENT]
    assert (urgent.telephone_now_at, urgent.next_alert_at) == (team.now(), team.now())


# ------------------------------------------------------------------ opt-outs


def test_stopping_check_ins_keeps_appointment_texts_and_the_answer_says_so(team: Services) -> None:
    answer = _writes(team, "stop the check-ins, keep appointment texts")
    assert "Others still come" in answer
    (stop,) = _all(team, OptOut)
    assert (stop.channel, stop.purpose) == (None, Purpose.CHECK_IN)
    assert _open(team) == []


def test_an_opt_out_changes_nothing_about_the_wait(team: Services) -> None:
    def wait() -> list[Any]:
        referrals = [(row.stage, row.referred_on, row.closed_on) for row in _all(team, Referral)]
        return [*referrals, *((row.schedule, row.ended_at) for row in _all(team, Enrolment))]

    before = wait()
    _writes(team, "STOP")
    assert wait() == before
    assert _open(team) == [TaskKind.KEEP_IN_TOUCH]


def test_a_stop_seen_by_the_carrier_is_recorded_and_needs_no_answer_of_ours(small_team: Services) -> None:
    assert _writes(small_team, "Stop", carrier_opt_out="STOP") == ""
    (stop,) = _all(small_team, OptOut)
    assert (stop.cause, stop.channel) == (Cause.CARRIER, Channel.SMS)


def test_start_takes_back_what_was_stopped_on_this_channel_only(team: Services) -> None:
    with team.begin() as session:
        person_id = session.scalars(select(Person.id)).one()
        opt_out(session, Stop(Cause.EMAIL_LINK, person_id=person_id), team.now(), who="the person")
    _writes(team, "STOP")
    _writes(team, "START")
    standing = [(row.cause, row.channel) for row in _all(team, OptOut) if row.undone_at is None]
    assert standing == [(Cause.EMAIL_LINK, Channel.EMAIL)]
    assert all(row.undone_by == "the person" for row in _all(team, OptOut) if row.undone_at)


def test_a_scoped_stop_from_a_stranger_stays_scoped_once_attached(small_team: Services) -> None:
    _writes(small_team, "please stop the surveys", sender=STRANGER)
    (reply,) = _all(small_team, Reply)
    assert (reply.opt_out_channel, reply.opt_out_purpose) == (None, Purpose.SURVEY)


# ------------------------------------------------------------------ callbacks


def test_a_wish_to_talk_names_the_worker_the_time_and_the_wish(team: Services) -> None:
    answer = _writes(team, "can someone who speaks Polish ring me on Wednesday after 1")
    assert "on Wednesday 4 March between 1pm and 3:30pm" in answer
    (task,) = [each for each in _all(team, Task) if each.kind is TaskKind.CALLBACK]
    (grace,) = [each for each in _all(team, StaffMember) if each.name == "Grace"]
    assert (task.assignee_id, task.wished_language, task.wished_time) == (
        grace.id,
        "pl",
        "Wednesday, after 13:00",
    )
    assert task.begins_at is not None
    assert (team.calendar.in_words(task.begins_at), task.due_at - task.begins_at) == (
        "Wednesday 4 March 2026 at 1pm",
        timedelta(hours=2.5),
    )


def test_somebody_who_asks_again_hears_of_the_same_call(small_team: Services) -> None:
    first = _writes(small_team, "TALK")
    clock_of(small_team).forward(minutes=30)
    assert _writes(small_team, "can someone ring me please") == first
    assert len({(task.assignee_id, task.due_at) for task in _all(small_team, Task)}) == 1


def test_a_better_time_in_a_later_text_goes_onto_the_open_call(small_team: Services) -> None:
    _writes(small_team, "TALK")
    _writes(small_team, "Friday afternoon would suit me better")
    (task,) = _all(small_team, Task)
    assert task.wished_time == "Friday, afternoon"


def test_without_anybody_free_no_time_is_promised(sqlite_services: Services) -> None:
    cast.amina(sqlite_services)
    assert "tell you when we can ring" in _writes(sqlite_services, "can someone ring me")
    (task,) = _all(sqlite_services, Task)
    assert (task.assignee_id, task.state) == (None, TaskState.OPEN)


# ------------------------------------------------------------------ numbers nobody knows, or two people share


def test_an_unknown_number_gets_one_neutral_answer_and_is_read_the_same_day(team: Services) -> None:
    answer = _writes(team, "hello it is me", sender=STRANGER)
    assert "cannot tell who is writing" in answer
    assert "Samaritans" in answer
    assert _writes(team, "are you there", sender=STRANGER) == ""
    (first, _) = _all(team, Task)
    assert (first.kind, first.person_id) == (TaskKind.UNMATCHED, None)
    assert team.calendar.day_of(first.due_at) == team.calendar.day_of(team.now())
    assert _all(team, Reply)[0].read_due_at == first.due_at


def test_a_possible_crisis_from_a_shared_number_is_urgent_and_names_everybody_it_may_be(
    small_team: Services,
) -> None:
    with small_team.begin() as session:
        sister = cast.person(session, small_team, cast.another(given_name="Bea"))
        cast.referral(session, small_team, sister, date(2026, 3, 2), local_id="R-9")
    assert "Samaritans" in _writes(small_team, "I want to die")
    people = sorted(person.id for person in _all(small_team, Person))
    tasks = {task.kind: task for task in _all(small_team, Task)}
    assert set(tasks) == {TaskKind.URGENT, TaskKind.UNMATCHED}
    assert tasks[TaskKind.URGENT].person_id is None
    assert tasks[TaskKind.URGENT].candidates == people
    assert _all(small_team, Hold) == []


# ------------------------------------------------------------------ after a death


@pytest.mark.parametrize("words", ["who is this please", "TALK"])
def test_after_a_death_replies_go_to_the_lead_and_the_answer_names_nobody(team: Services, words: str) -> None:
    with team.begin() as session:
        record_death(session, team, session.scalars(select(Person)).one(), team.now(), who="Grace")
    answer = _writes(team, words)
    assert "cannot tell who is writing" in answer
    assert "Amina" not in answer
    tasks = [task for task in _all(team, Task) if task.kind is TaskKind.AFTER_DEATH]
    (hana,) = [each for each in _all(team, StaffMember) if each.name == "Hana"]
    assert [task.assignee_id for task in tasks] == [hana.id]
    assert TaskKind.CALLBACK not in _open(team)


def test_a_person_reads_every_reply_keywords_included(small_team: Services) -> None:
    words = ["STOP", "START", "TALK", "LATER", "CHANGE", "HELP", "thanks", "hello"]
    for each in words:
        _writes(small_team, each)
    with small_team.read() as session:
        waiting = session.scalar(
            select(func.count()).where(Reply.read_at.is_(None), Reply.read_due_at.is_not(None))
        )
    assert waiting == len(words)
