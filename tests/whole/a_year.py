"""A year of one service, lived through with the real import, planner and sender; then its balance is drawn.

`python -m tests.whole.a_year` ticks every hour of the year, and every minute from Friday evening to Monday morning
around both clock changes. It prints what it counted, and ends with 1 when a promise was broken.
"""

import argparse
import hashlib
import sys
import tempfile
import time as stopwatch
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import event

from outreach.actions.import_waitlist import Taking, import_waitlist
from outreach.actions.take_reply import take_reply
from outreach.database import make_engine, migrate
from outreach.demo.lives import Life, make_lives
from outreach.demo.team import fill_whole_rota, make_team
from outreach.engines.jobs import tick
from outreach.ports import InboundMessage, Leaving, OutboundEmail, OutboundText, Outcome, unnoted
from outreach.providers.simulator import SimulatedEmails, SimulatedTexts
from outreach.rules.waitlist import read_rows
from outreach.rules.waitlist_row import RawRow
from outreach.services import Services
from outreach.vocabulary import Channel
from tests.house import Clock, build_services, clock_of
from tests.whole.time_passes import STEP, next_due
from tests.whole.year_balance import LONDON, Balance, balance_of

FIRST, LAST = date(2026, 1, 5), date(2027, 1, 3)
CLOCK_CHANGES = (date(2026, 3, 29), date(2026, 10, 25))
"""Sundays in the small hours."""

LIST_COMES_AT = time(8, 10)
STOPS_AT = time(19, 3)
STOPPING = 20
"""One person in so many texts STOP."""

Moments = Callable[[Services], Iterator[datetime]]


def every_hour(_services: Services) -> Iterator[datetime]:
    """Each hour of the year; each minute from Friday evening to Monday morning where the clock changes."""
    at, end = _local(FIRST, time(0)), _local(LAST + timedelta(days=1), time(0))
    while at < end:
        yield at
        at += timedelta(minutes=1 if any(_is_around(at, day) for day in CLOCK_CHANGES) else 60)


def whenever_due(services: Services) -> Iterator[datetime]:
    """Each moment at which planner or sender has something to do, and each list; minutes where the clock changes."""
    at, end = _local(FIRST, time(0)), _local(LAST + timedelta(days=1), time(0))
    while at < end:
        yield at
        following = [at + timedelta(days=1)]
        if (due := next_due(services)) is not None:
            following.append(max(due, at + STEP))
        if any(abs(_local(day, time(1, 30)) - at) <= timedelta(minutes=45) for day in CLOCK_CHANGES):
            following.append(at + STEP)
        at = min(following)


def _is_around(at: datetime, change: date) -> bool:
    friday, monday = change - timedelta(days=2), change + timedelta(days=1)
    return _local(friday, time(17)) <= at <= _local(monday, time(10))


def _local(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, LONDON).astimezone(UTC)


@dataclass(slots=True)
class Handed:
    """What was handed over: when, and as which attempt."""

    attempts: list[tuple[datetime, str]] = field(default_factory=list)


class WatchedTexts(SimulatedTexts):
    """A simulator that notes when it was given a text."""

    def __init__(self, handed: Handed, clock: Clock) -> None:
        super().__init__()
        self._handed, self._clock = handed, clock

    async def send(self, text: OutboundText, leaving: Leaving = unnoted) -> Outcome:
        """Note it, and accept it."""
        self._handed.attempts.append((self._clock(), text.attempt))
        return await super().send(text, leaving)


class WatchedEmails(SimulatedEmails):
    """The same for emails."""

    def __init__(self, handed: Handed, clock: Clock) -> None:
        super().__init__()
        self._handed, self._clock = handed, clock

    async def send(self, email: OutboundEmail, leaving: Leaving = unnoted) -> Outcome:
        """Note it, and accept it."""
        self._handed.attempts.append((self._clock(), email.attempt))
        return await super().send(email, leaving)


def live(folder: Path, people: int, moments: Moments, seed: int = 7) -> Balance:
    """So many people from the first to the last day of the year, on SQLite in this folder."""
    handed, clock = Handed(), Clock(_local(FIRST, time(0)))
    services = _installation(folder, handed, clock)
    lives = make_lives(people, seed, LAST, FIRST)
    ticks = 0
    agenda = sorted(_agenda(services, lives), key=lambda each: each[0])
    for at in moments(services):
        while agenda and agenda[0][0] <= at:
            planned_at, do = agenda.pop(0)
            clock_of(services).set(max(planned_at, clock.at))
            do()
        clock.set(at)
        tick(services)
        ticks += 1
    found = balance_of(services, handed.attempts, ticks, clock.at)
    services.engine.dispose()
    return found


def _installation(folder: Path, handed: Handed, clock: Clock) -> Services:
    url = f"sqlite:///{folder / 'year.sqlite3'}"
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    services = build_services(
        url,
        clock=clock,
        texts=WatchedTexts(handed, clock),
        emails=WatchedEmails(handed, clock),
        sending={"first_contacts_a_day": 10},
    )
    # Nothing is lost if the machine stops: the year is lived again.
    event.listen(services.engine, "connect", lambda made, _record: made.execute("PRAGMA synchronous=OFF"))
    services.engine.dispose()
    with services.begin() as session:
        team = make_team(session, clock.at)
        fill_whole_rota(session, services.calendar, team, (FIRST, LAST + timedelta(days=7)), clock.at)
    return services


def _agenda(services: Services, lives: Sequence[Life]) -> Iterator[tuple[datetime, Callable[[], object]]]:
    """The list comes each Monday; some people stop us, one after the other through the year."""
    day = FIRST
    while day <= LAST:
        yield _local(day, LIST_COMES_AT), _importing(services, lives, day)
        day += timedelta(days=7)
    stopping = [each for each in lives[::STOPPING] if each.fixed["mobile"]]
    for number, life in enumerate(stopping):
        on = FIRST + timedelta(days=30 + number * 300 // len(stopping))
        yield _local(on, STOPS_AT), _stopping(services, life, number)


def _importing(services: Services, lives: Sequence[Life], day: date) -> Callable[[], object]:
    def take_in() -> None:
        rows = [row for row in (life.row(day) for life in lives) if row]
        listed = read_rows(list(rows[0]), [RawRow(line, row) for line, row in enumerate(rows, 2)], day)
        digest = hashlib.sha256(str(day).encode()).digest()
        import_waitlist(services, listed, Taking("tests", services.now(), digest))

    return take_in


def _stopping(services: Services, life: Life, number: int) -> Callable[[], object]:
    sender = "+44" + life.fixed["mobile"].replace(" ", "")[1:]
    inbound = InboundMessage(f"SM{number}", Channel.SMS, sender, "+447700900999", "STOP")
    return lambda: take_reply(services, inbound, services.now())


def main() -> int:
    """The whole year, with its balance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=302, help="of 302 all but 2 come onto the list by then")
    parser.add_argument(
        "--when-due", action="store_true", help="tick only when something is due: much quicker"
    )
    asked = parser.parse_args()
    began = stopwatch.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = live(Path(folder), asked.people, whenever_due if asked.when_due else every_hour)
    print(found)
    print(f"lived through in {stopwatch.monotonic() - began:.0f} seconds")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main())
