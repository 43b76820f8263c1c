"""A review that somebody asked for, until a job has made it, and then as everybody reads it."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import JSON, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id
from outreach.rules.spans import Span


class ReviewRun(Base):
    """One review of a period, from the records as they stood at `made_at`; it names nobody and quotes nobody.

    `body` is the page as HTML, `tables` are key, title and CSV of each table, with small counts hidden as they leave
    the team. Done without a body, it could not be made.
    """

    __tablename__ = "review_run"

    id: Mapped[Id]
    asked_at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(120))
    first_on: Mapped[date]
    last_on: Mapped[date]
    compare_on: Mapped[date | None]
    made_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    body: Mapped[str | None] = mapped_column(Text, deferred=True)
    tables: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list, deferred=True)

    @property
    def span(self) -> Span:
        """The period that it is about."""
        return Span(self.first_on, self.last_on, self.compare_on)


def open_reviews(session: Session) -> Sequence[ReviewRun]:
    """Those asked for and not made yet, the first one first."""
    return session.scalars(
        select(ReviewRun).where(ReviewRun.done_at.is_(None)).order_by(ReviewRun.asked_at)
    ).all()
