"""Is the service alive: the last run, the last reply, the age of the list, what waits and what is stopped."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.models import Enrolment, Heartbeat, Hold, Message, Pause, Reply
from outreach.models.waitlist import list_taken_in_at
from outreach.rules.due_words import moment_in_words, span_in_words
from outreach.services import Services
from outreach.vocabulary import MessageState
from outreach.web.needs import unconfirmed

LATE = timedelta(minutes=3)
"""Jobs run every few seconds or minutes; the slowest every five."""

WEEK = 7

START = ": nothing goes out. Tell whoever runs the machine to start `outreach work`"


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of life: how things stand in words, and whether that is well, worth a look, or wrong."""

    name: str
    words: str
    state: str = "well"  # well | look | wrong


def signs(session: Session, services: Services, now: datetime) -> list[Sign]:
    """All of them."""
    return [
        _jobs(session, now),
        _last_reply(session, services, now),
        _list(session, services, now),
        _unconfirmed(session),
        _holds(session),
        _pauses(session),
    ]


def _jobs(session: Session, now: datetime) -> Sign:
    name = "Planning and sending"
    rows = list(session.scalars(select(Heartbeat).order_by(Heartbeat.job)))
    ran = [row.ran_at for row in rows if row.ran_at]
    if not ran:
        return Sign(name, f"has not run yet{START}", "wrong")
    failing = [row for row in rows if row.failed_at and (row.ran_at is None or row.failed_at > row.ran_at)]
    if now - max(ran) > LATE:
        return Sign(name, f"has not run for {span_in_words(now - max(ran))}{START}", "wrong")
    if failing:
        told = ", ".join(f"{row.job} ({row.error})" for row in failing)
        return Sign(name, f"runs, but this fails: {told}", "wrong")
    return Sign(name, f"ran {_ago(now - max(ran))}")


def _ago(span: timedelta) -> str:
    return "less than a minute ago" if span < timedelta(minutes=1) else f"{span_in_words(span)} ago"


def _last_reply(session: Session, services: Services, now: datetime) -> Sign:
    newest = session.scalar(select(Reply.received_at).order_by(Reply.id.desc()).limit(1))
    words = moment_in_words(newest, now, services.calendar) if newest else "none yet"
    return Sign("Last reply heard", words)


def _list(session: Session, services: Services, now: datetime) -> Sign:
    name, newest = "Waiting list", list_taken_in_at(session)
    if newest is None:
        return Sign(name, "none has been imported yet", "look")
    words = f"imported {moment_in_words(newest, now, services.calendar)}"
    if now - newest > timedelta(days=services.config.sending.list_max_age_days):
        held = ", so messages are held" if services.is_live else ""
        return Sign(name, f"{words}: too old{held}", "wrong" if services.is_live else "look")
    return Sign(name, words)


def _unconfirmed(session: Session) -> Sign:
    number = unconfirmed(session)
    return Sign("Unconfirmed messages", str(number) if number else "none", "look" if number else "well")


def _holds(session: Session) -> Sign:
    query = select(func.count(Hold.person_id.distinct())).where(Hold.released_at.is_(None))
    number = session.scalar(query) or 0
    words = f"{number} {'person' if number == 1 else 'people'}, whose messages wait" if number else "none"
    return Sign("Holds", words)


def _pauses(session: Session) -> Sign:
    rows = session.scalars(select(Pause).where(Pause.resumed_at.is_(None)).order_by(Pause.at))
    told = [_paused(row) for row in rows]
    return Sign("Paused", "; ".join(told) or "nothing", "look" if told else "well")


def _paused(row: Pause) -> str:
    what = " ".join(filter(None, (row.schedule, row.step))).replace("-", " ") or "all sending"
    return f"{what}, by {row.who}: {row.why}"


@dataclass(frozen=True, slots=True)
class Day:
    """One of the coming days, and how many messages are due on it."""

    name: str
    messages: int
    is_working: bool


def coming_week(session: Session, services: Services, now: datetime) -> list[Day]:
    """How many messages each of the next seven days brings, as planned today.

    Of each person on a schedule only the next message is known without laying out their whole course.
    """
    calendar = services.calendar
    first = calendar.day_of(now)
    days = [first + timedelta(days=offset) for offset in range(WEEK)]
    counts = dict.fromkeys(days, 0)
    for moment in _moments(session, now, now + timedelta(days=WEEK)):
        day = calendar.day_of(max(moment, now))
        if not calendar.is_working_day(day):
            day = calendar.working_day_after(day)
        if day in counts:
            counts[day] += 1
    return [Day(calendar.day_name(day), counts[day], calendar.is_working_day(day)) for day in days]


def _moments(session: Session, now: datetime, until: datetime) -> Iterator[datetime]:
    """When each message falls that is planned or next in its course."""
    planned = select(Message.planned_for).where(
        Message.state == MessageState.PLANNED, Message.planned_for < until
    )
    due = select(Enrolment.next_due_at).where(
        Enrolment.ended_at.is_(None), Enrolment.next_due_at.is_not(None), Enrolment.next_due_at < until
    )
    yield from session.scalars(planned)
    yield from (moment for moment in session.scalars(due) if moment is not None)
