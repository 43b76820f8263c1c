"""What people tell a member of staff about messages: stop these, or start again."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.keep_in_touch import agree_another_way
from outreach.actions.opt_out import Stop, opt_in, opt_out, undo
from outreach.errors import RefusedError
from outreach.models import OptOut, Person, Referral, StaffMember
from outreach.models.person import lock_people, people_by
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, Purpose


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
        agree_another_way(session, services, referral.person_id, row, now)
    return row


def undo_as_told(session: Session, row: OptOut, staff: StaffMember, *, now: datetime, why: str) -> None:
    """Undo one opt-out, with what the person said; a wrong or dead address is put right on the record instead."""
    if not why.strip():
        raise RefusedError("say why, in a few words: what did the person say?")
    if row.undone_at is not None:
        raise RefusedError("this was undone already; nothing was changed")
    if row.cause.is_about_the_address:
        raise RefusedError("this is about a wrong or dead address: correct the number or address instead")
    lock_people(session, [row.person_id] if row.person_id else [])
    undo(session, row, now, who=staff.name, why=why)


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
