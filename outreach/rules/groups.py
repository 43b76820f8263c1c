"""Places in a co-run group: how somebody who was asked stands, until when they may answer, how many are left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from outreach.rules.calendar import Calendar
from outreach.vocabulary import Reading

LAST_CALL = timedelta(hours=3)
"""Nobody is asked to answer later than this before a session begins."""

SHORTEST_TO_ANSWER = timedelta(hours=4)
"""With less time than this an offer is no offer: the place stays free, and staff may ring somebody."""

REMINDED_DAYS_BEFORE = 2
REMINDED_AT = time(10, 30)


class Standing(StrEnum):
    """Where somebody who was asked stands."""

    INVITED = "invited"
    HAS_A_PLACE = "has a place"
    WAITING = "waiting for a place"
    OFFERED = "offered a freed place"
    DECLINED = "said no"
    LAPSED = "did not answer"
    GAVE_UP = "gave the place up"

    @property
    def is_open(self) -> bool:
        """The next word is theirs."""
        return self in (Standing.INVITED, Standing.OFFERED)

    @property
    def takes_a_seat(self) -> bool:
        """A place is theirs, or kept for them."""
        return self in (Standing.HAS_A_PLACE, Standing.OFFERED)


@dataclass(frozen=True, slots=True)
class Asked:
    """One person asked to one session, as the rules see it; the same fields as an invitation's row."""

    answer: Reading | None
    answer_by: datetime
    waiting_no: int | None
    offered_at: datetime | None
    offer_ended_at: datetime | None
    place_at: datetime | None
    place_ended_at: datetime | None

    def standing(self, now: datetime) -> Standing:
        """Where they stand at this moment."""
        if self.place_at is not None:
            return Standing.HAS_A_PLACE if self.place_ended_at is None else Standing.GAVE_UP
        if self.answer is Reading.DECLINES:
            return Standing.DECLINED
        if self.offered_at is not None:
            is_open = self.offer_ended_at is None and now < self.answer_by
            return Standing.OFFERED if is_open else Standing.LAPSED
        if self.waiting_no is not None:
            return Standing.WAITING
        return Standing.INVITED if now < self.answer_by else Standing.LAPSED


def seats_left(places: int, standings: Iterable[Standing]) -> int:
    """How many places nobody has and nobody is offered; never below 0, also when `places` were made fewer."""
    return max(0, places - sum(standing.takes_a_seat for standing in standings))


def answer_by(asked: datetime, hours: int, starts: datetime, calendar: Calendar) -> datetime | None:
    """Until when somebody asked now may answer: that many hours from when it can go out, well before the session.

    None where too little time is left for it to be a real question.
    """
    goes_out = calendar.next_slot(asked)
    until = min(goes_out + timedelta(hours=hours), starts - LAST_CALL)
    return until if until - goes_out >= SHORTEST_TO_ANSWER else None


def reminder_at(starts: datetime, calendar: Calendar) -> datetime:
    """When those who have a place are reminded: two days before, or on the working day before that."""
    day = calendar.day_of(starts) - timedelta(days=REMINDED_DAYS_BEFORE)
    return calendar.previous_slot(calendar.at(day, REMINDED_AT))
