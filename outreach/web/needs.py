"""What needs somebody now, in order: their tasks, replies to read, words to approve, gaps in the rota."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, not_, select
from sqlalchemy.orm import Session

from outreach.actions.approve_template import APPROVERS
from outreach.actions.letters import count_letters
from outreach.actions.staff import rota
from outreach.models import Approval, Hold, Message, Person, Reply, StaffMember, Task, Upload
from outreach.models.staff import duty_on
from outreach.models.task import is_resting
from outreach.models.template import SHIPPED, newest_versions
from outreach.models.waitlist import list_taken_in_at
from outreach.rules.due_words import due_in_words
from outreach.services import Services
from outreach.vocabulary import MessageState, Role, TaskState, UploadState, Urgency
from outreach.web.objects import open_to
from outreach.web.task_words import kind_words

TASKS_SHOWN = 8
ROTA_DAYS = 7


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to do: what, for whom or why, by when in words, and where. `weight` is urgent, late or nothing."""

    what: str
    about: str
    when: str
    href: str
    weight: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """Everything that needs somebody, in order; `more_tasks` are not shown, and `people` names whom it shows."""

    items: list[Need]
    more_tasks: int
    people: list[str]


def needs_of(session: Session, services: Services, member: StaffMember, now: datetime) -> Needs:
    """What needs this member now."""
    tasks, more = _tasks(session, member, now)
    names = _names(session, services, [task.person_id for task in tasks if task.person_id])
    items = [_of_task(task, member, names, services, now) for task in tasks]
    for finder in (_replies, _approvals, _holds, _unconfirmed, _letters, _stale_list, _rota_gaps):
        items += finder(session, services, member, now)
    items.sort(key=lambda need: ("urgent", "late", "").index(need.weight))
    return Needs(items, more, sorted(names))


def _tasks(session: Session, member: StaffMember, now: datetime) -> tuple[list[Task], int]:
    """The first tasks this member may work on, urgent ones first, then their own, then by when they are due."""
    if member.role is Role.ANALYST:
        return [], 0
    is_open = and_(Task.state != TaskState.CLOSED, not_(is_resting(now)))
    order = (
        case((Task.urgency == Urgency.URGENT, 0), else_=1),
        case((Task.assignee_id == member.id, 0), (Task.assignee_id.is_(None), 1), else_=2),
        Task.due_at,
    )
    query = open_to(member, select(Task).where(is_open))
    tasks = list(session.scalars(query.order_by(*order).limit(TASKS_SHOWN)))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return tasks, total - len(tasks)


def _names(session: Session, services: Services, ids: list[str]) -> dict[str, str]:
    rows = session.scalars(select(Person).where(Person.id.in_(ids)))
    return {row.id: row.opened(services.keyring).called for row in rows}


def _of_task(
    task: Task, member: StaffMember, names: dict[str, str], services: Services, now: datetime
) -> Need:
    whose = names.get(task.person_id or "", "nobody on record yet")
    mine = "yours" if task.assignee_id == member.id else "not taken yet" if not task.assignee_id else "taken"
    weight = "urgent" if task.urgency is Urgency.URGENT else "late" if task.due_at < now else ""
    when = due_in_words(task.due_at, now, services.calendar)
    return Need(kind_words(task.kind).name, f"{whose}, {mine}", when, f"/tasks/{task.id}", weight)


def _replies(session: Session, services: Services, member: StaffMember, now: datetime) -> Iterator[Need]:
    """Unread replies, for everybody who may have to read them."""
    duty = duty_on(session, services.calendar.day_of(now))
    is_reader = duty is not None and duty.reader_id == member.id
    if not is_reader and member.role not in (Role.PEER_LEAD, Role.CLINICIAN):
        return
    unread = select(func.count(), func.min(Reply.read_due_at)).where(Reply.read_at.is_(None))
    number, first = session.execute(unread).one()
    if number:
        what = f"Read {number} {'reply' if number == 1 else 'replies'}"
        about = "you read today" if is_reader else "whoever reads today has them first"
        late = first is not None and first < now
        when = due_in_words(first, now, services.calendar) if first else ""
        yield Need(what, about, when, "/replies", "late" if late else "")


def _approvals(session: Session, _services: Services, member: StaffMember, _now: datetime) -> Iterator[Need]:
    """Words that somebody else wrote and that wait for a second person."""
    if member.role not in APPROVERS:
        return
    approved = set(session.scalars(select(Approval.template_version_id)))
    waiting = [
        row
        for row in newest_versions(session).values()
        if row.id not in approved and row.language == "en" and row.author not in (SHIPPED, member.name)
    ]
    if waiting:
        yield Need(
            f"Approve {len(waiting)} changed {'template' if len(waiting) == 1 else 'templates'}",
            "they reach nobody until a second person has",
            "",
            "/templates",
        )


def _holds(session: Session, services: Services, member: StaffMember, now: datetime) -> Iterator[Need]:
    """Holds over one working day old are the lead's to look at."""
    if member.role not in (Role.PEER_LEAD, Role.CLINICIAN):
        return
    number, oldest = old_holds(session, services, now)
    if number and oldest:
        what = f"Look at {number} {'hold' if number == 1 else 'holds'}"
        when = f"the oldest since {services.calendar.day_name(services.calendar.day_of(oldest))}"
        yield Need(
            what, "people whose messages wait for over a working day", when, "/people?show=held", "late"
        )


def old_holds(session: Session, services: Services, now: datetime) -> tuple[int, datetime | None]:
    """How many open holds are over one working day old, and since when the oldest is open."""
    calendar = services.calendar
    day = calendar.working_day_before(calendar.day_of(now))
    limit = calendar.at(day, calendar.local(now).time())
    query = select(func.count(), func.min(Hold.opened_at)).where(
        Hold.released_at.is_(None), Hold.opened_at < limit
    )
    number, oldest = session.execute(query).one()
    return number, oldest


def _unconfirmed(
    session: Session, _services: Services, member: StaffMember, _now: datetime
) -> Iterator[Need]:
    if member.role not in (Role.PEER_LEAD, Role.ADMIN):
        return
    number = unconfirmed(session)
    if number:
        what = f"Settle {number} unconfirmed {'message' if number == 1 else 'messages'}"
        yield Need(what, "nobody can tell whether they arrived", "", "/messages?state=unconfirmed")


def _letters(session: Session, _services: Services, member: StaffMember, now: datetime) -> Iterator[Need]:
    """Letters to print, and printed ones that nobody has posted."""
    if member.role not in (Role.PEER_LEAD, Role.ADMIN):
        return
    counts = count_letters(session, now)
    if counts.to_print:
        what = f"Print {counts.to_print} {'letter' if counts.to_print == 1 else 'letters'}"
        yield Need(what, "people whom no message may reach", "", "/letters/")
    if counts.printed:
        what = f"Post {counts.printed} printed {'letter' if counts.printed == 1 else 'letters'}"
        yield Need(what, "they count as contact once they are in the post", "", "/letters/")


def unconfirmed(session: Session) -> int:
    """How many messages nobody can tell about."""
    query = select(func.count()).where(Message.state == MessageState.UNCONFIRMED)
    return session.scalar(query) or 0


def _stale_list(session: Session, services: Services, member: StaffMember, now: datetime) -> Iterator[Need]:
    """A list that is too old, or none at all; and one that waits for somebody's word."""
    if member.role not in (Role.PEER_LEAD, Role.ADMIN):
        return
    newest, limit = list_taken_in_at(session), services.config.sending.list_max_age_days
    if newest is None or now - newest > timedelta(days=limit):
        since = f"the last one is over {limit} days old" if newest else "none has been imported yet"
        yield Need("Import the waiting list", since, "", "/people/import/", "late")
    waiting = session.scalar(select(Upload.id).where(Upload.state == UploadState.CHECKED).limit(1))
    if waiting:
        yield Need(
            "Confirm an uploaded list",
            "it was tried and changes nothing yet",
            "",
            f"/people/import/{waiting}",
        )


def _rota_gaps(session: Session, services: Services, member: StaffMember, now: datetime) -> Iterator[Need]:
    """Days of the coming week on which nobody reads replies."""
    if member.role not in (Role.PEER_LEAD, Role.ADMIN):
        return
    today = services.calendar.day_of(now)
    for day, (reader, _, _) in rota(session, services.calendar, today + timedelta(days=1), ROTA_DAYS):
        if not reader:
            name = services.calendar.day_name(day)
            yield Need(f"Find a reader for {name}", "nobody reads replies that day", "", "/staff/rota")
            return
