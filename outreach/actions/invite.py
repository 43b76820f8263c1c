"""Asks people to a session of a co-run group: one person, or everybody whom it fits, within what it has room for."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.directory import offer_of, seeker_of
from outreach.actions.group_asks import asked
from outreach.actions.group_words import group_values
from outreach.actions.take_place import join, tell
from outreach.actions.waits import WaitingPerson, load_people
from outreach.actions.write_message import NewMessage, write_message
from outreach.errors import RefusedError
from outreach.models import Activity, GroupSession, Invitation, InvitationRound, Person, Referral
from outreach.models.activity import invitations_to, lock_group_session
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.person import lock_people
from outreach.rules.activities import fits
from outreach.rules.contact import Route, route
from outreach.rules.groups import Standing, answer_by, seats_left
from outreach.rules.placing import free_slot
from outreach.services import Services
from outreach.vocabulary import Purpose, Stage

BATCH = 200
"""People looked at in one transaction when everybody is invited."""

INVITATION = "groups/invitation"


@dataclass(frozen=True, slots=True)
class Invited:
    """Who was asked, and everyone left out by reason."""

    count: int
    left_out: Counter[str]


def invite_one(
    session: Session,
    services: Services,
    group_session: GroupSession,
    referral: Referral,
    *,
    now: datetime,
    who: str,
) -> Invitation:
    """Ask this person. RefusedError says why not."""
    lock_people(session, [referral.person_id])
    locked = _open_session(session, group_session.id, now)
    person = load_people(session, services.keyring, [referral.person_id])[referral.person_id]
    way = _way(services, person, now)
    refusal = _why_not(session, services, locked, person, way=way, now=now)
    if refusal:
        raise RefusedError(f"not invited: {refusal}")
    return _invite(session, services, locked, person, way, now=now, who=who, referral_id=referral.id)


def place_by_staff(
    session: Session,
    services: Services,
    group_session: GroupSession,
    referral: Referral,
    *,
    now: datetime,
    who: str,
) -> Invitation:
    """Somebody told a member of staff that they want to come: a place, or the end of the list for one."""
    lock_people(session, [referral.person_id])
    locked = _open_session(session, group_session.id, now)
    row = _invitation(session, locked.id, referral.person_id)
    if row is None:
        row = Invitation(
            id=new_id(),
            session_id=locked.id,
            person_id=referral.person_id,
            referral_id=referral.id,
            invited_at=now,
            invited_by=who,
            answer_by=locked.starts_at,
        )
        session.add(row)
        session.flush()
    if asked(row).standing(now) in (Standing.GAVE_UP, Standing.DECLINED, Standing.LAPSED):
        raise RefusedError("they said no, or did not answer in time, and may not overtake those who wait")
    join(session, row, now, who=who)
    row.told_at = now
    return row


def invite_everybody(
    session: Session, services: Services, group_session: GroupSession, now: datetime, who: str
) -> InvitationRound:
    """Note the wish; a job invites them, because looking at everybody takes longer than a page may."""
    _open_session(session, group_session.id, now)
    waiting = select(InvitationRound).where(
        InvitationRound.session_id == group_session.id, InvitationRound.done_at.is_(None)
    )
    standing = session.scalar(waiting)
    if standing:
        return standing
    row = InvitationRound(id=new_id(), session_id=group_session.id, asked_at=now, who=who)
    session.add(row)
    note(session, now, who, "asked to invite everybody", row)
    return row


def run_round(services: Services, round_id: str, now: datetime) -> Invited:
    """Invite those whom the session fits, longest waiting first, until it has asked enough for its places."""
    with services.read() as session:
        row = session.get_one(InvitationRound, round_id)
        ids = _longest_waiting(session)
        session_id, who = row.session_id, row.who
    done = Invited(0, Counter())
    for start in range(0, len(ids), BATCH):
        with services.begin() as session:
            more, is_full = _invite_batch(
                session, services, session_id, ids[start : start + BATCH], now=now, who=who
            )
        done = Invited(done.count + more.count, done.left_out + more.left_out)
        if is_full:
            done.left_out["enough people are asked for its places"] += max(0, len(ids) - start - BATCH)
            break
    with services.begin() as session:
        row = session.get_one(InvitationRound, round_id)
        row.done_at, row.invited, row.left_out = now, done.count, dict(+done.left_out)
        note(session, now, row.who, "invited everybody who fits", row, invited=done.count)
    return done


def _longest_waiting(session: Session) -> list[str]:
    """Everybody on the list, those referred first at the front."""
    query = (
        select(Referral.person_id)
        .where(Referral.stage != Stage.CLOSED)
        .order_by(Referral.referred_on, Referral.id)
    )
    return list(dict.fromkeys(session.scalars(query)))


def _invite_batch(
    session: Session, services: Services, session_id: str, ids: list[str], *, now: datetime, who: str
) -> tuple[Invited, bool]:
    """Ask those of these people who fit; says too whether the session has asked enough."""
    lock_people(session, ids)
    try:
        group_session = _open_session(session, session_id, now)
    except RefusedError as fault:
        return Invited(0, Counter({str(fault): len(ids)})), True
    activity = session.get_one(Activity, group_session.activity_id)
    people = load_people(session, services.keyring, ids)
    room = _room(session, services, group_session, now)
    invited, left_out = 0, Counter[str]()
    for person in (people[each] for each in ids if each in people):
        way = _way(services, person, now)
        fitting = fits(offer_of(activity), seeker_of(person))
        refusal = (
            _why_not(session, services, group_session, person, way=way, now=now)
            if fitting
            else "it does not fit them"
        )
        if refusal or invited >= room:
            left_out[refusal or "enough people are asked for its places"] += 1
            continue
        _invite(session, services, group_session, person, way, now=now, who=who, referral_id=_current(person))
        invited += 1
    return Invited(invited, left_out), invited >= room


def _room(session: Session, services: Services, group_session: GroupSession, now: datetime) -> int:
    """How many more may be asked: a few for each place that is free, less those who have not answered yet."""
    standings = [asked(each).standing(now) for each in invitations_to(session, group_session.id)]
    if Standing.WAITING in standings:
        return 0
    most = seats_left(group_session.places, standings) * services.config.groups.invitations_per_place
    return max(0, most - sum(each is Standing.INVITED for each in standings))


def _open_session(session: Session, session_id: str, now: datetime) -> GroupSession:
    """The session, locked. RefusedError when nobody can be asked to it any more."""
    locked = lock_group_session(session, session_id)
    if locked.called_off_at is not None:
        raise RefusedError("this session was called off")
    if locked.starts_at <= now:
        raise RefusedError("this session has begun already")
    return locked


def _way(services: Services, person: WaitingPerson, now: datetime) -> Route:
    facts = person.reachability(person.wait_for_no_schedule)
    return route(facts, Purpose.SUPPORT, services.config.contact.not_asked, services.calendar.day_of(now))


def _current(person: WaitingPerson) -> str | None:
    """The newest wait that is open."""
    ids = [wait for wait in person.waits if wait.stage is not Stage.CLOSED]
    return max(ids, key=lambda wait: (wait.dates.referred_on, wait.id)).id if ids else None


def _why_not(
    session: Session,
    services: Services,
    group_session: GroupSession,
    person: WaitingPerson,
    *,
    way: Route,
    now: datetime,
) -> str:
    """Why this person is not asked; blank when they are."""
    if way.channel is None:
        return f"no message may go: {way.reason}"
    if any(hold.is_felt(now, services.calendar) for hold in person.holds):
        return "their messages are held"
    if _invitation(session, group_session.id, person.id):
        return "they were asked to this session already"
    if _has_open_question(session, person.id, now):
        return "another invitation to them is still open"
    if person.introduced_at is None:
        return "nothing of ours has reached them yet: first they are told who writes"
    if _until(services, group_session, _goes_at(services, person, now)) is None:
        return "too little time is left to answer"
    return ""


def _goes_at(services: Services, person: WaitingPerson, now: datetime) -> datetime:
    """When the invitation can go without crowding what else they get."""
    return free_slot(now, calendar=services.calendar, gap_days=services.gap_days, contacts=person.contacts)


def _until(services: Services, group_session: GroupSession, asked_at: datetime) -> datetime | None:
    hours = services.config.groups.hours_to_answer
    return answer_by(asked_at, hours, group_session.starts_at, services.calendar)


def _invitation(session: Session, session_id: str, person_id: str) -> Invitation | None:
    query = select(Invitation).where(Invitation.session_id == session_id, Invitation.person_id == person_id)
    return session.scalar(query)


def _has_open_question(session: Session, person_id: str, now: datetime) -> bool:
    rows = session.scalars(
        select(Invitation).where(Invitation.person_id == person_id, Invitation.answer_by > now)
    )
    return any(asked(row).standing(now).is_open for row in rows)


def _invite(
    session: Session,
    services: Services,
    group_session: GroupSession,
    person: WaitingPerson,
    way: Route,
    *,
    now: datetime,
    who: str,
    referral_id: str | None,
) -> Invitation:
    activity = session.get_one(Activity, group_session.activity_id)
    goes_at = _goes_at(services, person, now)
    until = _until(services, group_session, goes_at) or group_session.starts_at
    row = Invitation(
        id=new_id(),
        session_id=group_session.id,
        person_id=person.id,
        referral_id=referral_id,
        invited_at=now,
        invited_by=who,
        answer_by=until,
    )
    session.add(row)
    note(session, now, who, "invited", row, session_id=group_session.id)
    new = NewMessage(
        INVITATION,
        Purpose.SUPPORT,
        occurrence=f"{row.id}:0",
        referral_id=referral_id,
        planned_for=goes_at,
        late_after=until,
        values=group_values(activity, group_session, until),
    )
    message = write_message(session, services, session.get_one(Person, person.id), new, now, way=way)
    tell(row, message, now)
    return row


def would_invite(
    session: Session, services: Services, group_session: GroupSession, now: datetime
) -> list[WaitingPerson]:
    """Who of those longest waiting would be asked if everybody were invited now; looks at one batch of people."""
    people = load_people(session, services.keyring, ids := _longest_waiting(session)[:BATCH])
    offer = offer_of(session.get_one(Activity, group_session.activity_id))
    room = _room(session, services, group_session, now)
    chosen: list[WaitingPerson] = []
    for person in (people[each] for each in ids if each in people):
        if len(chosen) >= room:
            break
        way = _way(services, person, now)
        if fits(offer, seeker_of(person)) and not _why_not(
            session, services, group_session, person, way=way, now=now
        ):
            chosen.append(person)
    return chosen
