"""Work for staff, and each try at it."""

from datetime import datetime

from sqlalchemy import JSON, ColumnElement, Index, LargeBinary, String, and_, not_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.models.reply import Reply
from outreach.sealing import Keyring
from outreach.vocabulary import TaskKind, TaskState, TryResult, Urgency


class Task(Base):
    """One piece of work for staff. `cause` is unique, so that the same cause never raises it twice.

    `words` are sealed: what the person wrote. `begins_at` is from when a call was promised, until `due_at`;
    `telephone_now_at` is when we learned that our answer did not arrive. An urgent task alerts until it is
    acknowledged, and is closed in two steps: acknowledged, then closed with an outcome. Put aside, it rests until
    `rests_until`, or with `until_answer` until the person writes.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "ix_task_open",
            "due_at",
            sqlite_where=text("state != 'closed'"),
            postgresql_where=text("state != 'closed'"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[TaskKind] = mapped_column(word(TaskKind), index=True)
    urgency: Mapped[Urgency] = mapped_column(word(Urgency))
    state: Mapped[TaskState] = mapped_column(word(TaskState), default=TaskState.OPEN)
    person_id: Mapped[str | None] = reference("person.id", index=True)
    referral_id: Mapped[str | None] = reference("referral.id")
    reply_id: Mapped[str | None] = reference("reply.id", index=True)
    message_id: Mapped[str | None] = reference("message.id")
    cause: Mapped[str] = mapped_column(String(200), unique=True)
    reason: Mapped[str]
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    wished_time: Mapped[str | None]
    wished_language: Mapped[str | None]
    wished_background: Mapped[str | None]
    candidates: Mapped[list[str]] = mapped_column(JSON, default=list)
    opened_at: Mapped[datetime]
    begins_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    assignee_id: Mapped[str | None] = reference("staff_member.id", index=True)
    claimed_at: Mapped[datetime | None]
    rested_at: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]
    until_answer: Mapped[bool] = mapped_column(default=False)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    alerts: Mapped[int] = mapped_column(default=0)
    next_alert_at: Mapped[datetime | None]
    telephone_now_at: Mapped[datetime | None]
    raised_to_lead_at: Mapped[datetime | None]
    late_text_id: Mapped[str | None] = reference("message.id")
    handover_note: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]

    def opened_words(self, keyring: Keyring) -> str:
        """What the person wrote, readable; blank where nothing was."""
        return keyring.open(self.words, f"task|words|{self.id}") if self.words else ""

    def opened_handover(self, keyring: Keyring) -> str:
        """What a colleague wrote when they passed it on, readable; blank where nothing was."""
        return keyring.open(self.handover_note, f"task|handover_note|{self.id}") if self.handover_note else ""


class TaskTry(Base):
    """One try at a task: a call, and how it ended."""

    __tablename__ = "task_try"

    id: Mapped[Id]
    task_id: Mapped[str] = reference("task.id", index=True)
    at: Mapped[datetime]
    who: Mapped[str]
    result: Mapped[TryResult] = mapped_column(word(TryResult))
    note: Mapped[bytes | None] = mapped_column(LargeBinary)

    def opened_note(self, keyring: Keyring) -> str:
        """What was noted about it, readable; blank where nothing was."""
        return keyring.open(self.note, f"task_try|note|{self.id}") if self.note else ""


def is_resting(now: datetime) -> ColumnElement[bool]:
    """The condition on `Task` for those put aside: until a moment, or until the person has written since."""
    wrote = select(Reply.id).where(Reply.person_id == Task.person_id, Reply.received_at > Task.rested_at)
    answered = and_(Task.until_answer, wrote.exists())
    return and_(Task.rests_until.is_not(None), Task.rests_until > now, not_(answered))


def tries_at(session: Session, task_id: str) -> list[TaskTry]:
    """Every try at a task, the first one first."""
    query = select(TaskTry).where(TaskTry.task_id == task_id).order_by(TaskTry.at, TaskTry.id)
    return list(session.scalars(query))
