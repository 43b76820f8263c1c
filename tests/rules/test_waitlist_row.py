"""Rows of a waiting list: what is read, left out or refused, and how rows of one referral become one."""

import re
from dataclasses import fields
from datetime import date, time, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from outreach.errors import WaitlistError
from outreach.rules.cells import Cell
from outreach.rules.waitlist import Waitlist, read_rows
from outreach.rules.waitlist_columns import COLUMNS, map_headers
from outreach.rules.waitlist_row import (
    ABSENT,
    BLANK,
    RawRow,
    RowFault,
    Stop,
    WaitlistRow,
    given,
    is_blank,
    parse_row,
)
from outreach.vocabulary import Attendance, NumberIs, PreferredChannel
from tests.drawn import drawn
from tests.waitlists import make_waitlist

TODAY = date(2026, 3, 2)
AMINA: dict[str, Cell] = {
    "referral_id": "R-1",
    "nhs_number": "999 000 0018",
    "given_name": "Amina",
    "family_name": "Example",
    "preferred_name": "",
    "date_of_birth": "01/05/1990",
    "mobile": "07700 900001",
    "phone": "020 7946 0001",
    "email": "Amina@Example.org",
    "address_1": "1 Sample Street",
    "address_2": "",
    "address_3": "",
    "address_4": "Sampletown",
    "postcode": "zz993wz",
    "preferred_channel": "SMS",
    "language": "EN_gb",
    "interpreter": "No",
    "format": "large print",
    "ethnicity": "n",
    "referred_on": "02/01/2026",
    "assessment_at": "2026-03-16 10:30",
    "assessment_place": "Willow House",
    "assessment_attendance": "0",
    "accepted_on": "",
    "treatment_at": "",
    "treatment_place": "",
    "treatment_attendance": "",
    "therapy_ended_on": "",
    "closed_on": "",
    "closed_reason": "",
    "deceased_on": "",
    "safe_to_text": "yes",
    "safe_to_email": "",
    "safe_to_voicemail": "n",
    "do_not_contact": "no",
    "number_is": "own",
    "contact_note": "Ring  after 4 pm",
}


def read(*rows: dict[str, Cell], **codes: dict[str, str]) -> Waitlist:
    """What a file of these rows says; the first row's keys are its headers."""
    return read_rows(list(rows[0]), [RawRow(i, row) for i, row in enumerate(rows, 2)], TODAY, codes=codes)


def amina(**cells: Cell) -> dict[str, Cell]:
    """Amina's row, but."""
    return {**AMINA, **cells}


def row_of(**cells: Cell) -> WaitlistRow:
    """Amina's row, but; it must be taken in."""
    result = read(amina(**cells))
    assert len(result.rows) == 1, [str(fault) for fault in result.faults]
    return result.rows[0]


def faults_of(**cells: Cell) -> list[RowFault]:
    """Why Amina's row with these cells is refused."""
    result = read(amina(**cells))
    assert not result.rows
    return result.faults


def test_every_column_of_the_contract_is_read() -> None:
    assert set(AMINA) == set(COLUMNS)
    assert {each.name for each in fields(WaitlistRow)} == {*COLUMNS, "line", "notes"}


def test_a_full_row_becomes_typed_values() -> None:
    row = row_of()
    assert (row.line, row.referral_id, row.nhs_number) == (2, "R-1", "9990000018")
    assert (row.date_of_birth, row.referred_on) == (date(1990, 5, 1), date(2026, 1, 2))
    assert (row.mobile, row.phone, row.email) == ("+447700900001", "+442079460001", "amina@example.org")
    assert (row.postcode, row.language, row.ethnicity) == ("ZZ99 3WZ", "en-GB", "N")
    assert row.assessment_at == (date(2026, 3, 16), time(10, 30))
    assert row.assessment_attendance is Attendance.NOT_YET
    assert (row.preferred_channel, row.number_is) == (PreferredChannel.SMS, NumberIs.OWN)
    assert (row.interpreter, row.safe_to_text, row.safe_to_voicemail) == (False, True, False)
    assert row.contact_note == "Ring after 4 pm"
    assert row.notes == ()


def test_a_blank_cell_is_told_from_an_absent_column() -> None:
    row = read(
        {"referral_id": "R-1", "given_name": "Amina", "referred_on": "2026-01-02", "mobile": " "}
    ).rows[0]
    assert row.mobile is BLANK
    assert row.email is ABSENT
    assert is_blank(row.mobile)
    assert not is_blank(row.email)
    assert given(row.mobile) is given(row.email) is None
    assert given(row.given_name) == "Amina"


def test_cells_of_a_workbook_are_read_like_their_text() -> None:
    typed = amina(
        nhs_number=9990000018,
        mobile=7700900001.0,
        referred_on=46024,
        assessment_at=46097.4375,
        assessment_attendance=0,
        preferred_name=None,
    )
    assert read(typed).rows[0] == row_of()


@pytest.mark.parametrize("column", ["referral_id", "referred_on"])
@pytest.mark.parametrize("cell", ["", "  ", None])
def test_a_row_without_identifier_or_referral_date_is_refused(column: str, cell: Cell) -> None:
    assert [fault.column for fault in faults_of(**{column: cell})] == [column]


def test_any_one_name_is_enough_and_none_is_refused() -> None:
    assert given(row_of(given_name="", family_name="", preferred_name="Mina").preferred_name) == "Mina"
    (fault,) = faults_of(given_name="", family_name=" ")
    assert "no name" in fault.what


@pytest.mark.parametrize(
    ("column", "cell"),
    [("mobile", "0161 496 0123"), ("mobile", "7.7009E+09"), ("phone", "ask"), ("email", "amina@")],
)
def test_a_bad_address_is_left_out_with_a_note_and_the_row_is_taken_in(column: str, cell: str) -> None:
    result = read(amina(**{column: cell}))
    assert getattr(result.rows[0], column) is BLANK
    (note,) = result.faults
    assert (note.row, note.column, note.severity, note.is_refusal) == (2, column, "note", False)
    assert "left out" in note.fix
    assert result.rows[0].notes == (note,)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("nhs_number", "9990000017"),
        ("nhs_number", "9999999999"),
        ("date_of_birth", "04/03/87"),
        ("date_of_birth", "2026-03-03"),
        ("date_of_birth", "2026-02-01"),
        ("referred_on", "2026-03-03"),
        ("referred_on", "31/02/2026"),
        ("assessment_at", "#REF!"),
        ("assessment_at", "########"),
        ("assessment_at", "tbc"),
        ("assessment_at", "2031-09-01 10:00"),
        ("assessment_attendance", "5"),
        ("assessment_attendance", "1"),
        ("accepted_on", "2026-03-03"),
        ("accepted_on", "2026-01-01"),
        ("closed_on", "2026-03-03"),
        ("therapy_ended_on", "2026-01-01"),
        ("ethnicity", "Q"),
        ("ethnicity", "White British"),
        ("language", "Polish"),
        ("interpreter", "maybe"),
        ("safe_to_text", "ask"),
        ("preferred_channel", "pigeon"),
        ("number_is", "mother"),
        ("given_name", "A" * 1001),
        ("referral_id", "999 000 0018"),
        ("referral_id", "REF/9990000018"),
        ("referral_id", "amina@example.org"),
        ("referral_id", "1.23457E+11"),
        ("referral_id", date(2026, 3, 1)),
        ("referral_id", "R" * 81),
    ],
)
def test_a_bad_identity_date_or_code_refuses_the_row_and_is_never_repeated(column: str, cell: Cell) -> None:
    (fault,) = [fault for fault in faults_of(**{column: cell}) if fault.column == column]
    assert fault.is_refusal
    assert fault.row == 2
    assert fault.fix
    told = f"{fault.what} {fault.fix}".split('"pl"')[0]
    assert str(cell) not in told or len(str(cell)) == 1
    assert not re.search(r"999 ?000|Polish|White", told)


def test_every_fault_of_a_row_is_named_at_once() -> None:
    faults = faults_of(ethnicity="Q", nhs_number="12", mobile="0161 496 0123")
    assert [(fault.column, fault.is_refusal) for fault in faults] == [
        ("nhs_number", True),
        ("mobile", False),
        ("ethnicity", True),
    ]


STOPS = [
    ("deceased_on", "2026-02-01", date(2026, 2, 1)),
    ("do_not_contact", "yes", None),
    ("closed_on", "2026-02-01", date(2026, 2, 1)),
]


@pytest.mark.parametrize(("column", "cell", "on"), STOPS)
def test_a_refused_row_still_says_that_somebody_must_not_be_written_to(
    column: str, cell: str, on: date | None
) -> None:
    told = Stop(2, "R-1", column, on, "9990000018", date(1990, 5, 1))
    assert read(amina(ethnicity="Q", **{column: cell})).stops == [told]
    assert read(amina(**{column: cell}), amina(ethnicity="Q")).stops == [told]


def test_a_refused_row_without_such_news_says_nothing_of_it() -> None:
    assert read(amina(ethnicity="Q", do_not_contact="no")).stops == []


def test_a_taken_row_says_it_in_its_own_values() -> None:
    assert read(amina(deceased_on="2026-02-01")).stops == []


@pytest.mark.parametrize(
    ("cell", "told"), [("2026-03-03", "in the future"), ("31/02/2026", "does not exist")]
)
def test_a_death_on_an_impossible_day_is_refused_and_not_lost(cell: str, told: str) -> None:
    result = read(amina(deceased_on=cell))
    (wrong,) = result.faults
    assert told in wrong.what
    assert [(stop.column, stop.on) for stop in result.stops] == [("deceased_on", None)]


def test_an_appointment_before_the_referral_is_refused_until_it_was_attended() -> None:
    assert [fault.column for fault in faults_of(assessment_at="2025-12-30 10:30")] == ["assessment_at"]
    (note,) = row_of(assessment_at="2025-12-30 10:30", assessment_attendance="5").notes
    assert (note.column, note.is_refusal) == ("assessment_at", False)


def test_an_appointment_today_may_be_attended_or_missed_already() -> None:
    assert row_of(assessment_at=f"{TODAY} 09:00", assessment_attendance="3").assessment_attendance is not None


@pytest.mark.parametrize("column", ["referred_on", "accepted_on", "closed_on", "deceased_on"])
def test_what_happened_today_is_taken_in(column: str) -> None:
    assert getattr(row_of(assessment_at="", **{column: TODAY}), column) == TODAY


def test_local_codes_are_mapped_once_however_they_are_capitalised() -> None:
    codes = {"ethnicity": {"White British": "A"}, "interpreter": {"Not needed": "no"}, "format": {"n/a": ""}}
    result = read(amina(ethnicity="WHITE  british", interpreter="not needed", format="N/A"), **codes)
    row = result.rows[0]
    assert (row.ethnicity, row.interpreter, row.format) == ("A", False, BLANK)


def test_headers_match_whatever_their_case_blanks_and_underscores() -> None:
    headers = map_headers(
        ["Referral ID", "\ufeffGIVEN-NAME", "referredOn", "NHS Number", "Ward", "", "Pt Mobile"]
    )
    assert [our for _, our in headers.known] == ["referral_id", "given_name", "referred_on", "nhs_number"]
    assert headers.unknown == ("Ward", "Pt Mobile")


def test_local_headers_are_mapped_and_columns_can_be_left_out() -> None:
    columns = {"Pathway no": "referral_id", "pt mobile": "mobile", "Mobile": ""}
    headers = map_headers(["pathway_no", "given_name", "referred_on", "Mobile", "Pt Mobile"], columns)
    assert dict(headers.known)["Pt Mobile"] == "mobile"
    assert "Mobile" not in dict(headers.known)
    assert headers.unknown == ()


@pytest.mark.parametrize(
    ("headers", "columns", "codes", "told"),
    [
        (
            ["referral_id", "given_name", "referred_on", "Mobile", "mobile"],
            {},
            {},
            "two columns .* mean mobile",
        ),
        (["referral_id", "given_name"], {}, {}, "no column referred_on"),
        (["given_name", "referred_on"], {}, {}, "no column referral_id"),
        (["referral_id", "referred_on"], {}, {}, "given_name, family_name or preferred_name"),
        (
            ["referral_id", "given_name", "referred_on"],
            {"Tel": "telephone"},
            {},
            r"\[import.columns\] .*'telephone'",
        ),
        (
            ["referral_id", "given_name", "referred_on"],
            {},
            {"race": {"x": "A"}},
            r"\[import.codes\] .*'race'",
        ),
    ],
)
def test_a_file_whose_headers_do_not_fit_is_refused_whole(
    headers: list[str], columns: dict[str, str], codes: dict[str, dict[str, str]], told: str
) -> None:
    with pytest.raises(WaitlistError, match=told):
        map_headers(headers, columns, codes)


def test_a_file_without_headers_is_refused_without_repeating_whose_row_comes_first() -> None:
    with pytest.raises(WaitlistError, match="first row must hold the headers") as refusal:
        map_headers(["R-1", "Amina", "02/01/2026", "07700 900001"])
    assert not re.search("Amina|07700|R-1", str(refusal.value))


def test_a_later_row_of_a_referral_fills_and_overrides_and_its_blanks_do_not() -> None:
    result = read(
        amina(format=""),
        amina(given_name="Mina", mobile="", format="easy read", treatment_at="2026-04-01 14:00"),
    )
    (row,) = result.rows
    assert (row.line, row.given_name, row.mobile, row.format) == (2, "Mina", "+447700900001", "easy read")
    assert (row.assessment_at, row.treatment_at) == (
        (date(2026, 3, 16), time(10, 30)),
        (date(2026, 4, 1), time(14)),
    )
    assert not result.faults


def test_a_later_appointment_does_not_inherit_the_attendance_and_place_of_the_earlier() -> None:
    missed = amina(assessment_at="2026-02-16 10:30", assessment_attendance="3")
    (row,) = read(missed, amina(assessment_place="", assessment_attendance="")).rows
    assert row.assessment_at == (date(2026, 3, 16), time(10, 30))
    assert row.assessment_attendance is row.assessment_place is BLANK


def test_of_two_rows_the_more_careful_word_stands() -> None:
    careful = amina(do_not_contact="yes", safe_to_text="no", number_is="shared")
    for rows in ((careful, amina()), (amina(), careful)):
        (row,) = read(*rows).rows
        assert (row.do_not_contact, row.safe_to_text, row.number_is) == (True, False, NumberIs.SHARED)


@pytest.mark.parametrize(("column", "cell"), [("nhs_number", "9990000026"), ("date_of_birth", "1990-05-02")])
def test_rows_of_one_referral_that_name_two_people_are_refused(column: str, cell: str) -> None:
    result = read(amina(), amina(**{column: cell}), amina(referral_id="R-2"))
    assert [row.referral_id for row in result.rows] == ["R-2"]
    (fault,) = result.faults
    assert (fault.row, fault.column) == (3, column)
    assert "row 2" in fault.what
    assert result.refused == {"R-1"}


def test_a_referral_is_refused_whole_when_one_of_its_rows_is() -> None:
    result = read(amina(), amina(ethnicity="Q"), amina(referral_id="R-2"))
    assert [row.referral_id for row in result.rows] == ["R-2"]
    assert [(fault.row, fault.column) for fault in result.faults] == [(2, "referral_id"), (3, "ethnicity")]
    assert result.refused == {"R-1"}


def test_a_row_that_the_file_could_not_give_whole_refuses_its_referral() -> None:
    fault = RowFault(3, "the whole row", "the row has 2 cells", "look for a separator")
    rows = [RawRow(2, amina()), RawRow(3, {"referral_id": "R-1"}, fault)]
    result = read_rows(list(AMINA), rows, TODAY)
    assert result.rows == []
    assert [each.row for each in result.faults] == [2, 3]


def test_faults_read_as_sentences_that_name_row_column_and_fix() -> None:
    assert str(faults_of(interpreter="maybe")[0]) == (
        "row 2, interpreter: this is neither yes nor no; write one of them, or map it in [import.codes]"
    )


def test_synthetic_lists_are_accepted_whole_and_are_the_same_for_the_same_seed() -> None:
    rows = make_waitlist(300, 7, TODAY)
    assert rows == make_waitlist(300, 7, TODAY)
    assert rows != make_waitlist(300, 8, TODAY)
    assert rows[:50] != make_waitlist(300, 7, TODAY + timedelta(days=1))[:50]
    assert list(rows[0]) == list(COLUMNS)
    result = read_rows(COLUMNS, [RawRow(i, row) for i, row in enumerate(rows, 2)], TODAY)
    assert (len(result.rows), result.faults, result.unknown_columns) == (300, [], ())
    for column in ("referral_id", "nhs_number", "mobile"):
        values = [row[column] for row in rows if row[column]]
        assert len(set(values)) == len(values)


HEADERS = map_headers(COLUMNS)
CELLS = st.one_of(st.text(max_size=12), st.integers(-10, 10**12), st.floats(), st.none(), st.dates())


@drawn(100)
@for_all(st.fixed_dictionaries({}, optional=dict.fromkeys(COLUMNS, CELLS)))
def test_any_cells_give_a_row_or_faults(cells: dict[str, Cell]) -> None:
    result = parse_row(amina(**cells), 2, HEADERS, TODAY)
    assert isinstance(result, WaitlistRow) or any(fault.is_refusal for fault in result.faults)
