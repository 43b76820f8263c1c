"""One person's conversation in order of time: what we sent, what they wrote, and what happened around it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from outreach.actions.following import FLAGGED
from outreach.actions.opt_out import WANTED
from outreach.models import Appointment, Hold, Message, OptOut, Referral, Reply, StageEvent, Task, TaskTry
from outreach.models.base import is_id
from outreach.models.person import Details
from outreach.services import Services
from outreach.vocabulary import CANCELLABLE, Channel, MessageState, Reading
from outreach.web.people_shown import APPOINTMENTS, ATTENDANCES, STAGES
from outreach.web.replies_shown import UNDERSTOOD
from outreach.web.task_words import kind_words

ENTRIES_A_PAGE = 30

BECAME = {
    MessageState.SENDING: "being handed over",
    MessageState.SENT: "sent, no news of delivery yet",
    MessageState.DELIVERED: "arrived",
    MessageState.UNDELIVERED: "did not arrive",
    MessageState.CANCELLED: "not sent",
    MessageState.EXPIRED: "not sent",
    MessageState.FAILED: "not sent",
    MessageState.UNCONFIRMED: "nobody can tell whether it arrived",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a conversation. `side` is ours, theirs or between; `folded` words are opened by a press."""

    at: datetime
    id: str
    side: str
    title: str
    words: str = ""
    note: str = ""
    folded: bool = False
    unread: str = ""
    """The id of a reply that nobody has read."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A page of a conversation, the oldest entry first; `before` asks for the page before it, blank on the first."""

    entries: list[Entry]
    before: str


def talk_with(session: Session, services: Services, person_id: str, before: str, now: datetime) -> Talk:
    """The newest entries before this point, in as many queries for a long conversation as for a short one."""
    until = _point(before)
    found: list[Entry] = []
    for source in SOURCES:
        found += source(session, services, person_id, until, now)
    newest_first = sorted(found, key=lambda each: (each.at, each.id), reverse=True)
    shown = newest_first[:ENTRIES_A_PAGE]
    more = len(newest_first) > ENTRIES_A_PAGE
    return Talk(shown[::-1], f"{shown[-1].at.isoformat()}~{shown[-1].id}" if more else "")


def _point(before: str) -> tuple[datetime, str] | None:
    """The moment and id of the oldest entry of the page after; None on the newest page, or for anything else."""
    moment, _, row_id = before.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, row_id) if is_id(row_id) and at.tzinfo else None


Until = tuple[datetime, str] | None


def _newest(
    query: Select[Any],
    at: InstrumentedAttribute[datetime | None] | ColumnElement[datetime],
    ids: InstrumentedAttribute[str],
    until: Until,
) -> Select[Any]:
    """At most one more than a page of these rows, the newest first."""
    if until:
        query = query.where(or_(at < until[0], and_(at == until[0], ids < until[1])))
    return query.order_by(at.desc(), ids.desc()).limit(ENTRIES_A_PAGE + 1)


def _messages(
    session: Session, services: Services, person_id: str, until: Until, _now: datetime
) -> Iterator[Entry]:
    """What went or never went; what is still to come is shown apart from this."""
    answered = select(Reply.answer_id).where(Reply.person_id == person_id, Reply.answer_id.is_not(None))
    at = func.coalesce(Message.sending_at, Message.created_at)
    query = select(Message).where(
        or_(Message.person_id == person_id, Message.id.in_(answered)), Message.state.not_in(CANCELLABLE)
    )
    for row in session.scalars(_newest(query, at, Message.id, until)):
        subject, text = row.opened(services.keyring)
        how = "Email" if row.channel is Channel.EMAIL else "Text" if row.channel else "Message"
        what = f"from {row.written_by}" if row.written_by else row.step.replace("-", " ")
        note = BECAME.get(row.state, row.state.value) + (f": {row.reason}" if row.reason else "")
        left = row.sending_at is not None
        yield Entry(
            at=row.sending_at or row.created_at,
            id=row.id,
            side="ours" if left or row.written_by else "between",
            title=f"{how}: {what}" if left or row.written_by else f"{what.capitalize()} was not sent",
            words="\n".join(filter(None, (subject, text))) if left or row.written_by else "",
            note=note if left or row.written_by else row.reason,
        )


def _replies(
    session: Session, services: Services, person_id: str, until: Until, _now: datetime
) -> Iterator[Entry]:
    query = select(Reply).where(Reply.person_id == person_id)
    for row in session.scalars(_newest(query, Reply.received_at, Reply.id, until)):
        readings = [Reading(word) for word in row.readings]
        read = f"Read by {row.read_by}" if row.read_at else "Nobody has read this yet"
        pictures = ["With a picture or file, which we do not keep"] if row.media else []
        understood = [f"software: {UNDERSTOOD[each].removeprefix('software ')}" for each in readings]
        yield Entry(
            at=row.received_at,
            id=row.id,
            side="theirs",
            title="They wrote an email" if row.channel is Channel.EMAIL else "They texted",
            words=row.opened(services.keyring),
            note="; ".join([read, *pictures, *understood]),
            folded=bool(FLAGGED & set(readings)),
            unread="" if row.read_at else row.id,
        )


def _tasks(
    session: Session, _services: Services, person_id: str, until: Until, _now: datetime
) -> Iterator[Entry]:
    theirs = select(Task).where(Task.person_id == person_id)
    for row in session.scalars(_newest(theirs, Task.opened_at, Task.id, until)):
        yield Entry(
            row.opened_at, row.id, "between", f"Task: {kind_words(row.kind).name.lower()}", note=row.reason
        )
    closed = theirs.where(Task.closed_at.is_not(None))
    for row in session.scalars(_newest(closed, Task.closed_at, Task.id, until)):
        if row.closed_at:
            title = f"{kind_words(row.kind).name}: done by {row.closed_by}"
            yield Entry(row.closed_at, row.id, "between", title, note=row.outcome or "")


def _tries(
    session: Session, _services: Services, person_id: str, until: Until, _now: datetime
) -> Iterator[Entry]:
    query = select(TaskTry).join(Task, Task.id == TaskTry.task_id).where(Task.person_id == person_id)
    for row in session.scalars(_newest(query, TaskTry.at, TaskTry.id, until)):
        result = row.result.value.replace("_", " ")
        yield Entry(row.at, row.id, "between", f"{row.who} rang: {result}")


def _stages(
    session: Session, _services: Services, person_id: str, until: Until, _now: datetime
) -> Iterator[Entry]:
    query = (
        select(StageEvent)
        .join(Referral, Referral.id == StageEvent.referral_id)
        .where(Referral.person_id == person_id, StageEvent.stage.is_not(None))
    )
    for row in session.scalars(_newest(query, StageEvent.recorded_at, StageEvent.id, until)):
        title = STAGES[row.stage] if row.stage else ""
        yield Entry(row.recorded_at, row.id, "between", f"Stage: {title.lower()}", note=row.why)


def _appointments(
    session: Session, services: Services, person_id: str, until: Until, now: datetime
) -> Iterator[Entry]:
    """Those whose day has come; later ones stand among what comes next."""
    today = services.calendar.day_of(now)
    query = (
        select(Appointment)
        .join(Referral, Referral.id == Appointment.referral_id)
        .where(Referral.person_id == person_id, Appointment.on_date <= today)
    )
    if until:
        query = query.where(Appointment.on_date <= services.calendar.day_of(until[0]))
    rows = query.order_by(Appointment.on_date.desc(), Appointment.id.desc()).limit(ENTRIES_A_PAGE + 1)
    for row in session.scalars(rows):
        at = services.calendar.at(row.on_date, row.at_time or time(0))
        if until and (at, row.id) >= until:
            continue
        became = ATTENDANCES[row.attendance] if row.attendance else ""
        became = "called off" if row.cancelled_at else became or "not known yet whether they came"
        yield Entry(at, row.id, "between", f"{APPOINTMENTS[row.kind]}: {became}", note=row.place or "")


def _holds(
    session: Session, _services: Services, person_id: str, until: Until, _now: datetime
) -> Iterator[Entry]:
    query = select(Hold).where(Hold.person_id == person_id)
    for row in session.scalars(_newest(query, Hold.opened_at, Hold.id, until)):
        yield Entry(row.opened_at, row.id, "between", "Messages were put on hold", note=row.why)
    over = query.where(Hold.released_at.is_not(None))
    for row in session.scalars(_newest(over, Hold.released_at, Hold.id, until)):
        if row.released_at:
            yield Entry(row.released_at, row.id, "between", f"Messages go on: {row.released_by}")


def _stops(
    session: Session, services: Services, person_id: str, until: Until, _now: datetime
) -> Iterator[Entry]:
    query = select(OptOut).where(OptOut.person_id == person_id)
    for row in session.scalars(_newest(query, OptOut.at, OptOut.id, until)):
        title = f"Stopped {what_stops(row)}: {WANTED[row.cause]}"
        yield Entry(row.at, row.id, "between", title, note=row.why if row.why != WANTED[row.cause] else "")
    undone = query.where(OptOut.undone_at.is_not(None))
    for row in session.scalars(_newest(undone, OptOut.undone_at, OptOut.id, until)):
        if row.undone_at:
            title = f"{what_stops(row).capitalize()} may go again: {row.undone_by}"
            yield Entry(row.undone_at, row.id, "between", title, note=row.undone_why or "")


SOURCES = (_messages, _replies, _tasks, _tries, _stages, _appointments, _holds, _stops)


def what_stops(row: OptOut) -> str:
    """What an opt-out is about."""
    how = {Channel.SMS: "texts", Channel.EMAIL: "emails", None: "texts and emails"}[row.channel]
    return f"{row.purpose.value.replace('_', ' ')} {how}" if row.purpose else how


def standing_stops(
    session: Session, services: Services, person_id: str, details: Details
) -> Sequence[OptOut]:
    """What this person or their addresses have stopped, the newest first."""
    keyring = services.keyring
    addresses = (("mobile", details.mobile), ("email", details.email))
    tokens = [token for kind, value in addresses if value for token in keyring.blinds(kind, value)]
    theirs = or_(OptOut.person_id == person_id, OptOut.address_token.in_(tokens))
    query = select(OptOut).where(OptOut.undone_at.is_(None), theirs)
    return session.scalars(query.order_by(OptOut.at.desc(), OptOut.id.desc())).all()
