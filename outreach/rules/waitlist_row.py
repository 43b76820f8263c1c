"""Reads one row of a waiting list into typed values, or says what is wrong in it by row and column."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Literal, NamedTuple, TypeVar

from outreach.errors import OutreachError
from outreach.rules.cells import Cell
from outreach.rules.dates import When
from outreach.rules.waitlist_columns import NAMES, Headers
from outreach.rules.waitlist_sense import senseless
from outreach.rules.waitlist_values import read_value
from outreach.vocabulary import Attendance, NumberIs, PreferredChannel

T = TypeVar("T")
OPTIONAL_ADDRESSES = ("mobile", "phone", "email")
"""A bad one is left out with a note: the person can still be reached another way."""

STOPS = {
    "deceased_on": "that the person has died",
    "do_not_contact": "not to contact the person",
    "closed_on": "that the referral is closed",
}


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


def parse_row(
    cells: Mapping[str, Cell], line: int, headers: Headers, today: date
) -> WaitlistRow | list[RowFault]:
    """The row's values, or every reason why it is refused, and then its notes too. `today` is the local day.

    A refused row that says somebody died, was closed or must not be contacted gets a fault for that as well: until
    staff record it, messages go on.
    """
    values, faults = _values(cells, line, headers, today)
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
        # Somebody died though the date of it cannot be right; a closing to come is none yet.
        died = {"deceased_on": True} if "deceased_on" in bad else {}
        told = {column: value for column, value in values.items() if column not in bad} | died
        return faults + unheard(told, line)
    return WaitlistRow(line=line, notes=tuple(faults), **values)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in values.items() if not isinstance(value, Missing)}


def _values(
    cells: Mapping[str, Cell], line: int, headers: Headers, today: date
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
            value = read_value(cell, column, headers.codes, today)
            values[column] = BLANK if value is None else value
        except OutreachError as refusal:
            what, _, fix = str(refusal).partition("; ")
            if column in OPTIONAL_ADDRESSES:
                values[column] = BLANK
                faults.append(RowFault(line, column, what, f"{fix}; this cell was left out", "note"))
            else:
                faults.append(RowFault(line, column, what, fix))
    return values, faults


def unheard(values: Mapping[str, Any], line: int) -> list[RowFault]:
    """A fault for each thing that must not be lost with a refused row."""
    return [
        RowFault(
            line,
            column,
            f"this refused row says {what}",
            "record it by hand today: until then messages go on",
        )
        for column, what in STOPS.items()
        if values.get(column) is True or isinstance(values.get(column), date)
    ]
