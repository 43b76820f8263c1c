"""A comparison that was turned on: what is compared, by which lot, who turned it on and why."""

from datetime import date, datetime

from sqlalchemy import BigInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id
from outreach.rules.lots import Lot


class Comparison(Base):
    """Cohorts that begin a schedule one after another, or two wordings of one step.

    Who is in which arm is drawn from `seed` and stored nowhere, so that nobody can change it afterwards.
    """

    __tablename__ = "comparison"

    id: Mapped[Id]
    schedule: Mapped[str] = mapped_column(String(80))
    seed: Mapped[int] = mapped_column(BigInteger)
    arms: Mapped[int]
    starts_on: Mapped[date | None]
    weeks_between: Mapped[int] = mapped_column(default=0)
    step: Mapped[str] = mapped_column(String(80), default="")
    template: Mapped[str] = mapped_column(String(120), default="")
    begun_at: Mapped[datetime]
    who: Mapped[str]
    why: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_why: Mapped[str | None]

    @property
    def lot(self) -> Lot:
        """How people are drawn."""
        return Lot(self.seed, self.arms, self.starts_on, self.weeks_between, self.step, self.template)


OPEN = select(Comparison).where(Comparison.ended_at.is_(None))


def open_comparison(session: Session) -> Comparison | None:
    """The one that is under way; there is never a second, since two would blur each other."""
    return session.scalar(OPEN)
