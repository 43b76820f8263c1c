"""Raises work for staff: each cause once, with the words that caused it and the time by which it is due."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Task
from outreach.models.base import new_id
from outreach.models.event import event
from outreach.sealing import Keyring
from outreach.vocabulary import TaskKind, TaskState, Urgency


@dataclass(frozen=True, slots=True)
class NewTask:
    """What is to be raised. `cause` identifies it: raising it again changes nothing."""

    kind: TaskKind
    urgency: Urgency
    cause: str
    reason: str
    due_at: datetime
    begins_at: datetime | None = None
    person_id: str | None = None
    referral_id: str | None = None
    reply_id: str | None = None
    message_id: str | None = None
    words: str = ""
    wished_language: str | None = None
    wished_background: str | None = None
    wished_time: str | None = None
    assignee_id: str | None = None
    next_alert_at: datetime | None = None
    candidates: Sequence[str] = field(default=())


def raise_task(session: Session, keyring: Keyring, new: NewTask, now: datetime) -> Task:
    """The task for this cause, raised now unless it already was."""
    return raise_tasks(session, keyring, [new], now)[0]


def raise_tasks(session: Session, keyring: Keyring, new: Sequence[NewTask], now: datetime) -> list[Task]:
    """The tasks for these causes, in their order; each is raised now unless it already was."""
    causes = [each.cause for each in new]
    known = {task.cause: task for task in session.scalars(select(Task).where(Task.cause.in_(causes)))}
    fresh = {each.cause: _task(keyring, each, now) for each in new if each.cause not in known}
    session.add_all(fresh.values())
    session.flush()
    for task in fresh.values():
        session.add(event(now, "outreach", "raised", task, kind=task.kind, urgency=task.urgency))
    return [fresh.get(cause) or known[cause] for cause in causes]


def _task(keyring: Keyring, new: NewTask, now: datetime) -> Task:
    task_id = new_id()
    return Task(
        id=task_id,
        kind=new.kind,
        urgency=new.urgency,
        state=TaskState.CLAIMED if new.assignee_id else TaskState.OPEN,
        person_id=new.person_id,
        referral_id=new.referral_id,
        reply_id=new.reply_id,
        message_id=new.message_id,
        cause=new.cause,
        reason=new.reason,
        words=keyring.seal(new.words, f"task|words|{task_id}") if new.words else None,
        wished_language=new.wished_language,
        wished_background=new.wished_background,
        wished_time=new.wished_time,
        candidates=list(new.candidates),
        opened_at=now,
        begins_at=new.begins_at,
        due_at=new.due_at,
        assignee_id=new.assignee_id,
        claimed_at=now if new.assignee_id else None,
        next_alert_at=new.next_alert_at,
    )
