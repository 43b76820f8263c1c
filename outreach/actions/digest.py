"""The daily digest for each member of staff: what waits for them, in counts and links, never in names or words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.actions.duty import duties
from outreach.actions.tell_staff import tell
from outreach.models import Duty, Event, Hold, Message, Reply, StaffMember, Task
from outreach.models.event import note
from outreach.models.staff import duty_on
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Role, TaskKind, TaskState, Urgency

TO = (Role.PEER_WORKER, Role.PEER_LEAD, Role.CLINICIAN)
VERB = "sent the daily digest to"
ROTA_AHEAD = timedelta(days=14)
MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for staff this morning."""

    tasks: list[Task]
    unread: int
    oldest_unread_at: datetime | None
    unconfirmed: int
    long_holds: int
    days_without_reader: list[date]
    reader_id: str | None


def send_digests(services: Services, now: datetime) -> int:
    """Queue today's digests that have not been sent, once sending hours begin; returns how many."""
    if not services.calendar.is_open(now):
        return 0
    with services.read() as session:
        if not _not_told(session, services, now):
            return 0
    with services.begin() as session:
        list(session.scalars(select(StaffMember.id).order_by(StaffMember.id).with_for_update()))
        told = 0
        waiting = _waiting(session, services, now)
        for staff in _not_told(session, services, now):
            lines = list(_lines(services, staff, waiting, now))
            note(session, now, "outreach", VERB, staff, lines=len(lines))
            if lines or staff.role is Role.PEER_LEAD:
                told += _send(session, services, staff, lines or ["Nothing waits for you today."], now)
        return told


def _not_told(session: Session, services: Services, now: datetime) -> list[StaffMember]:
    """Those with an email whose digest of this day is not on record."""
    calendar = services.calendar
    midnight = calendar.at(calendar.day_of(now), calendar.opens.replace(hour=0, minute=0))
    told = select(Event.subject_id).where(
        Event.subject == StaffMember.__tablename__, Event.verb == VERB, Event.at >= midnight
    )
    query = select(StaffMember).where(
        StaffMember.role.in_(TO), StaffMember.left_at.is_(None), StaffMember.email.is_not(None)
    )
    done = set(session.scalars(told))
    return [staff for staff in session.scalars(query.order_by(StaffMember.name)) if staff.id not in done]


def _waiting(session: Session, services: Services, now: datetime) -> Waiting:
    calendar = services.calendar
    today = calendar.day_of(now)
    tasks = select(Task).where(Task.state != TaskState.CLOSED).order_by(Task.due_at, Task.id)
    unread = select(func.count(), func.min(Reply.received_at)).where(Reply.read_at.is_(None))
    count, oldest = session.execute(unread).one()
    a_working_day_ago = calendar.at(calendar.working_day_before(today), calendar.local(now).time())
    holds = select(func.count()).where(Hold.released_at.is_(None), Hold.opened_at < a_working_day_ago)
    unconfirmed = select(func.count()).where(Message.state == MessageState.UNCONFIRMED)
    duty = duty_on(session, today)
    return Waiting(
        tasks=list(session.scalars(tasks)),
        unread=count,
        oldest_unread_at=oldest,
        unconfirmed=session.scalar(unconfirmed) or 0,
        long_holds=session.scalar(holds) or 0,
        days_without_reader=_days_without_reader(session, services, now),
        reader_id=duty.reader_id if duty else None,
    )


def _days_without_reader(session: Session, services: Services, now: datetime) -> list[date]:
    """Working days of the next fortnight on which no text that invites an answer will go, for want of a reader."""
    calendar, today = services.calendar, services.calendar.day_of(now)
    if duties(session, calendar, now).reading_days is None:
        return []
    query = select(Duty.day).where(Duty.day.between(today, today + ROTA_AHEAD), Duty.reader_id.is_not(None))
    read = set(session.scalars(query))
    span = [today + timedelta(days=offset) for offset in range(ROTA_AHEAD.days + 1)]
    return [day for day in span if calendar.is_working_day(day) and day not in read]


def _lines(services: Services, staff: StaffMember, waiting: Waiting, now: datetime) -> Iterator[str]:
    base, calendar = services.config.service.public_url, services.calendar
    urgent = [task for task in waiting.tasks if task.urgency is Urgency.URGENT]
    mine = [task for task in waiting.tasks if task.assignee_id == staff.id and task not in urgent]
    free = [task for task in waiting.tasks if task.assignee_id is None and task not in urgent]
    if urgent:
        unseen = sum(task.acknowledged_at is None for task in urgent)
        yield f"Urgent: {len(urgent)} open, {unseen} not acknowledged. {base}/tasks"
    for task in mine[:MOST_LISTED]:
        late = ", late" if task.due_at < now else ""
        kind = task.kind.value.replace("_", " ")
        yield f"Yours: {kind}, due {calendar.in_words(task.due_at)}{late}. {base}/tasks/{task.id}"
    if free and staff.role in (Role.PEER_WORKER, Role.PEER_LEAD):
        calls = sum(task.kind is TaskKind.CALLBACK for task in free)
        yield f"Taken by nobody: {len(free)}, of these calls: {calls}. {base}/tasks"
    if waiting.unread and (staff.id == waiting.reader_id or staff.role is Role.PEER_LEAD):
        since = f", the oldest since {calendar.in_words(waiting.oldest_unread_at or now)}"
        yield f"Replies nobody has read: {waiting.unread}{since}. {base}/replies"
    if staff.role is Role.PEER_LEAD:
        yield from _for_the_lead(services, waiting, now)


def _for_the_lead(services: Services, waiting: Waiting, now: datetime) -> Iterator[str]:
    base, calendar = services.config.service.public_url, services.calendar
    late = sum(task.due_at < now for task in waiting.tasks)
    if late:
        yield f"Past their time: {late} of {len(waiting.tasks)} open tasks. {base}/tasks"
    if waiting.long_holds:
        yield f"Holds older than a working day: {waiting.long_holds}. {base}/tasks"
    if waiting.unconfirmed:
        yield f"Messages nobody can confirm: {waiting.unconfirmed}. {base}/messages"
    if waiting.days_without_reader:
        days = ", ".join(calendar.day_name(day) for day in waiting.days_without_reader)
        yield f"No reader on the rota: {days}. On these days, and the working day before, no check-ins go."


def _send(session: Session, services: Services, staff: StaffMember, lines: list[str], now: datetime) -> int:
    day = services.calendar.day_of(now)
    name = services.config.service.text_name
    return tell(
        session,
        services,
        staff,
        now,
        step="digest",
        occurrence=f"{day}:{staff.id}",
        subject=f"{name}: what waits for you on {services.calendar.day_name(day)}",
        text="\n".join(lines),
        channels=(Channel.EMAIL,),
    )
