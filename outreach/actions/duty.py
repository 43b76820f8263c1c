"""Who is on duty and by when a reply will be read, from the rota."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from outreach.models import Duty
from outreach.models.lists import plain
from outreach.rules import duty as rules
from outreach.rules.calendar import Calendar

_duty = Duty.__table__.c
ROTA = select(_duty.day, _duty.reader_id).where(
    or_(_duty.day >= bindparam("today"), _duty.day == select(func.min(_duty.day)).scalar_subquery())
)
"""The days from today on, and the first one ever, which tells that a rota was kept."""


@dataclass(frozen=True, slots=True)
class Duties:
    """The rota as it stands; `reading_days` is None where nobody ever kept one, and then every working day counts.

    A rota that was kept and has run out has no reader: nobody has said who would read.
    """

    calendar: Calendar
    now: datetime
    reading_days: frozenset[date] | None

    def read_by(self, received: datetime) -> datetime:
        """By when a person will have read a reply."""
        return rules.read_by(received, self.reading_days, self.calendar)

    @property
    def invites_answers(self) -> bool:
        """A text that invites an answer may go today."""
        return rules.invites_answers(self.calendar.day_of(self.now), self.reading_days, self.calendar)

    @property
    def end_of_day(self) -> datetime:
        """The end of this working day, or of the next one when this one is over."""
        opens = self.calendar.next_slot(self.now)
        return self.calendar.closes_at(opens)

    @property
    def in_two_days(self) -> datetime:
        """The end of the working day after the next."""
        day = self.calendar.working_day_after(self.calendar.working_day_after(self.calendar.day_of(self.now)))
        return self.calendar.at(day, self.calendar.closes)


def duties(session: Session, calendar: Calendar, now: datetime) -> Duties:
    """The rota from today on."""
    today = calendar.day_of(now)
    rows = plain(session, ROTA, {"today": today}).all()
    days = frozenset(day for day, reader in rows if reader and day >= today)
    return Duties(calendar, now, days if rows else None)
