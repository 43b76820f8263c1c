"""Days, times and promises stand in the language of the words around them."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.capacity import Talk
from outreach.rules.crisis_lines import CRISIS_LINES, crisis_lines_in
from outreach.rules.tongues import (
    TONGUES,
    day_in,
    language_name,
    longest_of,
    read_by_in,
    samples_of,
    talk_in,
    time_in,
)
from outreach.vocabulary import Channel
from tests.rules.when import LONDON

THURSDAY = date(2026, 3, 5)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CALL = Talk("a peer worker", datetime(2026, 3, 5, 10, tzinfo=UTC), datetime(2026, 3, 5, 13, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("language", "day", "at", "call", "read"),
    [
        ("en", "Thursday 5 March", "2:30pm", "on Thursday 5 March between 10am and 1:30pm", "Thursday noon"),
        (
            "pl",
            "czwartek 5 marca",
            "14:30",
            "w czwartek 5 marca między 10:00 a 13:30",
            "czwartku do godz. 12:00",
        ),
        (
            "so",
            "Khamiis 5 Maarso",
            "2:30 duhurnimo",
            "Khamiista 5 Maarso inta u dhaxaysa 10:00 subaxnimo iyo 1:30 duhurnimo",
            "duhurka Khamiista",
        ),
        (
            "ar",
            "الخميس 5 مارس",
            "2:30 بعد الظهر",
            "يوم الخميس 5 مارس بين الساعة 10:00 صباحًا والساعة 1:30 بعد الظهر",
            "الساعة 12 ظهر يوم الخميس",
        ),
        (
            "ur-PK",
            "جمعرات 5 مارچ",
            "دوپہر 2:30 بجے",
            "جمعرات 5 مارچ کو صبح 10:00 بجے اور دوپہر 1:30 بجے کے درمیان",
            "جمعرات دوپہر 12 بجے",
        ),
        ("fr", "05/03/2026", "14:30", "05/03/2026, 10:00-13:30", "05/03/2026, 12:00"),
    ],
)
def test_each_language_says_days_times_and_promises_in_its_own_words(
    language: str, day: str, at: str, call: str, read: str
) -> None:
    assert day_in(language, THURSDAY, LONDON) == day
    assert time_in(language, time(14, 30), LONDON) == at
    assert talk_in(language, CALL, LONDON) == call
    assert read_by_in(language, datetime(2026, 3, 5, 12, tzinfo=UTC), NOW, LONDON) == read


def test_a_promise_a_week_away_names_the_date() -> None:
    far = datetime(2026, 3, 12, 12, tzinfo=UTC)
    assert read_by_in("pl", far, NOW, LONDON) == "czwartku 12 marca do godz. 12:00"
    assert read_by_in("ur", far, NOW, LONDON) == "جمعرات 12 مارچ دوپہر 12 بجے"


@pytest.mark.parametrize("language", TONGUES)
def test_a_language_has_a_name_for_each_day_and_month(language: str) -> None:
    tongue = TONGUES[language]
    assert len(set(tongue.weekdays)) == len(set(tongue.on)) == len(set(tongue.by)) == 7
    assert len(set(tongue.months)) == 12
    assert language_name(f"{language}-GB") == tongue.name


@given(
    st.sampled_from(sorted(TONGUES)),
    st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    st.times().map(lambda wall: wall.replace(second=0, microsecond=0)),
)
def test_nothing_is_longer_than_the_longest_that_segments_are_counted_with(
    language: str, day: date, wall: time
) -> None:
    tongue, longest = TONGUES[language], longest_of(TONGUES[language])
    moment = datetime.combine(day, wall)
    assert len(tongue.day_name(day)) <= len(longest["appointment_day"])
    assert len(tongue.time_name(wall)) <= len(longest["appointment_time"])
    assert len(tongue.talk_in_words(moment, moment)) <= len(longest["talk_when"])
    assert len(tongue.read_by_in_words(moment, date(2025, 1, 1))) <= len(longest["read_by"])


@pytest.mark.parametrize("language", TONGUES)
def test_no_english_word_stands_in_what_a_language_says(language: str) -> None:
    said = " ".join([*samples_of(TONGUES[language]).values(), *longest_of(TONGUES[language]).values()])
    for word in ("December", "March", "Tuesday", "noon", "between", "am", "pm"):
        assert word not in said.split()


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("language", [*TONGUES, "ar-SY", "fr"])
def test_the_crisis_lines_hold_the_same_numbers_in_every_language(language: str, channel: Channel) -> None:
    lines = crisis_lines_in(language, channel)
    for number in ("999", "111", "2", "116 123", "SHOUT", "85258", "Samaritans", "NHS"):
        assert number in CRISIS_LINES[channel]
        assert number in lines
    assert lines.count("\n- ") == CRISIS_LINES[channel].count("\n- ")


def test_a_language_without_its_own_lines_gets_the_english_ones() -> None:
    assert crisis_lines_in("fr", Channel.SMS) == CRISIS_LINES[Channel.SMS]
