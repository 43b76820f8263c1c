"""Settles what a crash, a lost answer or an ended hold left behind, so that nothing stays in between for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.actions.address_faults import address_of
from outreach.actions.answers import IN_RESPONSE, RECEIPT_DUE
from outreach.actions.release_held import release_held
from outreach.actions.take_receipt import take_receipt
from outreach.actions.telephone_now import telephone_now
from outreach.models import Attempt, Message
from outreach.ports import Found, LostAttempt, Receipt
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, ReceiptStatus

ANSWER_LOST = timedelta(minutes=2)
"""No hand-over takes this long: a message still `sending` has lost its answer."""

LIST_LAG = timedelta(minutes=5)
"""The provider's list may not show a message sooner than this."""

MARGIN = timedelta(minutes=15)
"""After a message's validity has ended the provider may still tell us about it for this long."""

NEVER_ANSWERED = (
    "the provider never answered: the person may or may not have it; ask or ring, do not send again"
)

BATCH = 200


@dataclass(slots=True)
class Swept:
    """What one sweep settled, in messages."""

    claims_returned: int = 0
    adopted: int = 0
    unconfirmed: int = 0
    released: int = 0
    answered_again: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """A message whose attempt has no answer."""

    message_id: str
    channel: Channel
    valid_until: datetime
    attempt: LostAttempt


async def sweep(services: Services) -> Swept:
    """One pass over everything that is neither waiting nor settled."""
    swept = Swept()
    now = services.now()
    swept.claims_returned = _return_claims(services, now)
    swept.released = release_held(services, now)
    swept.answered_again = _send_answers_again(services, now)
    lost = _lost(services, now)
    if not lost:
        return swept
    await services.texts.open()
    await services.emails.open()
    try:
        for each in lost:
            await _settle(services, each, now, swept)
    finally:
        await services.texts.close()
        await services.emails.close()
    return swept


def _return_claims(services: Services, now: datetime) -> int:
    """A claim that ran out was never handed over: its messages are planned again."""
    expired = (Message.state == MessageState.CLAIMED, Message.claimed_until <= now)
    with services.read() as session:
        if session.scalar(select(Message.id).where(*expired).limit(1)) is None:
            return 0
    with services.begin() as session:
        returned = session.scalars(
            update(Message)
            .where(*expired)
            .values(state=MessageState.PLANNED, claim_token=None, claimed_until=None)
            .returning(Message.id)
        )
        return len(list(returned))


def _send_answers_again(services: Services, now: datetime) -> int:
    """An answer that went in a webhook's response and has no receipt goes once more, by the provider's API.

    Without the crisis lines somebody in danger would wait in silence: twice is better than never.
    """
    unheard = select(Attempt.message_id).where(
        Attempt.verdict == IN_RESPONSE, Attempt.started_at <= now - RECEIPT_DUE
    )
    waiting = (Message.state == MessageState.SENDING, Message.attempts == 1, Message.id.in_(unheard))
    with services.read() as session:
        if session.scalar(select(Message.id).where(*waiting).limit(1)) is None:
            return 0
    with services.begin() as session:
        again = session.scalars(
            update(Message)
            .where(*waiting)
            .values(state=MessageState.PLANNED, planned_for=now, reason="no receipt for the first answer")
            .returning(Message.id)
        )
        return len(list(again))


def _lost(services: Services, now: datetime) -> list[Lost]:
    """Attempts without an answer, oldest first."""
    query = (
        select(Message, Attempt)
        .join(Attempt, Attempt.id == Message.attempt_id)
        .where(
            Message.state == MessageState.SENDING,
            Message.sending_at <= now - ANSWER_LOST,
            Attempt.verdict.is_distinct_from(IN_RESPONSE),
        )
        .order_by(Message.sending_at)
        .limit(BATCH)
    )
    with services.read() as session:
        return [_as_lost(session, services, message, attempt) for message, attempt in session.execute(query)]


def _as_lost(session: Session, services: Services, message: Message, attempt: Attempt) -> Lost:
    same_address = select(Message.provider_id).where(
        Message.person_id == message.person_id, Message.provider_id.is_not(None)
    )
    lost = LostAttempt(
        attempt=attempt.id,
        to=address_of(session, services, message) or "",
        started_at=attempt.started_at,
        body=message.opened(services.keyring)[1],
        adopted_ids=frozenset(provider_id for provider_id in session.scalars(same_address) if provider_id),
    )
    return Lost(message.id, message.channel or Channel.SMS, message.valid_until or attempt.started_at, lost)


async def _settle(services: Services, lost: Lost, now: datetime, swept: Swept) -> None:
    """Adopt what the provider has; what it will never tell us about goes to staff, and is never sent again."""
    sender = services.emails if lost.channel is Channel.EMAIL else services.texts
    if now - lost.attempt.started_at >= LIST_LAG:
        lookup = await sender.find(lost.attempt)
        if lookup.found is Found.FOUND and lookup.provider_id:
            news = lookup.receipt or Receipt(lookup.provider_id, ReceiptStatus.ACCEPTED)
            take_receipt(services, news, now, lost.attempt.attempt)
            swept.adopted += 1
            return
    if now >= lost.valid_until + MARGIN:
        _give_to_staff(services, lost.message_id, now)
        swept.unconfirmed += 1


def _give_to_staff(services: Services, message_id: str, now: datetime) -> None:
    with services.begin() as session:
        query = select(Message).where(Message.id == message_id, Message.state == MessageState.SENDING)
        message = session.scalar(query.with_for_update())
        if message is not None:
            message.state, message.reason = MessageState.UNCONFIRMED, NEVER_ANSWERED
            telephone_now(session, services, message, now)
