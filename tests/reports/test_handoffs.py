"""Peer support in figures: calls asked for, how soon, how they ended, beside the hours there were."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Leave, Task, TaskTry, WorkingHours
from outreach.models.base import new_id
from outreach.reports.document import HIDDEN, Table
from outreach.reports.handoffs import callbacks_in, handoff_section, hours_by_week
from outreach.reports.messages import sending_section, tallies_in
from outreach.rules.spans import Span
from outreach.services import Services
from outreach.vocabulary import Role, TaskKind, TaskState, TryResult, Urgency
from tests.cast import staff

MARCH = Span(date(2025, 3, 3), date(2025, 3, 30))
MONDAY = datetime(2025, 3, 3, 10, tzinfo=UTC)


def _callback(
    session: Session, opened_at: datetime, *tries: tuple[int, TryResult], closed: bool = False
) -> None:
    """A call that was asked for, promised within a day, with tries so many hours later."""
    task = Task(
        id=new_id(),
        kind=TaskKind.CALLBACK,
        urgency=Urgency.SOON,
        state=TaskState.CLOSED if closed else TaskState.OPEN,
        cause=new_id(),
        reason="asked to talk",
        opened_at=opened_at,
        due_at=opened_at + timedelta(days=1),
    )
    session.add(task)
    session.flush()
    for hours, result in tries:
        session.add(TaskTry(task_id=task.id, at=opened_at + timedelta(hours=hours), who="Pat", result=result))


def _section_of(services: Services) -> tuple[list[str], dict[str, Table]]:
    with services.read() as session:
        calls = callbacks_in(session, MARCH.instants(services.calendar))
        hours = hours_by_week(session, MARCH, services.calendar)
    section = handoff_section(calls, hours, MARCH, services.calendar)
    return section.summary, {table.key: table for table in section.tables()}


def test_a_wish_for_somebody_alike_is_reported_as_met_or_not(services: Services) -> None:
    with services.begin() as session:
        samina = staff(
            session, services, "Samina Peer", Role.PEER_WORKER, languages=["ur"], backgrounds=["Muslim"]
        )
        for wish, assignee in (
            ({"wished_language": "ur"}, samina.id),
            ({"wished_language": "ur", "wished_background": "Muslim"}, samina.id),
            ({"wished_language": "so"}, samina.id),
            ({"wished_background": "Muslim"}, None),
            ({}, samina.id),
        ):
            _callback(session, MONDAY)
            session.flush()
            newest = session.scalars(select(Task).order_by(Task.id.desc()).limit(1)).one()
            newest.assignee_id = assignee
            for name, value in wish.items():
                setattr(newest, name, value)
    summary, _ = _section_of(services)
    assert summary[-1] == (
        "4 asked for somebody who shares a language or a background with them: "
        "2 (50%) got such a peer worker, 2 did not."
    )


def test_calls_are_counted_by_what_came_of_them_and_how_soon(services: Services) -> None:
    with services.begin() as session:
        _callback(session, MONDAY, (2, TryResult.NO_ANSWER), (26, TryResult.REACHED), closed=True)
        _callback(session, MONDAY, (4, TryResult.REACHED), closed=True)
        _callback(session, MONDAY, (30, TryResult.NO_ANSWER), closed=True)
        _callback(session, MONDAY, closed=True)
        _callback(session, MONDAY + timedelta(days=7), (1, TryResult.NO_ANSWER))
        _callback(session, MONDAY + timedelta(days=7))
        _callback(session, MONDAY + timedelta(days=40), (1, TryResult.REACHED))  # after the period

    summary, tables = _section_of(services)

    assert summary == [
        "6 calls were asked for. Somebody rang by the promised time for 3 (50%), and 2 (33%) led to a conversation.",
        "Half of them were rung within 3 hours.",
        "Half of those who talked had waited no more than 15 hours.",
    ]
    assert [row[:2] for row in tables["peer-support-outcomes"].rows] == [
        ("Talked", 2),
        ("Could not reach", 1),
        ("Closed without a call", 1),
        ("Tried, still open", 1),
        ("Not tried yet", 1),
    ]
    assert [row[:5] for row in tables["peer-support-weeks"].rows] == [
        ("3 Mar 2025", 4, 2, 2, 4),
        ("10 Mar 2025", 2, 1, 0, 1),
        ("17 Mar 2025", 0, 0, 0, 0),
        ("24 Mar 2025", 0, 0, 0, 0),
    ]
    assert all(HIDDEN in row for row in tables["peer-support-weeks"].for_others.rows[:2])


def test_hours_are_the_peer_workers_own_without_leave_holidays_and_days_before_they_came(
    sqlite_services: Services,
) -> None:
    house = sqlite_services
    with house.begin() as session:
        pat = staff(session, house, "Pat", Role.PEER_WORKER)
        pat.joined_at = datetime(2025, 4, 8, 9, tzinfo=UTC)
        session.add_all(
            WorkingHours(staff_id=pat.id, weekday=day, starts=time(9), ends=time(12)) for day in range(5)
        )
        session.add(Leave(staff_id=pat.id, first=date(2025, 4, 15), last=date(2025, 4, 15)))
        lead = staff(session, house, "Lee", Role.PEER_LEAD)
        session.add(WorkingHours(staff_id=lead.id, weekday=0, starts=time(9), ends=time(12)))
    with house.read() as session:
        hours = hours_by_week(session, Span(date(2025, 4, 7), date(2025, 4, 27)), house.calendar)

    assert hours == {
        date(2025, 4, 7): 12.0,  # from Tuesday
        date(2025, 4, 14): 9.0,  # leave on Tuesday, Good Friday
        date(2025, 4, 21): 12.0,  # Easter Monday
    }


def test_a_period_without_calls_and_messages_says_so(sqlite_services: Services) -> None:
    assert _section_of(sqlite_services)[0] == ["Nobody asked for a call in this period."]
    with sqlite_services.read() as session:
        tallies = tallies_in(session, MARCH.instants(sqlite_services.calendar))
    section = sending_section(tallies, sqlite_services.config.sms.pence_per_segment)
    assert section.summary == ["No message was sent in this period."]
