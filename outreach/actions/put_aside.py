"""Puts a task aside until a moment or until the person writes, and moves a call to the time the person asked for."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from outreach.actions.hand_off import record_try
from outreach.errors import RefusedError
from outreach.models import StaffMember, Task
from outreach.models.event import note
from outreach.services import Services
from outreach.vocabulary import TaskKind, TaskState, TryResult

FURTHEST = timedelta(days=60)
A_CALL_STARTS_WITHIN = timedelta(hours=1)
"""How long after the agreed moment a call still counts as being on time."""


def put_aside(
    session: Session,
    task: Task,
    staff: StaffMember,
    now: datetime,
    until: datetime,
    *,
    or_answer: bool = False,
) -> None:
    """Out of the list until then, or sooner when the person writes. A promised call stays due as promised."""
    _must_be_ahead(until, now)
    if task.state is TaskState.CLOSED:
        raise RefusedError("this task is closed already; nothing was changed")
    if task.kind is TaskKind.URGENT:
        raise RefusedError("an urgent task is never put aside; acknowledge it, or hand it back")
    task.rested_at, task.rests_until, task.until_answer = now, until, or_answer
    if task.kind is not TaskKind.CALLBACK:
        task.due_at = max(task.due_at, until)
    note(session, now, staff.name, "put aside", task, until=until.isoformat(), or_answer=or_answer)


def take_up(session: Session, task: Task, staff: StaffMember, now: datetime) -> None:
    """Back into the list now."""
    if task.rests_until is not None:
        task.rested_at, task.rests_until, task.until_answer = None, None, False
        note(session, now, staff.name, "took up again", task)


def call_later(
    session: Session,
    services: Services,
    task: Task,
    staff: StaffMember,
    *,
    now: datetime,
    at: datetime,
    words: str = "",
) -> None:
    """The person was there and asked to be rung at another time: that is what is promised now."""
    _must_be_ahead(at, now)
    record_try(session, services, task, staff, now=now, result=TryResult.CALL_LATER, words=words)
    task.begins_at, task.due_at = at, at + A_CALL_STARTS_WITHIN
    task.rested_at, task.rests_until, task.until_answer = now, at, False
    task.raised_to_lead_at = None  # what is late from now on is another promise
    note(session, now, staff.name, "agreed another time", task, at=at.isoformat())


def _must_be_ahead(at: datetime, now: datetime) -> None:
    if at <= now:
        raise RefusedError("this time is over; choose a later one")
    if at > now + FURTHEST:
        raise RefusedError("this is more than 60 days away; choose a nearer day, or close the task")
