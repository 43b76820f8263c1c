"""Notices tasks that nobody takes or finishes in time, tells the lead, and tells the person once, honestly."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.tell_staff import tell
from outreach.actions.write_to import write_to
from outreach.models import Task, TaskTry
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.models.staff import staff_with
from outreach.services import Services
from outreach.vocabulary import Channel, Role, TaskKind, TaskState

UNCLAIMED = timedelta(hours=4)
"""A callback that nobody has taken for this long goes up to the lead."""


def escalate(services: Services, now: datetime) -> int:
    """Raise what is late to the lead, and tell people whose call is late; returns how many tasks were late anew."""
    if not services.calendar.is_open(now):
        return 0
    query = select(Task).where(Task.state != TaskState.CLOSED)
    with services.read() as session:
        late = {
            task.id: task.person_id
            for task in session.scalars(query)
            if _goes_up(task, now) or _owes_a_word(session, task, now)
        }
    if not late:
        return 0
    with services.begin() as session:
        lock_people(session, [person_id for person_id in late.values() if person_id])
        query = select(Task).where(Task.id.in_(late), Task.state != TaskState.CLOSED).order_by(Task.id)
        tasks = list(session.scalars(query.with_for_update()))
        _raise(session, services, [task for task in tasks if _goes_up(task, now)], now)
        for task in tasks:
            if _owes_a_word(session, task, now):
                write_to(session, services, task, "answers/callback-late", now)
    return len(tasks)


def _goes_up(task: Task, now: datetime) -> bool:
    """The lead does not know yet that this was due, or that nobody has taken it."""
    unclaimed = task.assignee_id is None and now - task.opened_at > UNCLAIMED
    is_late = task.due_at < now or (task.kind is TaskKind.CALLBACK and unclaimed)
    return is_late and task.raised_to_lead_at is None


def _owes_a_word(session: Session, task: Task, now: datetime) -> bool:
    """A promised call whose time has passed, that nobody has tried and that the person has heard nothing of."""
    if task.kind is not TaskKind.CALLBACK or task.due_at >= now or task.late_text_id or not task.person_id:
        return False
    return session.scalar(select(TaskTry.id).where(TaskTry.task_id == task.id).limit(1)) is None


def _raise(session: Session, services: Services, tasks: Sequence[Task], now: datetime) -> None:
    """Onto the lead's list, with one email for all of them."""
    if not tasks:
        return
    for task in tasks:
        task.raised_to_lead_at = now
        note(session, now, "outreach", "raised to the lead", task)
    base = services.config.service.public_url
    lines = [f"{base}/tasks/{task.id} ({task.kind.value.replace('_', ' ')})" for task in tasks]
    for lead in staff_with(session, Role.PEER_LEAD):
        tell(
            session,
            services,
            lead,
            now,
            step="raised",
            occurrence=f"{tasks[0].id}:{lead.id}",
            subject=f"{len(tasks)} task{'s' if len(tasks) > 1 else ''} late or not taken",
            text="\n".join(("Late, or taken by nobody. Please decide who acts:", *lines)),
            channels=(Channel.EMAIL,),
        )
