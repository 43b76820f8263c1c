"""What stands between a message and a person: opt-outs, holds and pauses, each a dated row with who and why."""

from datetime import date, datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.vocabulary import Cause, Channel, Purpose


class OptOut(Base):
    """A person or an address that wants nothing more; no channel or purpose means every one of them."""

    __tablename__ = "opt_out"

    id: Mapped[Id]
    person_id: Mapped[str | None] = reference("person.id", index=True)
    address_token: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    channel: Mapped[Channel | None] = mapped_column(word(Channel))
    purpose: Mapped[Purpose | None] = mapped_column(word(Purpose))
    cause: Mapped[Cause] = mapped_column(word(Cause))
    at: Mapped[datetime]
    who: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    undone_why: Mapped[str | None]


class Hold(Base):
    """A person's messages wait while this is open; `with_appointments` only by a named clinician."""

    __tablename__ = "hold"

    id: Mapped[Id]
    person_id: Mapped[str] = reference("person.id", index=True)
    task_id: Mapped[str | None] = reference("task.id", index=True)
    with_appointments: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]
    who: Mapped[str]
    why: Mapped[str]
    ends_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    quiet_until: Mapped[date | None]


class Pause(Base):
    """A step, a schedule or all sending stands still while this is open."""

    __tablename__ = "pause"

    id: Mapped[Id]
    schedule: Mapped[str | None] = mapped_column(String(80))
    step: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime]
    who: Mapped[str]
    why: Mapped[str]
    resumed_at: Mapped[datetime | None]
    resumed_by: Mapped[str | None]
    resumed_why: Mapped[str | None]
