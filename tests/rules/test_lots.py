"""Lots: the same for the same seed, fair within chance, and nobody waits longer than twelve weeks."""

from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

import pytest

from outreach.errors import RefusedError
from outreach.rules.cadence import Schedule, Standing, occurrences
from outreach.rules.lots import Lot, people_needed
from outreach.rules.placing import lay_out
from outreach.vocabulary import AnchorKind, Purpose
from tests.rules.when import LONDON, anchor, shipped

STARTS = date(2026, 3, 9)
LOT = Lot(seed=1948, arms=4, starts_on=STARTS, weeks_between=4)
PEOPLE = [str(UUID(int=number * 7919)) for number in range(5000)]


def test_the_same_seed_draws_the_same_lot_and_another_seed_another() -> None:
    again, other = Lot(1948, 4, STARTS, 4), Lot(1949, 4, STARTS, 4)
    drawn = [LOT.arm_of(person) for person in PEOPLE]
    assert drawn == [again.arm_of(person) for person in reversed(PEOPLE)][::-1]
    same = sum(mine == other.arm_of(person) for mine, person in zip(drawn, PEOPLE, strict=True))
    assert 0.2 < same / len(PEOPLE) < 0.3


def test_nobody_begins_before_their_date_or_more_than_twelve_weeks_late() -> None:
    """Everybody's whole course: check-ins and support from their date on, and appointment messages as ever."""
    plain = shipped("waiting-for-therapy")
    begins = {LOT.begins_on(LOT.arm_of(person)) for person in PEOPLE}
    assert begins == {STARTS + timedelta(weeks=weeks) for weeks in (0, 4, 8, 12)}
    now = LONDON.at(STARTS - timedelta(days=3), time(9))
    until = now + timedelta(days=200)
    treatment = anchor(AnchorKind.TREATMENT, "2026-04-02")
    for number, person in enumerate(PEOPLE[::10]):
        own = lotted(person)
        assert own.begins_on is not None
        assert STARTS <= own.begins_on <= STARTS + timedelta(weeks=12)
        accepted = anchor(AnchorKind.ACCEPTED, (STARTS - timedelta(days=number % 400)).isoformat())
        anchors = [accepted, treatment] if number % 5 == 0 else [accepted]
        started = max(now, LONDON.at(own.begins_on, time.min))
        coming = occurrences(own, anchors, Standing(started, None, introduced=False), LONDON, until)
        placed = lay_out(coming, now=now, calendar=LONDON, gap_days=3, contacts=[], introduced=False)
        spaced = [each.at for each in placed if each.at and each.occurrence.step.purpose.is_spaced]
        assert spaced, "nobody is left out"
        assert min(map(LONDON.day_of, spaced)) >= own.begins_on
        assert (min(map(LONDON.day_of, spaced)) - own.begins_on).days <= 42, "the next check-in at most"
        mine = [each for each in placed if each.occurrence.step.purpose is Purpose.APPOINTMENT]
        same = occurrences(plain, anchors, Standing(now, None, introduced=False), LONDON, until)
        assert [each.occurrence.slot for each in mine] == [
            each.slot for each in same if each.step.purpose is Purpose.APPOINTMENT
        ]


def lotted(person: str) -> Schedule:
    """The shipped schedule as this person has it."""
    return replace(shipped("waiting-for-therapy"), lot=LOT).allotted_to(person)


@pytest.mark.parametrize(
    ("arms", "weeks", "what"),
    [(4, 5, "nobody may wait over 12"), (14, 1, "2 to 12"), (1, 1, "2 to 12"), (3, 0, "a week apart")],
)
def test_a_lot_that_would_keep_somebody_waiting_is_refused(arms: int, weeks: int, what: str) -> None:
    with pytest.raises(RefusedError, match=what):
        Lot(1, arms, STARTS, weeks)


def test_two_equal_rates_need_no_number() -> None:
    with pytest.raises(RefusedError, match="two different rates"):
        people_needed(0.3, 0.3)
