"""Brings one row of a waiting list into the tables, and says what changed and why it matters for messages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.import_visits import take_visits
from outreach.models import Appointment, Person, Referral
from outreach.models.base import new_id
from outreach.models.person import Details, people_by
from outreach.rules.waitlist_row import RowFault, WaitlistRow, given
from outreach.services import Services

DETAIL_COLUMNS = (
    "given_name",
    "family_name",
    "preferred_name",
    "nhs_number",
    "mobile",
    "phone",
    "email",
    "postcode",
    "contact_note",
)
PERSON_COLUMNS = (
    "language",
    "interpreter",
    "format",
    "ethnicity",
    "preferred_channel",
    "safe_to_text",
    "safe_to_email",
    "safe_to_voicemail",
    "number_is",
)
STAGE_DATES = ("referred_on", "accepted_on", "therapy_ended_on")


class RowRefusedError(Exception):
    """This row contradicts what is stored; nothing of it is taken in."""

    def __init__(self, fault: RowFault) -> None:
        super().__init__(fault.what)
        self.fault = fault


@dataclass(slots=True)
class Change:
    """What one row changed. `because` is the weightiest reason to plan afresh; blank when nothing changed."""

    person_id: str
    is_new: bool = False
    reasons: list[str] = field(default_factory=list)
    notes: list[RowFault] = field(default_factory=list)

    @property
    def because(self) -> str:
        """The reason that people read on cancelled messages."""
        return self.reasons[0] if self.reasons else ""


@dataclass(slots=True)
class Known:
    """What is stored about the referrals of one batch: by local id, with each one's appointments."""

    referrals: dict[str, Referral]
    people: dict[str, Person]
    visits: dict[str, list[Appointment]]


def load_known(session: Session, local_ids: Iterable[str]) -> Known:
    """The stored referrals with these local ids."""
    found = session.scalars(select(Referral).where(Referral.local_id.in_(list(local_ids))))
    referrals = {row.local_id: row for row in found}
    whose = [row.person_id for row in referrals.values()]
    people = {row.id: row for row in session.scalars(select(Person).where(Person.id.in_(whose)))}
    visits: dict[str, list[Appointment]] = {row.id: [] for row in referrals.values()}
    query = select(Appointment).where(Appointment.referral_id.in_(list(visits)))
    for visit in session.scalars(query.order_by(Appointment.on_date, Appointment.id)):
        visits[visit.referral_id].append(visit)
    return Known(referrals, people, visits)


def take_row(
    session: Session, services: Services, row: WaitlistRow, known: Known, *, now: datetime, who: str
) -> Change:
    """Store one row. RowRefusedError when it contradicts what is stored; then nothing of it was."""
    referral = known.referrals.get(row.referral_id)
    person = _person(session, services, row, known, referral, now)
    change = Change(person.id, is_new=referral is None)
    _take_details(session, services, row, person, change)
    if referral is None:
        referral = _new_referral(session, row, person, known, now, who)
        change.reasons.append("new on the waiting list")
    _take_dates(session, row, referral, change, now, who)
    visits = known.visits[referral.id]
    change.reasons[:0] = take_visits(session, row, referral, visits, services.calendar, now)
    _take_endings(session, row, person, referral, change, now, who)
    _restage(session, referral, visits, now, who)
    return change


def _person(
    session: Session,
    services: Services,
    row: WaitlistRow,
    known: Known,
    referral: Referral | None,
    now: datetime,
) -> Person:
    """The referral's person; else the one with this NHS number; else somebody new. Never found by phone."""
    number = given(row.nhs_number)
    same = people_by(session, services.keyring, "nhs_number", number) if number else []
    if referral is not None:
        person = known.people[referral.person_id]
        stored = person.opened(services.keyring).nhs_number
        if number and stored and number != stored:
            raise _refused(
                row,
                "nhs_number",
                "differs from the one stored for this referral",
                "check who this row is about",
            )
        if same and person.id not in same:
            raise _refused(
                row, "nhs_number", "belongs to another person on the list", "ask staff to check both records"
            )
        return person
    if same:
        return session.get_one(Person, same[0])
    person = Person(id=new_id(), created_at=now, details=b"")
    person.seal(services.keyring, Details())
    session.add(person)
    return person


def _refused(row: WaitlistRow, column: str, what: str, fix: str) -> RowRefusedError:
    return RowRefusedError(RowFault(row.line, column, what, fix))
