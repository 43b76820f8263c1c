"""People get their own language once it is approved, and English on record before, unless English is no help."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from outreach.actions.approve_template import approve_template
from outreach.actions.listings import message_records
from outreach.actions.plan import plan_due
from outreach.actions.revise_template import NewWords, revise_template
from outreach.actions.timeline import timeline
from outreach.engines.jobs import tick
from outreach.models import Message, Person, Referral, Task
from outreach.models.template import versions_of
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, PreferredChannel, Role, TaskKind
from tests import cast
from tests.house import clock_of

FIRST_CONTACT = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
KEY = "before-assessment/first-contact"
URDU = (
    "سلام {{ name }}، منجانب {{ text_name }}۔ جواب ضروری نہیں۔ بات کے لیے TALK لکھیں یا {{ phone }} پر فون کریں۔ "
    "روکنے کے لیے STOP لکھیں۔ {{ crisis_lines }}"
)


def approve_urdu(
    services: Services, key: str = KEY, source: str = URDU, channel: Channel = Channel.SMS
) -> None:
    """A translator writes it and a clinician, who speaks it, approves it."""
    now = services.now()
    with services.begin() as session:
        base = next((each.version for each in versions_of(session, key, "ur", channel)), 0)
        new = NewWords(key, "ur", channel, source, base)
        version = revise_template(session, services, new, now, author="Tariq Translator")
        someone = cast.staff(session, services, f"Samina {key} {channel}", Role.CLINICIAN)
        approve_template(session, services, version, someone, now)


def sent_to_amina(services: Services, **facts: Any) -> Message:
    cast.amina(services, **{"language": "ur", **facts})
    clock_of(services).set(FIRST_CONTACT)
    tick(services)
    with services.read() as session:
        return session.scalars(select(Message)).one()


def test_before_approval_urdu_speakers_get_english_and_the_fallback_is_on_record(services: Services) -> None:
    message = sent_to_amina(services)
    assert (message.state, message.language, message.wanted_language) == (MessageState.DELIVERED, "en", "ur")
    assert message.opened(services.keyring)[1].startswith("Hello Amina")
    with services.read() as session:
        (record,) = message_records(session)
    assert record["reason"] == "in English: its words in Urdu are not approved yet"
    assert record["wanted_language"] == "ur"


def test_after_approval_urdu_speakers_get_urdu(services: Services) -> None:
    approve_urdu(services)
    message = sent_to_amina(services)
    assert (message.state, message.language, message.wanted_language) == (MessageState.DELIVERED, "ur", None)
    text = message.opened(services.keyring)[1]
    assert text.startswith("سلام \u200eAmina\u200e")
    assert "020\u00a07946\u00a00000" in text
    assert "Samaritans 116\u00a0123" in text


def test_the_shipped_draft_goes_once_a_speaker_is_named_and_not_before(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        (draft,) = versions_of(session, KEY, "ur", Channel.SMS)
        lead = cast.staff(session, sqlite_services, "Lena Lead", Role.PEER_LEAD)
        approve_template(
            session, sqlite_services, draft, lead, sqlite_services.now(), native_speaker="Samina Khan"
        )
    message = sent_to_amina(sqlite_services)
    assert (message.language, message.wanted_language) == ("ur", None)
    assert "TALK" in message.opened(sqlite_services.keyring)[1]


def test_who_needs_an_interpreter_is_rung_by_somebody_who_sees_which_language(
    sqlite_services: Services,
) -> None:
    sent_to_amina(sqlite_services, interpreter=True)
    with sqlite_services.read() as session:
        call = session.scalars(select(Task).where(Task.kind == TaskKind.CALL)).one()
    assert (call.wished_language, "interpreter" in call.reason) == ("ur", True)


@pytest.mark.parametrize("language", ["ur-PK", "ur"])
def test_a_region_of_a_language_gets_the_language(sqlite_services: Services, language: str) -> None:
    approve_urdu(sqlite_services)
    message = sent_to_amina(sqlite_services, language=language)
    assert (message.language, message.wanted_language) == ("ur", None)


def test_who_reads_english_never_counts_as_a_fallback(sqlite_services: Services) -> None:
    assert sent_to_amina(sqlite_services, language="en-GB").wanted_language is None


def test_who_needs_an_interpreter_gets_no_english_message(services: Services) -> None:
    message = sent_to_amina(services, interpreter=True)
    assert (message.state, message.channel, message.body) == (MessageState.CANCELLED, None, None)
    assert "interpreter" in message.reason


def test_who_needs_an_interpreter_gets_their_own_language_once_it_is_approved(services: Services) -> None:
    approve_urdu(services)
    assert sent_to_amina(services, interpreter=True).language == "ur"


def test_who_needs_an_interpreter_is_not_sent_to_on_a_channel_without_their_language(
    sqlite_services: Services,
) -> None:
    approve_urdu(sqlite_services)
    message = sent_to_amina(sqlite_services, interpreter=True, preferred_channel=PreferredChannel.EMAIL)
    assert (message.channel, message.language) == (Channel.SMS, "ur")


def test_who_needs_an_interpreter_for_a_language_nobody_recorded_gets_nothing_in_english(
    sqlite_services: Services,
) -> None:
    assert sent_to_amina(sqlite_services, language="en", interpreter=True).state is MessageState.CANCELLED


def test_a_need_for_an_interpreter_that_comes_to_light_after_planning_still_counts(
    services: Services,
) -> None:
    person_id, _ = cast.amina(services, language="ur")
    clock_of(services).set(FIRST_CONTACT)
    plan_due(services, services.now())
    with services.begin() as session:
        session.get_one(Person, person_id).interpreter = True
    tick(services)
    with services.read() as session:
        message = session.scalars(select(Message)).one()
    assert message.state is MessageState.CANCELLED
    assert "interpreter" in message.reason


def test_dates_stand_in_the_language_of_the_message(sqlite_services: Services) -> None:
    source = "منجانب {{ text_name }}: {{ appointment_day }}، {{ appointment_time }}۔ LATER، {{ phone }}۔"
    approve_urdu(sqlite_services, "before-assessment/reminder-2", source)
    cast.amina(sqlite_services, language="ur")
    with sqlite_services.begin() as session:
        booked = session.scalars(select(Referral)).one()
        cast.assessment(session, sqlite_services, booked, date(2026, 3, 20))
    for day in range(3, 20):
        clock_of(sqlite_services).set(datetime(2026, 3, day, 10, 30, tzinfo=UTC))
        tick(sqlite_services)
    with sqlite_services.read() as session:
        message = session.scalars(
            select(Message).where(Message.template == "before-assessment/reminder-2")
        ).one()
        text = message.opened(sqlite_services.keyring)[1]
    assert "جمعہ 20 مارچ، صبح 10:30 بجے" in text


def test_the_timeline_says_that_no_message_can_go_without_an_interpreter(sqlite_services: Services) -> None:
    _, referral_id = cast.amina(sqlite_services, language="ur", interpreter=True)
    with sqlite_services.read() as session:
        referral = session.get_one(Referral, referral_id)
    lines = timeline(sqlite_services, referral, sqlite_services.now()).lines
    assert {(line.state, "interpreter" in line.reason) for line in lines} == {("will ring", True)}
