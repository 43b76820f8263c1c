"""Who wrote a reply and what lies between them and us lately, in two looks at the database."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, func, select
from sqlalchemy.orm import Session

from outreach.actions.group_asks import asked_of
from outreach.models import Invitation, LookupToken, Message, Person, Referral, Reply, Task
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


def sender_of(session: Session, reply: Reply, now: datetime) -> Sender:
    """Whoever wrote this reply, as things stand in this transaction, which has locked them."""
    lately = _lately(session, reply, now)
    if reply.person_id is None:
        return Sender(reply, now, None, lately)
    values = {"person": reply.person_id, "reply": reply.id}
    person, purpose, asked_at, was_invited, has_callback = session.execute(_PERSON, values).one()
    is_recent = asked_at is not None and now - asked_at <= SURVEY_ANSWERS_COME_WITHIN
    return Sender(
        reply,
        now,
        person,
        lately,
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

_last = (
    select(Message.id)
    .where(Message.person_id == bindparam("person"), Message.state.in_(LEFT_US))
    .order_by(Message.sending_at.desc(), Message.id.desc())
    .limit(1)
    .scalar_subquery()
)

_PERSON = (
    select(
        Person,
        Message.purpose,
        Message.sending_at,
        exists().where(Invitation.person_id == bindparam("person")),
        exists().where(
            Task.person_id == bindparam("person"),
            Task.kind == TaskKind.CALLBACK,
            Task.state != TaskState.CLOSED,
            Task.reply_id.is_distinct_from(bindparam("reply")),
        ),
    )
    .outerjoin(Message, Message.id == _last)
    .where(Person.id == bindparam("person"))
)
"""The person with our last message to them, if they were ever invited to a group, and if a call is open for them."""
