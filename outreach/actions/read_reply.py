"""A person reads a reply, which lets go of what waited only for that, or finds out whose it is."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.follow_reply import take_steps
from outreach.actions.following import FLAGGED, following
from outreach.actions.hold import release_of_task
from outreach.actions.sender import sender_of
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Referral, Reply, StaffMember, Task
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.rules.reading import Findings
from outreach.services import Services
from outreach.vocabulary import Reading, TaskKind, TaskState


def reply_called(session: Session, reply_id: str) -> Reply:
    """The reply with this id; NotFoundError otherwise."""
    reply = session.get(Reply, reply_id) if len(reply_id) == 36 else None
    if reply is None:
        raise NotFoundError("no reply has this id; `outreach replies --json` lists them")
    return reply


def mark_read(session: Session, reply: Reply, staff: StaffMember, now: datetime) -> bool:
    """Record who has read a reply; False when somebody had before, and then nothing changes.

    What was held only until somebody had read it is let go. A possible crisis stays with its clinician.
    """
    lock_people(session, [*reply.candidates, *([reply.person_id] if reply.person_id else [])])
    session.refresh(reply, with_for_update=True)
    if reply.read_at is not None:
        return False
    reply.read_at, reply.read_by = now, staff.name
    note(session, now, staff.name, "read", reply)
    if Reading.NEEDS_READER in reply.readings and Reading.POSSIBLE_CRISIS not in reply.readings:
        for task in _open_tasks(session, reply, TaskKind.URGENT):
            _end(session, task, staff, now, f"read by {staff.name}")
    return True


def attach(
    session: Session,
    services: Services,
    reply: Reply,
    referral: Referral,
    *,
    staff: StaffMember,
    now: datetime,
) -> list[Task]:
    """Say whose an unmatched reply is; what it asks for is then done for them. Returns its open tasks."""
    lock_people(session, [*reply.candidates, referral.person_id])
    session.refresh(reply, with_for_update=True)
    if reply.person_id is not None:
        raise RefusedError("this reply belongs to somebody already; nothing was changed")
    reply.person_id, reply.referral_id = referral.person_id, referral.id
    note(session, now, staff.name, "attached", reply, referral_id=referral.id)
    for task in session.scalars(select(Task).where(Task.reply_id == reply.id)):
        task.person_id, task.referral_id = referral.person_id, referral.id
    for task in _open_tasks(session, reply, TaskKind.UNMATCHED):
        _end(session, task, staff, now, f"attached by {staff.name}")
    _follow_for(session, services, reply, now)
    session.flush()
    return list(
        session.scalars(select(Task).where(Task.reply_id == reply.id, Task.state != TaskState.CLOSED))
    )


def _follow_for(session: Session, services: Services, reply: Reply, now: datetime) -> None:
    """Do what the reply asks for, now that it is known for whom; it was answered when it came."""
    readings = frozenset(Reading(word) for word in reply.readings)
    if not _open_tasks(session, reply, TaskKind.URGENT):  # a clinician, or a reader, is done with it
        readings -= FLAGGED
    sender = sender_of(session, reply.id, now)
    take_steps(following(session, services, sender, Findings(readings)), readings)


def _open_tasks(session: Session, reply: Reply, kind: TaskKind) -> list[Task]:
    query = select(Task).where(Task.reply_id == reply.id, Task.kind == kind, Task.state != TaskState.CLOSED)
    return list(session.scalars(query.with_for_update()))


def _end(session: Session, task: Task, staff: StaffMember, now: datetime, outcome: str) -> None:
    task.state, task.outcome = TaskState.CLOSED, outcome
    task.closed_at, task.closed_by, task.next_alert_at = now, staff.name, None
    note(session, now, staff.name, "closed", task)
    release_of_task(session, task.id, now, who=staff.name)
