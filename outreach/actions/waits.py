"""Loads people who wait, with everything the rules need to know about them, a batch in a handful of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outreach.models import Appointment, Enrolment, Hold, Letter, Message, OptOut, Person, Referral
from outreach.models.base import AnyRow
from outreach.models.lists import among, among_tokens, plain
from outreach.models.person import Details, open_details
from outreach.rules.calendar import Calendar, in_part_of_day
from outreach.rules.contact import Reachability
from outreach.rules.guard import HoldFact
from outreach.rules.pathway import Dates, Visit
from outreach.sealing import Keyring
from outreach.vocabulary import CANCELLABLE, LEFT_US, Channel, MessageState, Purpose, Stage

# Written down once, over plain columns: every batch of the planner and of the sender asks all of these.
_person, _referral, _visit = Person.__table__.c, Referral.__table__.c, Appointment.__table__.c
_place, _message, _letter = Enrolment.__table__.c, Message.__table__.c, Letter.__table__.c
_opt_out, _hold = OptOut.__table__.c, Hold.__table__.c

PEOPLE = select(
    _person.id,
    _person.details,
    _person.language,
    _person.interpreter,
    _person.format,
    _person.texts_suit,
    _person.emails_suit,
    _person.preferred_channel,
    _person.safe_to_text,
    _person.safe_to_email,
    _person.safe_to_voicemail,
    _person.day_part,
    _person.number_is,
    _person.deceased_on,
    _person.do_not_contact_since,
    _person.introduced_at,
    _person.needs_review_on,
).where(among(_person.id))
REFERRALS = select(
    _referral.person_id,
    _referral.id,
    _referral.local_id,
    _referral.stage,
    _referral.referred_on,
    _referral.accepted_on,
    _referral.therapy_ended_on,
    _referral.closed_on,
).where(among(_referral.person_id))
VISITS = (
    select(
        _visit.referral_id,
        _visit.id,
        _visit.kind,
        _visit.on_date,
        _visit.at_time,
        _visit.place,
        _visit.attendance,
        _visit.cancelled_at,
    )
    .where(among(_visit.referral_id))
    .order_by(_visit.on_date, _visit.id)
)
PLACES = select(
    _place.referral_id,
    _place.id,
    _place.schedule,
    _place.started_at,
    _place.first_contact_on,
    _place.next_due_at,
    _place.ended_at,
).where(among(_place.referral_id))
MESSAGES = select(
    _message.person_id,
    _message.id,
    _message.enrolment_id,
    _message.step,
    _message.occurrence,
    _message.purpose,
    _message.state,
    _message.sending_at,
    _message.planned_for,
    _message.moved_by,
).where(among(_message.person_id), _message.superseded.is_(False))
LETTERS = (
    select(_letter.person_id, _letter.wanted_at, _letter.printed_at, _message.purpose)
    .join_from(Letter.__table__, Message.__table__, _message.id == _letter.message_id)
    .where(among(_letter.person_id), _letter.undone_at.is_(None))
)
OPT_OUTS = select(
    _opt_out.person_id, _opt_out.address_token, _opt_out.channel, _opt_out.purpose, _opt_out.cause
).where(_opt_out.undone_at.is_(None), or_(among(_opt_out.person_id), among_tokens(_opt_out.address_token)))
HOLDS = select(
    _hold.person_id, _hold.why, _hold.with_appointments, _hold.ends_at, _hold.quiet_until, _hold.released_at
).where(among(_hold.person_id), or_(_hold.released_at.is_(None), _hold.quiet_until.is_not(None)))


@dataclass(slots=True)
class Place:
    """One enrolment: the place a referral has on a schedule."""

    id: str
    schedule: str
    started_at: datetime
    first_contact_on: date | None
    next_due_at: datetime | None
    ended_at: datetime | None
    recorded: set[tuple[str, str]] = field(default_factory=set)  # (step, occurrence)


@dataclass(slots=True)
class Wait:
    """One referral with its dates, appointments and places."""

    id: str
    local_id: str
    stage: Stage
    dates: Dates
    visits: list[Visit] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)  # by schedule key


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that has not left and can still be cancelled."""

    id: str
    enrolment_id: str | None
    step: str
    occurrence: str
    purpose: Purpose
    state: MessageState
    planned_for: datetime
    is_fixed: bool = False  # staff have chosen its moment

    @property
    def anchor_row(self) -> str:
        """The row its date is counted from."""
        return self.occurrence.rpartition(":")[0]


@dataclass(slots=True)
class WaitingPerson:
    """One person with all their waits; `row` has the readable columns.

    `contacts` are (instant, purpose) of everything sent or planned, `reached` only of what has left us.
    """

    id: str
    row: AnyRow | SimpleNamespace
    details: Details
    introduced_at: datetime | None
    waits: list[Wait] = field(default_factory=list)
    contacts: list[tuple[datetime, Purpose]] = field(default_factory=list)
    reached: list[tuple[datetime, Purpose]] = field(default_factory=list)
    unsent: list[Unsent] = field(default_factory=list)
    opted_out: set[tuple[Channel | None, Purpose | None]] = field(default_factory=set)
    unusable: set[Channel] = field(default_factory=set)
    holds: list[HoldFact] = field(default_factory=list)
    _reachability: dict[bool, Reachability] = field(default_factory=dict)

    def calendar(self, calendar: Calendar) -> Calendar:
        """The hours in which this person likes to hear from us, within those in which anything is sent."""
        return in_part_of_day(calendar, self.row.day_part)

    @property
    def wait_for_no_schedule(self) -> Wait | None:
        """The wait that a message on no schedule counts for: one that is open, else one that is closed."""
        return next(
            (each for each in self.waits if each.stage is not Stage.CLOSED), next(iter(self.waits), None)
        )

    def reachability(self, wait: Wait | None) -> Reachability:
        """What decides whether and how this person may be written to, for one wait or for none in particular."""
        is_closed = wait is not None and wait.stage is Stage.CLOSED
        if is_closed not in self._reachability:
            self._reachability[is_closed] = self._facts(is_closed=is_closed)
        return self._reachability[is_closed]

    def _facts(self, *, is_closed: bool) -> Reachability:
        person = self.row
        return Reachability(
            mobile=self.details.mobile or None,
            email=self.details.email or None,
            preferred=person.preferred_channel,
            safe_to_text=person.safe_to_text,
            safe_to_email=person.safe_to_email,
            number_is=person.number_is,
            date_of_birth=self.details.born,
            opted_out=frozenset(self.opted_out),
            unusable=frozenset(self.unusable),
            deceased=person.deceased_on is not None,
            do_not_contact=person.do_not_contact_since is not None,
            closed=is_closed,
            interpreter=person.interpreter,
            format=person.format,
            suits=frozenset(
                channel
                for channel, suits in ((Channel.SMS, person.texts_suit), (Channel.EMAIL, person.emails_suit))
                if suits
            ),
        )


def load_people(session: Session, keyring: Keyring, person_ids: Iterable[str]) -> dict[str, WaitingPerson]:
    """These people by id, each complete; ids that do not exist are left out."""
    ids = sorted(set(person_ids))
    people = {
        row.id: WaitingPerson(row.id, row, open_details(keyring, row.id, row.details), row.introduced_at)
        for row in plain(session, PEOPLE, {"ids": ids}).all()
    }
    waits = _load_waits(session, people, ids)
    _load_visits(session, waits)
    places = _load_places(session, waits)
    _load_messages(session, people, places, ids)
    _load_letters(session, people, ids)
    _load_opt_outs(session, keyring, people, ids)
    for person_id, holds in holds_of(session, ids).items():
        people[person_id].holds = holds
    return people


def complete_newcomers(session: Session, keyring: Keyring, newcomers: dict[str, WaitingPerson]) -> None:
    """Nothing is on record about people who just came onto the list, but what their addresses had stopped before."""
    _load_opt_outs(session, keyring, newcomers, ())


def _load_waits(session: Session, people: dict[str, WaitingPerson], ids: Sequence[str]) -> dict[str, Wait]:
    waits: dict[str, Wait] = {}
    for person_id, referral_id, local_id, stage, *dates in plain(session, REFERRALS, {"ids": ids}).all():
        wait = waits[referral_id] = Wait(referral_id, local_id, stage, Dates(*dates))
        people[person_id].waits.append(wait)
    return waits


def _load_visits(session: Session, waits: dict[str, Wait]) -> None:
    for referral_id, visit in visits_of(session, list(waits)):
        waits[referral_id].visits.append(visit)


def visits_of(session: Session, referral_ids: Sequence[str]) -> Iterator[tuple[str, Visit]]:
    """The appointments of these referrals as the rules see them, each with its referral's id, in order of date."""
    for row in plain(session, VISITS, {"ids": referral_ids}).all():
        referral_id, visit_id, kind, on, at, place, attendance, cancelled_at = row
        by_code = attendance is not None and attendance.is_cancelled
        called_off = cancelled_at is not None or by_code
        yield referral_id, Visit(visit_id, kind, on, at, place, attendance, called_off)


def _load_places(session: Session, waits: dict[str, Wait]) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for referral_id, *known in plain(session, PLACES, {"ids": list(waits)}).all():
        place = Place(*known)
        waits[referral_id].places[place.schedule] = places[place.id] = place
    return places


def _load_messages(
    session: Session, people: dict[str, WaitingPerson], places: dict[str, Place], ids: Sequence[str]
) -> None:
    """What is on record for each enrolment, and when each person was or will be written to."""
    for row in plain(session, MESSAGES, {"ids": ids}).all():
        person_id, message_id, enrolment_id, step, occurrence, purpose, state, sent, planned, mover = row
        person = people[person_id]
        if enrolment_id in places:
            places[enrolment_id].recorded.add((step, occurrence))
        if state in LEFT_US:
            person.reached.append((sent, purpose))
            person.contacts.append((sent, purpose))
        elif state in CANCELLABLE:
            person.unsent.append(
                Unsent(message_id, enrolment_id, step, occurrence, purpose, state, planned, mover is not None)
            )
            person.contacts.append((planned, purpose))


def _load_letters(session: Session, people: dict[str, WaitingPerson], ids: Sequence[str]) -> None:
    """A letter is company like a message, from when it is wanted: the gap holds between the two."""
    for person_id, wanted_at, printed_at, purpose in plain(session, LETTERS, {"ids": ids}).all():
        contact = (printed_at or wanted_at, purpose)
        people[person_id].contacts.append(contact)
        people[person_id].reached.append(contact)


def _load_opt_outs(
    session: Session, keyring: Keyring, people: dict[str, WaitingPerson], ids: Sequence[str]
) -> None:
    by_token: dict[bytes, list[WaitingPerson]] = defaultdict(list)
    for person in people.values():
        for token in _address_tokens(keyring, person.details):
            by_token[token].append(person)
    for row in plain(session, OPT_OUTS, {"ids": ids, "tokens": by_token}).all():
        affected = [people[row.person_id]] if row.person_id in people else []
        if row.address_token:
            affected += by_token.get(row.address_token, [])
        for person in affected:
            _apply(row, person)


def holds_of(session: Session, person_ids: Sequence[str]) -> dict[str, list[HoldFact]]:
    """What these people's messages are held by, or the quiet that they were given."""
    holds: dict[str, list[HoldFact]] = defaultdict(list)
    for hold in plain(session, HOLDS, {"ids": sorted(set(person_ids))}).all():
        holds[hold.person_id].append(
            HoldFact(
                hold.why,
                hold.with_appointments,
                hold.ends_at,
                hold.quiet_until,
                released=hold.released_at is not None,
            )
        )
    return holds


def _address_tokens(keyring: Keyring, details: Details) -> list[bytes]:
    """Under every key: an address that stopped us before the keys were rotated stays stopped."""
    addresses = (("mobile", details.mobile), ("email", details.email))
    return [token for kind, address in addresses if address for token in keyring.blinds(kind, address)]


def _apply(row: AnyRow, person: WaitingPerson) -> None:
    """A dead or wrong address is unusable; anything else is what the person asked for."""
    if row.cause.is_about_the_address and row.channel:
        person.unusable.add(row.channel)
    else:
        person.opted_out.add((row.channel, row.purpose))
