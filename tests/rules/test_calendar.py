"""Windows on the local clock: never at night, over both clock changes, weekends and bank holidays."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.calendar import LAST_MINUTES
from tests.drawn import drawn
from tests.rules.when import HOLIDAYS, LONDON, local, utc

INSTANTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds and adds the zone
    max_value=datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
NEAR_CLOCK_CHANGES = st.sampled_from([utc("2026-03-29T01:00"), utc("2026-10-25T01:00")]).flatmap(
    lambda change: st.timedeltas(timedelta(days=-4), timedelta(days=4)).map(lambda span: change + span)
)
MOMENTS = INSTANTS | NEAR_CLOCK_CHANGES


def _may_send(instant: datetime) -> bool:
    """The promise, said again without the code under test."""
    there = instant.astimezone(LONDON.zone)
    closes = datetime.combine(there.date(), LONDON.closes, LONDON.zone)
    in_hours = there.time() >= LONDON.opens and closes.astimezone(UTC) - instant > LAST_MINUTES
    return in_hours and there.weekday() < 5 and there.date() not in HOLIDAYS


@drawn(200)
@given(MOMENTS)
def test_the_next_slot_is_open_and_never_earlier(instant: datetime) -> None:
    slot = LONDON.next_slot(instant)
    assert _may_send(slot)
    assert slot >= instant
    assert slot.tzinfo is UTC


@drawn(200)
@given(MOMENTS)
def test_the_previous_slot_is_open_and_never_on_a_later_day(instant: datetime) -> None:
    slot = LONDON.previous_slot(instant)
    assert _may_send(slot)
    assert LONDON.day_of(slot) <= LONDON.day_of(instant)


@drawn(200)
@given(MOMENTS)
def test_an_open_moment_stays_where_it_is(instant: datetime) -> None:
    assert LONDON.is_open(instant) == _may_send(instant)
    if LONDON.is_open(instant):
        assert LONDON.next_slot(instant) == LONDON.previous_slot(instant) == instant
        assert LONDON.why_closed(instant) == ""
    else:
        assert LONDON.why_closed(instant)


@drawn(100)
@given(MOMENTS)
def test_no_open_moment_is_passed_over_on_the_way_to_the_next_slot(instant: datetime) -> None:
    slot = LONDON.next_slot(instant)
    keeps_wall = LONDON.local(slot).time() == LONDON.local(instant).time()
    between = [
        instant + timedelta(minutes=20 * n) for n in range(int((slot - instant) / timedelta(minutes=20)))
    ]
    assert keeps_wall or not any(LONDON.is_open(moment) for moment in between)


@pytest.mark.parametrize(
    ("asked", "given_slot"),
    [
        (local("2026-03-01", "10:30"), local("2026-03-02", "10:30")),  # a Sunday keeps its wall time
        (local("2026-03-03", "07:00"), local("2026-03-03", "09:00")),
        (local("2026-03-03", "20:00"), local("2026-03-04", "09:00")),
        (local("2026-03-06", "20:00"), local("2026-03-09", "09:00")),  # Friday night
        (local("2026-03-01", "20:00"), local("2026-03-02", "09:00")),
        (
            local("2026-04-03", "14:00"),
            local("2026-04-07", "14:00"),
        ),  # Good Friday to the Tuesday after Easter
        (local("2026-03-28", "10:30"), local("2026-03-30", "10:30")),  # over the spring change
        (local("2026-10-24", "10:30"), local("2026-10-26", "10:30")),  # over the autumn change
    ],
)
def test_a_closed_moment_moves_to_the_next_working_day(asked: datetime, given_slot: datetime) -> None:
    assert LONDON.next_slot(asked) == given_slot


@pytest.mark.parametrize(
    ("asked", "given_slot"),
    [
        (local("2026-03-01", "10:30"), local("2026-02-27", "10:30")),
        (local("2026-03-03", "07:00"), local("2026-03-03", "09:00")),
        (local("2026-03-03", "20:00"), local("2026-03-03", "17:00")),
        (local("2026-04-06", "10:30"), local("2026-04-02", "10:30")),
        (local("2026-03-29", "10:30"), local("2026-03-27", "10:30")),
    ],
)
def test_before_an_appointment_a_closed_moment_moves_to_the_working_day_before(
    asked: datetime, given_slot: datetime
) -> None:
    assert LONDON.previous_slot(asked) == given_slot


def test_nothing_is_handed_over_in_the_last_ten_minutes() -> None:
    assert LONDON.is_open(local("2026-03-03", "17:49"))
    assert not LONDON.is_open(local("2026-03-03", "17:50"))
    assert LONDON.next_slot(local("2026-03-03", "17:50")) == local("2026-03-04", "09:00")


def test_half_past_ten_is_half_past_ten_in_winter_and_in_summer() -> None:
    assert LONDON.at(date(2026, 3, 27), time(10, 30)) == utc("2026-03-27T10:30")
    assert LONDON.at(date(2026, 3, 30), time(10, 30)) == utc("2026-03-30T09:30")
    assert LONDON.at(date(2026, 10, 26), time(10, 30)) == utc("2026-10-26T10:30")


def test_a_wall_time_that_the_clock_jumps_over_moves_forward() -> None:
    assert LONDON.local(LONDON.at(date(2026, 3, 29), time(1, 30))).time() == time(2, 30)


def test_a_wall_time_that_comes_twice_is_the_first_one() -> None:
    assert LONDON.at(date(2026, 10, 25), time(1, 30)) == utc("2026-10-25T00:30")
    assert LONDON.at(date(2026, 10, 25), time(1, 30, fold=1)) == utc("2026-10-25T00:30")


def test_the_local_day_changes_at_local_midnight() -> None:
    assert LONDON.day_of(utc("2026-06-30T23:30")) == date(2026, 7, 1)
    assert LONDON.day_of(utc("2026-12-31T23:30")) == date(2026, 12, 31)


def test_the_window_of_a_day_ends_on_the_local_clock() -> None:
    assert LONDON.closes_at(utc("2026-07-01T10:00")) == utc("2026-07-01T17:00")
    assert LONDON.closes_at(utc("2026-12-01T10:00")) == utc("2026-12-01T18:00")


def test_working_days_leave_out_weekends_and_bank_holidays() -> None:
    assert LONDON.working_day_after(date(2026, 4, 2)) == date(2026, 4, 7)
    assert LONDON.working_day_before(date(2026, 4, 7)) == date(2026, 4, 2)
    assert LONDON.working_day_after(date(2026, 4, 2), 2) == date(2026, 4, 8)
    assert LONDON.working_day_before(date(2026, 4, 7), 2) == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("instant", "why"),
    [
        (local("2026-03-01"), "nothing is sent on Sundays"),
        (local("2026-05-25"), "Monday 25 May is a bank holiday"),
        (local("2026-03-03", "08:59"), "nothing is sent before 9am"),
        (local("2026-03-03", "17:50"), "nothing is sent after 5:50pm"),
    ],
)
def test_a_closed_moment_says_why(instant: datetime, why: str) -> None:
    assert LONDON.why_closed(instant) == why


def test_dates_and_times_read_as_people_say_them() -> None:
    assert LONDON.day_name(date(2026, 3, 3)) == "Tuesday 3 March"
    times = [time(0), time(9), time(10, 30), time(12), time(12, 5), time(14, 5)]
    assert [LONDON.time_name(each) for each in times] == [
        "midnight",
        "9am",
        "10:30am",
        "midday",
        "12:05pm",
        "2:05pm",
    ]
    assert LONDON.in_words(utc("2026-07-01T09:30")) == "Wednesday 1 July 2026 at 10:30am"
