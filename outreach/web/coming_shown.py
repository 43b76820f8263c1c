"""What comes next for one person: appointments, messages on record and those that their schedules will bring."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.decide_coming import HELD_BY
from outreach.actions.timeline import coming_lines
from outreach.actions.waits import WaitingPerson
from outreach.models import Message
from outreach.services import Services
from outreach.vocabulary import CANCELLABLE, Channel, MessageState
from outreach.web.people_shown import APPOINTMENTS

AHEAD = timedelta(days=90)
MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Coming:
    """One thing to come. `where` names it for the page on which staff decide about it; empty where they cannot."""

    at: datetime
    title: str
    how: str
    reason: str
    is_held: bool = False
    words: str = ""
    message_id: str = ""
    may_take_back: bool = False
    where: tuple[tuple[str, str], ...] = ()


def what_comes(session: Session, services: Services, person: WaitingPerson, now: datetime) -> list[Coming]:
    """The next of it, in order of time."""
    found = [
        *_on_record(session, services, person.id),
        *_not_yet(session, services, person, now),
        *_visits(services, person, now),
    ]
    return sorted(found, key=lambda each: (each.at, each.title))[:MOST_SHOWN]


def _on_record(session: Session, services: Services, person_id: str) -> list[Coming]:
    query = select(Message).where(Message.person_id == person_id, Message.state.in_(CANCELLABLE))
    return [
        Coming(
            at=row.planned_for,
            title=f"From {row.written_by}" if row.written_by else _title(row.step),
            how=_how(row.channel),
            reason=row.reason,
            is_held=row.state is MessageState.HELD,
            words=row.opened(services.keyring)[1] if row.written_by else "",
            message_id=row.id,
            may_take_back=row.written_by is not None,
            where=() if row.written_by else (("message", row.id), ("held", _held_by(row))),
        )
        for row in session.scalars(query)
    ]


def _held_by(row: Message) -> str:
    return "1" if row.state is MessageState.HELD and row.held_by == HELD_BY else ""


def _not_yet(session: Session, services: Services, person: WaitingPerson, now: datetime) -> list[Coming]:
    lines = coming_lines(session, services, person, now=now, until=now + AHEAD)
    return [
        Coming(
            at=line.at or line.due_at,
            title=_title(line.step),
            how=_how(Channel(line.channel)) if line.channel else "will not go",
            reason=line.reason,
            where=(
                ("referral", referral_id),
                ("schedule", line.schedule),
                ("step", line.step),
                ("occurrence", line.occurrence),
            )
            if line.at
            else (),
        )
        for referral_id, line in lines
    ]


def _visits(services: Services, person: WaitingPerson, now: datetime) -> list[Coming]:
    """Appointments of the days to come."""
    calendar = services.calendar
    return [
        Coming(
            at=calendar.at(visit.on, visit.at or time(0)),
            title=f"Appointment: {APPOINTMENTS[visit.kind].lower()}",
            how=visit.place or "",
            reason="",
        )
        for wait in person.waits
        for visit in wait.visits
        if visit.on > calendar.day_of(now) and not visit.called_off
    ]


def _title(step: str) -> str:
    return step.replace("-", " ").capitalize()


def _how(channel: Channel | None) -> str:
    return {Channel.SMS: "by text", Channel.EMAIL: "by email", None: ""}[channel]
