"""When and by whom somebody wants to be rung: a hint for staff that never says the opposite of what was meant."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.reading_wish import Wished, wished, wished_safely
from tests.drawn import drawn

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("can someone call me after 3 on Tuesday", "after 15:00, Tuesday"),
        ("ring me tomorrow morning please", "tomorrow, morning"),
        ("call at 2pm", "at 14:00"),
        ("call at 14:30", "at 14:30"),
        ("between 10 and 12 weds", "after 10:00, before 12:00, Wednesday"),
        ("not Monday, evenings are best", "not Monday, evenings"),
        ("I can't do mornings", "not mornings"),
        ("after 10 am", "after 10:00"),
        ("TALK", ""),
        ("I have 3 kids, call me", ""),
        ("I sat in the sun", ""),
        ("by 25", ""),
        ("", ""),
    ],
)
def test_what_is_wished_is_said_in_our_own_words(text: str, words: str) -> None:
    assert wished(text, MONDAY).words == words


def test_days_and_times_can_be_counted_with() -> None:
    found = wished("Wednesday afternoon", MONDAY)
    assert (found.days, found.after, found.before) == (frozenset({date(2026, 3, 4)}), time(12), time(17))
    assert wished("today", MONDAY).days == {MONDAY}
    assert wished("Monday", MONDAY).days == {MONDAY}


def test_what_is_refused_is_never_counted_as_wished() -> None:
    found = wished("please not on Tuesday and not in the morning, and no calls before 11", MONDAY)
    assert (found.days, found.after, found.before) == (frozenset(), None, None)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("someone who speaks Polish", "pl"),
        ("can we talk in Urdu", "ur"),
        ("a Somali speaker please", "so"),
        ("in british sign language", "bsl"),
        ("my polish friend", None),
        ("I am in", None),
    ],
)
def test_a_language_counts_when_it_is_named_as_one_to_talk_in(text: str, tag: str | None) -> None:
    assert wished(text, MONDAY).language == tag


@pytest.mark.parametrize(
    ("text", "background"),
    [
        ("I want to speak to a black woman", "Black"),
        ("somebody who is Muslim", "Muslim"),
        ("I am Muslim", None),
        ("someone kind", None),
    ],
)
def test_a_background_counts_when_it_is_asked_for_and_shared(text: str, background: str | None) -> None:
    assert wished(text, MONDAY, ["Black", "Muslim"]).background == background


@given(st.text(max_size=200))
@drawn(150)
def test_no_text_breaks_it_or_gets_words_of_its_own_into_a_column(text: str) -> None:
    found = wished(text, MONDAY)
    assert isinstance(found, Wished)
    ours = (
        "not",
        "after",
        "before",
        "at",
        "today",
        "tomorrow",
        "tonight",
        "morning",
        "lunchtime",
        "afternoon",
    )
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "evening")
    for word in found.words.lower().replace(",", " ").split():
        assert word.removesuffix("s") in {*ours, *days} or word.replace(":", "").isdigit()


def test_a_fault_costs_the_hint_and_never_the_call() -> None:
    class Odd:
        """Nothing that can be looped over."""

    assert wished_safely("someone Muslim", MONDAY, Odd()) == Wished()  # type: ignore[arg-type]
