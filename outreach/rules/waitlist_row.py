"""Reads one row of a waiting list into typed values, or says what is wrong in it by row and column."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache, partial
from typing import Any, Literal, NamedTuple, TypeVar

from outreach.errors import OutreachError
from outreach.rules.cells import Cell
from outreach.rules.dates import When
from outreach.rules.waitlist_columns import NAMES, Headers
from outreach.rules.waitlist_sense import senseless
from outreach.rules.waitlist_values import read_value
from outreach.vocabulary import Attendance, NumberIs, PreferredChannel

T = TypeVar("T")
ReadCell = Callable[[Cell, str], Any]

REMEMBERED = 20_000
OPTIONAL_ADDRESSES = ("mobile", "phone", "email")
"""A bad one is left out with a note: the person can still be reached another way."""

STOPS = ("deceased_on", "do_not_contact", "closed_on")
"""What must not be lost with a refused row: until it is heard, messages go on."""


class Missing(Enum):
    """Why a value is not there: the file lacks the column, or the cell is blank."""

    ABSENT = "absent"
    BLANK = "blank"


ABSENT, BLANK = Missing.ABSENT, Missing.BLANK


def given(value: T | Missing) -> T | None:
    """The value itself, or None where the column is absent or the cell blank."""
    return None if isinstance(value, Missing) else value


def is_blank(value: object) -> bool:
    """The column is there, and the cell is blank."""
    return value is Missing.BLANK


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one cell, never with its value. A "refusal" keeps the row out, a "note" only that cell."""

    row: int
    column: str
    what: str
    fix: str
    severity: Literal["refusal", "note"] = "refusal"

    @property
    def is_refusal(self) -> bool:
        """The row is not taken in."""
        return self.severity == "refusal"

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.what}; {self.fix}"


class RawRow(NamedTuple):
    """One row as a file holds it: its line, its cells by header, and the fault that makes it unreadable."""

    line: int
    cells: Mapping[str, Cell]
    fault: RowFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistRow:
    """One referral as the list tells it. Dates and times are local; a value not given says how it is `Missing`."""

    line: int
    referral_id: str
    referred_on: date
    nhs_number: str | Missing = ABSENT
    given_name: str | Missing = ABSENT
    family_name: str | Missing = ABSENT
    preferred_name: str | Missing = ABSENT
    date_of_birth: date | Missing = ABSENT
    mobile: str | Missing = ABSENT  # E.164, as is phone
    phone: str | Missing = ABSENT
    email: str | Missing = ABSENT
    address_1: str | Missing = ABSENT
    address_2: str | Missing = ABSENT
    address_3: str | Missing = ABSENT
    address_4: str | Missing = ABSENT
    postcode: str | Missing = ABSENT
    preferred_channel: PreferredChannel | Missing = ABSENT
    language: str | Missing = ABSENT
    interpreter: bool | Missing = ABSENT
    format: str | Missing = ABSENT
    ethnicity: str | Missing = ABSENT
    assessment_at: When | Missing = ABSENT
    assessment_place: str | Missing = ABSENT
    assessment_attendance: Attendance | Missing = ABSENT
    accepted_on: date | Missing = ABSENT
    treatment_at: When | Missing = ABSENT
    treatment_place: str | Missing = ABSENT
    treatment_attendance: Attendance | Missing = ABSENT
    therapy_ended_on: date | Missing = ABSENT
    closed_on: date | Missing = ABSENT
    closed_reason: str | Missing = ABSENT
    deceased_on: date | Missing = ABSENT
    safe_to_text: bool | Missing = ABSENT
    safe_to_email: bool | Missing = ABSENT
    safe_to_voicemail: bool | Missing = ABSENT
    do_not_contact: bool | Missing = ABSENT
    number_is: NumberIs | Missing = ABSENT
    contact_note: str | Missing = ABSENT
    notes: tuple[RowFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A refused row says all the same that somebody died (`on` is None where the day cannot be right), must not be
    contacted, or left the list; the identity it gives shows whether that is about the person on record."""

    row: int
    referral_id: str
    column: str  # one of STOPS
    on: date | None = None
    nhs_number: str | None = None
    date_of_birth: date | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Every reason why a row is refused, its notes among them, and what it says all the same."""

    referral_id: str  # blank where it cannot be read
    faults: list[RowFault]
    stops: list[Stop]


def cell_reader(headers: Headers, today: date) -> ReadCell:
    """Reads a cell in a column of ours. Lists repeat themselves: what was read lately is not read again."""
    return lru_cache(REMEMBERED, typed=True)(partial(read_value, codes=headers.codes, today=today))


def parse_row(
    cells: Mapping[str, Cell], line: int, headers: Headers, today: date, read: ReadCell | None = None
) -> WaitlistRow | RefusedRow:
    """The row's values, or every reason why it is refused. `today` is the local day; one file shares one `read`."""
    values, faults = _values(cells, line, headers, read or cell_reader(headers, today))
    faults += [
        RowFault(line, column, "is blank; every row needs one", "fill it in")
        for column in ("referral_id", "referred_on")
        if values.get(column) is BLANK
    ]
    if all(isinstance(values.get(name, BLANK), Missing) for name in NAMES):
        faults.append(
            RowFault(line, "given_name", "this row has no name", "give a given, family or preferred name")
        )
    faults += [RowFault(line, *each) for each in senseless(_given(values), today)]
    bad = {fault.column for fault in faults if fault.is_refusal}
    if bad:
        told = {column: value for column, value in _given(values).items() if column not in bad}
        # Somebody died though the day of it cannot be right; a closing to come is none yet.
        died = {"deceased_on": None} if "deceased_on" in bad else {}
        return RefusedRow(told.get("referral_id", ""), faults, stops_in({**told, **died}, line))
    return WaitlistRow(line=line, notes=tuple(faults), **values)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in values.items() if not isinstance(value, Missing)}


def _values(
    cells: Mapping[str, Cell], line: int, headers: Headers, read: ReadCell
) -> tuple[dict[str, Any], list[RowFault]]:
    """Each column's value; a column whose cell cannot be read stays out, with its fault."""
    values: dict[str, Any] = {}
    faults: list[RowFault] = []
    for header, column in headers.known:
        cell = cells[header]
        if cell is None or cell == "":
            values[column] = BLANK
            continue
        try:
            value = read(cell, column)
            values[column] = BLANK if value is None else value
        except OutreachError as refusal:
            what, _, fix = str(refusal).partition("; ")
            if column in OPTIONAL_ADDRESSES:
                values[column] = BLANK
                faults.append(RowFault(line, column, what, f"{fix}; this cell was left out", "note"))
            else:
                faults.append(RowFault(line, column, what, fix))
    return values, faults


def stops_in(told: Mapping[str, Any], line: int) -> list[Stop]:
    """What must not be lost with a refused row, from those of its values that can be read."""
    who = {column: told.get(column) for column in ("nhs_number", "date_of_birth")}
    return [
        Stop(line, told.get("referral_id", ""), column, None if told[column] is True else told[column], **who)
        for column in STOPS
        if column in told and told[column] is not False
    ]


def stops_of(row: WaitlistRow) -> list[Stop]:
    """The same of a row that is refused because of another row."""
    columns = (*STOPS, "referral_id", "nhs_number", "date_of_birth")
    return stops_in(_given({column: getattr(row, column) for column in columns}), row.line)
