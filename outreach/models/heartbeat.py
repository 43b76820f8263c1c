"""When each periodic job last ran: how pages and monitors know that the service is alive."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, put_if_missing


class Heartbeat(Base):
    """One row a job: its newest run that ended well, and its newest failure by kind of error only."""

    __tablename__ = "heartbeat"

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    ran_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(120), default="")


def last_run(session: Session, job: str) -> datetime | None:
    """When this job last ended well; None for never."""
    row = session.get(Heartbeat, job)
    return row.ran_at if row else None


def beat(session: Session, job: str, now: datetime, error: str = "") -> None:
    """Record that this job has just ended, well or with this kind of error."""
    put_if_missing(session, Heartbeat(job=job, error=""))
    row = session.get_one(Heartbeat, job, with_for_update=True)
    if error:
        row.failed_at, row.error = now, error
    else:
        row.ran_at = now
