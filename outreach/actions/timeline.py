"""One person's messages, past and coming, each with its moment and its reason: the same rules that plan and send."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.courses import Course, courses_of, lay_out_courses
from outreach.actions.own_words import Name
from outreach.actions.plan import way_for
from outreach.actions.waits import WaitingPerson, load_people
from outreach.models import Letter, Message, Referral, Task
from outreach.models.template import translations
from outreach.rules.contact import Route
from outreach.rules.placing import Placement
from outreach.rules.step_words import counted_in_words
from outreach.services import Services
from outreach.vocabulary import Instead, MessageState, TaskKind

HORIZON = timedelta(days=180)

TO_COME = frozenset(
    {MessageState.PLANNED, MessageState.CLAIMED, MessageState.HELD, "letter to print", "to ring"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the timeline; `at` is UTC, None for what will not be sent."""

    at: datetime | None
    due_at: datetime
    schedule: str
    step: str
    occurrence: str
    state: str  # as recorded, or what will be done: "will send", "will write", "will ring" or "will skip"
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
        everything = coming_lines(session, services, person, now=now, until=now + horizon)
    coming = [line for referral_id, line in everything if referral_id == referral.id]
    lines = sorted(past + coming, key=lambda line: (line.at or line.due_at, line.step))
    return Timeline(referral.local_id, referral.stage.value, lines)


def coming_lines(
    session: Session, services: Services, person: WaitingPerson, *, now: datetime, until: datetime
) -> list[tuple[str, Line]]:
    """What all the schedules of one person will bring until then and is not on record yet, each with its referral."""
    courses = courses_of(person, in_force(session), services.calendar, now)
    translated = translations(session)
    placed = lay_out_courses(
        person, courses, now=now, until=until, calendar=services.calendar, gap_days=services.gap_days
    )
    return [
        (course.wait.id, _coming_line(services, person, course, placement, translated))
        for course, placement in placed
    ]


def _past(session: Session, referral: Referral) -> list[Line]:
    query = (
        select(Message, Letter, Task)
        .outerjoin(Letter, Letter.message_id == Message.id)
        .outerjoin(Task, and_(Task.message_id == Message.id, Task.kind == TaskKind.CALL))
        .where(Message.referral_id == referral.id)
    )
    return [_past_line(*row) for row in session.execute(query)]


def _past_line(message: Message, letter: Letter | None, call: Task | None) -> Line:
    """What came of a message, or of the letter or call in its place."""
    at, state, channel = message.sending_at or message.planned_for, message.state.value, message.channel
    way, reason = channel.value if channel else None, message.reason
    if letter:
        at, state, way = letter.posted_at or letter.printed_at or letter.wanted_at, letter.state, "letter"
        reason = letter.undone_because or reason
    elif call:
        at, way = call.closed_at or call.due_at, "phone"
        state, reason = ("call made", call.outcome or reason) if call.closed_at else ("to ring", reason)
    return Line(
        at=at,
        due_at=message.due_at,
        schedule=message.schedule or "",
        step=message.step,
        occurrence=message.occurrence,
        state=state,
        channel=way,
        reason=reason,
        message_id=message.id,
    )


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
        state="will send" if sends else _otherwise(placement, way),
        channel=way.channel.value if sends and way.channel else None,
        reason=reason if sends or placement.at is None else way.reason,
    )


def _otherwise(placement: Placement, way: Route) -> str:
    """What is done where no message goes."""
    if placement.at is None or way.instead is None:
        return "will skip"
    return "will write" if way.instead is Instead.LETTER else "will ring"
