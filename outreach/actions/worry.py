"""A member of staff is worried about somebody: one press, wherever they are, and a clinician is told at once."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.hold import hold
from outreach.actions.tasks import NewTask, raise_task
from outreach.models import Person, Reply, StaffMember, Task
from outreach.models.person import lock_people
from outreach.models.referral import current_referral
from outreach.services import Services
from outreach.vocabulary import TaskKind, TaskState, Urgency


def worried(
    session: Session, services: Services, about: Task | Reply | Person, staff: StaffMember, now: datetime
) -> Task:
    """An urgent task with alerts, and a hold on the person's messages; pressed again, the same task while it is open.

    A reply that is nobody's yet raises one too, with everybody who may have written it.
    """
    person_id = about.id if isinstance(about, Person) else about.person_id
    lock_people(session, [person_id] if person_id else [])
    cause = f"{about.__tablename__}:{about.id}:worried:"
    standing = select(Task).where(Task.cause.startswith(cause), Task.state != TaskState.CLOSED)
    if urgent := session.scalar(standing.limit(1)):
        return urgent
    reason = f"{staff.name} is worried about this person {_when(about)}".rstrip()
    new = NewTask(
        kind=TaskKind.URGENT,
        urgency=Urgency.URGENT,
        cause=f"{cause}{now.isoformat()}",
        reason=reason,
        due_at=now,
        person_id=person_id,
        referral_id=_referral_of(session, about),
        reply_id=about.id if isinstance(about, Reply) else None,
        candidates=about.candidates if isinstance(about, Reply) else (),
        next_alert_at=now,
    )
    urgent = raise_task(session, services.keyring, new, now)
    if person_id:
        hold(session, person_id, now, who=staff.name, why=reason, task_id=urgent.id)
    return urgent


def _when(about: Task | Reply | Person) -> str:
    if isinstance(about, Reply):
        return "after reading what they wrote"
    return "after a call" if isinstance(about, Task) else ""


def _referral_of(session: Session, about: Task | Reply | Person) -> str | None:
    if not isinstance(about, Person):
        return about.referral_id
    referral = current_referral(session, about.id)
    return referral.id if referral else None
