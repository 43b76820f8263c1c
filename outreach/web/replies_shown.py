"""Replies as the reading queue shows them: the words, whose they are, what we answered, what software understood."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from outreach.actions.following import FLAGGED
from outreach.models import Message, Person, Reply, StaffMember, Task
from outreach.models.base import is_id
from outreach.models.staff import duty_on
from outreach.rules.tongues import language_name
from outreach.services import Services
from outreach.vocabulary import Channel, Reading, TaskState
from outreach.web.objects import replies_open_to
from outreach.web.paging import Page
from outreach.web.people_shown import as_dialled
from outreach.web.task_words import kind_words

REPLIES_A_PAGE = 25

UNDERSTOOD = {
    Reading.POSSIBLE_CRISIS: "may be in danger",
    Reading.NEEDS_READER: "software could not make sense of it",
    Reading.OPT_OUT: "wants messages to stop",
    Reading.OPT_IN: "wants messages again",
    Reading.WANTS_TALK: "wants to talk to somebody",
    Reading.WANTS_CHANGE: "wants another appointment time",
    Reading.WANTS_OTHER_CONTACT: "wants to change how we keep in touch",
    Reading.WRONG_NUMBER: "says that we have the wrong number",
    Reading.SURVEY: "answers a survey",
    Reading.THANKS: "says thank you",
    Reading.AUTOMATIC: "an automatic answer",
    Reading.JOINS: "wants to come to a group",
    Reading.DECLINES: "does not want to come to a group",
}
"""What software thought it understood, as staff are told."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A task that came of a reply."""

    id: str
    name: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One reply as it is shown. `name` is blank where we do not know who wrote; `sender` is then their address."""

    id: str
    channel: Channel
    received_at: datetime
    due_at: datetime | None
    read_at: datetime | None
    read_by: str | None
    person_id: str | None
    name: str
    sender: str
    candidates: int
    language: str
    words: str
    pictures: int
    is_flagged: bool
    is_settled: bool
    understood: tuple[str, ...]
    because: tuple[str, ...]
    answer: str
    answer_state: str
    tasks: tuple[Followed, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many replies wait to be read, how many of them are flagged, and by when the first one must be."""

    unread: int
    flagged: int
    first_due_at: datetime | None


def is_flagged() -> ColumnElement[bool]:
    """A person must read this at crisis speed."""
    words = cast(Reply.readings, String)
    return or_(*(words.contains(f'"{reading.value}"') for reading in sorted(FLAGGED)))


RANK = case((is_flagged(), 0), else_=1)


def waiting(session: Session, services: Services, member: StaffMember, now: datetime) -> Select[Reply]:
    """The unread replies that this member may read."""
    allowed = replies_open_to(session, member, services.calendar, now)
    return select(Reply).where(Reply.read_at.is_(None), allowed)


def in_order(session: Session, query: Select[Reply], after: str, most: int = REPLIES_A_PAGE) -> Page[Reply]:
    """Flagged ones first, then the oldest: those that come after the reply with the id `after`."""
    last = session.get(Reply, after) if is_id(after) else None
    if last is not None:
        rank = literal(0 if set(last.readings) & FLAGGED else 1)
        later = or_(
            Reply.received_at > last.received_at,
            and_(Reply.received_at == last.received_at, Reply.id > last.id),
        )
        query = query.where(or_(rank < RANK, and_(rank == RANK, later)))
    rows = list(session.scalars(query.order_by(RANK, Reply.received_at, Reply.id).limit(most + 1)))
    return Page(rows[:most], rows[most - 1].id if len(rows) > most else "")


def count(session: Session, query: Select[Reply]) -> Count:
    """How many wait."""
    figures = query.with_only_columns(
        func.count(), func.sum(case((is_flagged(), 1), else_=0)), func.min(Reply.read_due_at)
    )
    unread, flagged, first = session.execute(figures).one()
    return Count(unread, flagged or 0, first)


def reader_today(session: Session, services: Services, now: datetime) -> StaffMember | None:
    """Who reads replies today, by the rota."""
    duty = duty_on(session, services.calendar.day_of(now))
    return session.get(StaffMember, duty.reader_id) if duty and duty.reader_id else None


def cards(session: Session, services: Services, replies: Sequence[Reply]) -> list[Card]:
    """These replies with all that is shown beside them, in as many queries for one as for many."""
    wanted = {each.person_id for each in replies if each.person_id}
    people = {row.id: row for row in session.scalars(select(Person).where(Person.id.in_(wanted)))}
    answered = {each.answer_id for each in replies if each.answer_id}
    answers = {row.id: row for row in session.scalars(select(Message).where(Message.id.in_(answered)))}
    tasks = _tasks(session, [each.id for each in replies])
    return [_card(services, each, people, answers, tasks[each.id]) for each in replies]


def _tasks(session: Session, reply_ids: Sequence[str]) -> Mapping[str, list[Followed]]:
    found: dict[str, list[Followed]] = defaultdict(list)
    columns = (Task.id, Task.reply_id, Task.kind, Task.state)
    for row in session.execute(select(*columns).where(Task.reply_id.in_(reply_ids)).order_by(Task.id)):
        found[row.reply_id].append(
            Followed(row.id, kind_words(row.kind).name, row.state is not TaskState.CLOSED)
        )
    return found


def _card(
    services: Services,
    reply: Reply,
    people: Mapping[str, Person],
    answers: Mapping[str, Message],
    tasks: Sequence[Followed],
) -> Card:
    keyring = services.keyring
    person, answer = people.get(reply.person_id or ""), answers.get(reply.answer_id or "")
    readings = [Reading(word) for word in reply.readings]
    return Card(
        id=reply.id,
        channel=reply.channel,
        received_at=reply.received_at,
        due_at=reply.read_due_at,
        read_at=reply.read_at,
        read_by=reply.read_by,
        person_id=reply.person_id,
        name=person.opened(keyring).called if person else "",
        sender="" if person else as_dialled(reply.opened_sender(keyring)),
        candidates=len(reply.candidates),
        language=spoken(person) if person else "",
        words=reply.opened(keyring),
        pictures=reply.media,
        is_flagged=bool(FLAGGED & set(readings)),
        is_settled=reply.acted_at is not None,
        understood=tuple(UNDERSTOOD[each] for each in readings),
        because=tuple(words for _, words in reply.opened_matches(keyring)),
        answer=answer.opened(keyring)[1] if answer else "",
        answer_state=answer.state.value if answer else "",
        tasks=tuple(tasks),
    )


def spoken(person: Person) -> str:
    """What to know about the language somebody reads; blank where it is English and no interpreter is needed."""
    is_english = person.language.partition("-")[0] == "en"
    if is_english and not person.interpreter:
        return ""
    return language_name(person.language) + (", needs an interpreter" if person.interpreter else "")
