"""Which activities a message names to whom: near, in a language they speak, looked at lately, and two at most."""

from dataclasses import replace
from datetime import date

import pytest

from outreach.rules.activities import LONGEST_IN_A_TEXT, Offer, Seeker, choose, district_of, fits, in_words
from outreach.vocabulary import Access, ActivityKind, Channel

WALK = Offer(
    id="walk",
    name="Walking group",
    kind=ActivityKind.PHYSICAL_HEALTH,
    is_group=False,
    when="Tuesdays at 2pm",
    place="Finsbury Park",
    districts=frozenset({"N1", "N4"}),
    languages=frozenset({"en"}),
    access=frozenset({Access.STEP_FREE}),
    cost="Free",
    contact="Ring 020 7946 0010",
    review_on=date(2026, 6, 1),
)
SEWING = replace(WALK, id="sewing", name="Sewing circle", languages=frozenset({"so"}))
ONLINE = replace(WALK, id="online", name="Online choir", districts=frozenset(), place="")
TODAY = date(2026, 3, 2)
AMINA = Seeker("N1", "en", interpreter=False)


@pytest.mark.parametrize(
    ("postcode", "district"),
    [("N1 2AB", "N1"), ("n12ab", "N1"), ("SW1A 1AA", "SW1A"), ("", ""), ("N1", "")],
)
def test_the_district_is_what_stands_before_the_last_three_characters(postcode: str, district: str) -> None:
    assert district_of(postcode) == district


def test_an_activity_elsewhere_does_not_fit_and_one_without_a_place_fits_everybody() -> None:
    assert fits(WALK, AMINA)
    assert not fits(WALK, replace(AMINA, district="SE1"))
    assert not fits(WALK, replace(AMINA, district=""))
    assert fits(ONLINE, replace(AMINA, district="SE1"))


def test_somebody_who_needs_an_interpreter_is_offered_only_their_own_language() -> None:
    somali = replace(AMINA, language="so")
    assert fits(WALK, somali)
    assert fits(SEWING, somali)
    assert not fits(WALK, replace(somali, interpreter=True))
    assert not fits(SEWING, AMINA)


def test_what_somebody_cannot_do_without_must_be_there() -> None:
    assert fits(WALK, replace(AMINA, needs=frozenset({Access.STEP_FREE})))
    assert not fits(WALK, replace(AMINA, needs=frozenset({Access.HEARING_LOOP})))


def test_a_stale_entry_drops_out_by_itself() -> None:
    assert choose([WALK], AMINA, date(2026, 6, 1)) == [WALK]
    assert choose([WALK], AMINA, date(2026, 6, 2)) == []


def test_two_at_most_are_named_own_language_first_then_near() -> None:
    somali = replace(AMINA, language="so")
    assert choose([WALK, ONLINE, SEWING], somali, TODAY) == [SEWING, WALK]


def test_equal_activities_take_turns_from_week_to_week() -> None:
    many = [replace(WALK, id=f"w{n}", name=f"Walk {n}") for n in range(4)]
    named = {each.id for week in range(4) for each in choose(many, AMINA, date(2026, 3, 2 + 7 * week))}
    assert named == {"w0", "w1", "w2", "w3"}


def test_nothing_fitting_makes_no_words_at_all() -> None:
    assert [in_words([], channel) for channel in Channel] == ["", ""]


def test_an_email_has_a_list_and_a_text_one_line() -> None:
    assert in_words([WALK, ONLINE], Channel.EMAIL) == (
        "- Walking group: Tuesdays at 2pm, Finsbury Park. Free. Ring 020 7946 0010\n"
        "- Online choir: Tuesdays at 2pm. Free. Ring 020 7946 0010"
    )
    assert in_words([WALK, ONLINE], Channel.SMS) == (
        "Walking group, Tuesdays at 2pm, Ring 020 7946 0010; Online choir, Tuesdays at 2pm, Ring 020 7946 0010"
    )


def test_a_long_entry_keeps_its_name_in_a_text_and_leaves_out_what_has_no_room() -> None:
    long = replace(WALK, name="N" * 70, when="W" * 60)
    assert in_words([long], Channel.SMS) == "N" * 70
    assert len(in_words([replace(WALK, name="N" * 100)], Channel.SMS)) == LONGEST_IN_A_TEXT
