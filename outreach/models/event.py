"""The audit trail: who did what to which row, when and why, without anybody's personal data."""

from datetime import datetime, timedelta

from sqlalchemy import JSON, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id

A_MOMENT = timedelta(minutes=10)


class Event(Base):
    """One thing that happened. Rows are only ever added: triggers in the database refuse everything else."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_subject", "subject", "subject_id"),
        Index("ix_event_at", "at"),
        Index("ix_event_who", "who", "id"),
    )

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
    session.add(event(now, who, verb, about, **facts))


def event(now: datetime, who: str, verb: str, about: Base, **facts: object) -> Event:
    """The same for a row that is written already; the caller adds it."""
    subject_id = str(getattr(about, "id"))  # noqa: B009 - every table of ours has one
    return Event(at=now, who=who, verb=verb, subject=about.__tablename__, subject_id=subject_id, facts=facts)


def seen_lately(session: Session, who: str, about: Base, now: datetime) -> bool:
    """This member of staff was shown the row a moment ago, and it is noted: showing it on adds nothing."""
    query = select(Event.id).where(
        Event.subject == about.__tablename__,
        Event.subject_id == str(getattr(about, "id")),  # noqa: B009 - every table of ours has one
        Event.who == who,
        Event.at > now - A_MOMENT,
    )
    return session.scalar(query.limit(1)) is not None
