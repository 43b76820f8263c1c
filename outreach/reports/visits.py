"""Every appointment of a period, with what it is counted and grouped by, in one query."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.models import Appointment, Person, Referral
from outreach.reports.rows import rows_of
from outreach.rules.rates import Definition, Share
from outreach.rules.spans import Span
from outreach.rules.subgroups import ethnicity_name, language_name, wait_name
from outreach.vocabulary import AppointmentKind, Attendance

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment of the period."""

    kind: AppointmentKind
    on: date
    attendance: Attendance | None
    was_withdrawn: bool
    recorded_at: datetime | None
    referred_on: date
    ethnicity: str | None
    language: str

    @property
    def is_uncoded(self) -> bool:
        """It was not withdrawn, and no code says what came of it."""
        return not self.was_withdrawn and self.attendance in (None, Attendance.NOT_YET)


def visits_in(session: Session, span: Span) -> list[Visit]:
    """Every appointment whose date lies in the span, cancelled ones too."""
    query = (
        select(
            Appointment.kind,
            Appointment.on_date,
            Appointment.attendance,
            Appointment.cancelled_at.is_not(None),
            Appointment.attendance_recorded_at,
            Referral.referred_on,
            Person.ethnicity,
            Person.language,
        )
        .join(Referral, Referral.id == Appointment.referral_id)
        .join(Person, Person.id == Referral.person_id)
        .where(Appointment.on_date.between(span.first, span.last))
    )
    return [Visit(*row) for row in rows_of(session, query)]


def missed_share(visits: Iterable[Visit], definition: Definition) -> Share:
    """The share of these appointments that were missed."""
    return definition.missed_of(Counter(visit.attendance for visit in visits if visit.attendance))


def cancelled_share(visits: Iterable[Visit], code: Attendance) -> Share:
    """The share of booked appointments that one side called off; of all with a code that says what came of them."""
    coded = [visit for visit in visits if visit.attendance not in (None, Attendance.NOT_YET)]
    return Share(sum(visit.attendance is code for visit in coded), len(coded))


def month_of(visit: Visit) -> date:
    """The first day of the calendar month."""
    return visit.on.replace(day=1)


def split(visits: Iterable[Visit], by: Callable[[Visit], Key]) -> dict[Key, list[Visit]]:
    """The visits in groups."""
    groups: dict[Key, list[Visit]] = defaultdict(list)
    for visit in visits:
        groups[by(visit)].append(visit)
    return dict(groups)


def by_ethnicity(visit: Visit) -> str:
    """The group's name."""
    return ethnicity_name(visit.ethnicity)


def by_language(visit: Visit) -> str:
    """The language's name."""
    return language_name(visit.language)


def by_wait(visit: Visit) -> str:
    """The band of the time from referral to the appointment."""
    return wait_name(visit.referred_on, visit.on)
