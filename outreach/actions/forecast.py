"""What the coming months bring: messages, cost, calls and peer hours by week, with how sure that is."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.forecast_life import Coming, Future
from outreach.actions.forecast_rates import Answers, answers, observed
from outreach.actions.own_words import Name
from outreach.actions.peers import peers
from outreach.actions.waits import WaitingPerson, load_people
from outreach.models import Enrolment, Referral
from outreach.models.template import translations
from outreach.rules.cadence import Schedule
from outreach.rules.capacity import CALL_TAKES, Peer, stretches
from outreach.rules.fortunes import Chances, News, chances, fortune
from outreach.rules.weeks import Range, monday_of, range_of
from outreach.services import Services
from outreach.vocabulary import Channel, Instead

WEEKS = 78
"""Eighteen months: the longest that most people wait."""

FUTURES = 30
LIVES = 24_000
"""Lives lived in all. A longer list is forecast from a part of everybody in each future, another part each time."""

BATCH = 1_000
SEED = 18

TEXTS, EMAILS, LETTERS, CALLS, SEGMENTS, ASKED = "texts", "emails", "letters", "calls", "segments", "asked"
"""What is counted: `calls` are those in place of messages, `asked` those that people ask for."""

Counts = Counter[tuple[date, str]]
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Week:
    """One week from its Monday. Hours are those of peer workers: needed for all calls, and there to hold them."""

    monday: date
    texts: Range
    emails: Range
    letters: Range
    calls: Range
    asked: Range
    segments: float
    pounds: float
    hours_needed: Range
    hours_there: float

    @property
    def fits(self) -> bool:
        """The peer workers can hold the calls that are to be expected."""
        return self.hours_needed.expected <= self.hours_there


@dataclass(frozen=True, slots=True)
class Forecast:
    """All weeks, for so many people on the list, from so many futures."""

    made_at: datetime
    people: int
    futures: int
    weeks: tuple[Week, ...]

    def total(self, what: str) -> float:
        """Expected over all weeks: texts, emails, letters, calls or asked."""
        found: list[Range] = [getattr(each, what) for each in self.weeks]
        return sum(each.expected for each in found)

    @property
    def pounds(self) -> float:
        """What texts cost over all weeks."""
        return sum(each.pounds for each in self.weeks)

    @property
    def tight_weeks(self) -> tuple[Week, ...]:
        """The weeks in which more calls are to be expected than can be held."""
        return tuple(each for each in self.weeks if not each.fits)


@dataclass(frozen=True, slots=True)
class Ground:
    """What every future rests on; read once, in one consistent view."""

    schedules: Mapping[str, Schedule]
    translated: Collection[Name]
    people: Sequence[WaitingPerson]
    answers: Answers
    peers: Sequence[Peer]


def quiet(_done: int, _of: int) -> None:
    """Nobody is told how far it is."""


def forecast(
    services: Services,
    now: datetime,
    *,
    weeks: int = WEEKS,
    futures: int = FUTURES,
    schedules: Mapping[str, Schedule] | None = None,
    told: Told = quiet,
) -> Forecast:
    """The coming weeks from the present list, with the schedules in force or with these, which nobody gets yet.

    `told` hears how many lives are lived, of how many.
    """
    chance = random.Random(SEED)  # noqa: S311 - the same forecast for the same list
    with services.read() as session:
        seen = observed(session, services.calendar.day_of(now))
        ground = _ground(session, services, now, schedules)
    until = services.calendar.at(
        monday_of(services.calendar.day_of(now)) + timedelta(weeks=weeks), services.calendar.opens
    )
    part = min(len(ground.people), max(1, LIVES // futures))
    lived = []
    for number in range(futures):
        drawn = chances(seen, chance)
        some = chance.sample(ground.people, part)
        lived.append(_one_future(services, ground, some, drawn=drawn, span=(now, until), chance=chance))
        told((number + 1) * part, futures * part)
    scale = len(ground.people) / part if part else 1.0
    mondays = [monday_of(services.calendar.day_of(now)) + timedelta(weeks=each) for each in range(weeks)]
    found = tuple(_week(services, ground, monday, lived, scale) for monday in mondays)
    return Forecast(now, len(ground.people), futures, found)


def _ground(
    session: Session, services: Services, now: datetime, schedules: Mapping[str, Schedule] | None
) -> Ground:
    under_way = select(Referral.person_id).join(Enrolment, Enrolment.referral_id == Referral.id)
    ids = sorted(set(session.scalars(under_way.where(Enrolment.ended_at.is_(None)))))
    people: list[WaitingPerson] = []
    for start in range(0, len(ids), BATCH):
        people += load_people(session, services.keyring, ids[start : start + BATCH]).values()
    return Ground(
        schedules if schedules is not None else in_force(session),
        translations(session),
        people,
        answers(session, now),
        peers(session, now),
    )


def _one_future(
    services: Services,
    ground: Ground,
    people: Sequence[WaitingPerson],
    *,
    drawn: Chances,
    span: tuple[datetime, datetime],
    chance: random.Random,
) -> Counts:
    """Counts by week of one future of these people."""
    counts: Counts = Counter()
    rate = ground.answers.callbacks.drawn(chance)
    for person in people:
        news = list(_news(services, person, drawn, span, chance))
        future = Future(services, ground.schedules, ground.translated, person)
        for each in future.live(news, *span):
            _count(counts, services, ground.answers, each)
            if each.route.channel and chance.random() < rate:
                counts[monday_of(services.calendar.day_of(each.at)), ASKED] += 1
    return counts


def _news(
    services: Services,
    person: WaitingPerson,
    drawn: Chances,
    span: tuple[datetime, datetime],
    chance: random.Random,
) -> Iterator[News]:
    for wait in person.waits:
        known = News(span[0], wait.id, wait.dates, tuple(wait.visits))
        yield from fortune(known, drawn, services.calendar, span[1], chance)


def _count(counts: Counts, services: Services, brought: Answers, each: Coming) -> None:
    monday = monday_of(services.calendar.day_of(each.at))
    if each.route.channel is Channel.SMS:
        counts[monday, TEXTS] += 1
        # In hundredths, so that the counts stay whole.
        counts[monday, SEGMENTS] += round(100 * brought.segments.get(each.template, brought.usual_segments))
    elif each.route.channel is Channel.EMAIL:
        counts[monday, EMAILS] += 1
    else:
        counts[monday, LETTERS if each.route.instead is Instead.LETTER else CALLS] += 1


def _week(services: Services, ground: Ground, monday: date, lived: Sequence[Counts], scale: float) -> Week:
    by_kind: dict[str, Range] = defaultdict(lambda: Range(0, 0, 0))
    for kind in (TEXTS, EMAILS, LETTERS, CALLS, SEGMENTS, ASKED):
        by_kind[kind] = range_of([counts[monday, kind] for counts in lived], scale)
    calls = range_of([counts[monday, CALLS] + counts[monday, ASKED] for counts in lived], scale)
    segments = by_kind[SEGMENTS].expected / 100
    hours = CALL_TAKES / timedelta(hours=1)
    return Week(
        monday=monday,
        texts=by_kind[TEXTS],
        emails=by_kind[EMAILS],
        letters=by_kind[LETTERS],
        calls=by_kind[CALLS],
        asked=by_kind[ASKED],
        segments=segments,
        pounds=float(Decimal(segments) * services.config.sms.pence_per_segment / 100),
        hours_needed=Range(calls.expected * hours, calls.low * hours, calls.high * hours),
        hours_there=_hours_there(services, ground.peers, monday),
    )


def _hours_there(services: Services, team: Sequence[Peer], monday: date) -> float:
    days = [monday + timedelta(days=each) for each in range(7)]
    worked = (
        end - start for peer in team for day in days for start, end in stretches(peer, day, services.calendar)
    )
    return sum(worked, timedelta()) / timedelta(hours=1)
