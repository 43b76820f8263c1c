"""When a reply is truly read, who hears of an alert when, and on which days nothing that invites an answer goes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.rules.duty import (
    Hears,
    alert_after,
    first_alert_at,
    invites_answers,
    read_by,
    read_by_in_words,
    who_hears,
)
from tests.rules.when import LONDON

FRIDAY = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("received", "days", "words"),
    [
        (datetime(2026, 3, 2, 10, 0, tzinfo=UTC), None, "Tuesday noon"),
        (FRIDAY, None, "Monday noon"),
        (datetime(2026, 4, 2, 10, 0, tzinfo=UTC), None, "Tuesday noon"),  # Good Friday and Easter Monday
        (FRIDAY, frozenset({date(2026, 3, 11)}), "Wednesday noon"),
        (FRIDAY, frozenset({date(2026, 3, 16)}), "noon on Monday 16 March"),
    ],
)
def test_an_answer_says_truthfully_when_somebody_reads(
    received: datetime, days: frozenset[date] | None, words: str
) -> None:
    assert read_by_in_words(read_by(received, days, LONDON), received, LONDON) == words


def test_nothing_that_invites_an_answer_goes_on_a_day_without_a_reader_or_its_eve() -> None:
    week = [date(2026, 3, 2) + timedelta(days=offset) for offset in range(5)]
    wednesday_off = frozenset({*week, date(2026, 3, 9)} - {week[2]})
    assert [invites_answers(day, wednesday_off, LONDON) for day in week] == [True, False, False, True, True]
    assert not invites_answers(week[0], frozenset(), LONDON)
    assert invites_answers(week[0], None, LONDON)


def test_alerts_come_after_0_15_and_60_minutes_and_then_every_hour() -> None:
    minutes = [(alert_after(FRIDAY, sent) - FRIDAY) / timedelta(minutes=1) for sent in range(6)]
    assert minutes == [0, 15, 60, 120, 180, 240]
    assert [who_hears(sent) for sent in range(4)] == [
        *[(Hears.CLINICIAN,)] * 3,
        (Hears.DEPUTY, Hears.LEAD),
    ]


@pytest.mark.parametrize(
    ("at", "rests_until"),
    [
        (FRIDAY, FRIDAY),
        (datetime(2026, 3, 6, 17, 55, tzinfo=UTC), datetime(2026, 3, 6, 17, 55, tzinfo=UTC)),
        (datetime(2026, 3, 6, 18, 0, tzinfo=UTC), datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
        (datetime(2026, 3, 7, 12, 0, tzinfo=UTC), datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
        (datetime(2026, 3, 9, 3, 0, tzinfo=UTC), datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
    ],
)
def test_without_anybody_on_call_an_alert_waits_for_the_next_working_morning(
    at: datetime, rests_until: datetime
) -> None:
    assert first_alert_at(at, LONDON, on_call=False) == rests_until
    assert first_alert_at(at, LONDON, on_call=True) == at
