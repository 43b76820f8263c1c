"""Spreads late first contacts over the coming working days, so that those who answer find somebody free."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.models import Enrolment
from outreach.services import Services


@dataclass(slots=True)
class FirstContacts:
    """How many each coming day has. One import keeps one of these, so that it counts them once, not once a batch."""

    services: Services
    now: datetime
    _day: date | None = None
    _by_day: Counter[date] = field(default_factory=Counter)

    @property
    def last_day(self) -> date | None:
        """The latest day that was given away here; None when nobody needed one."""
        return self._day

    def next_day(self, session: Session) -> date:
        """Take a place on the next working day that has room."""
        calendar = self.services.calendar
        if self._day is None:
            today = calendar.day_of(self.now)
            self._by_day = _counted(session, today)
            self._day = calendar.working_day_after(today)
        while self._by_day[self._day] >= self.services.config.sending.first_contacts_a_day:
            self._day = calendar.working_day_after(self._day)
        self._by_day[self._day] += 1
        return self._day


def _counted(session: Session, today: date) -> Counter[date]:
    """Those already given a day after this one."""
    query = (
        select(Enrolment.first_contact_on, func.count())
        .where(Enrolment.first_contact_on > today, Enrolment.ended_at.is_(None))
        .group_by(Enrolment.first_contact_on)
    )
    return Counter({day: count for day, count in session.execute(query) if day})
