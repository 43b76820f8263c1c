"""A forecast that somebody asked for, until a job has made it, and the one that was made."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id


class ForecastRun(Base):
    """One forecast: `done` of `of` lives are lived; `result` holds the weeks, without anything about a person."""

    __tablename__ = "forecast_run"

    id: Mapped[Id]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(120))
    done: Mapped[int] = mapped_column(default=0)
    of: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)


def open_run(session: Session) -> ForecastRun | None:
    """The forecast that is asked for and not made yet."""
    query = select(ForecastRun).where(ForecastRun.done_at.is_(None)).order_by(ForecastRun.asked_at).limit(1)
    return session.scalar(query)


def newest_run(session: Session) -> ForecastRun | None:
    """The newest forecast that was made."""
    query = select(ForecastRun).where(ForecastRun.done_at.is_not(None))
    return session.scalar(query.order_by(ForecastRun.asked_at.desc()).limit(1))
