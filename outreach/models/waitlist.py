"""Each time a waiting-list file was taken in, so that an old list is noticed."""

from datetime import datetime

from sqlalchemy import LargeBinary, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id


class WaitlistImport(Base):
    """One import of a file, with its counts."""

    __tablename__ = "waitlist_import"

    id: Mapped[Id]
    file_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    rows: Mapped[int]
    new: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    refused: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    who: Mapped[str]


def list_taken_in_at(session: Session) -> datetime | None:
    """When the newest finished import ended; None before the first."""
    return session.scalar(select(func.max(WaitlistImport.finished_at)))
