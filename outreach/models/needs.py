"""What people told us that they need in order to read and hear us: one dated row each time somebody asked."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.vocabulary import PreferredChannel


class NeedsReview(Base):
    """One conversation about what a person needs. What holds now stands on the person."""

    __tablename__ = "needs_review"

    id: Mapped[Id]
    person_id: Mapped[str] = reference("person.id", index=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(120))
    why: Mapped[str]
    language: Mapped[str] = mapped_column(String(35))
    interpreter: Mapped[bool]
    format: Mapped[str | None]
    preferred_channel: Mapped[PreferredChannel | None] = mapped_column(word(PreferredChannel))
    texts_suit: Mapped[bool]
    emails_suit: Mapped[bool]
    next_on: Mapped[date | None]
