"""One person's messages, past and coming, each with its moment and its reason: the same rules that plan and send."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.courses import Course, courses_of, lay_out_courses
from outreach.actions.own_words import Name
from outreach.actions.plan import way_for
from outreach.actions.waits import WaitingPerson, load_people
from outreach.models import Message, Referral
from outreach.models.template import translations
from outreach.rules.placing import Placement
from outreach.rules.step_words import counted_in_words
from outreach.services import Services
from outreach.vocabulary import MessageState

HORIZON = timedelta(days=180)

TO_COME = frozenset({MessageState.PLANNED, MessageState.CLAIMED, MessageState.HELD})


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the timeline; `at` is UTC, None for what will not be sent."""

    at: datetime | None
    due_at: datetime
    schedule: str
    step: str
    occurrence: str
    state: str  # a message's state, or "will send" or "will skip"
    channel: str | None
    reason: str
    message_id: str | None = None

    @property
    def is_past(self) -> bool:
        """It is on record."""
        return self.message_id is not None

    @property
    def is_to_come(self) -> bool:
        """It has not left us, and nothing has ended it."""
        return not self.is_past or self.state in TO_COME


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of one referral, in order of time."""

    referral_id: str
    stage: str
    lines: list[Line]


def timeline(services: Services, referral: Referral, now: datetime, horizon: timedelta = HORIZON) -> Timeline:
    """What this referral got and will get until the horizon, if nothing changes."""
    with services.read() as session:
        person = load_people(session, services.keyring, [referral.person_id])[referral.person_id]
        past = _past(session, referral)
        coming = _coming(session, services, person, referral, now=now, until=now + horizon)
    lines = sorted(past + coming, key=lambda line: (line.at or line.due_at, line.step))
    return Timeline(referral.local_id, referral.stage.value, lines)


def _past(session: Session, referral: Referral) -> list[Line]:
    query = select(Message).where(Message.referral_id == referral.id)
    return [
        Line(
            at=row.sending_at or row.planned_for,
            due_at=row.due_at,
            schedule=row.schedule or "",
            step=row.step,
            occurrence=row.occurrence,
            state=row.state.value,
            channel=row.channel.value if row.channel else None,
            reason=row.reason,
            message_id=row.id,
        )
        for row in session.scalars(query)
    ]


def _coming(
    session: Session,
    services: Services,
    person: WaitingPerson,
    referral: Referral,
    *,
    now: datetime,
    until: datetime,
) -> list[Line]:
    courses = courses_of(person, in_force(session), services.calendar, now)
    translated = translations(session)
    placed = lay_out_courses(
        person, courses, now=now, until=until, calendar=services.calendar, gap_days=services.gap_days
    )
    return [
        _coming_line(services, person, course, placement, translated)
        for course, placement in placed
        if course.wait.id == referral.id
    ]


def _coming_line(
    services: Services,
    person: WaitingPerson,
    course: Course,
    placement: Placement,
    translated: Collection[Name],
) -> Line:
    occurrence = placement.occurrence
    way = way_for(services, person, course, placement, translated)
    sends = placement.at is not None and way.channel is not None
    reason = placement.reason or counted_in_words(occurrence.step, occurrence.anchor.on, services.calendar)
    return Line(
        at=placement.at if sends else None,
        due_at=occurrence.due,
        schedule=course.schedule.key,
        step=occurrence.step.key,
        occurrence=occurrence.key,
        state="will send" if sends else "will skip",
        channel=way.channel.value if sends and way.channel else None,
        reason=reason if sends or placement.at is None else way.reason,
    )
