"""Sessions of co-run groups: set one, call it off, free a place, record who came, thank them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.actions.group_asks import asked
from outreach.actions.group_words import group_values
from outreach.actions.take_place import tell
from outreach.actions.write_message import NewMessage, write_message
from outreach.errors import RefusedError
from outreach.models import Activity, GroupSession, Invitation, Message, Person, StaffMember
from outreach.models.activity import invitations_to, lock_group_session
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.rules.groups import Standing
from outreach.services import Services
from outreach.vocabulary import CANCELLABLE, MessageState, Purpose

MOST_PLACES = 200


@dataclass(frozen=True, slots=True)
class NewSession:
    """When and where a group meets, in UTC, and for how many."""

    starts_at: datetime
    ends_at: datetime
    place: str
    places: int


def set_session(
    session: Session, activity: Activity, new: NewSession, staff: StaffMember, now: datetime
) -> GroupSession:
    """Set a session of a co-run group. RefusedError says what does not fit."""
    if not activity.is_group or activity.retired_at is not None:
        raise RefusedError("only a co-run group that still meets has sessions")
    if new.starts_at <= now or new.ends_at <= new.starts_at:
        raise RefusedError("a session begins in the future, and ends after it begins")
    if not new.place.strip():
        raise RefusedError("say where it is; a link for an online group is sent by the peer worker")
    if not 1 <= new.places <= MOST_PLACES:
        raise RefusedError(f"a session has between 1 and {MOST_PLACES} places")
    row = GroupSession(
        id=new_id(),
        activity_id=activity.id,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        place=" ".join(new.place.split()),
        places=new.places,
        created_at=now,
        who=staff.name,
    )
    session.add(row)
    note(session, now, staff.name, "set", row, places=new.places)
    return row


def call_off(
    session: Session,
    services: Services,
    group_session: GroupSession,
    staff: StaffMember,
    *,
    now: datetime,
    because: str,
) -> int:
    """Call a session off; everybody who has a place or waits for one is told. Returns how many that was."""
    if not because.strip():
        raise RefusedError("say why, in a few words")
    rows = invitations_to(session, group_session.id)
    lock_people(session, [row.person_id for row in rows])
    locked = lock_group_session(session, group_session.id)
    if locked.called_off_at is not None or locked.starts_at <= now:
        raise RefusedError("this session was called off already, or has begun; nothing was changed")
    rows = invitations_to(session, locked.id)
    _withdraw(session, rows, "the session was called off")
    locked.called_off_at, locked.called_off_by, locked.called_off_because = now, staff.name, because.strip()
    note(session, now, staff.name, "called off", locked)
    concerned = [
        row
        for row in rows
        if asked(row).standing(now) in (Standing.HAS_A_PLACE, Standing.WAITING, Standing.OFFERED)
    ]
    for row in concerned:
        send_about(
            session, services, locked, row, template="groups/called-off", purpose=Purpose.APPOINTMENT, now=now
        )
    return len(concerned)


def _withdraw(session: Session, rows: list[Invitation], because: str) -> None:
    """Nothing about this session that waits in the queue goes any more."""
    occurrences = [f"{row.id}:{what}" for row in rows for what in ("0", "offer", "reminder", "told")]
    for start in range(0, len(occurrences), 500):
        session.execute(
            update(Message)
            .where(
                Message.person_id.in_({row.person_id for row in rows}),
                Message.occurrence.in_(occurrences[start : start + 500]),
                Message.state.in_(CANCELLABLE),
            )
            .values(
                state=MessageState.CANCELLED,
                reason=f"cancelled: {because}",
                claim_token=None,
                claimed_until=None,
            )
        )


def free_place(
    session: Session, invitation: Invitation, staff: StaffMember, *, now: datetime, because: str
) -> None:
    """Somebody told staff that they are not coming: their place goes to the next in order."""
    lock_people(session, [invitation.person_id])
    lock_group_session(session, invitation.session_id)
    session.refresh(invitation)
    if asked(invitation).standing(now) is not Standing.HAS_A_PLACE:
        raise RefusedError("this person has no place in this session; nothing was changed")
    invitation.place_ended_at, invitation.place_ended_because = now, because.strip() or "told staff"
    _withdraw(session, [invitation], "the place was given up")
    note(session, now, staff.name, "freed a place", invitation)


def record_attendance(
    session: Session,
    services: Services,
    invitation: Invitation,
    staff: StaffMember,
    *,
    now: datetime,
    attended: bool,
) -> None:
    """Note whether somebody came. Whoever did is thanked, once; not coming has no consequence."""
    lock_people(session, [invitation.person_id])
    group_session = lock_group_session(session, invitation.session_id)
    session.refresh(invitation)
    if invitation.place_at is None or group_session.starts_at > now:
        raise RefusedError("attendance is recorded once a session has begun, for those who had a place")
    invitation.attended, invitation.attendance_at, invitation.attendance_by = attended, now, staff.name
    note(session, now, staff.name, "recorded attendance", invitation, attended=attended)
    if attended and invitation.thanked_at is None:
        invitation.thanked_at = now
        send_about(
            session,
            services,
            group_session,
            invitation,
            template="groups/thank-you",
            purpose=Purpose.SUPPORT,
            now=now,
        )


def send_about(
    session: Session,
    services: Services,
    group_session: GroupSession,
    invitation: Invitation,
    *,
    template: str,
    purpose: Purpose,
    now: datetime,
    until: datetime | None = None,
) -> Message:
    """Queue a message to somebody about a session; their next bare "no" is then about it."""
    activity = session.get_one(Activity, group_session.activity_id)
    about = {"groups/place-free": "offer", "groups/reminder": "reminder"}.get(template, "after")
    new = NewMessage(
        template,
        purpose,
        occurrence=f"{invitation.id}:{about}",
        referral_id=invitation.referral_id,
        late_after=until or (group_session.starts_at if group_session.starts_at > now else None),
        values=group_values(activity, group_session, until),
    )
    message = write_message(session, services, session.get_one(Person, invitation.person_id), new, now)
    if message.channel:
        tell(invitation, message, now)
    return message


def upcoming(session: Session, now: datetime) -> list[GroupSession]:
    """Sessions to come that were not called off, the next first."""
    query = select(GroupSession).where(GroupSession.starts_at > now, GroupSession.called_off_at.is_(None))
    return list(session.scalars(query.order_by(GroupSession.starts_at, GroupSession.id)))
