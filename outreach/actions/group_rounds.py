"""What groups need by themselves: offers that ran out, freed places for the next in order, reminders, invitations."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.group_asks import asked
from outreach.actions.group_sessions import send_about, upcoming
from outreach.actions.invite import run_round
from outreach.models import GroupSession, Invitation, InvitationRound
from outreach.models.activity import invitations_to, lock_group_session
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.rules.groups import Standing, answer_by, reminder_at, seats_left
from outreach.services import Services
from outreach.vocabulary import Purpose

REMINDERS_AHEAD = timedelta(days=10)
"""Far enough for a reminder that moves back over a long weekend."""


@dataclass(slots=True)
class GroupWork:
    """What one pass came to, in people."""

    lapsed: int = 0
    offered: int = 0
    reminded: int = 0
    invited: int = 0


def look_after_groups(services: Services, now: datetime) -> GroupWork:
    """One pass over every session to come; harmless to repeat."""
    work = GroupWork()
    with services.read() as session:
        coming = upcoming(session, now)
        rounds = list(session.scalars(select(InvitationRound.id).where(InvitationRound.done_at.is_(None))))
        standings = {each.id: _standings(session, each, now) for each in coming}
    for each in coming:
        _offer_freed(services, each, standings[each.id], now, work)
        if each.starts_at - now <= REMINDERS_AHEAD and reminder_at(each.starts_at, services.calendar) <= now:
            work.reminded += _remind(services, each, now)
    for round_id in rounds:
        work.invited += run_round(services, round_id, now).count
    return work


def _standings(
    session: Session, group_session: GroupSession, now: datetime
) -> list[tuple[Invitation, Standing]]:
    return [(each, asked(each).standing(now)) for each in invitations_to(session, group_session.id)]


def _offer_freed(
    services: Services,
    group_session: GroupSession,
    standings: list[tuple[Invitation, Standing]],
    now: datetime,
    work: GroupWork,
) -> None:
    """Free places go to those who wait, in order, each with a time to answer; what ran out goes on to the next."""
    for row, standing in standings:
        if row.offered_at and row.offer_ended_at is None and standing is Standing.LAPSED:
            work.lapsed += _end_offer(services, row.id, row.person_id, now)
    free = seats_left(group_session.places, (standing for _, standing in standings))
    waiting = [row for row, standing in standings if standing is Standing.WAITING]
    for row in waiting[:free]:
        work.offered += _offer(services, row.id, row.person_id, now)


def _end_offer(services: Services, invitation_id: str, person_id: str, now: datetime) -> int:
    with services.begin() as session:
        row = _locked(session, invitation_id, person_id)
        if row.offer_ended_at is not None or asked(row).standing(now) is not Standing.LAPSED:
            return 0
        row.offer_ended_at = now
        note(session, now, "outreach", "offer ran out", row)
        return 1


def _offer(services: Services, invitation_id: str, person_id: str, now: datetime) -> int:
    """Keep a free place for this person; looked at again under the locks, because somebody may have taken it."""
    with services.begin() as session:
        row = _locked(session, invitation_id, person_id)
        group_session = session.get_one(GroupSession, row.session_id)
        others = [standing for each, standing in _standings(session, group_session, now) if each.id != row.id]
        hours = services.config.groups.hours_for_a_freed_place
        until = answer_by(now, hours, group_session.starts_at, services.calendar)
        is_waiting = asked(row).standing(now) is Standing.WAITING
        if not is_waiting or until is None or seats_left(group_session.places, others) == 0:
            return 0
        row.offered_at, row.answer_by = now, until
        note(session, now, "outreach", "offered a freed place", row)
        send_about(
            session,
            services,
            group_session,
            row,
            template="groups/place-free",
            purpose=Purpose.APPOINTMENT,
            now=now,
            until=until,
        )
        return 1


def _remind(services: Services, group_session: GroupSession, now: datetime) -> int:
    """Everybody who had a place before reminders were due; whoever got one since knows."""
    due = reminder_at(group_session.starts_at, services.calendar)
    query = select(Invitation.id, Invitation.person_id).where(
        Invitation.session_id == group_session.id,
        Invitation.place_at < due,
        Invitation.place_ended_at.is_(None),
        Invitation.reminded_at.is_(None),
    )
    with services.read() as session:
        rows = session.execute(query).all()
    return sum(_remind_one(services, invitation_id, person_id, now) for invitation_id, person_id in rows)


def _remind_one(services: Services, invitation_id: str, person_id: str, now: datetime) -> int:
    with services.begin() as session:
        row = _locked(session, invitation_id, person_id)
        group_session = session.get_one(GroupSession, row.session_id)
        has_place = asked(row).standing(now) is Standing.HAS_A_PLACE
        if row.reminded_at is not None or not has_place or group_session.called_off_at is not None:
            return 0
        row.reminded_at = now
        send_about(
            session,
            services,
            group_session,
            row,
            template="groups/reminder",
            purpose=Purpose.APPOINTMENT,
            now=now,
        )
        return 1


def _locked(session: Session, invitation_id: str, person_id: str) -> Invitation:
    """The invitation with its person and session locked, in the order in which everybody locks."""
    lock_people(session, [person_id])
    row = session.get_one(Invitation, invitation_id)
    lock_group_session(session, row.session_id)
    session.refresh(row)
    return row
