"""A referral on a schedule, and the applied versions of the schedules themselves."""

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id, reference


class ScheduleVersion(Base):
    """The text of a schedule from the moment it was applied; planners read the newest of each key and no file."""

    __tablename__ = "schedule_version"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    applied_at: Mapped[datetime]
    who: Mapped[str]


class Enrolment(Base):
    """One referral on one schedule. `next_due_at` is the earliest occurrence not yet recorded, of `next_step`."""

    __tablename__ = "enrolment"
    __table_args__ = (
        Index(
            "ix_enrolment_due",
            "next_due_at",
            sqlite_where=text("ended_at IS NULL AND next_due_at IS NOT NULL"),
            postgresql_where=text("ended_at IS NULL AND next_due_at IS NOT NULL"),
        ),
        Index(
            "ix_enrolment_standing",
            "schedule",
            "next_step",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        UniqueConstraint("referral_id", "schedule"),
    )

    id: Mapped[Id]
    referral_id: Mapped[str] = reference("referral.id", index=True)
    schedule: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    first_contact_on: Mapped[date | None]
    next_due_at: Mapped[datetime | None]
    next_step: Mapped[str | None] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]


IN_ORDER = select(ScheduleVersion).order_by(ScheduleVersion.key, ScheduleVersion.version)
SOURCES_IN_ORDER = IN_ORDER.with_only_columns(ScheduleVersion.key, ScheduleVersion.source)


def applied_sources(session: Session) -> dict[str, str]:
    """The text of the newest applied version of each schedule, by key."""
    return {row.key: row.source for row in session.execute(SOURCES_IN_ORDER)}


def applied_schedules(session: Session) -> list[ScheduleVersion]:
    """The newest applied version of each schedule, by key."""
    return list({row.key: row for row in session.scalars(IN_ORDER)}.values())
