"""Takes messages that are due out of the queue, for one sender and a limited time."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update

from outreach.models import Message
from outreach.services import Services
from outreach.vocabulary import MessageState, Purpose

LEASE = timedelta(minutes=2)
"""A claim older than this belongs to a dead sender: nothing of it was handed over."""

BATCH = 400
"""At most this many in one short transaction, so that webhooks are never starved."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that only the holder of `token` may send until `until`; ids in the order in which they are due."""

    token: str
    until: datetime
    message_ids: tuple[str, ...]


def claim_due(services: Services, now: datetime, limit: int = BATCH) -> Claim:
    """Claim up to `limit` due messages; outside the window only answers are due. An empty claim means none."""
    if not _any_due(services, now):
        return Claim("", now, ())
    claim_until, token = now + LEASE, secrets.token_hex(16)
    with services.begin() as session:
        due = _due(services, now).order_by(Message.planned_for, Message.id).limit(limit)
        ids = tuple(session.scalars(due.with_for_update(skip_locked=True)))
        session.execute(
            update(Message)
            .where(Message.id.in_(ids))
            .values(state=MessageState.CLAIMED, claim_token=token, claimed_until=claim_until)
        )
    return Claim(token, claim_until, ids)


def _any_due(services: Services, now: datetime) -> bool:
    """One probe of the queue's index, without a write lock."""
    with services.read() as session:
        return session.scalar(_due(services, now).limit(1)) is not None


def _due(services: Services, now: datetime) -> Select[str]:
    query = select(Message.id).where(Message.state == MessageState.PLANNED, Message.planned_for <= now)
    if services.calendar.is_open(now):
        return query
    return query.where(Message.purpose.in_([each for each in Purpose if each.is_at_any_hour]))


def release(services: Services, claim: Claim) -> None:
    """Give back what was claimed and not begun, so that nobody has to wait for the lease to end."""
    with services.begin() as session:
        session.execute(
            update(Message)
            .where(Message.claim_token == claim.token, Message.state == MessageState.CLAIMED)
            .values(state=MessageState.PLANNED, claim_token=None, claimed_until=None)
        )
