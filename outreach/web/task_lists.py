"""Lists of tasks as pages show them: whose, for whom, by when in words, and who is looking at one right now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, case, func, not_, select
from sqlalchemy.orm import Session

from outreach.actions.ask_the_team import wants_to_talk
from outreach.models import Event, Person, StaffMember, Task
from outreach.models.event import A_MOMENT
from outreach.models.task import is_resting
from outreach.rules.due_words import due_in_words, moment_in_words, span_in_words
from outreach.rules.tongues import language_name
from outreach.services import Services
from outreach.vocabulary import Role, TaskKind, TaskState, Urgency
from outreach.web.objects import open_to
from outreach.web.paging import ROWS_A_PAGE
from outreach.web.task_words import kind_words
from outreach.web.trail import SAW

CLOSED_LATELY = timedelta(days=14)
ALL, URGENT, ASIDE, CLOSED = "all", "urgent", "aside", "closed"

PINNED = 20
"""As many urgent tasks stand on top of every list; a page of their own has them all."""

RANK = case({Urgency.URGENT: 0, Urgency.SOON: 1}, value=Task.urgency, else_=2)
IN_ORDER = (RANK, Task.due_at, Task.id)
NOBODY_ON_IT_FIRST = (Task.acknowledged_at.is_not(None), *IN_ORDER)


@dataclass(frozen=True, slots=True)
class Row:
    """One task in a list. `weight` is urgent, late or nothing; `told` are short notes beside it."""

    id: str
    what: str
    about: str
    when: str
    weight: str
    told: tuple[str, ...]
    person_id: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """Some tasks under a heading; `more` are not shown, and `onward` says which page has them, if one has."""

    title: str
    rows: Sequence[Row]
    nothing: str
    more: int = 0
    onward: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """How much one member has in hand."""

    name: str
    open_tasks: int
    late: int


@dataclass(frozen=True, slots=True)
class Looker:
    """Whoever looks at a list, and what it is drawn from."""

    session: Session
    services: Services
    member: StaffMember
    now: datetime


def pinned(at: Looker) -> Part:
    """The open urgent tasks that this member may see, on top of the page for everybody: first those nobody is on."""
    return _part(at, "Somebody may be in danger", _urgent(at.member), "", 1, most=PINNED)


def _urgent(member: StaffMember) -> Select[Task]:
    return _open(member).where(Task.kind == TaskKind.URGENT).order_by(*NOBODY_ON_IT_FIRST)


def parts_of(at: Looker, show: str, page: int) -> list[Part]:
    """What a list shows: by default whatever is mine, then what nobody has taken."""
    awake = _open(at.member).where(Task.kind != TaskKind.URGENT, not_(is_resting(at.now))).order_by(*IN_ORDER)
    if show == ALL:
        return [_part(at, "Everybody’s tasks", awake, "No task is open.", page)]
    if show == URGENT:
        nothing = "Nobody is known to be in danger."
        return [_part(at, "Somebody may be in danger", _urgent(at.member), nothing, page)]
    if show == ASIDE:
        aside = _open(at.member).where(is_resting(at.now)).order_by(*IN_ORDER)
        return [_part(at, "Put aside", aside, "Nothing is put aside.", page)]
    if show == CLOSED:
        closed = _closed(at.member, at.now)
        return [_part(at, "Closed in the last two weeks", closed, "Nothing was closed lately.", page)]
    mine = awake.where(Task.assignee_id == at.member.id)
    free = awake.where(Task.assignee_id.is_(None))
    return [
        _part(at, "Yours", mine, "You have no open task.", page),
        _part(at, "Not taken yet", free, "Nothing waits for somebody to take it.", page),
    ]


def _open(member: StaffMember) -> Select[Task]:
    return open_to(member, select(Task).where(Task.state != TaskState.CLOSED))


def _closed(member: StaffMember, now: datetime) -> Select[Task]:
    lately = Task.closed_at > now - CLOSED_LATELY
    query = select(Task).where(Task.state == TaskState.CLOSED, lately)
    return open_to(member, query).order_by(Task.closed_at.desc(), Task.id)


def _part(
    at: Looker, title: str, query: Select[Task], nothing: str, page: int, *, most: int = ROWS_A_PAGE
) -> Part:
    found = at.session.scalars(query.offset((page - 1) * most).limit(most))
    rows = _rows(at, list(found))
    total = at.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    more = max(0, total - page * most)
    return Part(title, rows, nothing, more, page + 1 if more else None)


def _rows(at: Looker, tasks: Sequence[Task]) -> list[Row]:
    """These tasks in their order, in the same few queries however many they are."""
    ids = [task.id for task in tasks]
    people = {task.person_id for task in tasks if task.person_id}
    names = {
        row.id: row.opened(at.services.keyring).called
        for row in at.session.scalars(select(Person).where(Person.id.in_(people)))
    }
    holders = dict(at.session.execute(select(StaffMember.id, StaffMember.name)).all())
    looking, talks = who_looks(at.session, at.member, ids, at.now), wants_to_talk(at.session, ids)
    return [
        Row(
            id=task.id,
            what=kind_words(task.kind).name,
            about=names.get(task.person_id or "", "nobody on record yet"),
            when=_when(task, at),
            weight=_weight(task, at.now),
            told=(
                *_standing(task, at, holders),
                *(["wants to be talked through"] if task.id in talks else []),
                *wishes(task),
                *([looking[task.id]] if task.id in looking else []),
            ),
            person_id=task.person_id,
        )
        for task in tasks
    ]


def _weight(task: Task, now: datetime) -> str:
    if task.state is TaskState.CLOSED:
        return ""
    return "urgent" if task.urgency is Urgency.URGENT else "late" if task.due_at < now else ""


def _when(task: Task, at: Looker) -> str:
    now, calendar = at.now, at.services.calendar
    if task.closed_at:
        return f"closed {moment_in_words(task.closed_at, now, calendar)}"
    if task.begins_at and task.begins_at > now:
        return f"promised from {moment_in_words(task.begins_at, now, calendar)}"
    return due_in_words(task.due_at, now, calendar)


def _standing(task: Task, at: Looker, holders: dict[str, str]) -> Iterator[str]:
    """Who has it, and whether it rests."""
    if task.state is TaskState.CLOSED:
        yield f"{task.outcome}, by {task.closed_by}"
        return
    if task.telephone_now_at:
        yield "telephone now: our answer did not arrive"
    if task.acknowledged_by:
        yield f"{task.acknowledged_by} is on it"
    elif task.assignee_id:
        yield (
            "yours"
            if task.assignee_id == at.member.id
            else f"{holders.get(task.assignee_id, 'somebody')} has it"
        )
    else:
        yield "not taken yet"
    if task.rests_until and task.rests_until > at.now:
        until = moment_in_words(task.rests_until, at.now, at.services.calendar)
        yield f"put aside until {until}" + (" or an answer" if task.until_answer else "")


def wishes(task: Task) -> Iterator[str]:
    """What they asked for: a time, a language, a background."""
    if task.wished_time:
        yield f"asked for {task.wished_time}"
    if task.wished_language:
        yield f"speaks {language_name(task.wished_language)}"
    if task.wished_background:
        yield f"would like somebody who is {task.wished_background}"


def who_looks(session: Session, member: StaffMember, ids: Sequence[str], now: datetime) -> dict[str, str]:
    """Which of these tasks a colleague opened in the last minutes, in words: so that two do not ring at once."""
    opened = select(Event.subject_id, Event.who, Event.at).where(
        Event.subject == Task.__tablename__,
        Event.subject_id.in_(ids),
        Event.verb == SAW,
        Event.who != member.name,
        Event.at > now - A_MOMENT,
    )
    return {
        task_id: f"{who} opened this {_ago(now - at)}"
        for task_id, who, at in session.execute(opened.order_by(Event.id))
    }


def _ago(span: timedelta) -> str:
    return "just now" if span < timedelta(minutes=1) else f"{span_in_words(span)} ago"


def loads(session: Session, now: datetime) -> list[Load]:
    """How many open tasks everybody has, the most first, and what nobody has taken."""
    late = func.sum(case((Task.due_at < now, 1), else_=0))
    query = (
        select(StaffMember.name, func.count(), late)
        .select_from(Task)
        .outerjoin(StaffMember, StaffMember.id == Task.assignee_id)
        .where(Task.state != TaskState.CLOSED)
        .group_by(StaffMember.name)
    )
    found = [Load(name or "Nobody yet", number, late or 0) for name, number, late in session.execute(query)]
    return sorted(found, key=lambda load: (-load.open_tasks, load.name))


def may_see_all(member: StaffMember) -> bool:
    """Everybody's tasks are for those who watch over the work."""
    return member.role is not Role.PEER_WORKER
