"""What people tell a member of staff about messages: stop these, or start again."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.duty import duties
from outreach.actions.opt_out import Stop, opt_in, opt_out
from outreach.actions.tasks import NewTask, raise_task
from outreach.errors import RefusedError
from outreach.models import OptOut, Person, Referral, StaffMember
from outreach.models.person import people_by
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, Purpose, TaskKind, Urgency


def stop_as_told(
    session: Session,
    services: Services,
    referral: Referral,
    staff: StaffMember,
    *,
    now: datetime,
    why: str,
    channel: Channel | None = None,
    purpose: Purpose | None = None,
) -> OptOut:
    """Stop what this person no longer wants; without a purpose, staff agree another way to keep in touch."""
    if not why.strip():
        raise RefusedError("say why, in a few words: what did the person say?")
    if purpose is not None and purpose.is_at_any_hour:
        raise RefusedError(
            "answers and alerts cannot be stopped; name check_in, support, survey or appointment"
        )
    stop = Stop(Cause.STAFF, person_id=referral.person_id, channel=channel, purpose=purpose)
    row = opt_out(session, stop, now, who=staff.name, why=why)
    if purpose is None:
        new = NewTask(
            kind=TaskKind.KEEP_IN_TOUCH,
            urgency=Urgency.ROUTINE,
            cause=f"opt_out:{row.id}:keep_in_touch",
            reason="has opted out: agree another way to keep in touch",
            due_at=duties(session, services.calendar, now).in_two_days,
            person_id=referral.person_id,
            referral_id=referral.id,
        )
        raise_task(session, services.keyring, new, now)
    return row


def start_as_told(
    session: Session, services: Services, referral: Referral, staff: StaffMember, *, now: datetime, why: str
) -> int:
    """Undo everything this person had stopped; returns how many wishes that was.

    A wish bound to an address is undone with it only where nobody else is on record with that address.
    """
    if not why.strip():
        raise RefusedError("say why, in a few words: what did the person say?")
    details = session.get_one(Person, referral.person_id).opened(services.keyring)
    undone = opt_in(session, now, person_id=referral.person_id, address_token=None, who=staff.name, why=why)
    for kind, address in (("mobile", details.mobile), ("email", details.email)):
        if address and people_by(session, services.keyring, kind, address) == [referral.person_id]:
            for token in services.keyring.blinds(kind, address):
                undone += opt_in(session, now, person_id=None, address_token=token, who=staff.name, why=why)
    return undone
