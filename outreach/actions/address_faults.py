"""Remembers what a provider told us about an address for good: blocked at the person's wish, or not usable at all."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.keep_in_touch import agree_another_way
from outreach.actions.opt_out import Stop, opt_out, standing
from outreach.models import Message, Person
from outreach.ports import AddressFault
from outreach.services import Services
from outreach.vocabulary import LEFT_US, Cause, Channel, MessageState

WHY = {
    AddressFault.OPTED_OUT: (Cause.CARRIER, "the provider says this address has opted out"),
    AddressFault.UNUSABLE: (Cause.DEAD_ADDRESS, "the provider says this address cannot be reached"),
}


def take_address_fault(
    session: Session, services: Services, message: Message, fault: AddressFault, now: datetime
) -> None:
    """Record the fault against the address the message went to, and its person, unless it is on record already.

    Staff are asked to agree another way to keep in touch: nobody drops out of sight because a number is dead.
    """
    _record(session, services, message, fault=fault, now=now, why=WHY[fault][1])


def take_loss(session: Session, services: Services, message: Message, now: datetime) -> None:
    """A message did not arrive: two in a row on one channel, and nothing more is sent there."""
    before = (
        select(Message.state)
        .where(
            Message.person_id == message.person_id,
            Message.channel == message.channel,
            Message.state.in_(LEFT_US),
            Message.sending_at < message.sending_at,
        )
        .order_by(Message.sending_at.desc())
        .limit(1)
    )
    if message.person_id and session.scalar(before) is MessageState.UNDELIVERED:
        why = "two messages in a row did not arrive"
        _record(session, services, message, fault=AddressFault.UNUSABLE, now=now, why=why)


def _record(
    session: Session,
    services: Services,
    message: Message,
    *,
    fault: AddressFault,
    now: datetime,
    why: str,
) -> None:
    cause, _ = WHY[fault]
    if fault is AddressFault.OPTED_OUT and message.channel is Channel.EMAIL:
        cause = Cause.EMAIL_PROVIDER
    token = _address_token(session, services, message)
    if token is None:
        return
    # A dead address says nothing about the person, who may get another one; a wish does.
    person_id = message.person_id if fault is AddressFault.OPTED_OUT else None
    stop = Stop(cause, person_id=person_id, address_token=token, channel=message.channel)
    known = standing(session, stop)
    row = opt_out(session, stop, now, who="the provider", why=why)
    if message.person_id and known is None:
        agree_another_way(session, services, message.person_id, row, now)


def _address_token(session: Session, services: Services, message: Message) -> bytes | None:
    kind = "email" if message.channel is Channel.EMAIL else "mobile"
    address = address_of(session, services, message)
    return services.keyring.blind(kind, address) if address else None


def address_of(session: Session, services: Services, message: Message) -> str | None:
    """Where a message went or would go: its own address, else the person's for its channel."""
    address = message.opened_address(services.keyring)
    if address is None and message.person_id:
        details = session.get_one(Person, message.person_id).opened(services.keyring)
        address = details.email if message.channel is Channel.EMAIL else details.mobile
    return address
