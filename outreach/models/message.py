"""A message to a person, each attempt to hand it over, and the receipts that came back."""

import json
from datetime import datetime

from sqlalchemy import ColumnElement, Index, LargeBinary, String, UniqueConstraint, bindparam, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Id, IdText, reference, word
from outreach.sealing import Keyring
from outreach.vocabulary import Channel, MessageState, Purpose, ReceiptStatus


def _queue(name: str, rows: str, *columns: str) -> Index:
    """A small index over the messages that something waits for, however many are settled."""
    return Index(f"ix_message_{name}", *columns, sqlite_where=text(rows), postgresql_where=text(rows))


class Message(Base):
    """One message from the moment it is due. `reason` explains the state.

    `superseded` marks a cancelled row whose occurrence may be planned anew, because its date or the wait changed.
    An answer keeps the `address` it goes back to; any other message goes to the person's own when it is sent.
    `written_by` is the member of staff whose own words it holds, `moved_by` who chose another moment for it.
    `wanted_language` is the person's own where there were no approved words in it, and so `language` is English.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "uq_message_occurrence",
            "enrolment_id",
            "step",
            "occurrence",
            unique=True,
            sqlite_where=text("state != 'cancelled'"),
            postgresql_where=text("state != 'cancelled'"),
        ),
        _queue("planned", "state = 'planned'", "channel", "planned_for", "id"),
        _queue("urgent", "state = 'planned' AND purpose IN ('answer', 'alert')", "channel", "planned_for"),
        _queue("claimed", "state = 'claimed'", "claimed_until"),
        _queue("sending", "state = 'sending'", "sending_at"),
        _queue("held", "state = 'held'", "planned_for"),
        Index("ix_message_state", "state", "id"),
        Index(  # pages of templates count what was sent and what waits from this alone
            "ix_message_template", "template", "channel", "planned_for", "state"
        ),
        Index(  # reports count what was sent from this alone
            "ix_message_sent",
            "sending_at",
            "person_id",
            "purpose",
            "channel",
            "state",
            "segments",
            sqlite_where=text("sending_at IS NOT NULL"),
            postgresql_where=text("sending_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[str | None] = reference("person.id", index=True)
    referral_id: Mapped[str | None] = reference("referral.id", index=True)
    enrolment_id: Mapped[str | None] = reference("enrolment.id", index=True)
    schedule: Mapped[str | None] = mapped_column(String(80))
    written_by: Mapped[str | None] = mapped_column(String(120))
    moved_by: Mapped[str | None] = mapped_column(String(120))
    step: Mapped[str] = mapped_column(String(80))
    occurrence: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[Purpose] = mapped_column(word(Purpose))
    template: Mapped[str] = mapped_column(String(120))
    appointment_id: Mapped[str | None] = reference("appointment.id")
    channel: Mapped[Channel | None] = mapped_column(word(Channel))
    language: Mapped[str | None] = mapped_column(String(35))
    wanted_language: Mapped[str | None] = mapped_column(String(35))
    template_version_id: Mapped[str | None] = reference("template_version.id")
    state: Mapped[MessageState] = mapped_column(word(MessageState))
    reason: Mapped[str] = mapped_column(default="")
    superseded: Mapped[bool] = mapped_column(default=False)
    held_by: Mapped[str | None] = mapped_column(String(40))
    due_at: Mapped[datetime]
    planned_for: Mapped[datetime]
    late_after: Mapped[datetime | None]
    created_at: Mapped[datetime]
    claim_token: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    attempt_id: Mapped[str | None] = mapped_column(IdText())
    sending_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(200), index=True)
    segments: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)

    @property
    def introduces(self) -> bool:
        """It may be the first of ours that a person reads; an answer, or what staff write, says too little."""
        return introduces(self.purpose)

    def opened(self, keyring: Keyring) -> tuple[str, str]:
        """(subject, text) as handed over; both empty before that."""
        subject, text, _ = open_parts(keyring, self.id, self.body)
        return subject, text

    def opened_address(self, keyring: Keyring) -> str | None:
        """The address an answer goes back to; None where the person's own address is used."""
        return open_address(keyring, self.id, self.address)


def introduces(purpose: Purpose) -> bool:
    """Whether a message of this purpose may be the first of ours that a person reads."""
    return not purpose.is_at_any_hour and not purpose.is_written_by_staff


def open_parts(keyring: Keyring, message_id: str, body: bytes | None) -> tuple[str, str, str]:
    """(subject, text, HTML) from `message.body`, which is None before anything was put into words."""
    if body is None:
        return "", "", ""
    subject, text, html = json.loads(keyring.open(body, f"message|body|{message_id}"))
    return subject, text, html


def open_address(keyring: Keyring, message_id: str, address: bytes | None) -> str | None:
    """What `message.address` holds."""
    return keyring.open(address, f"message|address|{message_id}") if address else None


def in_state(state: MessageState) -> ColumnElement[bool]:
    """This state, written into the statement itself: a parameter would hide from SQLite that an index serves."""
    return Message.state == bindparam(None, state, literal_execute=True)


IS_URGENT = Message.purpose.in_(
    bindparam(None, [each for each in Purpose if each.is_at_any_hour], expanding=True, literal_execute=True)
)
"""Answers and alerts, which wait neither for the morning nor behind others."""


def sealed_address(keyring: Keyring, message_id: str, address: str) -> bytes:
    """What goes into `message.address`."""
    return keyring.seal(address, f"message|address|{message_id}")


def sealed_body(keyring: Keyring, message_id: str, subject: str, body: str, html: str = "") -> bytes:
    """What goes into `message.body`."""
    return keyring.seal(json.dumps([subject, body, html]), f"message|body|{message_id}")


class Attempt(Base):
    """One try to hand a message over. Its id is in the receipt address; its row exists before the call is made."""

    __tablename__ = "attempt"

    id: Mapped[Id]
    message_id: Mapped[str] = reference("message.id", index=True)
    number: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(index=True)
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    finished_at: Mapped[datetime | None]
    verdict: Mapped[str | None] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[str | None] = mapped_column(String(200))
    looked_for_at: Mapped[datetime | None]


class ReceiptRow(Base):
    """Delivery news as it came, each piece once."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("message_id", "provider_id", "status", "code"),)

    id: Mapped[Id]
    message_id: Mapped[str] = reference("message.id", index=True)
    provider_id: Mapped[str] = mapped_column(String(200))
    status: Mapped[ReceiptStatus] = mapped_column(word(ReceiptStatus))
    code: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
