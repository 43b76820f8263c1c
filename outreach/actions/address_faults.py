"""Remembers what a provider told us about an address for good: blocked at the person's wish, or not usable at all."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Message, OptOut, Person
from outreach.models.event import note
from outreach.ports import AddressFault
from outreach.services import Services
from outreach.vocabulary import Cause, Channel

WHY = {
    AddressFault.OPTED_OUT: (Cause.CARRIER, "the provider says this address has opted out"),
    AddressFault.UNUSABLE: (Cause.DEAD_ADDRESS, "the provider says this address cannot be reached"),
}


def take_address_fault(
    session: Session, services: Services, message: Message, fault: AddressFault, now: datetime
) -> None:
    """Record the fault against the address the message went to, and its person, unless it is on record already."""
    cause, why = WHY[fault]
    token = _address_token(session, services, message)
    standing = select(OptOut.id).where(
        OptOut.undone_at.is_(None),
        OptOut.cause == cause,
        OptOut.channel == message.channel,
        OptOut.address_token == token,
    )
    if token is None or session.scalar(standing):
        return
    # A dead address says nothing about the person, who may get another one; a wish does.
    person_id = message.person_id if fault is AddressFault.OPTED_OUT else None
    stop = OptOut(
        person_id=person_id,
        address_token=token,
        channel=message.channel,
        cause=cause,
        at=now,
        who="provider",
        why=why,
    )
    session.add(stop)
    note(session, now, "provider", "opted out" if person_id else "address failed", stop, message=message.id)


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
