"""Words that the team uses again and again when it answers people; whoever answers changes them to fit."""

from datetime import datetime

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id


class SavedReply(Base):
    """One set of words under a name. `edition` grows with each change, so that two who change it at once find out."""

    __tablename__ = "saved_reply"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(Text)
    edition: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(120))
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None] = mapped_column(String(120))


def saved_replies(session: Session) -> list[SavedReply]:
    """Those in use, by name."""
    query = select(SavedReply).where(SavedReply.removed_at.is_(None)).order_by(SavedReply.name, SavedReply.id)
    return list(session.scalars(query))
