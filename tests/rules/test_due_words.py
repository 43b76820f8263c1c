"""Due times are said as a colleague would say them."""

from datetime import UTC, datetime, timedelta

import pytest

from outreach.rules.due_words import due_in_words, moment_in_words, span_in_words
from tests.rules.when import LONDON

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("in_minutes", "words"),
    [
        (1, "due in 1 minute"),
        (20, "due in 20 minutes"),
        (90, "due in 2 hours"),
        (8 * 60, "due today by 6pm"),
        (26 * 60, "due tomorrow by midday"),
        (3 * 24 * 60, "due Thursday by 10am"),
        (7 * 24 * 60, "due Monday 9 March by 10am"),
        (-0.5, "due now"),
        (-5, "5 minutes late"),
        (-150, "2 hours late"),
        (-24 * 60, "late since yesterday"),
        (-3 * 24 * 60, "late since Friday 27 February"),
    ],
)
def test_due_times(in_minutes: float, words: str) -> None:
    assert due_in_words(NOW + timedelta(minutes=in_minutes), NOW, LONDON) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 3, 2, 9, 5, tzinfo=UTC), "today at 9:05am"),
        (datetime(2026, 3, 1, 16, 30, tzinfo=UTC), "yesterday at 4:30pm"),
        (datetime(2025, 12, 24, 12, 0, tzinfo=UTC), "Wednesday 24 December 2025 at midday"),
        (datetime(2026, 7, 1, 8, 0, tzinfo=UTC), "Wednesday 1 July at 9am"),
    ],
)
def test_moments_are_local(at: datetime, words: str) -> None:
    assert moment_in_words(at, NOW, LONDON) == words


def test_spans_are_never_nothing() -> None:
    assert [span_in_words(timedelta(minutes=each)) for each in (0, 1, 89, 90, 47 * 60, 48 * 60, 72 * 60)] == [
        "1 minute",
        "1 minute",
        "89 minutes",
        "2 hours",
        "47 hours",
        "2 days",
        "3 days",
    ]
