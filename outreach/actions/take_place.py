"""Gives somebody who says JOIN a place in a group, or one on the waiting list for it, and takes a NO."""

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.following import Following, GroupAnswer
from outreach.actions.group_asks import asked, open_ask
from outreach.actions.group_words import group_values
from outreach.actions.write_message import NewMessage, write_message
from outreach.models import Invitation, Message
from outreach.models.activity import invitations_to, lock_group_session
from outreach.models.event import note
from outreach.rules.groups import Standing, seats_left
from outreach.vocabulary import Purpose, Reading

PLACE = "groups/place"
WAITING = "groups/waiting"
NOT_COMING = "groups/not-coming"


def take_group_answer(following: Following) -> None:
    """Do what a JOIN or a NO asks for, and say what the person is told; both at once is for a person to read."""
    readings = following.findings.readings
    if following.group is not None or {Reading.JOINS, Reading.DECLINES} <= readings:
        return
    session, now = following.session, following.now
    ask = open_ask(session, following.reply.person_id, now)
    if ask is None:
        return
    if Reading.JOINS in readings:
        template = join(session, ask.invitation, now, who="the person")
    else:
        template = decline(session, ask.invitation, now, who="the person")
    values = group_values(ask.activity, ask.group_session)
    following.group = GroupAnswer(ask.invitation, template, values)


def join(session: Session, invitation: Invitation, now: datetime, *, who: str) -> str:
    """A place while there is one, else the end of the waiting list; returns the template that says so.

    The session's lock makes one JOIN wait for the other, so that places are counted by one at a time.
    """
    group_session = lock_group_session(session, invitation.session_id)
    everybody = invitations_to(session, group_session.id)
    standing = asked(invitation).standing(now)
    if standing is Standing.HAS_A_PLACE:
        return PLACE
    if standing is Standing.WAITING:
        return WAITING
    others = [asked(each).standing(now) for each in everybody if each.id != invitation.id]
    invitation.answer, invitation.answered_at = Reading.JOINS, now
    if seats_left(group_session.places, others) > 0 and _is_next(invitation, everybody, now):
        invitation.place_at = now
        note(session, now, who, "got a place", invitation)
        return PLACE
    invitation.waiting_no = max((each.waiting_no or 0 for each in everybody), default=0) + 1
    note(session, now, who, "waits for a place", invitation, number=invitation.waiting_no)
    return WAITING


def _is_next(invitation: Invitation, everybody: list[Invitation], now: datetime) -> bool:
    """Nobody overtakes those who wait: while anybody does, a free place is for them."""
    if invitation.offered_at is not None:
        return True
    return all(asked(each).standing(now) is not Standing.WAITING for each in everybody)


def decline(session: Session, invitation: Invitation, now: datetime, *, who: str) -> str:
    """Record a NO; a place that was theirs or kept for them is free again. Returns the template that thanks."""
    lock_group_session(session, invitation.session_id)
    session.refresh(invitation)
    if invitation.place_at is not None and invitation.place_ended_at is None:
        invitation.place_ended_at, invitation.place_ended_because = now, "said no"
    if invitation.offered_at is not None and invitation.offer_ended_at is None:
        invitation.offer_ended_at = now
    invitation.answer, invitation.answered_at = Reading.DECLINES, now
    note(session, now, who, "said no", invitation)
    return NOT_COMING


def tell_apart(following: Following) -> None:
    """Where the immediate answer was about something else, how they stand follows in a message of its own.

    Not to somebody in possible danger: there, staff see on the group's page that it is still to be told.
    """
    group, person = following.group, following.person
    if group is None or person is None or following.is_flagged or following.group_told:
        return
    new = NewMessage(
        group.template,
        Purpose.APPOINTMENT,
        occurrence=f"{group.invitation.id}:told",
        referral_id=group.invitation.referral_id,
        values=group.values,
    )
    message = write_message(following.session, following.services, person, new, following.now)
    if message.channel:
        tell(group.invitation, message, following.now)


def tell(invitation: Invitation, message: Message, now: datetime) -> None:
    """This message tells them how they stand: the next bare "no" is about it."""
    invitation.message_id, invitation.told_at = message.id, now
