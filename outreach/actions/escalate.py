"""Notices tasks that nobody takes or finishes in time, tells the lead, and tells the person once, honestly."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.compose import compose_answer
from outreach.actions.waits import load_people
from outreach.models import Message, Person, Task, TaskTry
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.message import sealed_body
from outreach.models.person import lock_people
from outreach.rules.contact import route
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
        late = {task.id: task.person_id for task in session.scalars(query) if _is_late(task, now)}
    if not late:
        return 0
    with services.begin() as session:
        lock_people(session, [person_id for person_id in late.values() if person_id])
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
    """Queue one message to the person of a task; where nothing may be sent it is stored with the reason.

    None when the task is about nobody.
    """
    person = session.get(Person, task.person_id) if task.person_id else None
    if person is None:
        return None
    # Days after they wrote, this is a message that we start: a STOP in between, a death and the night count. It is
    # about a call that was agreed, so it travels like any other message about an appointment.
    purpose = Purpose.APPOINTMENT
    facts = load_people(session, services.keyring, [person.id])[person.id].reachability(None)
    way = route(facts, purpose, services.config.contact.not_asked, services.calendar.day_of(now))
    message = Message(
        id=new_id(),
        person_id=person.id,
        referral_id=task.referral_id,
        step=template.rpartition("/")[2],
        occurrence=f"{task.id}:0",
        purpose=purpose,
        template=template,
        channel=way.channel,
        state=MessageState.PLANNED if way.channel else MessageState.CANCELLED,
        reason=way.reason,
        due_at=now,
        planned_for=services.calendar.next_slot(now),
        created_at=now,
    )
    if way.channel:
        words = compose_answer(session, services, template, channel=way.channel, person=person)
        message.language, message.template_version_id = words.language, words.version_id
        message.segments = count(words.text).segments if way.channel is Channel.SMS else None
        message.body = sealed_body(services.keyring, message.id, words.subject, words.text, words.html)
    session.add(message)
    session.flush()
    task.late_text_id = message.id
    return message
