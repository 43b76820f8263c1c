"""What is due when: counted in local days, moved into windows, and never walked through day by day."""

import time as stopwatch
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.cadence import Anchor, Occurrence, Standing, Step, is_recorded, next_due, occurrences
from outreach.vocabulary import Again, AnchorKind
from tests.drawn import drawn
from tests.rules.when import LONDON, anchor, due, local, schedule, shipped, standing, step

REFERRED = anchor(AnchorKind.REFERRED, "2026-01-05")
ASSESSMENT = anchor(AnchorKind.ASSESSMENT, "2026-03-10", "09:30")
CHECK_IN = step(every=42, until=AnchorKind.ASSESSMENT, templates=("one", "two", "three"))


def _days(found: list[Occurrence]) -> list[str]:
    return [LONDON.day_of(each.slot).isoformat() for each in found]


def test_a_step_after_an_anchor_moves_from_a_weekend_to_the_monday() -> None:
    [found] = due(step(offset=5), anchors=[REFERRED])
    assert (found.due, found.slot) == (local("2026-01-10"), local("2026-01-12"))


def test_a_step_before_an_anchor_moves_from_a_weekend_to_the_friday() -> None:
    [found] = due(step(anchor=AnchorKind.ASSESSMENT, offset=-2), anchors=[ASSESSMENT])
    assert (found.due, found.slot) == (local("2026-03-08"), local("2026-03-06"))


def test_weeks_keep_their_wall_time_over_both_clock_changes() -> None:
    found = due(step(every=7), anchors=[REFERRED])
    on_time = [each for each in found if each.slot == each.due]
    assert {LONDON.local(each.slot).strftime("%a %H:%M") for each in on_time} == {"Mon 10:30"}
    assert {each.slot.hour for each in on_time} == {9, 10}


def test_a_repeat_is_numbered_from_one_and_rotates_over_its_templates() -> None:
    found = due(CHECK_IN, anchors=[REFERRED], until="2026-07-01")
    assert [(each.n, each.template) for each in found] == [(1, "one"), (2, "two"), (3, "three"), (4, "one")]
    assert found[0].key == f"{REFERRED.row}:1"
    assert _days(found) == ["2026-02-16", "2026-03-30", "2026-05-11", "2026-06-22"]


def test_a_repeat_stops_while_the_appointment_it_leads_to_is_booked() -> None:
    assert due(CHECK_IN, anchors=[REFERRED, ASSESSMENT]) == []
    assert due(CHECK_IN, anchors=[REFERRED])


def test_repeats_from_before_the_enrolment_do_not_exist() -> None:
    found = due(CHECK_IN, anchors=[REFERRED], until="2026-07-01", who=standing("2026-04-01"))
    assert [each.n for each in found] == [3, 4]


def test_a_repeat_due_at_the_very_moment_of_enrolment_counts_and_a_moment_earlier_does_not() -> None:
    at_once, just_after = local("2026-02-16"), local("2026-02-16") + timedelta(seconds=1)
    for started, first in ((at_once, 1), (just_after, 2)):
        found = due(CHECK_IN, anchors=[REFERRED], who=Standing(started, None, introduced=True))
        assert found[0].n == first


def test_one_off_steps_from_before_the_enrolment_are_still_named() -> None:
    [found] = due(step(offset=3), anchors=[REFERRED], until="2026-09-01", who=standing("2026-09-01"))
    assert found.due == local("2026-01-08")


def test_a_new_date_brings_its_step_again() -> None:
    second = anchor(AnchorKind.ASSESSMENT, "2026-04-14")
    found = due(step(anchor=AnchorKind.ASSESSMENT, offset=-7), anchors=[second, ASSESSMENT])
    assert [each.key for each in found] == [f"{ASSESSMENT.row}:0", f"{second.row}:0"]


def test_a_step_that_never_comes_again_counts_from_the_earliest_date() -> None:
    later = anchor(AnchorKind.ACCEPTED, "2026-05-05")
    first = anchor(AnchorKind.ACCEPTED, "2026-04-14")
    found = due(step(anchor=AnchorKind.ACCEPTED, again=Again.NEVER), anchors=[later, first])
    assert [each.anchor for each in found] == [first]


def test_a_step_that_never_comes_again_is_done_when_it_went_for_a_date_since_corrected() -> None:
    once = step("note", again=Again.NEVER)
    assert is_recorded(once, "2026-03-02:0", {("note", "2026-03-01:0")})
    assert not is_recorded(step("note"), "2026-03-02:0", {("note", "2026-03-01:0")})
    assert not is_recorded(
        step("note", every=7, again=Again.NEVER), "2026-03-02:1", {("note", "2026-03-01:1")}
    )
    assert not is_recorded(once, "2026-03-02:0", {("other", "2026-03-01:0")})


def test_a_repeat_is_never_doubled_by_a_second_date() -> None:
    rows = [anchor(AnchorKind.ASSESSMENT, "2026-03-10"), anchor(AnchorKind.ASSESSMENT, "2026-03-24")]
    repeat = step(anchor=AnchorKind.ASSESSMENT, every=42)
    assert {each.anchor.row for each in due(repeat, anchors=rows)} == {rows[1].row}


def test_somebody_who_has_heard_from_us_needs_no_first_contact() -> None:
    first = step(offset=3, first=True)
    assert due(first, anchors=[REFERRED], who=standing(introduced=True)) == []
    assert len(due(first, anchors=[REFERRED], who=standing(introduced=False))) == 1


def test_a_late_first_contact_goes_on_the_day_it_was_given() -> None:
    who = standing("2026-09-01", "2026-09-10", introduced=False)
    [found] = due(step(offset=3, first=True, late=None), anchors=[REFERRED], who=who, until="2026-09-01")
    assert found.slot == local("2026-09-10")
    assert found.key == f"{REFERRED.row}:0"


def test_a_first_contact_given_a_closed_day_goes_on_the_next_open_one() -> None:
    who = standing("2026-05-01", "2026-05-25", introduced=False)
    first = step(anchor=AnchorKind.THERAPY_ENDED, offset=-28, first=True, late=None)
    [found] = due(first, anchors=[anchor(AnchorKind.THERAPY_ENDED, "2026-05-26")], who=who)
    assert found.slot == local("2026-05-26")


def test_occurrences_come_in_order_of_time() -> None:
    found = due(step("b", offset=9), CHECK_IN, step("a", offset=2), anchors=[REFERRED])
    assert [each.slot for each in found] == sorted(each.slot for each in found)


def test_the_next_due_moment_is_the_earliest_that_is_not_on_record() -> None:
    plan = schedule(step("once", offset=3), CHECK_IN)
    once, first = ("once", f"{REFERRED.row}:0"), (CHECK_IN.key, f"{REFERRED.row}:1")
    assert next_due(plan, [REFERRED], standing(), set(), LONDON) == local("2026-01-08")
    assert next_due(plan, [REFERRED], standing(), {once}, LONDON) == local("2026-02-16")
    assert next_due(plan, [REFERRED], standing(), {once, first}, LONDON) == local("2026-03-30")


def test_nothing_is_due_any_more_when_all_is_on_record() -> None:
    plan = schedule(step("once", offset=3), CHECK_IN)
    recorded = {("once", f"{REFERRED.row}:0")}
    assert next_due(plan, [REFERRED, ASSESSMENT], standing(), recorded, LONDON) is None


KINDS = st.sampled_from([AnchorKind.REFERRED, AnchorKind.ASSESSMENT])
ANCHORS = st.lists(
    st.builds(
        lambda kind, days: anchor(kind, (date(2026, 1, 1) + timedelta(days=days)).isoformat()),
        KINDS,
        st.integers(0, 400),
    ),
    unique_by=lambda each: each.row,
    max_size=4,
)
STEPS = st.lists(
    st.builds(
        lambda key, kind, offset, every, again: step(
            key, kind, abs(offset) if every else offset, every=every, again=again
        ),
        st.uuids().map(str),
        KINDS,
        st.integers(-60, 60),
        st.none() | st.integers(1, 90),
        st.sampled_from(Again),
    ),
    min_size=1,
    max_size=5,
)


@drawn(80)
@given(STEPS, ANCHORS, st.integers(0, 500), st.integers(0, 12))
def test_the_next_due_moment_is_always_the_first_unrecorded_occurrence(
    steps: list[Step], anchors: list[Anchor], start: int, done: int
) -> None:
    plan = schedule(*steps)
    who = Standing(local("2026-01-01") + timedelta(days=start), None, introduced=True)
    far = local("2026-01-01") + timedelta(days=3000)
    found = occurrences(plan, anchors, who, LONDON, far)
    recorded = {(each.step.key, each.key) for each in found[:done]}
    coming = [each.slot for each in found if not is_recorded(each.step, each.key, recorded)]
    assert next_due(plan, anchors, who, recorded, LONDON) == (min(coming) if coming else None)


@drawn(60)
@given(STEPS, ANCHORS, st.integers(0, 500), st.integers(0, 500))
def test_a_nearer_horizon_only_leaves_later_occurrences_out(
    steps: list[Step], anchors: list[Anchor], start: int, horizon: int
) -> None:
    plan = schedule(*steps)
    who = Standing(local("2026-01-01") + timedelta(days=start), None, introduced=True)
    near = local("2026-01-01") + timedelta(days=horizon)
    everything = occurrences(plan, anchors, who, LONDON, near + timedelta(days=400))
    assert occurrences(plan, anchors, who, LONDON, near) == [each for each in everything if each.slot <= near]
    farther = near + timedelta(days=200)
    found = occurrences(plan, anchors, who, LONDON, near, appointments_until=farther)
    assert found == [
        each for each in everything if each.slot <= (near if each.step.purpose.is_spaced else farther)
    ]


@pytest.mark.parametrize("name", ["before-assessment", "waiting-for-therapy"])
def test_a_long_wait_costs_no_more_than_a_short_one(name: str) -> None:
    plan, far_back = shipped(name), "1990-01-01"
    anchors = [anchor(AnchorKind.REFERRED, far_back), anchor(AnchorKind.ACCEPTED, far_back)]
    until = local("2026-06-30")
    who = standing("2026-06-01")
    best = min(_seconds(lambda: occurrences(plan, anchors, who, LONDON, until)) for _ in range(50))
    assert best < 0.001  # walking through 36 years of days takes far longer, even on a busy machine


def _seconds(work: Callable[[], object]) -> float:
    began = stopwatch.perf_counter()
    work()
    return stopwatch.perf_counter() - began
