"""What people write to us: stored before anything else happens to it, read by software, then by a person."""

import json
from datetime import datetime

from sqlalchemy import JSON, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.sealing import Keyring
from outreach.vocabulary import Channel, Purpose


class Reply(Base):
    """One inbound text or email. `acted_at` is set with everything that follows from it; `read_at` by a person.

    `person_id` is set only when exactly one person has this address; `candidates` names everyone who might have
    written, for clinicians. `opt_out_channel` and `opt_out_purpose` are what an opt-out in it named.
    """

    __tablename__ = "reply"
    __table_args__ = (
        Index(
            "ix_reply_unread",
            "received_at",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_reply_pending",
            "id",
            sqlite_where=text("acted_at IS NULL"),
            postgresql_where=text("acted_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    provider_id: Mapped[str] = mapped_column(String(200), unique=True)
    channel: Mapped[Channel] = mapped_column(word(Channel))
    sender: Mapped[bytes] = mapped_column(LargeBinary)
    sender_token: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    media: Mapped[int] = mapped_column(default=0)
    carrier_opt_out: Mapped[str | None] = mapped_column(String(10))
    is_automatic: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]
    person_id: Mapped[str | None] = reference("person.id", index=True)
    referral_id: Mapped[str | None] = reference("referral.id")
    candidates: Mapped[list[str]] = mapped_column(JSON, default=list)
    opt_out_channel: Mapped[Channel | None] = mapped_column(word(Channel))
    opt_out_purpose: Mapped[Purpose | None] = mapped_column(word(Purpose))
    readings: Mapped[list[str]] = mapped_column(JSON, default=list)
    matched: Mapped[bytes | None] = mapped_column(LargeBinary)
    reader_fault: Mapped[str | None]
    acted_at: Mapped[datetime | None]
    answer_id: Mapped[str | None] = reference("message.id")
    read_due_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]

    def opened(self, keyring: Keyring) -> str:
        """The words, readable."""
        return keyring.open(self.body, f"reply|body|{self.id}")

    def opened_sender(self, keyring: Keyring) -> str:
        """The address it came from, readable."""
        return keyring.open(self.sender, f"reply|sender|{self.id}")

    def opened_matches(self, keyring: Keyring) -> list[tuple[str, str]]:
        """Which words led to which reading: (group, words)."""
        if self.matched is None:
            return []
        return [
            (group, words)
            for group, words in json.loads(keyring.open(self.matched, f"reply|matched|{self.id}"))
        ]
