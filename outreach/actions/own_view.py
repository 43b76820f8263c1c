"""What a person's own page shows: how we keep in touch at present, what we sent, what comes; nothing clinical."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.courses import courses_of, lay_out_courses
from outreach.actions.own_choices import SPACED, quiet_until, stopped_by
from outreach.actions.waits import WaitingPerson, load_people
from outreach.models import Message, Person, Task
from outreach.rules.contact import route
from outreach.services import Services
from outreach.vocabulary import (
    CANCELLABLE,
    LEFT_US,
    Channel,
    DayPart,
    PreferredChannel,
    Purpose,
    TaskKind,
    TaskState,
)

BACK = timedelta(days=365)
AHEAD = timedelta(days=90)
MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class OwnView:
    """How we keep in touch with one person at present. `number_ends` is the last three digits, or blank."""

    language: str
    channel: PreferredChannel | None
    day_part: DayPart | None
    quiet_until: date | None
    kinds: str  # all | appointments | none
    number_ends: str
    can_text: bool
    can_email: bool
    call: Task | None


@dataclass(frozen=True, slots=True)
class OwnLine:
    """One message, as much of it as anybody may see who finds the page open: when, what kind, and how."""

    at: datetime
    purpose: Purpose
    way: str  # sms | email | letter | call


def own_view(session: Session, services: Services, person: Person, now: datetime) -> OwnView:
    """What this person gets at present."""
    details = person.opened(services.keyring)
    today = services.calendar.day_of(now)
    callback = select(Task).where(
        Task.person_id == person.id, Task.kind == TaskKind.CALLBACK, Task.state != TaskState.CLOSED
    )
    return OwnView(
        language=person.language,
        channel=person.preferred_channel,
        day_part=person.day_part,
        quiet_until=quiet_until(session, person.id, today),
        kinds=_kinds(session, person.id),
        number_ends=details.mobile[-3:],
        can_text=bool(details.mobile) and person.safe_to_text is not False,
        can_email=bool(details.email) and person.safe_to_email is not False,
        call=session.scalar(callback.order_by(Task.id).limit(1)),
    )


def _kinds(session: Session, person_id: str) -> str:
    stopped = stopped_by(session, person_id)
    if any(purpose is None for _, purpose in stopped):
        return "none"
    return "appointments" if {(None, purpose) for purpose in SPACED} <= stopped else "all"


def own_messages(
    session: Session, services: Services, person_id: str, now: datetime
) -> tuple[list[OwnLine], list[OwnLine]]:
    """What has gone to this person in a year, the newest first, and what comes in 90 days, the next first."""
    person = load_people(session, services.keyring, [person_id])[person_id]
    coming = _queued(session, person_id) + _later(session, services, person, now)
    quiet = quiet_until(session, person_id, services.calendar.day_of(now))
    shown = [each for each in coming if not (quiet and _is_quiet(services, each, quiet))]
    return _past(session, person_id, now), sorted(shown, key=lambda each: each.at)[:MOST_LINES]


def _is_quiet(services: Services, line: OwnLine, until: date) -> bool:
    return line.purpose.is_spaced and services.calendar.day_of(line.at) < until


def _past(session: Session, person_id: str, now: datetime) -> list[OwnLine]:
    query = (
        select(Message.sending_at, Message.purpose, Message.channel)
        .where(
            Message.person_id == person_id,
            Message.state.in_(LEFT_US),
            Message.sending_at > now - BACK,
            Message.purpose != Purpose.ALERT,
        )
        .order_by(Message.sending_at.desc())
        .limit(MOST_LINES)
    )
    return [
        OwnLine(at, purpose, (channel or Channel.SMS).value)
        for at, purpose, channel in session.execute(query)
        if at
    ]


def _queued(session: Session, person_id: str) -> list[OwnLine]:
    query = select(Message.planned_for, Message.purpose, Message.channel).where(
        Message.person_id == person_id, Message.state.in_(CANCELLABLE), Message.channel.is_not(None)
    )
    return [
        OwnLine(at, purpose, (channel or Channel.SMS).value)
        for at, purpose, channel in session.execute(query)
    ]


def _later(session: Session, services: Services, person: WaitingPerson, now: datetime) -> list[OwnLine]:
    """What the schedules bring, by the same rules that plan it."""
    lines = []
    courses = courses_of(person, in_force(session), services.calendar, now)
    until = now + AHEAD
    placed = lay_out_courses(
        person, courses, now=now, until=until, calendar=services.calendar, gap_days=services.gap_days
    )
    for course, placement in placed:
        at, purpose = placement.at, placement.occurrence.step.purpose
        if at is None or at > until:
            continue
        day, not_asked = services.calendar.day_of(at), services.config.contact.not_asked
        way = route(person.reachability(course.wait), purpose, not_asked, day)
        means = way.channel or way.instead
        if means is not None:
            lines.append(OwnLine(at, purpose, means.value))
    return lines
