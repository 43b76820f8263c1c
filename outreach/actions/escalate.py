"""Notices tasks that nobody takes or finishes in time, tells the lead, and tells the person once, honestly."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.compose import compose_answer
from outreach.models import Message, Person, Task, TaskTry
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.message import sealed_body
from outreach.rules.segments import count
from outreach.services import Services
from outreach.vocabulary import Channel, MessageState, Purpose, TaskKind, TaskState

UNCLAIMED = timedelta(hours=4)
"""A callback that nobody has taken for this long goes up to the lead."""


def escalate(services: Services, now: datetime) -> int:
    """Raise what is late to the lead; returns how many tasks that was."""
    if not services.calendar.is_open(now):
        return 0
    query = select(Task).where(Task.state != TaskState.CLOSED, Task.raised_to_lead_at.is_(None))
    with services.read() as session:
        late = [task.id for task in session.scalars(query) if _is_late(task, now)]
    if not late:
        return 0
    with services.begin() as session:
        for task in session.scalars(select(Task).where(Task.id.in_(late)).with_for_update()):
            if _is_late(task, now) and task.state is not TaskState.CLOSED:
                _raise(session, services, task, now)
    return len(late)


def _is_late(task: Task, now: datetime) -> bool:
    unclaimed = task.assignee_id is None and now - task.opened_at > UNCLAIMED
    return task.due_at < now or (task.kind is TaskKind.CALLBACK and unclaimed)


def _raise(session: Session, services: Services, task: Task, now: datetime) -> None:
    task.raised_to_lead_at = now
    note(session, now, "outreach", "raised to the lead", task)
    tried = session.scalar(select(TaskTry.id).where(TaskTry.task_id == task.id).limit(1))
    if task.kind is TaskKind.CALLBACK and task.due_at < now and tried is None and task.person_id:
        write_to(session, services, task, "answers/callback-late", now)


def write_to(
    session: Session, services: Services, task: Task, template: str, now: datetime
) -> Message | None:
    """Queue one message to the person of a task, the way their request came; None when they cannot be written to."""
    person = session.get(Person, task.person_id) if task.person_id else None
    if person is None:
        return None
    details = person.opened(services.keyring)
    channel = Channel.SMS if details.mobile else Channel.EMAIL
    if not (details.mobile or details.email):
        return None
    words = compose_answer(session, services, template, channel=channel, person=person)
    message_id = new_id()
    message = Message(
        id=message_id,
        person_id=person.id,
        referral_id=task.referral_id,
        step=template.rpartition("/")[2],
        occurrence=f"{task.id}:0",
        purpose=Purpose.ANSWER,
        template=template,
        channel=channel,
        language=words.language,
        template_version_id=words.version_id,
        state=MessageState.PLANNED,
        due_at=now,
        planned_for=services.calendar.next_slot(now),
        created_at=now,
        segments=count(words.text).segments if channel is Channel.SMS else None,
        body=sealed_body(services.keyring, message_id, words.subject, words.text, words.html),
    )
    session.add(message)
    session.flush()
    task.late_text_id = message.id
    return message
