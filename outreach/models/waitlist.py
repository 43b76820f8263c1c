"""Each time a waiting-list file was taken in, so that an old list is noticed."""

from datetime import datetime

from sqlalchemy import LargeBinary, func, select, text
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


IMPORT_LOCK = 7_216_001
"""Any number that nothing else in this database locks."""


def lock_imports(session: Session) -> None:
    """One import writes at a time; on SQLite the write transaction itself is the lock."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": IMPORT_LOCK})


def list_taken_in_at(session: Session) -> datetime | None:
    """When the newest finished import ended; None before the first."""
    return session.scalar(select(func.max(WaitlistImport.finished_at)))
