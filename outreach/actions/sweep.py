"""Settles what a crash, a lost answer or an ended hold left behind, so that nothing stays in between for ever."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from outreach.actions.address_faults import address_of
from outreach.actions.answers import IN_RESPONSE, RECEIPT_DUE
from outreach.actions.release_held import release_held
from outreach.actions.take_over import take_over
from outreach.actions.take_receipt import take_receipt
from outreach.actions.telephone_now import telephone_now
from outreach.errors import OutreachError
from outreach.models import Attempt, Message
from outreach.models.message import in_state
from outreach.ports import Found, LostAttempt, Receipt
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, ReceiptStatus

log = structlog.get_logger()

LIST_LAG = timedelta(minutes=5)
"""No hand-over takes this long, and the provider's list may not show a message sooner."""

LOOK_EVERY = timedelta(minutes=5)

MARGIN = timedelta(minutes=15)
"""After a message's validity has ended the provider may still tell us about it for this long."""

NEVER_ANSWERED = (
    "the provider never answered: the person may or may not have it; ask or ring, do not send again"
)

MOST_LOOKS = 20
"""In one pass, so that sending never waits long; the pass ends early when the provider is slow."""

LOOK_SECONDS = 10.0


@dataclass(slots=True)
class Swept:
    """What one sweep settled, in messages."""

    taken_over: int = 0
    claims_returned: int = 0
    adopted: int = 0
    unconfirmed: int = 0
    released: int = 0
    answered_again: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """A message whose attempt has no answer."""

    message_id: str
    attempt_id: str
    channel: Channel
    started_at: datetime
    valid_until: datetime


async def sweep(services: Services) -> Swept:
    """One pass over everything that is neither waiting nor settled."""
    swept = Swept()
    now = services.now()
    swept.taken_over = take_over(services, now)
    swept.claims_returned = _return_claims(services, now)
    swept.released = release_held(services, now)
    swept.answered_again = _send_answers_again(services, now)
    lost = _lost(services, now)
    if not lost:
        return swept
    await services.texts.open()
    await services.emails.open()
    try:
        began = time.monotonic()
        for each in lost:
            await _settle(services, each, now, swept)
            if time.monotonic() - began > LOOK_SECONDS:
                break
    finally:
        await services.texts.close()
        await services.emails.close()
    return swept


def _return_claims(services: Services, now: datetime) -> int:
    """A claim that ran out was never handed over: its messages are planned again."""
    expired = (in_state(MessageState.CLAIMED), Message.claimed_until <= now)
    with services.read() as session:
        if session.scalar(select(Message.id).where(*expired).limit(1)) is None:
            return 0
    with services.begin() as session:
        ids = list(session.scalars(select(Message.id).where(*expired).with_for_update(skip_locked=True)))
        session.execute(
            update(Message)
            .where(Message.id.in_(ids))
            .values(state=MessageState.PLANNED, claim_token=None, claimed_until=None)
        )
        return len(ids)


def _send_answers_again(services: Services, now: datetime) -> int:
    """An answer that went in a webhook's response and has no receipt goes once more, by the provider's API.

    Without the crisis lines somebody in danger would wait in silence: twice is better than never.
    """
    unheard = (
        select(Message.id)
        .join(Attempt, Attempt.id == Message.attempt_id)
        .where(
            in_state(MessageState.SENDING),
            Message.sending_at <= now - RECEIPT_DUE,
            Message.attempts == 1,
            Attempt.verdict == IN_RESPONSE,
        )
    )
    with services.read() as session:
        if session.scalar(unheard.limit(1)) is None:
            return 0
    with services.begin() as session:
        ids = list(session.scalars(unheard.with_for_update(of=Message, skip_locked=True)))
        session.execute(
            update(Message)
            .where(Message.id.in_(ids))
            .values(state=MessageState.PLANNED, planned_for=now, reason="no receipt for the first answer")
        )
        return len(ids)


def _lost(services: Services, now: datetime) -> list[Lost]:
    """Attempts without an answer that are to be looked for now, those never looked for first."""
    is_due = or_(
        Attempt.looked_for_at.is_(None),
        Attempt.looked_for_at <= now - LOOK_EVERY,
        Message.valid_until <= now - MARGIN,
    )
    query = (
        select(Message.id, Message.channel, Message.valid_until, Attempt.id, Attempt.started_at)
        .join(Attempt, Attempt.id == Message.attempt_id)
        .where(
            in_state(MessageState.SENDING),
            Message.sending_at <= now - LIST_LAG,
            Attempt.verdict.is_distinct_from(IN_RESPONSE),
            is_due,
        )
        .order_by(Attempt.looked_for_at.is_not(None), Message.sending_at)
        .limit(MOST_LOOKS)
    )
    with services.read() as session:
        rows = session.execute(query).all()
    return [
        Lost(message_id, attempt_id, channel or Channel.SMS, started_at, valid_until or started_at)
        for message_id, channel, valid_until, attempt_id, started_at in rows
    ]


async def _settle(services: Services, lost: Lost, now: datetime, swept: Swept) -> None:
    """Adopt what the provider has; what it will never tell us about goes to staff, and is never sent again."""
    with services.begin() as session:
        session.execute(update(Attempt).where(Attempt.id == lost.attempt_id).values(looked_for_at=now))
    try:
        news = await _look(services, lost)
    except OutreachError as fault:  # such as a body that does not open: nobody can look for it
        kind = type(fault).__name__  # its text is not told: it may hold data
        log.warning("a lost message cannot be looked for", message=lost.message_id, error=kind)
        news = None
    if news:
        take_receipt(services, news, now, lost.attempt_id)
        swept.adopted += 1
    elif now >= lost.valid_until + MARGIN:
        _give_to_staff(services, lost.message_id, now)
        swept.unconfirmed += 1


async def _look(services: Services, lost: Lost) -> Receipt | None:
    """The provider's news of this attempt, if it surely has it."""
    sender = services.emails if lost.channel is Channel.EMAIL else services.texts
    with services.read() as session:
        wanted = _wanted(session, services, lost)
    lookup = await sender.find(wanted)
    if lookup.found is not Found.FOUND or not lookup.provider_id:
        return None
    return lookup.receipt or Receipt(lookup.provider_id, ReceiptStatus.ACCEPTED)


def _wanted(session: Session, services: Services, lost: Lost) -> LostAttempt:
    message = session.get_one(Message, lost.message_id)
    same_address = select(Message.provider_id).where(
        Message.person_id == message.person_id, Message.provider_id.is_not(None)
    )
    return LostAttempt(
        attempt=lost.attempt_id,
        to=address_of(session, services, message) or "",
        started_at=lost.started_at,
        body=message.opened(services.keyring)[1],
        adopted_ids=frozenset(provider_id for provider_id in session.scalars(same_address) if provider_id),
    )


def _give_to_staff(services: Services, message_id: str, now: datetime) -> None:
    with services.begin() as session:
        query = select(Message).where(Message.id == message_id, in_state(MessageState.SENDING))
        message = session.scalar(query.with_for_update())
        if message is not None:
            message.state, message.reason = MessageState.UNCONFIRMED, NEVER_ANSWERED
            telephone_now(session, services, message, now)
