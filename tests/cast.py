"""The small cast of made-up people and staff that the tests share, and how they come into a database."""

from dataclasses import replace
from datetime import date, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.plan import replan
from outreach.models import Appointment, Person, Referral, StaffMember, WorkingHours
from outreach.models.base import new_id
from outreach.models.person import Details, file_under
from outreach.rules.pathway import Dates, stage_of
from outreach.services import Services
from outreach.vocabulary import AppointmentKind, Attendance, PreferredChannel, Role

AMINA = Details(
    given_name="Amina",
    family_name="Example",
    mobile="+447700900001",
    email="amina@example.org",
    date_of_birth="1990-05-01",
)
BEN = Details(given_name="Ben", family_name="Example", email="ben@example.org", date_of_birth="1985-02-03")


def person(session: Session, services: Services, details: Details = AMINA, **facts: Any) -> Person:
    """Store somebody; texts and emails are safe unless `facts` says otherwise."""
    known = {"id": new_id(), "safe_to_text": True, "safe_to_email": True, "language": "en", **facts}
    row = Person(created_at=services.now(), **known)
    row.seal(services.keyring, details)
    session.add(row)
    session.flush()
    file_under(session, services.keyring, row.id, details.lookups)
    return row


def referral(
    session: Session,
    services: Services,
    whose: Person,
    referred_on: date,
    *,
    local_id: str = "R-1",
    plans: bool = True,
    **dates: date | None,
) -> Referral:
    """Store a referral and plan for it."""
    known = Dates(referred_on, **dates)
    row = Referral(
        id=new_id(),
        local_id=local_id,
        person_id=whose.id,
        stage=stage_of(known, []),
        referred_on=referred_on,
        created_at=services.now(),
        **dates,
    )
    session.add(row)
    session.flush()
    if plans:
        replan(session, services, [whose.id], services.now())
    return row


def replan_all(session: Session, services: Services) -> None:
    """Plan for everybody at once, which is faster than one by one."""
    replan(session, services, list(session.scalars(select(Person.id))), services.now())


def assessment(
    session: Session, services: Services, of: Referral, on: date, attendance: Attendance | None = None
) -> Appointment:
    """Book an assessment at half past ten, and plan for it."""
    row = Appointment(
        id=new_id(),
        referral_id=of.id,
        kind=AppointmentKind.ASSESSMENT,
        on_date=on,
        at_time=time(10, 30),
        place="Willow House",
        attendance=attendance,
        created_at=services.now(),
    )
    session.add(row)
    session.flush()
    replan(session, services, [of.person_id], services.now(), because="an assessment was booked")
    return row


def amina(services: Services, referred_on: date = date(2026, 3, 2), **facts: Any) -> tuple[str, str]:
    """Amina is on the list, newly referred; returns her person id and referral id."""
    with services.begin() as session:
        row = person(session, services, AMINA, **facts)
        return row.id, referral(session, services, row, referred_on).id


def ben(services: Services, referred_on: date = date(2026, 3, 2)) -> tuple[str, str]:
    """Ben has no mobile and likes emails."""
    with services.begin() as session:
        row = person(session, services, BEN, preferred_channel=PreferredChannel.EMAIL)
        return row.id, referral(session, services, row, referred_on, local_id="R-2").id


def another(details: Details = AMINA, **changes: str) -> Details:
    """Somebody like this, but."""
    return replace(details, **changes)  # type: ignore[arg-type]


def staff(
    session: Session, services: Services, name: str, role: Role, *, hours: bool = False, **facts: Any
) -> StaffMember:
    """Store a member of staff, with office hours on working days if asked."""
    row = StaffMember(id=new_id(), name=name, role=role, joined_at=services.now(), **facts)
    session.add(row)
    session.flush()
    if hours:
        session.add_all(
            WorkingHours(staff_id=row.id, weekday=day, starts=time(9, 30), ends=time(15, 30))
            for day in range(5)
        )
    return row
