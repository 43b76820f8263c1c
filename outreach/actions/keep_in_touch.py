"""Opting out opens another way to keep in touch: a task for staff to agree it, once while one is open."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.duty import duties
from outreach.actions.tasks import NewTask, raise_task
from outreach.models import OptOut, Task
from outreach.models.referral import current_referral
from outreach.services import Services
from outreach.vocabulary import Cause, TaskKind, TaskState, Urgency

HAS_OPTED_OUT = "has opted out: agree another way to keep in touch"
DOES_NOT_ARRIVE = "what we send does not arrive: find out why, and agree another way to keep in touch"


def agree_another_way(
    session: Session, services: Services, person_id: str, stop: OptOut, now: datetime
) -> Task | None:
    """Ask staff to agree another way with this person after `stop`; None when that is being done already."""
    standing = select(Task.id).where(
        Task.person_id == person_id, Task.kind == TaskKind.KEEP_IN_TOUCH, Task.state != TaskState.CLOSED
    )
    if session.scalar(standing.limit(1)):
        return None
    session.flush()
    referral = current_referral(session, person_id)
    new = NewTask(
        kind=TaskKind.KEEP_IN_TOUCH,
        urgency=Urgency.ROUTINE,
        cause=f"opt_out:{stop.id}:keep_in_touch",
        reason=DOES_NOT_ARRIVE if stop.cause is Cause.DEAD_ADDRESS else HAS_OPTED_OUT,
        due_at=duties(session, services.calendar, now).in_two_days,
        person_id=person_id,
        referral_id=referral.id if referral else None,
    )
    return raise_task(session, services.keyring, new, now)
