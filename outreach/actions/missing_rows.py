"""Referrals that wait on record and are not in the file: told, and with a full list held until staff have looked."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.duty import duties
from outreach.actions.hold import hold, release_of_task
from outreach.actions.tasks import NewTask, raise_tasks
from outreach.errors import WaitlistError
from outreach.models import Person, Referral, Task
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.services import Services
from outreach.vocabulary import Stage, TaskKind, TaskState, Urgency

CAUSE = "missing"
A_FEW = 20
MOST = 0.2
"""A list that lacks more of those who wait is a part of one, whatever it was declared to be."""


def waiting_but_missing(session: Session, listed: Collection[str]) -> list[str]:
    """The local ids of referrals that are open, of people who live, and are not among those listed."""
    query = (
        select(Referral.local_id)
        .join(Person, Person.id == Referral.person_id)
        .where(Referral.stage != Stage.CLOSED, Person.deceased_on.is_(None))
        .order_by(Referral.local_id)
    )
    return [local_id for local_id in session.scalars(query) if local_id not in listed]


def refuse_if_partial(missing: Collection[str], listed: Collection[str]) -> None:
    """Refuse to hold a large part of the list because somebody called a part of it full."""
    if len(missing) > max(A_FEW, MOST * (len(missing) + len(listed))):
        raise WaitlistError(
            f"this file lacks {len(missing):,} referrals that wait on record, so it is hardly a full list and nothing"
            " was taken in; export all of it, or import it without --full: then the missing ones are only reported"
        )


def hold_missing(
    session: Session, services: Services, missing: Collection[str], now: datetime, *, who: str, digest: bytes
) -> int:
    """Hold these referrals' check-ins, support and surveys until staff have looked; returns how many were not yet.

    The same file never asks twice, nor any file while the question is open.
    """
    asked = {task.referral_id for task in _open_questions(session)}
    rows = session.execute(
        select(Referral.id, Referral.person_id).where(Referral.local_id.in_(missing))
    ).all()
    fresh = {row.id: row.person_id for row in rows if row.id not in asked}
    lock_people(session, fresh.values())
    due_at = duties(session, services.calendar, now).in_two_days
    new = [
        NewTask(
            kind=TaskKind.RECORD_CHECK,
            urgency=Urgency.SOON,
            cause=f"{CAUSE}:{referral_id}:{digest.hex()[:16]}",
            reason="is not on the full waiting list: do they still wait? Check-ins are held until this is closed",
            due_at=due_at,
            person_id=person_id,
            referral_id=referral_id,
        )
        for referral_id, person_id in fresh.items()
    ]
    raised = [
        task for task in raise_tasks(session, services.keyring, new, now) if task.state is TaskState.OPEN
    ]
    for task in raised:
        person_id = fresh[task.referral_id or ""]
        hold(session, person_id, now, who=who, why="not on the full waiting list", task_id=task.id)
    return len(raised)


def settle_found(session: Session, missing: Collection[str], now: datetime, *, who: str) -> None:
    """A question is answered when its referral is listed again, or has ended: its task closes and nothing is held."""
    questions = {task.referral_id: task for task in _open_questions(session)}
    rows = session.execute(select(Referral.id, Referral.local_id).where(Referral.id.in_(list(questions))))
    found = [questions[row.id] for row in rows if row.local_id not in missing]
    lock_people(session, [task.person_id for task in found if task.person_id])
    for task in found:
        task.state, task.outcome = TaskState.CLOSED, "answered by a later waiting list"
        task.closed_at, task.closed_by = now, who
        note(session, now, who, "closed", task)
        release_of_task(session, task.id, now, who=who)


def _open_questions(session: Session) -> list[Task]:
    open_ones = (Task.kind == TaskKind.RECORD_CHECK, Task.state != TaskState.CLOSED)
    return list(session.scalars(select(Task).where(*open_ones, Task.cause.startswith(f"{CAUSE}:"))))
