"""Claimed messages as the sender reads them: plain columns, hundreds at once."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from outreach.actions.claim import Claim
from outreach.models import Message
from outreach.models.lists import among, plain
from outreach.models.message import introduces, open_address, open_parts
from outreach.sealing import Keyring
from outreach.vocabulary import Channel, MessageState, Purpose


class Claimed(NamedTuple):
    """What of a message decides about it, and what it already says."""

    id: str
    person_id: str | None
    referral_id: str | None
    enrolment_id: str | None
    schedule: str | None
    step: str
    occurrence: str
    purpose: Purpose
    template: str
    appointment_id: str | None
    channel: Channel | None
    language: str | None
    template_version_id: str | None
    planned_for: datetime
    late_after: datetime | None
    attempts: int
    body: bytes | None
    address: bytes | None

    @property
    def introduces(self) -> bool:
        """It may be the first of ours that a person reads."""
        return introduces(self.purpose)

    @property
    def is_written(self) -> bool:
        """It was put into words for its channel when it was stored: a text is no email without a subject."""
        return self.enrolment_id is None and self.body is not None

    def opened(self, keyring: Keyring) -> tuple[str, str, str]:
        """(subject, text, HTML) of one that was put into words when it was stored, or went out before."""
        return open_parts(keyring, self.id, self.body)

    def opened_address(self, keyring: Keyring) -> str | None:
        """The address an answer goes back to; None where the person's own address is used."""
        return open_address(keyring, self.id, self.address)


_message = Message.__table__.c
WHOSE = select(_message.person_id).where(among(_message.id))
STILL_OURS = (
    select(*(_message[name] for name in Claimed._fields))
    .where(
        among(_message.id),
        _message.state == MessageState.CLAIMED,
        _message.claim_token == bindparam("token"),
        _message.claimed_until > bindparam("now"),
    )
    .order_by(_message.planned_for, _message.id)
    .with_for_update()
)


def whose(session: Session, message_ids: Collection[str]) -> list[str]:
    """The people to whom these messages go."""
    return [person_id for (person_id,) in plain(session, WHOSE, {"ids": message_ids}).all() if person_id]


def still_ours(session: Session, claim: Claim, message_ids: Collection[str], now: datetime) -> list[Claimed]:
    """The messages whose claim is ours and alive; anything cancelled or claimed again is not among them."""
    known = {"ids": message_ids, "token": claim.token, "now": now}
    return [Claimed._make(row) for row in plain(session, STILL_OURS, known).all()]
