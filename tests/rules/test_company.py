"""Nobody waits in silence: the shipped pathway lived through day by day, for each stage and many starting days."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise

import pytest

from outreach.rules.cadence import Anchor, Schedule, Standing, is_recorded, next_due, occurrences
from outreach.rules.placing import Placement, lay_out
from outreach.vocabulary import AnchorKind, Purpose
from tests.rules.when import LONDON, anchor, local, shipped

EIGHTEEN_MONTHS = 548
TWELVE_WEEKS = 84
LOOK_AHEAD = timedelta(days=14)
TICKS = (time(9), time(10, 30), time(11), time(14), time(16))


@dataclass
class Life:
    """One person on one schedule, planned for at every tick as the planner does; `booked` is known from a day on."""

    schedule: Schedule
    anchors: list[Anchor]
    start: date
    introduced: bool = True
    first_contact_on: date | None = None
    booked: tuple[date, Anchor] | None = None
    recorded: set[tuple[str, str]] = field(default_factory=set)
    waiting: list[Placement] = field(default_factory=list)
    sent: list[tuple[datetime, str]] = field(default_factory=list)
    contacts: list[tuple[datetime, Purpose]] = field(default_factory=list)
    _looked: tuple[object, datetime | None] = (None, None)
    _quiet_until: datetime | None = None

    def known(self, day: date) -> list[Anchor]:
        """The dates on the list on this day."""
        return [*self.anchors, self.booked[1]] if self.booked and day >= self.booked[0] else self.anchors

    def place(self, now: datetime, until: datetime) -> list[Placement]:
        """What planner and timeline see."""
        found = occurrences(self.schedule, self.known(LONDON.day_of(now)), self.standing(), LONDON, until)
        coming = [each for each in found if not is_recorded(each.step, each.key, self.recorded)]
        return lay_out(
            coming,
            now=now,
            calendar=LONDON,
            gap_days=3,
            contacts=[
                *self.contacts,
                *((each.at, each.occurrence.step.purpose) for each in self.waiting if each.at),
            ],
            introduced=self.introduced,
        )

    def standing(self) -> Standing:
        """Enrolled at nine on the first day."""
        return Standing(LONDON.at(self.start, time(9)), self.first_contact_on, introduced=self.introduced)

    def live(self, days: int = EIGHTEEN_MONTHS) -> list[tuple[datetime, str]]:
        """Tick through the days; what was sent and when."""
        for now in _ticks(self.start, days):
            if self._quiet_until is None or now >= self._quiet_until:
                self._tick(now)
                self._quiet_until = self._next_stir(LONDON.day_of(now))
        return self.sent

    def _next_stir(self, day: date) -> datetime:
        """Before this no tick does anything: nothing is due, nothing waits for its time, no date becomes known."""
        stirs = [each.at for each in self.waiting if each.at]
        if wake := self._wake(day):
            stirs.append(wake)
        if self.booked and day < self.booked[0]:
            stirs.append(LONDON.at(self.booked[0], time.min))
        return min(stirs, default=NEVER)

    def _tick(self, now: datetime) -> None:
        wake = self._wake(LONDON.day_of(now))
        if wake and wake <= now:
            for placement in self.place(now, now + LOOK_AHEAD):
                if placement.occurrence.slot <= now:
                    self.recorded.add((placement.occurrence.step.key, placement.occurrence.key))
                    self.waiting.append(placement)
        for placement in [each for each in self.waiting if each.at and each.at <= now]:
            self.waiting.remove(placement)
            self.sent.append((now, placement.occurrence.step.key))
            self.contacts.append((now, placement.occurrence.step.purpose))
            self.introduced = True

    def _wake(self, day: date) -> datetime | None:
        """When planning looks again; only a change of facts changes it, as in the enrolment's column."""
        facts = (len(self.known(day)), len(self.recorded), self.introduced)
        if self._looked[0] != facts:
            known = self.known(day)
            self._looked = facts, next_due(self.schedule, known, self.standing(), self.recorded, LONDON)
        return self._looked[1]

    def longest_silence(self) -> int:
        """In days, from the enrolment on; an appointment is company as well, and ends the wait."""
        last = self.booked[1].on if self.booked else self.start + timedelta(days=EIGHTEEN_MONTHS)
        days = [LONDON.day_of(at) for at, _ in self.sent if LONDON.day_of(at) <= last]
        marks = [self.start, *days, last]
        return max((later - earlier).days for earlier, later in pairwise(marks))


NEVER = datetime.max.replace(tzinfo=UTC)


@cache
def _ticks(start: date, days: int) -> list[datetime]:
    """Every moment at which the service looks, for so many days."""
    return [LONDON.at(start + timedelta(days=offset), wall) for offset in range(days) for wall in TICKS]


WAITS = {
    "before-assessment": (AnchorKind.REFERRED, AnchorKind.ASSESSMENT),
    "awaiting-decision": (AnchorKind.ASSESSMENT, None),
    "waiting-for-therapy": (AnchorKind.ACCEPTED, AnchorKind.TREATMENT),
}
STARTS = [date(2026, 1, 5) + timedelta(days=11 * n) for n in range(5)]


def _life(
    name: str, start: date, *, waited: int = 0, introduced: bool = False, spread: int | None = None
) -> Life:
    counted_from = anchor(WAITS[name][0], (start - timedelta(days=waited)).isoformat())
    first_contact_on = start + timedelta(days=spread) if spread is not None else None
    return Life(shipped(name), [counted_from], start, introduced, first_contact_on)


@pytest.mark.parametrize("name", WAITS)
def test_nobody_is_twelve_weeks_without_a_word(name: str) -> None:
    for start in STARTS:
        for introduced in (False, True):
            life = _life(name, start, introduced=introduced)
            life.live()
            assert life.longest_silence() <= TWELVE_WEEKS, (start, introduced)


@pytest.mark.parametrize("name", WAITS)
@pytest.mark.parametrize("spread", [1, 20, 50])
def test_people_already_waiting_for_14_months_are_not_left_out(name: str, spread: int) -> None:
    for start, waited in zip(STARTS, range(400, 442, 9), strict=True):
        life = _life(name, start, waited=waited, spread=spread)
        sent = life.live()
        assert sent[0][1] == "first-contact"
        assert life.longest_silence() <= TWELVE_WEEKS, (start, waited)


@pytest.mark.parametrize("name", ["before-assessment", "waiting-for-therapy"])
@pytest.mark.parametrize("weeks_ahead", [1, 3, 6, 9, 13, 17, 21, 26])
def test_somebody_booked_far_ahead_still_hears_from_us(name: str, weeks_ahead: int) -> None:
    for booked_after in (5, 40, 100, 125):
        start = STARTS[0]
        on = start + timedelta(days=booked_after + 7 * weeks_ahead)
        kind = WAITS[name][1]
        assert kind
        life = _life(name, start, introduced=True)
        life.booked = (start + timedelta(days=booked_after), anchor(kind, on.isoformat(), "11:00"))
        life.live(booked_after + 7 * weeks_ahead + 1)
        assert life.longest_silence() <= TWELVE_WEEKS, (booked_after, on)


def test_an_assessment_booked_in_good_time_has_its_four_messages_in_order() -> None:
    life = _life("before-assessment", date(2026, 1, 5), introduced=True)
    life.booked = (date(2026, 2, 2), anchor(AnchorKind.ASSESSMENT, "2026-04-14", "11:00"))
    sent = life.live(120)
    assert [(LONDON.day_of(at).isoformat(), key) for at, key in sent] == [
        ("2026-02-17", "still-booked-8-weeks"),
        ("2026-03-31", "what-to-expect"),
        ("2026-04-02", "talk-offer"),  # Saturday of Easter: the Thursday before
        ("2026-04-07", "reminder-7"),
        ("2026-04-10", "reminder-2"),
    ]


@pytest.mark.parametrize("kind", [AnchorKind.ASSESSMENT_MISSED, AnchorKind.TREATMENT_MISSED])
def test_somebody_who_missed_an_appointment_hears_the_next_working_day(kind: AnchorKind) -> None:
    name = "before-assessment" if kind is AnchorKind.ASSESSMENT_MISSED else "waiting-for-therapy"
    life = _life(name, date(2026, 1, 5), introduced=True)
    life.booked = (date(2026, 2, 6), anchor(kind, "2026-02-06", "11:00"))
    sent = life.live(60)
    assert (local("2026-02-09", "11:00"), "missed") in sent
    assert any(key == "check-in" for _, key in sent)


def test_the_end_of_therapy_brings_five_messages_and_nothing_comes_before() -> None:
    life = Life(shipped("ending-therapy"), [], date(2026, 1, 5))
    life.booked = (date(2026, 3, 2), anchor(AnchorKind.THERAPY_ENDED, "2026-05-12"))
    sent = [(LONDON.day_of(at).isoformat(), key) for at, key in life.live(300)]
    assert sent == [
        ("2026-04-14", "ending-soon"),
        ("2026-05-12", "ended"),
        ("2026-05-26", "two-weeks-after"),
        ("2026-06-09", "friends-and-family"),
        ("2026-07-07", "eight-weeks-after"),
    ]


@pytest.mark.parametrize("known_on", ["2026-03-02", "2026-05-01", "2026-05-20"])
def test_somebody_never_written_to_is_told_first_who_writes_as_therapy_ends(known_on: str) -> None:
    life = Life(shipped("ending-therapy"), [], date(2026, 1, 5), introduced=False)
    life.booked = (date.fromisoformat(known_on), anchor(AnchorKind.THERAPY_ENDED, "2026-05-12"))
    keys = [key for _, key in life.live(300)]
    assert keys[0] == "first-contact"
    assert keys[-3:] == ["two-weeks-after", "friends-and-family", "eight-weeks-after"]


@pytest.mark.parametrize("name", WAITS)
def test_the_timeline_tells_beforehand_what_is_then_sent(name: str) -> None:
    for start in STARTS:
        for life in (_life(name, start), _life(name, start, waited=410, spread=12)):
            now = LONDON.at(start, time(9))
            told = [
                (each.at, each.occurrence.step.key)
                for each in life.place(now, now + timedelta(days=365))
                if each.at and each.at < now + timedelta(days=360)
            ]
            assert life.live(360) == told, start
