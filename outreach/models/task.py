"""Work for staff."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.vocabulary import TaskKind, TaskState, Urgency


class Task(Base):
    """One piece of work for staff. `cause` is unique, so that the same cause never raises it twice."""

    __tablename__ = "task"

    id: Mapped[Id]
    kind: Mapped[TaskKind] = mapped_column(word(TaskKind), index=True)
    urgency: Mapped[Urgency] = mapped_column(word(Urgency))
    state: Mapped[TaskState] = mapped_column(word(TaskState), default=TaskState.OPEN, index=True)
    person_id: Mapped[str | None] = reference("person.id", index=True)
    referral_id: Mapped[str | None] = reference("referral.id", index=True)
    cause: Mapped[str] = mapped_column(String(200), unique=True)
    reason: Mapped[str]
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    assignee: Mapped[str | None]
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
