"""Takes messages that are due out of the queue, for one sender and a limited time."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, or_, select, update

from outreach.actions.notice_restore import notice_restore
from outreach.models import Attempt, Message
from outreach.models.message import IS_URGENT, in_state
from outreach.ports import Verdict
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState

LEASE = timedelta(minutes=2)
"""A claim older than this belongs to a dead sender: nothing of it was handed over."""

INTERRUPTED = "not taken: the program was interrupted before the provider had it"

BATCH = 400
"""At most this many in one short transaction, so that webhooks are never starved."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that only the holder of `token` may send until `until`; ids in the order in which they are due."""

    token: str
    until: datetime
    message_ids: tuple[str, ...]


def claim_due(services: Services, now: datetime, limit: int = BATCH, channel: Channel | None = None) -> Claim:
    """Claim up to `limit` due messages, answers and alerts first; outside the window only these are due.

    An empty claim means none.
    """
    if not any_due(services, now, channel):
        return Claim("", now, ())
    notice_restore(services, now)
    claim_until, token = now + LEASE, secrets.token_hex(16)
    with services.begin() as session:
        ids: list[str] = []
        for query in _due(services, now, channel):
            in_order = query.order_by(Message.planned_for, Message.id).limit(limit - len(ids))
            ids += session.scalars(in_order.with_for_update(skip_locked=True))
        session.execute(
            update(Message)
            .where(Message.id.in_(ids))
            .values(state=MessageState.CLAIMED, claim_token=token, claimed_until=claim_until)
        )
    return Claim(token, claim_until, tuple(ids))


def any_due(services: Services, now: datetime, channel: Channel | None = None) -> bool:
    """One probe of the queue's indexes, without a write lock."""
    with services.read() as session:
        return any(session.scalar(query.limit(1)) is not None for query in _due(services, now, channel))


def _due(services: Services, now: datetime, channel: Channel | None) -> list[Select[str]]:
    """The queues in the order in which they are served."""
    due = select(Message.id).where(
        in_state(MessageState.PLANNED),
        Message.channel.in_([channel] if channel else list(Channel)),
        Message.planned_for <= now,
    )
    return (
        [due.where(IS_URGENT), due.where(~IS_URGENT)]
        if services.calendar.is_open(now)
        else [due.where(IS_URGENT)]
    )


def give_back(services: Services, token: str, known: Collection[str], now: datetime) -> int:
    """Plan again what was claimed and not begun, so that nobody has to wait for the lease to end; how many messages.

    Also what was begun and surely not handed over: attempts under this claim that have no result and are not among
    the `known` ones, such as those of a transaction of which the caller never heard that it had been committed.
    """
    begun = (
        select(Message.id, Attempt.id)
        .join(Attempt, Attempt.id == Message.attempt_id)
        .where(in_state(MessageState.SENDING), Message.claim_token == token, Attempt.finished_at.is_(None))
        .order_by(Message.id)
    )
    with services.begin() as session:
        rows = session.execute(begun.with_for_update(of=Message)).all()
        lost = [(message, attempt) for message, attempt in rows if attempt not in known]
        session.execute(
            update(Attempt)
            .where(Attempt.id.in_([attempt for _, attempt in lost]))
            .values(finished_at=now, verdict=Verdict.NOT_PROCESSED.value, reason=INTERRUPTED)
        )
        ours = and_(in_state(MessageState.CLAIMED), Message.claim_token == token)
        given_back = session.execute(
            update(Message)
            .where(or_(ours, Message.id.in_([message for message, _ in lost])))
            .values(state=MessageState.PLANNED, claim_token=None, claimed_until=None)
            .returning(Message.id)
        )
        return len(given_back.all())
