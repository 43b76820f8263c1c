"""The last check before a message leaves, and what is recorded of its journey."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from outreach.actions.claim import claim_due
from outreach.actions.hold import hold, release
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.pause import pause_sending, resume_sending
from outreach.actions.plan import plan_due
from outreach.actions.record import Result, record
from outreach.actions.send import begin_sending
from outreach.actions.sweep import sweep
from outreach.engines.jobs import tick
from outreach.models import Attempt, Hold, Message, Pause, Person, Referral
from outreach.ports import Outcome, Verdict
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, MessageState
from tests import cast
from tests.house import clock_of

FIRST_CONTACT = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)


@pytest.fixture
def due(services: Services) -> Services:
    """Amina's first contact is planned and due now."""
    cast.amina(services)
    clock_of(services).set(FIRST_CONTACT)
    plan_due(services, services.now())
    return services


def _only(services: Services) -> Message:
    with services.read() as session:
        return session.scalars(select(Message)).one()


def test_a_due_message_is_sent_once_and_delivered(due: Services) -> None:
    assert tick(due).sent.accepted == 1
    assert tick(due).sent.accepted == 0
    message = _only(due)
    assert (message.state, message.channel, message.language) == (MessageState.DELIVERED, Channel.SMS, "en")
    assert message.opened(due.keyring)[1].startswith("Hello Amina")
    assert message.segments == 3


def test_nothing_is_handed_over_before_its_attempt_is_committed(due: Services) -> None:
    claim = claim_due(due, due.now())
    (handover,) = begin_sending(due, claim, claim.message_ids, due.now())
    with due.read() as session:
        attempt = session.get_one(Attempt, handover.attempt_id)
    assert (_only(due).state, attempt.number, attempt.verdict) == (MessageState.SENDING, 1, None)


def test_the_results_of_many_are_recorded_together(due: Services) -> None:
    cast.ben(due)
    clock_of(due).set(FIRST_CONTACT)
    plan_due(due, due.now())
    claim = claim_due(due, due.now())
    handovers = begin_sending(due, claim, claim.message_ids, due.now())
    assert len(handovers) == 2
    record(
        due, [Result(each, Outcome(Verdict.ACCEPTED, f"SM{each.number}")) for each in handovers], due.now()
    )
    with due.read() as session:
        assert set(session.scalars(select(Message.state))) == {MessageState.SENT}


def test_an_opt_out_after_the_claim_is_still_respected(due: Services) -> None:
    claim = claim_due(due, due.now())
    with due.begin() as session:
        person_id = session.scalars(select(Person.id)).one()
        opt_out(
            session, Stop(Cause.REPLY, person_id=person_id, channel=Channel.SMS), due.now(), who="the person"
        )
    assert begin_sending(due, claim, claim.message_ids, due.now()) == []
    message = _only(due)
    assert message.state is MessageState.CANCELLED
    assert "reply" in message.reason


def test_an_opt_out_binds_the_address_for_whoever_has_it_later(services: Services) -> None:
    with services.begin() as session:
        token = services.keyring.blind("mobile", cast.AMINA.mobile)
        stop = Stop(Cause.REPLY, address_token=token, channel=Channel.SMS)
        opt_out(session, stop, services.now(), who="whoever had the number")
    cast.amina(services)
    clock_of(services).set(FIRST_CONTACT)
    tick(services)
    message = _only(services)
    assert (message.state, message.reason) == (MessageState.CANCELLED, "has opted out of texts")


def test_a_claim_belongs_to_one_sender(due: Services) -> None:
    claim = claim_due(due, due.now())
    assert claim_due(due, due.now()).message_ids == ()
    clock_of(due).forward(minutes=3)
    asyncio.run(sweep(due))
    assert len(claim_due(due, due.now()).message_ids) == 1
    assert begin_sending(due, claim, claim.message_ids, due.now()) == []


def test_outside_the_window_nothing_is_claimed(due: Services) -> None:
    clock_of(due).set(datetime(2026, 3, 5, 17, 50, tzinfo=UTC))
    assert claim_due(due, due.now()).message_ids == ()
    clock_of(due).set(datetime(2026, 3, 7, 12, 0, tzinfo=UTC))
    assert claim_due(due, due.now()).message_ids == ()


def test_a_pause_holds_and_its_end_lets_go(due: Services) -> None:
    with due.begin() as session:
        pause_sending(session, due.now(), who="Jo", why="checking the words")
    tick(due)
    held = _only(due)
    assert (held.state, held.reason) == (MessageState.HELD, "paused by staff: checking the words")
    with due.begin() as session:
        resume_sending(
            session, session.scalars(select(Pause)).one(), due.now(), who="Jo", why="they are fine"
        )
    tick(due)
    assert _only(due).state is MessageState.DELIVERED


def test_a_hold_keeps_check_ins_and_lets_appointment_messages_pass(services: Services) -> None:
    person_id, referral_id = cast.amina(services, date(2026, 2, 27), introduced_at=services.now())
    with services.begin() as session:
        cast.assessment(session, services, session.get_one(Referral, referral_id), date(2026, 3, 16))
        hold(session, person_id, services.now(), who="outreach", why="a callback is open")
    for day in (2, 6, 9):
        clock_of(services).set(datetime(2026, 3, day, 10, 30, tzinfo=UTC))
        tick(services)
    with services.read() as session:
        states = {message.step: message.state for message in session.scalars(select(Message))}
    assert states["reminder-7"] is MessageState.DELIVERED
    assert states["talk-offer"] is MessageState.HELD


def test_a_released_hold_with_a_quiet_time_waits_for_its_end(due: Services) -> None:
    with due.begin() as session:
        person_id = session.scalars(select(Person.id)).one()
        hold(session, person_id, due.now(), who="outreach", why="a callback is open")
    tick(due)
    with due.begin() as session:
        row = session.scalars(select(Hold)).one()
        release(session, row, due.now(), who="Grace", quiet_until=date(2026, 3, 9))
    tick(due)
    assert _only(due).state is MessageState.HELD
    clock_of(due).set(datetime(2026, 3, 9, 10, 0, tzinfo=UTC))
    tick(due)
    assert _only(due).state is MessageState.DELIVERED


def test_a_lost_answer_is_never_sent_again_but_given_to_staff(due: Services) -> None:
    claim = claim_due(due, due.now())
    begin_sending(due, claim, claim.message_ids, due.now())
    clock_of(due).forward(minutes=30)
    tick(due)
    assert _only(due).state is MessageState.SENDING
    clock_of(due).forward(hours=1)
    tick(due)
    message = _only(due)
    assert (message.state, message.attempts) == (MessageState.UNCONFIRMED, 1)
    assert "do not send again" in message.reason


def test_a_message_whose_time_has_passed_says_so(services: Services) -> None:
    _, referral_id = cast.amina(services, date(2026, 2, 2))
    with services.begin() as session:
        cast.assessment(session, services, session.get_one(Referral, referral_id), date(2026, 3, 9))
        pause_sending(session, services.now(), who="Jo", why="a fire drill")
    clock_of(services).forward(hours=1)
    tick(services)
    with services.read() as session:
        held = session.scalars(select(Message).where(Message.step == "reminder-7")).one()
    assert held.state is MessageState.HELD
    clock_of(services).forward(days=10)
    tick(services)
    with services.read() as session:
        reminder = session.get_one(Message, held.id)
    assert reminder.state is MessageState.EXPIRED
    assert "a fire drill" in reminder.reason


def test_the_daily_cap_moves_the_rest_to_the_next_day(sqlite_services: Services) -> None:
    services = sqlite_services
    capped = services.config.sending.model_copy(update={"daily_cap": 1})
    object.__setattr__(services, "config", services.config.model_copy(update={"sending": capped}))
    cast.amina(services)
    cast.ben(services)
    clock_of(services).set(FIRST_CONTACT)
    tick(services)
    with services.read() as session:
        messages = list(session.scalars(select(Message).order_by(Message.planned_for)))
    assert [message.state for message in messages] == [MessageState.DELIVERED, MessageState.PLANNED]
    assert messages[1].planned_for - FIRST_CONTACT == timedelta(days=1)
    assert "cap" in messages[1].reason
