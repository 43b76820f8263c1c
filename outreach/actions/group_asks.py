"""Which question about a group is open for a person, so that JOIN and NO are read as answers to it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Activity, GroupSession, Invitation, Message
from outreach.rules.groups import Asked, Standing
from outreach.vocabulary import LEFT_US, Reading


@dataclass(frozen=True, slots=True)
class Ask:
    """The session that a person's next JOIN or NO is about. `was_last` says that our last message was about it."""

    invitation: Invitation
    group_session: GroupSession
    activity: Activity
    was_last: bool


def asked(row: Invitation) -> Asked:
    """The invitation as the rules see it."""
    return Asked(
        answer=row.answer,
        answer_by=row.answer_by,
        waiting_no=row.waiting_no,
        offered_at=row.offered_at,
        offer_ended_at=row.offer_ended_at,
        place_at=row.place_at,
        place_ended_at=row.place_ended_at,
    )


def open_ask(session: Session, person_id: str | None, now: datetime) -> Ask | None:
    """The question that is open for this person; of several, the one that our last message was about, or the newest.

    Somebody who has a place, or waits for one, may still say NO to it, but only in answer to a message about it.
    """
    if person_id is None:
        return None
    query = (
        select(Invitation, GroupSession, Activity)
        .join(GroupSession, GroupSession.id == Invitation.session_id)
        .join(Activity, Activity.id == GroupSession.activity_id)
        .where(
            Invitation.person_id == person_id,
            GroupSession.starts_at > now,
            GroupSession.called_off_at.is_(None),
        )
    )
    rows = list(session.execute(query))
    if not rows:
        return None
    last = _last_to(session, person_id)
    asks = [Ask(*row, was_last=row.Invitation.message_id == last) for row in rows]
    open_now = [ask for ask in asks if _is_open(ask, now)]
    return max(open_now, key=lambda ask: (ask.was_last, _asked_at(ask)), default=None)


def asked_of(session: Session, person_id: str | None, now: datetime) -> AbstractSet[Reading]:
    """Which answers to look for in what this person wrote: "no" alone only in answer to the question itself."""
    ask = open_ask(session, person_id, now)
    if ask is None:
        return frozenset()
    return frozenset({Reading.JOINS, Reading.DECLINES} if ask.was_last else {Reading.JOINS})


def _is_open(ask: Ask, now: datetime) -> bool:
    standing = asked(ask.invitation).standing(now)
    return standing.is_open or (ask.was_last and standing in (Standing.HAS_A_PLACE, Standing.WAITING))


def _asked_at(ask: Ask) -> datetime:
    return ask.invitation.offered_at or ask.invitation.invited_at


def _last_to(session: Session, person_id: str) -> str | None:
    """The last message that this person has of us."""
    query = (
        select(Message.id)
        .where(Message.person_id == person_id, Message.state.in_(LEFT_US))
        .order_by(Message.sending_at.desc(), Message.id.desc())
        .limit(1)
    )
    return session.scalar(query)
