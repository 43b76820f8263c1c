"""Queues a text or an email to a member of staff: ids and counts only, never anything about a person."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from sqlalchemy.orm import Session

from outreach.models import Message, StaffMember
from outreach.models.base import new_id
from outreach.models.message import sealed_address, sealed_body
from outreach.rules.segments import count
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose


def can_be_told(staff: StaffMember) -> bool:
    """An address is on record, and they still work here."""
    return staff.left_at is None and bool(staff.mobile or staff.email)


def tell(
    session: Session,
    services: Services,
    staff: StaffMember,
    now: datetime,
    *,
    step: str,
    occurrence: str,
    subject: str,
    text: str,
    html: str = "",
    channels: Sequence[Channel],
) -> int:
    """One message by each of these channels for which they have an address; returns how many. They go at any hour.

    `html` is the email's own where it is more than these lines.
    """
    addresses = {Channel.SMS: staff.mobile, Channel.EMAIL: staff.email}
    ways = [(channel, address) for channel in channels if (address := addresses[channel])]
    for channel, address in ways:
        message_id = new_id()
        session.add(
            Message(
                id=message_id,
                step=step,
                occurrence=occurrence,
                purpose=Purpose.ALERT,
                template="",
                channel=channel,
                language="en",
                state=MessageState.PLANNED,
                due_at=now,
                planned_for=now,
                created_at=now,
                segments=count(text).segments if channel is Channel.SMS else None,
                body=sealed_body(services.keyring, message_id, subject, text, html or _as_html(text)),
                address=sealed_address(services.keyring, message_id, address),
            )
        )
    return len(ways)


def _as_html(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line)
