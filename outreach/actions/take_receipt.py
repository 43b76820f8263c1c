"""Takes delivery news in, once for each piece, in whatever order it comes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.actions.address_faults import take_address_fault, take_loss
from outreach.actions.pause import pause_sending
from outreach.actions.telephone_now import telephone_now
from outreach.models import Attempt, Message, Person, ReceiptRow
from outreach.models.base import lock
from outreach.models.person import lock_people
from outreach.ports import Receipt
from outreach.rules.delivery import after_receipt
from outreach.services import Services
from outreach.vocabulary import MessageState, ReceiptStatus

BATCH = 200

ON_ITS_WAY = (ReceiptStatus.ACCEPTED, ReceiptStatus.SENT, ReceiptStatus.DELIVERED)


def take_receipt(services: Services, receipt: Receipt, now: datetime, attempt_id: str | None = None) -> bool:
    """Store the news and move its message forward; False when no message of ours is meant.

    With `attempt_id` the news may come before the provider's own answer to the hand-over.
    """
    with services.begin() as session:
        return _take(session, services, receipt, now, attempt_id)


def take_receipts(services: Services, receipts: Sequence[Receipt], now: datetime) -> None:
    """Take in many pieces of news that came at once, a batch in one transaction."""
    for start in range(0, len(receipts), BATCH):
        batch = receipts[start : start + BATCH]
        with services.begin() as session:
            ids = [receipt.provider_id for receipt in batch]
            whose = session.scalars(select(Message.person_id).where(Message.provider_id.in_(ids)))
            lock_people(session, [person_id for person_id in whose if person_id])
            for receipt in batch:
                _take(session, services, receipt, now)


def _take(
    session: Session, services: Services, receipt: Receipt, now: datetime, attempt_id: str | None = None
) -> bool:
    message = _message(session, receipt, attempt_id)
    if message is None:
        return False
    if _is_new(session, message, receipt, now):
        _move(session, services, message, receipt, now)
    if receipt.halt:
        pause_sending(session, now, who="the provider", why=f"the account is refused: {receipt.reason}")
    return True


def _message(session: Session, receipt: Receipt, attempt_id: str | None) -> Message | None:
    """The message this is about, locked after its person like everything that decides about them."""
    if attempt_id:
        found = (
            select(Message).join(Attempt, Attempt.message_id == Message.id).where(Attempt.id == attempt_id)
        )
    else:
        found = select(Message).where(Message.provider_id == receipt.provider_id)
    message = session.scalar(found)
    if message is None:
        return None
    lock_people(session, [message.person_id] if message.person_id else [])
    lock(session, message)
    return message


def _is_new(session: Session, message: Message, receipt: Receipt, now: datetime) -> bool:
    try:
        with session.begin_nested():
            session.add(
                ReceiptRow(
                    message_id=message.id,
                    provider_id=receipt.provider_id,
                    status=receipt.status,
                    code=receipt.code or "",
                    reason=receipt.reason,
                    received_at=now,
                )
            )
    except IntegrityError:
        return False
    return True


def _move(session: Session, services: Services, message: Message, receipt: Receipt, now: datetime) -> None:
    before, message.state = message.state, after_receipt(message.state, receipt.status)
    message.provider_id = message.provider_id or receipt.provider_id
    message.sent_at = message.sent_at or now
    if message.state is not before:
        message.reason = receipt.reason
        message.claim_token = message.claimed_until = None
    if message.state is MessageState.DELIVERED:
        message.delivered_at = message.delivered_at or now
    telephone_now(session, services, message, now)
    if receipt.address_fault:
        take_address_fault(session, services, message, receipt.address_fault, now)
    elif message.state is MessageState.UNDELIVERED and before is not MessageState.UNDELIVERED:
        take_loss(session, services, message, now)
    if message.person_id and message.introduces and receipt.status in ON_ITS_WAY:
        person = session.get_one(Person, message.person_id)
        person.introduced_at = person.introduced_at or now
