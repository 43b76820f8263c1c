"""What may happen to somebody who waits, week by week, drawn at random from rates that were observed."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from outreach.rules.calendar import Calendar
from outreach.rules.pathway import Dates, Visit, stage_of
from outreach.rules.weeks import monday_of
from outreach.vocabulary import AppointmentKind, Attendance, Stage

LIST_COMES_AT = time(8, 10)
"""News is taken in with the waiting list, on Monday mornings."""

A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many events in so many weeks of waiting for one; `usual` a week is what is assumed before any was seen."""

    events: int
    weeks: float
    usual: float

    def drawn(self, chance: random.Random) -> float:
        """A chance a week that fits what was seen: nearly the observed rate where much was, widely spread else."""
        shape = self.events + 1
        return min(0.9, chance.gammavariate(shape, 1 / (self.weeks + 1 / self.usual)))


@dataclass(frozen=True, slots=True)
class Odds:
    """So many of so many, such as of those whose appointment came those who missed it."""

    count: int
    of: int

    def drawn(self, chance: random.Random) -> float:
        """A share that fits what was seen."""
        return chance.betavariate(self.count + 1, self.of - self.count + 4)


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that fortunes are drawn from."""

    booking: Mapping[AppointmentKind, Rate]
    missing: Odds
    lead_days: Mapping[AppointmentKind, int]
    accepting: Rate
    ending: Rate
    leaving: Rate


@dataclass(frozen=True, slots=True)
class Chances:
    """The rates of one possible future, a week; all people share it."""

    booking: Mapping[AppointmentKind, float]
    missing: float
    lead_days: Mapping[AppointmentKind, int]
    accepting: float
    ending: float
    leaving: float


def chances(observed: Observed, chance: random.Random) -> Chances:
    """One possible future that fits what was observed."""
    return Chances(
        booking=MappingProxyType({kind: rate.drawn(chance) for kind, rate in observed.booking.items()}),
        missing=observed.missing.drawn(chance),
        lead_days=observed.lead_days,
        accepting=observed.accepting.drawn(chance),
        ending=observed.ending.drawn(chance),
        leaving=observed.leaving.drawn(chance),
    )


@dataclass(frozen=True, slots=True)
class News:
    """What the list says of one referral from this moment (UTC) on."""

    at: datetime
    wait: str
    dates: Dates
    visits: tuple[Visit, ...]

    @property
    def stage(self) -> Stage:
        """Where the referral stands then."""
        return stage_of(self.dates, list(self.visits))


def fortune(
    known: News, odds: Chances, calendar: Calendar, ends: datetime, chance: random.Random
) -> Iterator[News]:
    """What the list says of one referral, Monday by Monday until `ends`, in one possible future."""
    dates, visits = known.dates, known.visits
    day = monday_of(calendar.day_of(known.at)) + A_WEEK
    while (at := calendar.at(day, LIST_COMES_AT)) < ends:
        after = _week(dates, visits, odds, day, chance)
        if after != (dates, visits):
            dates, visits = after
            yield News(at, known.wait, dates, visits)
        if dates.closed_on:
            return
        day += A_WEEK


Known = tuple[Dates, tuple[Visit, ...]]


def _week(dates: Dates, visits: tuple[Visit, ...], odds: Chances, day: date, chance: random.Random) -> Known:
    """What is known on this Monday, given what was known a week before."""
    if chance.random() < odds.leaving:
        return replace(dates, closed_on=day), visits
    visits = tuple(_attended(visit, odds, day, chance) for visit in visits)
    stage = stage_of(dates, list(visits))
    booked = any(not visit.called_off and visit.on >= day for visit in visits)
    kind = _KIND_OF.get(stage)
    if kind and not booked and chance.random() < odds.booking[kind]:
        visits = (*visits, _booking(kind, day + timedelta(days=odds.lead_days[kind]), len(visits)))
    elif stage is Stage.AWAITING_DECISION and chance.random() < odds.accepting:
        dates = replace(dates, accepted_on=day)
    elif stage is Stage.IN_TREATMENT and not dates.therapy_ended_on and chance.random() < odds.ending:
        dates = replace(dates, therapy_ended_on=day + timedelta(weeks=7))
    return dates, visits


_KIND_OF = {
    Stage.AWAITING_ASSESSMENT: AppointmentKind.ASSESSMENT,
    Stage.AWAITING_TREATMENT: AppointmentKind.TREATMENT,
}


def _attended(visit: Visit, odds: Chances, day: date, chance: random.Random) -> Visit:
    """An appointment that has come is attended or missed; the list of the next Monday says which."""
    if visit.called_off or visit.on >= day or visit.attendance not in (None, Attendance.NOT_YET):
        return visit
    missed = chance.random() < odds.missing
    return replace(visit, attendance=Attendance.DID_NOT_ATTEND if missed else Attendance.SEEN_ON_TIME)


def _booking(kind: AppointmentKind, on: date, number: int) -> Visit:
    on += timedelta(days=max(0, on.weekday() - 4) and 7 - on.weekday())
    return Visit(f"drawn-{kind.value}-{number}", kind, on, time(10, 30), None, None, called_off=False)
