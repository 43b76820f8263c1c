"""Dates: what each way of writing one means, and which are refused."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import DateError
from outreach.rules.cells import Cell
from outreach.rules.dates import EXCEL_BEGINS, read_appointment, read_date, read_date_of_birth
from tests.drawn import drawn

TODAY = date(2026, 3, 2)
FOURTH = date(2026, 3, 4)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-04",
        "2026-3-4",
        "04/03/2026",
        "4/3/2026",
        "04.03.2026",
        "04-03-2026",
        " 04/03/2026 ",
        "4-Mar-26",
        "04-MAR-2026",
        "4 March 2026",
        "4th March 2026",
        "Wed 4 Mar 2026",
        "Wednesday, 4 March 2026",
        "4 Sept 2026",
        "46085",
        46085,
        46085.0,
        date(2026, 3, 4),
        datetime(2026, 3, 4),  # noqa: DTZ001 - as a spreadsheet gives it
        "2026-03-04 00:00:00",
        "2026-03-04 09:13:22.120",
        "2026-03-03T23:59:00-05:00",
    ],
)
def test_a_day_is_read_however_it_is_written(written: Cell) -> None:
    expected = date(2026, 9, 4) if "Sept" in str(written) else FOURTH
    assert read_date(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-04 10:30",
        "2026-03-04T10:30",
        "2026-03-04T10:30:59",
        "2026-03-04T10:30:00Z",
        "2026-03-04 10:30:00+00:00",
        "2026-03-04 05:30:00-0500",
        "04/03/2026 10:30",
        "04/03/2026 10:30:00",
        "04/03/2026, 10.30am",
        "4-Mar-26 at 10:30",
        "4 March 2026 10:30 AM",
        "46085.4375",
        46085.4375,
        datetime(2026, 3, 4, 10, 30),  # noqa: DTZ001 - as a spreadsheet gives it
        datetime(2026, 3, 4, 10, 30, tzinfo=UTC),
    ],
)
def test_an_appointment_keeps_its_time(written: Cell) -> None:
    assert read_appointment(written) == (FOURTH, time(10, 30))


def test_an_offset_is_turned_into_london_time() -> None:
    assert read_appointment("2026-07-01T09:30:00Z") == (date(2026, 7, 1), time(10, 30))
    ahead = datetime(2026, 7, 1, 0, 15, tzinfo=timezone(timedelta(hours=5)))
    assert read_appointment(ahead) == (date(2026, 6, 30), time(20, 15))
    assert read_date("1990-04-30T23:00:00Z") == date(1990, 5, 1)


@pytest.mark.parametrize(("written", "wall"), [("2pm", time(14)), ("12am", None), ("12.15pm", time(12, 15))])
def test_a_time_in_half_days_is_read(written: str, wall: time | None) -> None:
    assert read_appointment(f"4 March 2026 {written}") == (FOURTH, wall)


@pytest.mark.parametrize("raw", ["2026-03-04 00:00", "04/03/2026 00:00:00", 46085, "46085.0"])
def test_midnight_means_that_no_time_is_known(raw: Cell) -> None:
    assert read_appointment(raw) == (FOURTH, None)


@pytest.mark.parametrize("written", ["04/03/26", "04.03.26", "04-03-26", "4/3/26 10:30"])
def test_figures_with_a_two_digit_year_are_refused(written: str) -> None:
    with pytest.raises(DateError, match="write four digits"):
        read_appointment(written)


@pytest.mark.parametrize(
    "written",
    [
        "31/02/2026",
        "03/25/2026",
        "2026-02-30",
        "2026-13-01",
        "2026-02-30T10:00Z",
        "29 February 2026",
        "1900-01-00",
        "00/01/1900",
        "1900-01-01",
        "01/01/1900",
        0,
        1,
        59,
        "60",
        2026,
        "2026",
        "March 2026",
        "2101-01-01",
        "0026-03-04",
        "99999",
        float("nan"),
        float("inf"),
        -5,
        "04/03/20261",
        "2026-03-041",
        "04/03-2026",
        "4-Brumaire-2026",
        "tomorrow",
        "tbc",
        "",
        None,
        time(0, 0),
        "04/03/2026 25:00",
        "04/03/2026 10:61",
        "04/03/2026 14am",
        "04/03/2026 or 05/03/2026",
        "04/03/2026 morning",
        "2026-03-04T",
        "٠٤/٠٣/٢٠٢٦ 10:30 x",
    ],
)
def test_what_is_no_date_is_refused_with_what_to_do(written: Cell) -> None:
    with pytest.raises(DateError, match="; ") as refusal:
        read_appointment(written)
    assert str(written) not in str(refusal.value) or str(written) in ("", "0", "1", "2026")


def test_a_refusal_never_repeats_a_date_of_birth() -> None:
    with pytest.raises(DateError) as refusal:
        read_date("31/02/1987")
    assert "1987" not in str(refusal.value)


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("4-Mar-58", date(1958, 3, 4)),
        ("4-Mar-28", date(1928, 3, 4)),
        ("4-Mar-04", date(2004, 3, 4)),
        ("4-Mar-1926", date(1926, 3, 4)),
        ("29-Feb-28", date(1928, 2, 29)),
        ("04/03/1926", date(1926, 3, 4)),
    ],
)
def test_a_short_year_of_birth_is_read_when_one_century_fits(written: str, born: date) -> None:
    assert read_date_of_birth(written, TODAY) == born


@pytest.mark.parametrize("written", ["4-Mar-20", "1 Jan 26", "29-Feb-16"])
def test_a_short_year_of_birth_that_fits_a_child_and_a_centenarian_is_refused(written: str) -> None:
    with pytest.raises(DateError, match="two centuries"):
        read_date_of_birth(written, TODAY)


@drawn(60)
@given(st.dates(date(1901, 1, 1), date(2100, 12, 31)), st.times().filter(lambda wall: wall >= time(0, 1)))
def test_every_way_of_writing_a_moment_means_the_same(day: date, wall: time) -> None:
    wall = wall.replace(second=0, microsecond=0)
    moment = datetime.combine(day, wall)
    serial = (moment - EXCEL_BEGINS) / timedelta(days=1)
    ways: list[Cell] = [
        moment,
        moment.isoformat(),
        moment.isoformat(" "),
        serial,
        f"{serial:.10f}",
        f"{day:%d/%m/%Y} {wall:%H:%M}",
        f"{day:%d %B %Y} {wall:%I:%M %p}",
    ]
    assert {read_appointment(way) for way in ways} == {(day, wall)}


@drawn(150)
@given(
    st.one_of(st.text(max_size=24), st.from_regex(r"[0-9/.:\-+TZ apm]{1,24}", fullmatch=True), st.floats())
)
def test_any_cell_is_read_or_refused(cell: Cell) -> None:
    try:
        day, _ = read_appointment(cell)
    except DateError:
        return
    assert 1900 <= day.year <= 2100
