"""A year of a small service: ticked whenever anything is due, and minute by minute where the clock changes."""

import pytest

from tests.whole.a_year import live, whenever_due
from tests.whole.year_balance import Balance

pytestmark = pytest.mark.long

PEOPLE = 30


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Balance:
    """Lived through once."""
    return live(tmp_path_factory.mktemp("year"), PEOPLE, whenever_due)


def test_in_a_year_nothing_leaves_outside_the_window_or_on_a_bank_holiday(year: Balance) -> None:
    assert year.outside == []
    assert year.handed_over == year.sent_on_record > 100


def test_in_a_year_no_two_messages_stand_within_the_gap(year: Balance) -> None:
    assert year.within_gap == []


def test_in_a_year_nobody_waits_12_weeks_without_a_word_or_a_stored_reason(year: Balance) -> None:
    assert year.unexplained == []
    assert year.without_reason == 0
    assert year.silences, "somebody whom nothing may reach is among them, or this would prove little"
