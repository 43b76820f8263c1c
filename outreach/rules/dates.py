"""Reads dates as people and spreadsheets write them, and refuses those that could mean two things."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from outreach.errors import DateError
from outreach.rules.cells import Cell

FORMS = "write it as 2026-03-04, 04/03/2026 (day first) or 4-Mar-2026"
CLOCK_FORM = "write the time of day as 14:30"
FIRST_DAY = date(1900, 3, 1)
"""Earlier ones are how spreadsheets show an empty cell; nobody alive was born then."""

LAST_YEAR = 2100
OLDEST = 110
LONDON = ZoneInfo("Europe/London")

EXCEL_BEGINS = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet has no time zone
"""Day 0 of a spreadsheet's serial dates from March 1900 on, its leap-year mistake of 1900 already counted."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        1,
    )
    for name in names.split()
}

YEAR = r"([0-9]{4}|[0-9]{2})(?![0-9])"
ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?![0-9])")
NUMERIC = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2{YEAR}")
NAMED = re.compile(rf"([0-9]{{1,2}})(?:st|nd|rd|th)?[-/ ]?([A-Za-z]+)\.?[-/ ,]*{YEAR}")
SERIAL = re.compile(r"[0-9]{2,5}(?:\.[0-9]+)?")
OFFSET = re.compile(r"T.*|.*(?:Z|[0-9][+-][0-9]{2}:?[0-9]{2})", re.DOTALL)
CLOCK = re.compile(
    r"([0-9]{1,2})[:.]([0-9]{2})(?:[:.][0-9]{2}(?:\.[0-9]+)?)? ?(am|pm)?|([0-9]{1,2}) ?(am|pm)"
)
WEEKDAY = re.compile(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? +", re.IGNORECASE)
SHORT_YEAR = re.compile(r".*[^0-9:][0-9]{2}")

When = tuple[date, time | None]
"""A local day and, where it is known, the local time."""


def read_date(raw: Cell) -> date:
    """The day meant; a time of day beside it is dropped. Raises DateError, which never repeats the value."""
    if isinstance(raw, str) and len(raw) == 10 and ISO.fullmatch(raw):  # nearly all of an export
        return _in_years(_day(int(raw[:4]), int(raw[5:7]), int(raw[8:])))
    return read_appointment(raw)[0]


def read_date_of_birth(raw: Cell, today: date) -> date:
    """As `read_date`; a year of two digits (`4-Mar-58`) is taken only if one century fits somebody alive today."""
    day = read_date(raw)
    if not isinstance(raw, str) or not SHORT_YEAR.fullmatch(raw.strip()):
        return day
    young, old = (day.year % 100 + century for century in (2000, 1900))
    if date(young, day.month, 1) > today:
        return day.replace(year=old)
    if today.year - old <= OLDEST:
        raise DateError("the year of two digits could mean two centuries; write the year with four digits")
    return day.replace(year=young)


def read_appointment(raw: Cell) -> When:
    """The local day and, where one is given, the local time. Raises DateError, which never repeats the value."""
    day, wall = _read(raw)
    return _in_years(day), wall


def _read(raw: Cell) -> When:
    if isinstance(raw, datetime):
        return _from_datetime(raw)
    if isinstance(raw, date):
        return raw, None
    if isinstance(raw, int | float):
        return _from_serial(float(raw))
    text = WEEKDAY.sub("", " ".join(str(raw or "").split()))
    if SERIAL.fullmatch(text):
        return _from_serial(float(text))
    found = ISO.match(text)
    if found and OFFSET.fullmatch(text[found.end() :]):
        return _from_iso(text)
    return _from_words(text)


def _from_datetime(value: datetime) -> When:
    """Exports write midnight where they know no time; no appointment is at midnight."""
    local = value.astimezone(LONDON) if value.tzinfo else value
    wall = local.time().replace(second=0, microsecond=0)
    return local.date(), wall if wall != time(0, 0) else None


def _from_iso(text: str) -> When:
    try:
        return _from_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise DateError(f"this date does not exist or cannot be read; {FORMS}") from None


def _from_serial(days: float) -> When:
    """A spreadsheet's count of days, its fraction the time of day to the nearest minute."""
    if days.is_integer() and FIRST_DAY.year <= days <= LAST_YEAR:
        raise DateError(f"this is a year without day and month; {FORMS}")
    if not (FIRST_DAY - EXCEL_BEGINS.date()).days <= days < 80_000:
        raise DateError(f"this number is no spreadsheet date; {FORMS}")
    return _from_datetime(EXCEL_BEGINS + timedelta(minutes=round(days * 24 * 60)))


def _from_words(text: str) -> When:
    for shape, read in ((ISO, _iso_parts), (NUMERIC, _numeric_parts), (NAMED, _named_parts)):
        found = shape.match(text)
        if found:
            rest = text[found.end() :].strip(" ,").removeprefix("at ").strip()
            return _day(*read(found)), _clock(rest.lower())
    raise DateError(f"this cannot be read as a date; {FORMS}")


def _iso_parts(found: re.Match[str]) -> tuple[int, int, int]:
    return int(found[1]), int(found[2]), int(found[3])


def _numeric_parts(found: re.Match[str]) -> tuple[int, int, int]:
    if len(found[4]) == 2:
        raise DateError("a date in figures with a two-digit year could mean two dates; write four digits")
    return int(found[4]), int(found[3]), int(found[1])


def _named_parts(found: re.Match[str]) -> tuple[int, int, int]:
    month = MONTHS.get(found[2].lower())
    if month is None:
        raise DateError(f"the month has no name we know; {FORMS}")
    year = int(found[3])
    return (year if len(found[3]) == 4 else _century(year)), month, int(found[1])


def _century(year: int) -> int:
    """`4-Mar-26` as spreadsheets read their own exports: 1930 to 2029."""
    return 2000 + year if year < 30 else 1900 + year


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise DateError(f"this date does not exist; {FORMS}") from None


def _clock(text: str) -> time | None:
    if not text:
        return None
    found = CLOCK.fullmatch(text)
    if found is None:
        raise DateError(f"the time of day cannot be read; {CLOCK_FORM}")
    hour, minute, half = int(found[1] or found[4]), int(found[2] or 0), found[3] or found[5]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif half == "am":
        raise DateError(f"the time of day does not exist; {CLOCK_FORM}")
    try:
        return time(hour, minute) if (hour, minute) != (0, 0) else None
    except ValueError:
        raise DateError(f"the time of day does not exist; {CLOCK_FORM}") from None


def _in_years(day: date) -> date:
    if day < FIRST_DAY:
        raise DateError("this is how a spreadsheet shows an empty date; leave the cell blank")
    if day.year > LAST_YEAR:
        raise DateError(f"the year is after {LAST_YEAR}; {FORMS}")
    return day
