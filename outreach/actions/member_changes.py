"""What changes about a member of staff: their details, and that they leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outreach.actions.accounts import end_sessions
from outreach.actions.hand_off import transfer
from outreach.actions.staff import tidied
from outreach.errors import RefusedError
from outreach.models import Duty, StaffMember, Task
from outreach.models.event import note
from outreach.rules.addresses import read_email, read_mobile
from outreach.services import Services
from outreach.vocabulary import Role, TaskState


@dataclass(frozen=True, slots=True)
class Particulars:
    """What may be changed about a member; languages and backgrounds are those they choose to share."""

    role: Role
    email: str = ""
    mobile: str = ""
    languages: Sequence[str] = ()
    backgrounds: Sequence[str] = ()


def change_member(
    session: Session, member: StaffMember, to: Particulars, by: StaffMember, now: datetime
) -> None:
    """Write these particulars. Raises RefusedError for one's own role, ContactError for an unusable address."""
    if member.id == by.id and to.role is not member.role:
        raise RefusedError("nobody changes their own role; ask another lead or admin")
    before = {name: getattr(member, name) for name in CHANGEABLE}
    member.role = to.role
    member.email = read_email(to.email) if to.email else None
    member.mobile = read_mobile(to.mobile) if to.mobile else None
    member.languages = [each.lower() for each in tidied(to.languages)]
    member.backgrounds = tidied(to.backgrounds)
    changed = [name for name in CHANGEABLE if getattr(member, name) != before[name]]
    if changed:
        note(session, now, by.name, "changed", member, columns=changed)


CHANGEABLE = ("role", "email", "mobile", "languages", "backgrounds")


def take_leave_of(
    session: Session, services: Services, member: StaffMember, by: StaffMember, now: datetime
) -> list[date]:
    """Somebody has left: they are signed out everywhere, and their tasks go back to everyone.

    Returns the coming days on which they were to be on duty, which need somebody else.
    """
    if member.id == by.id:
        raise RefusedError("nobody ends their own membership; ask another lead or admin")
    if member.left_at is not None:
        raise RefusedError(f"{member.name} has left already; nothing was changed")
    theirs = select(Task).where(Task.assignee_id == member.id, Task.state != TaskState.CLOSED)
    for task in session.scalars(theirs.order_by(Task.person_id, Task.id)).all():
        transfer(session, services, task, by, to=None, now=now)
    member.left_at = now
    end_sessions(session, member.id, now, because="left the staff")
    note(session, now, by.name, "ended the membership of", member)
    today = services.calendar.day_of(now)
    on_duty = or_(Duty.reader_id == member.id, Duty.clinician_id == member.id, Duty.deputy_id == member.id)
    return list(session.scalars(select(Duty.day).where(Duty.day >= today, on_duty).order_by(Duty.day)))
