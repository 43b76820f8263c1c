"""The audit trail: who did what to which row, when and why, without anybody's personal data."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id


class Event(Base):
    """One thing that happened; rows are only ever added."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject", "subject_id"),)

    id: Mapped[Id]
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(120))
    verb: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)


def note(session: Session, now: datetime, who: str, verb: str, about: Base, **facts: object) -> None:
    """Add to the audit trail of the stored row `about`; `facts` hold ids, words and counts, never personal data."""
    session.flush()
    subject_id = str(getattr(about, "id"))  # noqa: B009 - every table of ours has one
    session.add(
        Event(at=now, who=who, verb=verb, subject=about.__tablename__, subject_id=subject_id, facts=facts)
    )
