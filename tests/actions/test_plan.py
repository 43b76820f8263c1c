"""What is due is put on record once, and what no longer holds is taken back."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, update

from outreach.actions.plan import plan_due, replan
from outreach.engines.jobs import tick
from outreach.models import Enrolment, Message, Person, Referral, Task
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Stage, TaskKind
from tests import cast
from tests.house import clock_of


def _messages(services: Services) -> list[Message]:
    with services.read() as session:
        return list(session.scalars(select(Message).order_by(Message.due_at, Message.id)))


def test_nothing_is_on_record_before_it_is_due(services: Services) -> None:
    cast.amina(services)
    assert _messages(services) == []
    assert plan_due(services, services.now()).people == 0


def test_the_first_contact_is_planned_three_days_after_the_referral(services: Services) -> None:
    cast.amina(services)
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    assert plan_due(services, services.now()).planned == 1
    (message,) = _messages(services)
    assert (message.step, message.state) == ("first-contact", MessageState.PLANNED)
    assert message.planned_for == datetime(2026, 3, 5, 10, 30, tzinfo=UTC)


def test_planning_again_at_the_same_moment_changes_nothing(services: Services) -> None:
    cast.amina(services)
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    plan_due(services, services.now())
    again = plan_due(services, services.now())
    assert (again.people, len(_messages(services))) == (0, 1)


def test_a_missed_tick_costs_nothing(services: Services) -> None:
    cast.amina(services)
    clock_of(services).set(datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    tick(services)
    (message,) = _messages(services)
    assert message.state is MessageState.DELIVERED
    assert message.reason == ""


def test_long_past_one_off_steps_are_skipped_with_a_reason(services: Services) -> None:
    with services.begin() as session:
        amina = cast.person(session, services)
        referral = cast.referral(session, services, amina, date(2026, 1, 5), accepted_on=date(2026, 1, 20))
        assert referral.stage is Stage.AWAITING_TREATMENT
    tick(services)
    skipped = [message for message in _messages(services) if message.state is MessageState.EXPIRED]
    assert [message.step for message in skipped] == ["what-happens-next"]
    assert "Tuesday 27 January" in skipped[0].reason


def test_late_first_contacts_are_spread_over_days(sqlite_services: Services) -> None:
    services = sqlite_services
    most = services.config.sending.first_contacts_a_day
    with services.begin() as session:
        for number in range(most + 5):
            details = cast.another(mobile=f"+447700900{number:03}", email=f"p{number}@example.org")
            person = cast.person(session, services, details)
            cast.referral(
                session,
                services,
                person,
                date(2025, 1, 6),
                local_id=f"R-{number}",
                accepted_on=date(2025, 3, 3),
            )
    with services.read() as session:
        days = list(session.scalars(select(Enrolment.first_contact_on)))
    assert max(days.count(day) for day in days) == most
    assert set(days) == {date(2026, 3, 3), date(2026, 3, 4)}


def test_a_moved_assessment_takes_its_reminders_along(services: Services) -> None:
    _, referral_id = cast.amina(services, date(2026, 2, 2))
    with services.begin() as session:
        referral = session.get_one(Referral, referral_id)
        first = cast.assessment(session, services, referral, date(2026, 3, 9))
    clock_of(services).set(datetime(2026, 3, 2, 10, 30, tzinfo=UTC))
    plan_due(services, services.now())
    with services.begin() as session:
        moved = session.get_one(type(first), first.id)
        moved.cancelled_at, moved.cancelled_because = services.now(), "moved"
        referral = session.get_one(Referral, referral_id)
        cast.assessment(session, services, referral, date(2026, 4, 20))
    reminders = {message.state for message in _messages(services) if message.step == "reminder-7"}
    assert reminders == {MessageState.CANCELLED}
    clock_of(services).set(datetime(2026, 4, 13, 9, 30, tzinfo=UTC))
    tick(services)
    assert [
        m.state for m in _messages(services) if m.step == "reminder-7" and m.appointment_id != first.id
    ] == [MessageState.DELIVERED]


def test_closing_a_referral_cancels_what_is_planned(services: Services) -> None:
    person_id, referral_id = cast.amina(services)
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    plan_due(services, services.now())
    with services.begin() as session:
        referral = session.get_one(Referral, referral_id)
        referral.closed_on, referral.stage = date(2026, 3, 5), Stage.CLOSED
        session.flush()
        planned = replan(session, services, [person_id], services.now(), because="the referral was closed")
    assert planned.cancelled == 1
    (message,) = _messages(services)
    assert (message.state, message.reason) == (MessageState.CANCELLED, "cancelled: the referral was closed")


def test_nobody_who_has_died_is_on_a_schedule(services: Services) -> None:
    person_id, _ = cast.amina(services)
    with services.begin() as session:
        session.get_one(Person, person_id).deceased_on = date(2026, 3, 3)
        session.flush()
        replan(session, services, [person_id], services.now(), because="the person has died")
    clock_of(services).forward(days=60)
    tick(services)
    assert _messages(services) == []


def test_an_appointment_nobody_recorded_stops_counting_after_two_weeks(services: Services) -> None:
    _, referral_id = cast.amina(services, date(2026, 2, 2))
    with services.begin() as session:
        cast.assessment(session, services, session.get_one(Referral, referral_id), date(2026, 3, 4))
    clock = clock_of(services)
    for _ in range(22):
        clock.forward(days=2)
        tick(services)
    sent = [m for m in _messages(services) if m.state is MessageState.DELIVERED and m.step == "check-in"]
    assert sent, "check-ins go on when nobody recorded what became of the assessment"
    assert all(m.sending_at and m.sending_at > services.now() - timedelta(days=30) for m in sent)


def test_one_person_who_cannot_be_planned_for_keeps_nobody_else_and_staff_are_told(
    services: Services,
) -> None:
    amina, _ = cast.amina(services)
    cast.ben(services)
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    with services.begin() as session:
        session.execute(update(Person).where(Person.id == amina).values(details=b"00damaged"))
    assert plan_due(services, services.now()).people == 2
    assert plan_due(services, services.now()).people == 0
    assert [message.channel for message in _messages(services)] == [Channel.EMAIL]
    with services.read() as session:
        task = session.scalars(select(Task)).one()
    assert (task.kind, task.person_id) == (TaskKind.RECORD_CHECK, amina)
    assert "KeyringError" in task.reason
