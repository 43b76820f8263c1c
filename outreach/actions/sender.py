"""Who wrote a reply and what lies between them and us lately, in two looks at the database."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, func, select
from sqlalchemy.orm import Session

from outreach.actions.group_asks import asked_of
from outreach.models import Invitation, LookupToken, Message, Person, Referral, Reply, Task
from outreach.models.person import lock_people
from outreach.models.referral import CURRENT_FIRST
from outreach.sealing import Keyring
from outreach.vocabulary import LEFT_US, Purpose, Reading, TaskKind, TaskState

BURST = timedelta(minutes=10)
SURVEY_ANSWERS_COME_WITHIN = timedelta(days=7)
LINES_EVERY = timedelta(hours=12)
THANKS_EVERY = timedelta(days=14)

WITH_LINES = frozenset(
    {"answers/crisis-lines", "answers/reply-received-with-lines", "answers/unmatched", "answers/opted-out"}
)
"""The answers that carry the crisis lines."""


@dataclass(frozen=True, slots=True)
class Lately:
    """How many other texts came from this address in the ten minutes before, and how many answers it got."""

    texts: int
    answers_in_a_day: int
    answers_in_12_hours: int
    lines_in_12_hours: int
    answers_in_14_days: int


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote a reply, as things stand `now`. `person` may have died; whoever writes is then not them.

    `asked` holds the answers that a question of ours about a group is open for; `has_open_callback` tells of a call
    that an earlier reply asked for.
    """

    reply: Reply
    now: datetime
    person: Person | None
    lately: Lately
    expects_survey: bool = False
    asked: AbstractSet[Reading] = frozenset()
    has_open_callback: bool = False


def whose_address(session: Session, keyring: Keyring, kind: str, address: str) -> dict[str, str | None]:
    """Everyone filed under this address, each with the referral that they most likely write about."""
    values = {"kind": kind, "tokens": keyring.blinds(kind, address)}
    rows = session.connection().execute(_WHOSE, values)
    return {row.person_id: row.referral_id for row in rows}


def locked_sender(session: Session, reply_id: str, now: datetime) -> Sender:
    """This reply and whoever wrote it, locked for this transaction: the people first, as everywhere."""
    person_id, candidates = session.connection().execute(_PEOPLE, {"reply": reply_id}).one()
    lock_people(session, [*candidates, *([person_id] if person_id else [])])
    sender = sender_of(session, reply_id, now)
    if sender.reply.person_id != person_id:  # somebody has just said whose it is
        return locked_sender(session, reply_id, now)
    return sender


def sender_of(session: Session, reply_id: str, now: datetime) -> Sender:
    """This reply, locked, and whoever wrote it, as things stand in this transaction, which has locked the people."""
    row = session.execute(_REPLY, {"reply": reply_id}).one()
    reply, person, purpose, asked_at, was_invited, has_callback = row
    is_recent = asked_at is not None and now - asked_at <= SURVEY_ANSWERS_COME_WITHIN
    return Sender(
        reply,
        now,
        person,
        _lately(session, reply, now),
        expects_survey=purpose is Purpose.SURVEY and is_recent,
        asked=asked_of(session, person.id, now) if was_invited else frozenset(),
        has_open_callback=has_callback,
    )


def _lately(session: Session, reply: Reply, now: datetime) -> Lately:
    values = {
        "token": reply.sender_token,
        "reply": reply.id,
        "received": reply.received_at,
        "burst": reply.received_at - BURST,
        "day": now - timedelta(days=1),
        "half_day": now - LINES_EVERY,
        "fortnight": now - THANKS_EVERY,
    }
    return Lately(*session.connection().execute(_LATELY, values).one())


def _count(*where: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(*where)


_WHOSE = select(
    LookupToken.person_id,
    select(Referral.id)
    .where(Referral.person_id == LookupToken.person_id)
    .order_by(*CURRENT_FIRST)
    .limit(1)
    .correlate(LookupToken)
    .label("referral_id"),
).where(LookupToken.kind == bindparam("kind"), LookupToken.token.in_(bindparam("tokens", expanding=True)))

_LATELY = (
    select(
        _count(Reply.received_at > bindparam("burst"), Reply.received_at <= bindparam("received")),
        _count(Message.created_at > bindparam("day")),
        _count(Message.created_at > bindparam("half_day")),
        _count(Message.created_at > bindparam("half_day"), Message.template.in_(WITH_LINES)),
        _count(Message.created_at > bindparam("fortnight")),
    )
    .select_from(Reply)
    .outerjoin(Message, Message.id == Reply.answer_id)
    .where(Reply.sender_token == bindparam("token"), Reply.id != bindparam("reply"))
)

_PEOPLE = select(*(Reply.__table__.c[name] for name in ("person_id", "candidates"))).where(
    Reply.__table__.c.id == bindparam("reply")
)

_last = (
    select(Message.id)
    .where(Message.person_id == Reply.person_id, Message.state.in_(LEFT_US))
    .order_by(Message.sending_at.desc(), Message.id.desc())
    .limit(1)
    .correlate(Reply)
    .scalar_subquery()
)

_REPLY = (
    select(
        Reply,
        Person,
        Message.purpose,
        Message.sending_at,
        exists().where(Invitation.person_id == Reply.person_id).correlate(Reply),
        exists()
        .where(
            Task.person_id == Reply.person_id,
            Task.kind == TaskKind.CALLBACK,
            Task.state != TaskState.CLOSED,
            Task.reply_id.is_distinct_from(bindparam("reply")),
        )
        .correlate(Reply),
    )
    .outerjoin(Person, Person.id == Reply.person_id)
    .outerjoin(Message, Message.id == _last)
    .where(Reply.id == bindparam("reply"))
    .with_for_update(of=Reply)
    .execution_options(populate_existing=True)
)
"""A reply with its person, our last message to them, if they were ever invited to a group, and if a call is open."""
