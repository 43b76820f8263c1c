"""Made-up referrals and appointments for the reports: only what is counted, nobody's details."""

from datetime import date
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from outreach.models import Appointment, Person, Referral
from outreach.models.base import new_id
from outreach.vocabulary import AppointmentKind, Attendance, Stage
from tests.house import MONDAY

_NUMBERS = count(1)


def waiting(session: Session, referred_on: date = date(2024, 12, 1), **facts: Any) -> str:
    """Store somebody with a referral; facts about the person or the referral. Returns the referral's id."""
    dates = {name: facts.pop(name) for name in ("closed_on", "closed_reason") if name in facts}
    person = Person(id=new_id(), details=b"sealed", created_at=MONDAY, **{"language": "en", **facts})
    session.add(person)
    session.flush()
    referral = Referral(
        id=new_id(),
        local_id=f"R-{next(_NUMBERS)}",
        person_id=person.id,
        stage=Stage.AWAITING_ASSESSMENT,
        referred_on=referred_on,
        created_at=MONDAY,
        **dates,
    )
    session.add(referral)
    session.flush()
    return referral.id


def visit(
    session: Session,
    referral_id: str,
    on: date,
    code: str | None,
    kind: AppointmentKind = AppointmentKind.ASSESSMENT,
    **facts: Any,
) -> None:
    """Store an appointment with its attendance code."""
    session.add(
        Appointment(
            id=new_id(),
            referral_id=referral_id,
            kind=kind,
            on_date=on,
            attendance=Attendance(code) if code else None,
            created_at=MONDAY,
            **facts,
        )
    )


def visits(session: Session, on: date, codes: str, **facts: Any) -> None:
    """Store an assessment with each of these codes, each of somebody new."""
    for code in codes:
        visit(session, waiting(session, **facts), on, code)
